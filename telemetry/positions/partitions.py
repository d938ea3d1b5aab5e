"""Partitions of `fix` by ISO week: there before the first row needs them."""

from datetime import datetime, timedelta

import asyncpg

from dispatch.kernel.db import Conn, Lock, statements
from dispatch.kernel.errors import Refused

SQL = statements(__file__)
AHEAD = timedelta(weeks=2)


class RawFixesGone(Refused):
    """The raw fixes of that time went with retention; journeys and other facts are still there."""

    code = "raw-fixes-gone"

    def __init__(self, since: datetime) -> None:
        super().__init__(f"raw fixes are kept from {since.isoformat()} on; older ones are gone")
        self.since = since


def window(now: datetime, retention: timedelta) -> tuple[datetime, datetime]:
    """First and last moment for which a partition exists; now is product time."""
    return now - retention, now + AHEAD


async def ensure_weeks(conn: Conn, lo: datetime, hi: datetime) -> int:
    """Create the missing partitions from the week of lo to the week of hi.

    Opens its own transaction; many processes may call it at once, and no writer or reader waits
    for it. What retention dropped is not made again: see horizon.

    Returns:
        How many were created.
    """
    async with conn.transaction():
        await lock_weeks(conn)
        created: int = await conn.fetchval(SQL["ensure_weeks"], lo, hi)
        return created


async def lock_weeks(conn: Conn) -> None:
    """Be the only one that makes or drops partitions until the transaction ends."""
    await conn.execute(SQL["lock_weeks"], int(Lock.MIGRATION))


async def horizon(conn: Conn) -> datetime | None:
    """Raw fixes before this are gone, but for legal holds; None: nothing went yet."""
    since: datetime | None = await conn.fetchval(SQL["horizon"])
    return since


async def weeks(conn: Conn) -> list[str]:
    """Names of the partitions, oldest first."""
    return [row["name"] for row in await conn.fetch(SQL["weeks"])]


def is_without_partition(error: BaseException) -> bool:
    """Whether a row was refused because its week has no partition."""
    return (
        isinstance(error, asyncpg.CheckViolationError)
        and error.table_name == "fix"
        and not error.constraint_name
    )
