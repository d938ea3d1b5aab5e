"""The fold's side of the database: what it reads, and the difference it writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db import Conn, Lock, statements
from dispatch.kernel.ids import VehicleId
from telemetry.geofences import Visit
from telemetry.journeys import Driven, from_us, to_us
from telemetry.understand.difference import Difference, Stored
from telemetry.understand.refold import END, Checkpoint, Known, Refolded, Start
from telemetry.understand.settings import Rules
from telemetry.understand.state import JOURNEYS, State, fold_version

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


async def checkpoints(
    conn: Conn, vehicle_id: VehicleId, lo: int, rules: Rules
) -> tuple[Start, list[Known]]:
    """Where to resume: before lo, with this fold version; and the checkpoints after that."""
    rows = await conn.fetch(SQL["checkpoints"], vehicle_id, from_us(lo), fold_version(rules))
    resume = Start()
    if rows and rows[0]["kind"] is None:
        resume = Start(to_us(rows[0]["at"]), State.decode(rows[0]["state"]))
    return resume, [Known(to_us(r["at"]), r["kind"], r["digest"]) for r in rows if r["kind"]]


async def stored_journeys(conn: Conn, vehicle_id: VehicleId, done: Refolded) -> list[Stored]:
    """The journeys that the fold may have to change."""
    lo, hi = window(done, JOURNEYS)
    rows = await conn.fetch(SQL["journeys"], vehicle_id, from_us(lo), from_us(hi))
    return [
        Stored(r["id"], to_us(r["lo"]), to_us(r["hi"]), r["version"], r["is_open"]) for r in rows
    ]


async def stored_visits(
    conn: Conn, vehicle_id: VehicleId, done: Refolded
) -> dict[int, list[Stored]]:
    """The visits that the fold may have to change, by fence."""
    lo = min([done.start.at, *(f.pending() for f in done.start.state.fences)])
    rows = await conn.fetch(SQL["visits"], vehicle_id, from_us(lo), from_us(done.end))
    found: dict[int, list[Stored]] = {}
    for r in rows:
        one = Stored(r["id"], to_us(r["lo"]), to_us(r["hi"]), r["version"], r["is_open"])
        since, until = window(done, r["fence_id"])
        if since <= one.lo < until:
            found.setdefault(r["fence_id"], []).append(one)
    return found


def window(done: Refolded, stream: int) -> tuple[int, int]:
    """Facts of a stream that begin in [lo, hi) are those that ended on the way."""
    lo = done.start.state.since(stream, done.start.at)
    return lo, done.state.since(stream, done.end) if done.met else END


async def write_journeys(conn: Conn, vehicle_id: VehicleId, diff: Difference[Driven]) -> None:
    """Write the difference; the uniqueness of starts is checked at commit."""
    if diff.delete:
        await conn.execute(SQL["delete_journeys"], [s.id for s in diff.delete])
    if diff.change:
        rows = [(s.id, vehicle_id, *_journey(n.fact), n.version) for s, n in diff.change]
        await conn.executemany(SQL["change_journey"], rows)
    if diff.insert:
        new = [(vehicle_id, *_journey(n.fact), n.version) for n in diff.insert]
        await conn.executemany(SQL["insert_journey"], new)


def _journey(d: Driven) -> tuple[object, ...]:
    ended = None if d.ended is None else from_us(d.ended)
    ends = (d.start_lon, d.start_lat, d.end_lon, d.end_lat)
    counts = (d.driving_s, d.max_dkmh, d.fixes, d.flagged, d.conflicts)
    return (from_us(d.started), ended, from_us(d.last), *ends, d.gps_m, d.odometer_m, *counts)


async def write_visits(conn: Conn, vehicle_id: VehicleId, diff: Difference[Visit]) -> None:
    """Write the difference of one fence."""
    if diff.delete:
        await conn.execute(SQL["delete_visits"], [s.id for s in diff.delete])
    for held, new in diff.change:
        await conn.execute(SQL["change_visit"], held.id, *_visit(new.fact), new.version)
    for new in diff.insert:
        fence_id = new.fact.fence_id
        await conn.execute(
            SQL["insert_visit"], vehicle_id, fence_id, *_visit(new.fact), new.version
        )


def _visit(v: Visit) -> tuple[datetime, datetime | None]:
    return from_us(v.entered), None if v.left is None else from_us(v.left)


async def write_checkpoints(
    conn: Conn, vehicle_id: VehicleId, done: Refolded, held: Sequence[Known], rules: Rules
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
        _row(c, rules) for c in found if (c.at, c.kind, c.digest) not in there
    ]
    for head in heads:
        at, _, *values = _row(head, rules)
        if await conn.execute(SQL["move_head"], vehicle_id, at, *values) == "UPDATE 0":
            rows.append(_row(head, rules))
    if rows:
        await conn.executemany(SQL["insert_checkpoint"], [(vehicle_id, *row) for row in rows])


def _row(one: Checkpoint, rules: Rules) -> tuple[datetime, str, int, bytes, dict[str, object]]:
    # distance() resumes from here too, and knows only the journeys' own version
    state = {**one.state.encode(), "journeys_version": rules.journeys.version()}
    return from_us(one.at), one.kind, fold_version(rules), one.digest, state
