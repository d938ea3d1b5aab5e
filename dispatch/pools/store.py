"""Rows of the register, read as capacity."""

from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.pools.model import Car, Firm, Pool

SQL = statements(__file__)


async def cars(conn: Conn, at: datetime) -> tuple[Car, ...]:
    """All cars that belong to a platform at an instant, by id; disposed ones are left out."""
    return tuple(Car(*row) for row in await conn.fetch(SQL["cars"], at))


async def pools(conn: Conn) -> tuple[Pool, ...]:
    """All platforms, by id."""
    return tuple(Pool(*row) for row in await conn.fetch(SQL["pools"]))


async def firms(conn: Conn) -> tuple[Firm, ...]:
    """The rental firms under contract, by id."""
    return tuple(Firm(*row) for row in await conn.fetch(SQL["firms"]))
