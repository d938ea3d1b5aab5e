"""Tariff rows."""

from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.tariffs.model import Tariff

SQL = statements(__file__)


async def in_force(conn: Conn, at: datetime) -> tuple[Tariff, ...]:
    """The rows in force at an instant, platforms' own and the authority's."""
    return tuple(Tariff(*row) for row in await conn.fetch(SQL["in_force"], at))
