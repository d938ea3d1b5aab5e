"""Fixes into the database: staged by COPY, accepted by one statement."""

from collections.abc import Sequence

from dispatch.kernel.db import Conn, statements
from telemetry.positions.packed import COLUMNS, Row, as_stored

SQL = statements(__file__)


async def append(conn: Conn, rows: Sequence[Row]) -> int:
    """Store fixes, mark their devices dirty and move their markers, in the caller's transaction.

    Returns:
        How many were new; doubles are skipped.

    Raises:
        asyncpg.CheckViolationError: a week has no partition (see is_without_partition).
    """
    await conn.execute(SQL["stage"])
    staged = [as_stored(row) for row in rows]
    await conn.copy_records_to_table("fix_inbox", records=staged, columns=COLUMNS)
    return await accept(conn, len(staged))


async def accept(conn: Conn, staged: int) -> int:
    """What append does with what lies in fix_inbox: how many were new."""
    new: int = await conn.fetchval(SQL["accept_staged"])
    if new < staged:
        await conn.execute(SQL["by_key"])
        new += await conn.fetchval(SQL["accept_variants"])
    return new
