"""Business events: written in the change's transaction, numbered by one elected sequencer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from dispatch.kernel.db.connection import DATABASE_AWAY, TRY_AGAIN, Conn, Lock, Pool
from dispatch.kernel.db.statements import statements

SQL = statements(__file__, "outbox.sql")

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Event:
    """A numbered business event; pool_id None may be seen by every platform."""

    seq: int
    kind: str
    pool_id: int | None
    vehicle_id: int | None
    at: datetime
    data: dict[str, Json]


async def emit(
    conn: Conn,
    kind: str,
    data: dict[str, Json],
    *,
    at: datetime,
    pool_id: int | None = None,
    vehicle_id: int | None = None,
) -> None:
    """Write an event within the caller's transaction; it gets its number after the commit.

    Args:
        conn: the connection whose transaction makes the change.
        kind: such as order.assigned.
        data: JSON values.
        at: product time.
        pool_id: the platform that may see it; None for all.
        vehicle_id: the vehicle it is about.
    """
    await conn.execute(SQL["emit"], kind, pool_id, vehicle_id, at, data)


async def number_events(conn: Conn) -> int:
    """Number all visible unnumbered events, if this caller is the sequencer now.

    Returns:
        How many were numbered; 0 also where another process is the sequencer.
    """
    async with conn.transaction():
        if not await conn.fetchval(SQL["try_sequencer"], int(Lock.SEQUENCER)):
            return 0
        numbered: int = await conn.fetchval(SQL["number_events"])
        if numbered:
            await conn.execute("NOTIFY outbox")
        return numbered


async def sequence(pool: Pool, every_s: float = 0.1) -> None:
    """Run the sequencer until cancelled; any number of processes may try."""
    while True:
        try:
            async with pool.acquire() as conn:
                while await number_events(conn):
                    pass
        except (*DATABASE_AWAY, *TRY_AGAIN):
            pass
        await asyncio.sleep(every_s)


async def events_since(conn: Conn, seq: int, at_most: int = 1_000) -> Sequence[Event]:
    """Events after a number, dense and in order."""
    rows = await conn.fetch(SQL["events_since"], seq, at_most)
    return [Event(**dict(row)) for row in rows]


async def last_seq(conn: Conn) -> tuple[str, int]:
    """The live epoch and the last number given."""
    row = await conn.fetchrow(SQL["last_seq"])
    if row is None:
        raise LookupError("live_epoch is empty")
    return str(row["epoch"]), row["last"]
