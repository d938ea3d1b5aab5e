"""Partitions of `fix` by ISO week: there before the first row needs them."""

from datetime import datetime, timedelta

import asyncpg

from dispatch.kernel.db import Conn, Lock, statements

SQL = statements(__file__)
AHEAD = timedelta(weeks=2)


def window(now: datetime, retention: timedelta) -> tuple[datetime, datetime]:
    """First and last moment for which a partition exists; now is product time."""
    return now - retention, now + AHEAD


async def ensure_weeks(conn: Conn, lo: datetime, hi: datetime) -> int:
    """Create the missing partitions from the week of lo to the week of hi.

    Opens its own transaction; many processes may call it at once.

    Returns:
        How many were created.
    """
    async with conn.transaction():
        await conn.execute(SQL["lock_weeks"], int(Lock.MIGRATION))
        created: int = await conn.fetchval(SQL["ensure_weeks"], lo, hi)
        return created


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
