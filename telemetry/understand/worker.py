"""One vehicle folded in one transaction, by the marks protocol.

READ COMMITTED, and the order is what makes it right: the lock, the marks, then bindings, fences
and checkpoints, then fixes, each in a later snapshot that sees more, never less; at last exactly
the marks that were read are deleted. A fix that commits after the marks were read brings a mark
that stays; a fix whose mark was read is there to be read.
"""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry import geofences
from telemetry.geofences import Visit
from telemetry.journeys import Driven, Fixes, Outlook, bound_to, from_us, read, to_us
from telemetry.understand import store
from telemetry.understand.difference import Difference, Span, Stored, difference
from telemetry.understand.refold import END, Refolded, Source, refold
from telemetry.understand.settings import Rules
from telemetry.understand.state import Facts, digest, fold_version, under_way
from telemetry.understand.store import SQL, Marks

CONSUMERS: Final = ("trips",)
"""Rooms that consume fact_change; one that does not yet gets no copies to pile up."""
_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one fold did; read counts fixes."""

    read: int
    changed: bool


async def fold_vehicle(
    conn: Conn, vehicle_id: VehicleId, as_of: datetime, rules: Rules
) -> Outcome | None:
    """Fold what is marked, or what silence changed by as_of (product time); one transaction.

    Returns:
        None where another worker has the vehicle.
    """
    async with conn.transaction(isolation="read_committed"):
        if not await store.lock(conn, vehicle_id):
            return None
        marks = await store.marks(conn, vehicle_id)
        source = await from_database(conn, vehicle_id)
        return await fold_marked(conn, vehicle_id, marks, source, to_us(as_of), rules)


async def from_database(conn: Conn, vehicle_id: VehicleId) -> Source:
    """Fixes as the bindings of now say; each page in a snapshot of its own."""
    bound = await bound_to(conn, vehicle_id)

    async def source(lo: int, hi: int) -> tuple[Fixes, int]:
        return await read(conn, bound, lo, hi)

    return source


async def fold_marked(
    conn: Conn, vehicle_id: VehicleId, marks: Marks, source: Source, as_of: int, rules: Rules
) -> Outcome:
    """Fold from before the marks on, write the difference, delete those marks."""
    fences = await geofences.fences(conn)
    start, held = await store.checkpoints(conn, vehicle_id, marks.lo, rules)
    done = await refold(start, marks.hi, held, source, fences, rules)
    at_head = start.at > 0 and not held
    told = await _write_facts(conn, vehicle_id, done, at_head, as_of, rules)
    await store.write_checkpoints(conn, vehicle_id, done, held, rules)
    for lo, hi in told:
        seen = from_us(max(lo, min(hi, as_of)))
        await conn.execute(SQL["tell"], CONSUMERS, vehicle_id, from_us(lo), seen)
    await conn.execute(SQL["delete_marks"], marks.ids, vehicle_id)
    return Outcome(done.read, bool(told))


async def _write_facts(
    conn: Conn,
    vehicle_id: VehicleId,
    done: Refolded,
    at_head: bool,
    as_of: int,
    rules: Rules,
) -> list[tuple[int, int]]:
    """Write what differs; at_head: nothing is stored but what the start holds open.

    Returns:
        The time over which consumers must look again: none, or one span.
    """
    facts = done.ended
    if not done.met:
        pending, out = under_way(done.state, as_of, rules)
        facts = facts + pending
        await _write_outlook(conn, vehicle_id, out, as_of)
    version = fold_version(rules)
    begun = done.start.state
    held, stored = list[Stored](), dict[int, list[Stored]]()
    if not at_head or begun.journeys.open:
        held = await store.stored_journeys(conn, vehicle_id, done)
    if not at_head or begun.fences:
        stored = await store.stored_visits(conn, vehicle_id, done)
    journeys = difference(held, _journeys(facts, version))
    await store.write_journeys(conn, vehicle_id, journeys)
    spans = _worth_telling(journeys)
    for fence_id in stored.keys() | {v.fence_id for v in facts.visits}:
        visits = difference(stored.get(fence_id, []), _visits(facts, fence_id, version))
        await store.write_visits(conn, vehicle_id, visits)
        spans += visits.spans
    return [(min(lo for lo, _ in spans), max(hi for _, hi in spans))] if spans else []


def _journeys(facts: Facts, version: int) -> list[Span[Driven]]:
    return [Span(j.started, j.last, digest(version, astuple(j)), j) for j in facts.journeys]


def _visits(facts: Facts, fence_id: int, version: int) -> list[Span[Visit]]:
    return [
        Span(v.entered, END if v.left is None else v.left, digest(version, astuple(v)), v)
        for v in facts.visits
        if v.fence_id == fence_id
    ]


def _worth_telling(diff: Difference[Driven]) -> list[tuple[int, int]]:
    """The spans, but a journey that only goes on is told once a minute."""
    quiet = {
        (min(o.lo, n.lo), max(o.hi, n.hi))
        for o, n in diff.change
        if o.is_open
        and n.fact.ended is None
        and o.lo == n.lo
        and o.hi // _MINUTE_US == n.hi // _MINUTE_US
    }
    return [span for span in diff.spans if span not in quiet]


async def _write_outlook(conn: Conn, vehicle_id: VehicleId, out: Outlook, as_of: int) -> None:
    wake = None if out.wake is None else from_us(out.wake)
    since, now = from_us(out.since), from_us(as_of)
    await conn.execute(SQL["set_outlook"], vehicle_id, out.motion, since, now, wake)
