"""What ingest itself writes: observations, refusals, sessions."""

from collections.abc import Sequence

from dispatch.kernel.db import Conn, statements
from telemetry.ingest.sorting import Batch

SQL = statements(__file__)

REFUSALS_KEPT = 10_000


async def observe(conn: Conn, batch: Batch) -> None:
    """Store what terminals observed, in the caller's transaction; doubles are skipped."""
    for name, rows in (
        ("observe_fuel", batch.fuel),
        ("observe_etc", batch.etc),
        ("observe_status", batch.statuses),
    ):
        if rows:
            await conn.execute(SQL[name], rows)


async def refuse_publishes(conn: Conn, refused: Sequence[tuple[str, str, str]]) -> None:
    """Record (device, topic, reason) of what was published and not stored; the latest are kept."""
    if refused:
        storable = [
            (device, topic.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:1_000], reason)
            for device, topic, reason in refused
        ]
        await conn.executemany(SQL["refuse_publish"], storable)
        await conn.execute(SQL["forget_publishes"], REFUSALS_KEPT)


async def open_session(
    conn: Conn, device_id: int, client_id: str, *, clean: bool, keep: bool
) -> bool:
    """Begin or resume a session; committed when this returns, outside a transaction.

    Returns:
        Whether a session was present, and is resumed.
    """
    present: bool = await conn.fetchval(SQL["open_session"], device_id, client_id, clean, keep)
    return present


async def end_session(conn: Conn, device_id: int, client_id: str, seconds: int) -> None:
    """The client has gone; its session lasts so much longer."""
    await conn.execute(SQL["end_session"], device_id, client_id, seconds)


async def forget_sessions(conn: Conn) -> None:
    """Delete the sessions whose time is over."""
    await conn.execute(SQL["forget_sessions"])
