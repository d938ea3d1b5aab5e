"""Driver rows."""

from datetime import datetime

from dispatch.drivers.model import Driver
from dispatch.kernel.db import Conn, statements

SQL = statements(__file__)


async def drivers(conn: Conn, at: datetime) -> tuple[Driver, ...]:
    """All drivers of all platforms at an instant whose licence is valid, by id."""
    return tuple(Driver(*row) for row in await conn.fetch(SQL["drivers"], at))
