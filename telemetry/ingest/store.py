"""What ingest itself writes: observations, refusals, sessions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dispatch.kernel.db import Conn, statements
from telemetry.ingest.sorting import Batch

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class Session:
    """What a client asks for: to begin anew, and that its session outlives the connection."""

    device_id: int
    client_id: str
    clean: bool
    keep: bool


REFUSALS_KEPT = 10_000
SESSIONS_OF_ONE = 100


async def observe(conn: Conn, batch: Batch) -> None:
    """Store what terminals observed, in the caller's transaction; doubles are skipped."""
    for name, rows in (
        ("observe_fuel", batch.fuel),
        ("observe_etc", batch.etc),
        ("observe_status", batch.statuses),
    ):
        if rows:
            await conn.execute(SQL[name], rows)


async def refuse_publishes(
    conn: Conn, refused: Sequence[tuple[str, str, str]], kept: int = REFUSALS_KEPT
) -> None:
    """Record (device, topic, reason) of what was published and not stored; the latest are kept."""
    if refused:
        storable = [
            (device, topic.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:1_000], reason)
            for device, topic, reason in refused
        ]
        await conn.executemany(SQL["refuse_publish"], storable)
        await conn.execute(SQL["forget_publishes"], kept)


async def open_sessions(conn: Conn, asked: Sequence[Session]) -> dict[Session, bool]:
    """Begin or resume sessions; committed when this returns, outside a transaction.

    Returns:
        Of each, whether it was present, and is resumed. Of two that ask for the same
        (device, client) the later one counts.
    """
    last = {(one.device_id, one.client_id): one for one in asked}
    columns = (
        [one.device_id for one in last.values()],
        [one.client_id for one in last.values()],
        [one.clean for one in last.values()],
        [one.keep for one in last.values()],
    )
    rows = await conn.fetch(SQL["open_sessions"], *columns)
    present = {(row["device_id"], row["client_id"]): row["present"] for row in rows}
    return {one: present[one.device_id, one.client_id] and not one.clean for one in asked}


async def still_here(conn: Conn, clients: Collection[tuple[int, str]]) -> None:
    """These clients, by device and client id, are connected now."""
    await conn.execute(SQL["still_here"], [one[0] for one in clients], [one[1] for one in clients])


async def end_session(conn: Conn, device_id: int, client_id: str, seconds: int) -> None:
    """The client has gone; its session lasts so much longer."""
    await conn.execute(SQL["end_session"], device_id, client_id, seconds)


async def forget_sessions(conn: Conn) -> None:
    """Delete the sessions whose time is over."""
    await conn.execute(SQL["forget_sessions"])
    await conn.execute(SQL["forget_more_sessions"], SESSIONS_OF_ONE)
