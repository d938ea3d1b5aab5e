"""The fold's side of the database: what it reads, and what it keeps for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dispatch.kernel.db import Conn, Lock, statements
from dispatch.kernel.ids import VehicleId
from telemetry import journeys
from telemetry.journeys import Bound
from telemetry.streams import END, NO_SIGNALS, Memory, Signals, from_us, to_us
from telemetry.understand.refold import Checkpoint, Known, Refolded, Source, Start
from telemetry.understand.state import Contexts, Heard, Values, decode, empty
from telemetry.understand.streams import Streams

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one vehicle: what may have changed lies in [lo, hi]."""

    ids: tuple[int, ...]
    lo: int
    hi: int


async def lock(conn: Conn, vehicle_id: VehicleId) -> bool:
    """Whether the vehicle is ours to fold until the transaction ends."""
    ours: bool = await conn.fetchval(SQL["try_lock"], int(Lock.FOLD), vehicle_id)
    return ours


async def marks(conn: Conn, vehicle_id: VehicleId) -> Marks:
    """What was marked; without marks, nothing before END changed."""
    rows = await conn.fetch(SQL["marks"], vehicle_id)
    return Marks(
        tuple(r["id"] for r in rows),
        min((to_us(r["lo"]) for r in rows), default=END),
        max((to_us(r["hi"]) for r in rows), default=0),
    )


async def contexts(conn: Conn, vehicle_id: VehicleId, streams: Streams, memory: Memory) -> Contexts:
    """What the streams need to know beside fixes."""
    found = [await s.contexts(conn, [vehicle_id], memory) for s in streams.all]
    return Contexts(tuple(one[vehicle_id] for one in found))


async def from_database(conn: Conn, vehicle_id: VehicleId) -> Source:
    """What was heard, as the bindings of now say; each page in a snapshot of its own."""
    bound = await journeys.bound_to(conn, vehicle_id)

    async def source(lo: int, hi: int) -> tuple[Heard, int]:
        fixes, upto = await journeys.read(conn, bound, lo, hi)
        return Heard(fixes, await signals(conn, bound, lo, upto)), upto

    return source


async def signals(conn: Conn, bound: Sequence[Bound], lo: int, hi: int) -> Signals:
    """What the terminals of a vehicle said beside fixes in [lo, hi), microseconds, in order."""
    spans = [(b.device_id, max(lo, b.lo), min(hi, b.hi)) for b in bound]
    wanted = [(d, from_us(since), from_us(until)) for d, since, until in spans if since < until]
    if not wanted:
        return NO_SIGNALS
    rows = await conn.fetch(SQL["signals"], *zip(*wanted, strict=True))
    if not rows:
        return NO_SIGNALS
    columns = np.array([(to_us(r["ts"]), *tuple(r)[1:]) for r in rows], np.int64)
    return Signals(*np.ascontiguousarray(columns.T))


async def checkpoints(
    conn: Conn, vehicle_id: VehicleId, lo: int, streams: Streams
) -> tuple[Start, list[Known]]:
    """Where to resume: before lo, with this fold version; and the checkpoints after that."""
    rows = await conn.fetch(SQL["checkpoints"], vehicle_id, from_us(lo), streams.version)
    resume = Start(0, empty(streams))
    if rows and rows[0]["kind"] is None:
        resume = Start(to_us(rows[0]["at"]), decode(rows[0]["state"], streams))
    return resume, [Known(to_us(r["at"]), r["kind"], r["digest"]) for r in rows if r["kind"]]


async def write_checkpoints(
    conn: Conn, vehicle_id: VehicleId, done: Refolded, held: Sequence[Known], streams: Streams
) -> None:
    """Replace what was known on the way by what was found, as far as it differs."""
    found = [c for c in done.checkpoints if c.kind != "head" and c.at > done.start.at]
    heads = [c for c in done.checkpoints if c.kind == "head"]
    same = {(c.at, c.kind, c.digest) for c in found}
    # a stop at the very end may be none any more; a midnight there still is one
    passed = [k for k in held if k.at < done.end or (k.at == done.end and k.kind == "stop")]
    passed = [k for k in passed if k.kind != "head"]
    gone = [k for k in passed if (k.at, k.kind, k.digest) not in same]
    if not done.met and not heads:
        gone += [k for k in held if k.kind == "head"]
    if gone:
        keys = [from_us(k.at) for k in gone], [k.kind for k in gone]
        await conn.execute(SQL["delete_checkpoints"], vehicle_id, *keys)
    there = {(k.at, k.kind, k.digest) for k in passed}
    rows: list[tuple[object, ...]] = [
        _row(c, streams) for c in found if (c.at, c.kind, c.digest) not in there
    ]
    for head in heads:
        at, _, *values = _row(head, streams)
        if await conn.execute(SQL["move_head"], vehicle_id, at, *values) == "UPDATE 0":
            rows.append(_row(head, streams))
    if rows:
        await conn.executemany(SQL["insert_checkpoint"], [(vehicle_id, *row) for row in rows])


def _row(one: Checkpoint, streams: Streams) -> tuple[datetime, str, int, bytes, Values]:
    # distance() resumes from here too, and knows only the journeys' own version
    state: Values = {**one.values, "journeys_version": streams.journeys.version()}
    return from_us(one.at), one.kind, streams.version, one.digest, state
