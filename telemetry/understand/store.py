"""What a fold reads, each in a later snapshot than the one before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dispatch.kernel.db import Conn, Lock, statements
from dispatch.kernel.ids import VehicleId
from telemetry import journeys
from telemetry.streams import END, NO_FIXES, NO_SIGNALS, Memory, Signals, from_us, to_us
from telemetry.understand.refold import Known, Source, Start
from telemetry.understand.state import Contexts, Heard, decode, empty
from telemetry.understand.streams import Streams

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one vehicle: what may have changed lies in [lo, hi]."""

    ids: tuple[int, ...]
    lo: int
    hi: int


UNMARKED = Marks((), END, 0)
"""Nothing before END changed."""


async def lock(conn: Conn, vehicles: Sequence[VehicleId]) -> list[VehicleId]:
    """Those that are ours to fold until the transaction ends."""
    rows = await conn.fetch(SQL["lock"], int(Lock.FOLD), sorted(vehicles))
    return [r["vehicle_id"] for r in rows]


async def marks(conn: Conn, vehicles: Sequence[VehicleId]) -> dict[VehicleId, Marks]:
    """What was marked."""
    found = dict.fromkeys(vehicles, UNMARKED)
    for r in await conn.fetch(SQL["marks"], vehicles):
        found[r["vehicle_id"]] = Marks(tuple(r["ids"]), to_us(r["lo"]), to_us(r["hi"]))
    return found


async def contexts(
    conn: Conn, vehicles: Sequence[VehicleId], streams: Streams, memory: Memory
) -> dict[VehicleId, Contexts]:
    """What the streams need to know beside fixes."""
    found = [await s.contexts(conn, vehicles, memory) for s in streams.all]
    return {v: Contexts.of(tuple(one[v] for one in found)) for v in vehicles}


async def heads(
    conn: Conn, vehicles: Sequence[VehicleId], streams: Streams
) -> dict[VehicleId, tuple[Start, bytes]]:
    """The newest state of each vehicle, where it is of this fold version, and its digest."""
    found = {}
    for v, at, digest, state in await conn.fetch(SQL["heads"], vehicles, streams.version):
        if at is None:
            found[v] = Start(0, empty(streams)), b""
        else:
            found[v] = Start(to_us(at), decode(json.loads(state), streams)), digest
    return found


async def checkpoints(
    conn: Conn, vehicle_id: VehicleId, lo: int, streams: Streams
) -> tuple[Start, list[Known]]:
    """Where to resume: before lo, with this fold version; and the checkpoints after that."""
    rows = await conn.fetch(SQL["checkpoints"], vehicle_id, from_us(lo), streams.version)
    resume = Start(0, empty(streams))
    if rows and rows[0]["kind"] is None:
        resume = Start(to_us(rows[0]["at"]), decode(json.loads(rows[0]["state"]), streams))
    return resume, [Known(to_us(r["at"]), r["kind"], r["digest"]) for r in rows if r["kind"]]


async def from_database(conn: Conn, vehicle_id: VehicleId) -> Source:
    """What was heard, as the bindings of now say; each page in a snapshot of its own."""
    bound = await journeys.bound_to(conn, vehicle_id)

    async def source(lo: int, hi: int) -> tuple[Heard, int]:
        fixes, upto = await journeys.read(conn, bound, lo, hi)
        said = await signals(conn, [(vehicle_id, lo, upto)])
        return Heard(fixes, said.get(vehicle_id, NO_SIGNALS)), upto

    return source


async def heard_after(
    conn: Conn, since: Sequence[tuple[VehicleId, int]], at_most: int
) -> dict[VehicleId, Heard]:
    """All that was heard of vehicles from a time on; without those who said much."""
    fixes = await journeys.read_after(conn, since, at_most)
    said = await signals(conn, [(v, at, END) for v, at in since])
    heard = {}
    for v, _ in since:
        some = fixes.get(v, NO_FIXES)
        if some is not None:
            heard[v] = Heard(some, said.get(v, NO_SIGNALS))
    return heard


async def signals(
    conn: Conn, wanted: Sequence[tuple[VehicleId, int, int]]
) -> Mapping[VehicleId, Signals]:
    """What terminals said beside fixes: of each vehicle in [lo, hi), microseconds, in order."""
    columns = zip(*((v, from_us(lo), from_us(hi)) for v, lo, hi in wanted), strict=True)
    rows = await conn.fetch(SQL["signals"], *columns)
    if not rows:
        return {}
    table = np.array([(v, to_us(ts), *rest) for v, ts, *rest in rows], np.int64)
    vehicle, *said = np.ascontiguousarray(table.T)
    whole = Signals(*said)
    edges = [0, *(np.flatnonzero(np.diff(vehicle)) + 1).tolist(), len(vehicle)]
    return {VehicleId(int(vehicle[lo])): whole.part(lo, hi) for lo, hi in pairwise(edges)}
