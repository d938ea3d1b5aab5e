"""The difference between what is stored of vehicles and what folds say, stream by stream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.journeys import Outlook
from telemetry.streams import (
    END,
    AnyStream,
    Difference,
    Fact,
    Stored,
    Window,
    difference,
    spans,
    to_us,
)
from telemetry.understand import horizon
from telemetry.understand.refold import Known, Refolded
from telemetry.understand.state import Contexts, Facts
from telemetry.understand.store import Marks
from telemetry.understand.streams import Streams

Told: TypeAlias = dict[tuple[str, VehicleId], tuple[int, int]]
"""By consumer and vehicle, the time over which it must look again."""


@dataclass(frozen=True, slots=True)
class Now:
    """Product time, and what silence means then.

    at: product time. listened: up to which we listened; silence after it is not yet silence.
    excused: until which silence was not the vehicles' but ours; 0: never was.
    """

    at: int
    listened: int = END
    excused: int = 0

    @classmethod
    def of(cls, product: datetime) -> "Now":
        """Where we always listened."""
        return cls(to_us(product))

    @property
    def silent(self) -> int:
        """Up to which silence is known to be the vehicles'."""
        return min(self.at, self.listened)


@dataclass(frozen=True, slots=True)
class Fold:
    """One vehicle's fold, before it is written.

    held: checkpoints that were known after the start. head: the digest of the head on disk.
    pending: what the head holds open, by stream; out: the motion; wake: when silence alone will
    change them. None of these where the fold met a checkpoint.
    """

    vehicle_id: VehicleId
    marks: Marks
    done: Refolded
    held: Sequence[Known] = ()
    head: bytes = b""
    pending: Facts = ()
    out: Outlook | None = None
    wake: int | None = None

    @property
    def at_head(self) -> bool:
        """Whether nothing is stored but what the start holds open."""
        return self.done.start.at > 0 and not self.held


def look(fold: Fold, contexts: Contexts, now: Now, streams: Streams) -> Fold:
    """The fold with what its head means now."""
    if fold.done.met:
        return fold
    state, at = fold.done.state, now.silent
    out = streams.journeys.outlook(state.journeys, at, now.excused)
    facts: list[list[Fact]] = [[out.journey] if out.journey else []]
    wakes = [t for t in contexts.changes if t > at][:1] + ([out.wake] if out.wake else [])
    current = contexts.at(at)[1:]
    for stream, part, context in zip(streams.others, state.others, current, strict=True):
        found, wake = stream.under_way(part, at, now.excused, context)
        facts.append(list(found))
        if wake is not None:
            wakes.append(wake)
    return Fold(
        fold.vehicle_id,
        fold.marks,
        fold.done,
        fold.held,
        fold.head,
        pending=tuple(facts),
        out=out,
        wake=min(wakes, default=None),
    )


async def write(conn: Conn, folds: Sequence[Fold], now: Now, streams: Streams) -> Told:
    """Write what differs, of every stream.

    Returns:
        What consumers must be told.
    """
    told: Told = {}
    cut = {
        f.vehicle_id: f.done.start.at
        for f in folds
        if horizon.begins_at_horizon(f.done.start, streams)
    }
    for i, stream in enumerate(streams.all):
        stored = await _stored(conn, stream, i, folds)
        over = await horizon.straddling(conn, stream, cut)
        diffs, version = [], stream.version()
        for fold in folds:
            facts = [*fold.done.ended[i], *(fold.pending[i] if fold.pending else ())]
            held = stored.get(fold.vehicle_id, ())
            if kept := over.get(fold.vehicle_id):
                facts = horizon.without_rests(facts, kept)
                held = [*held, *(s for s in kept if s.is_open)]
            if not facts and not held:
                continue
            diff = difference(held, spans(version, facts))
            if diff:
                diffs.append((fold.vehicle_id, diff))
                _tell(told, stream, fold.vehicle_id, diff)
        if diffs:
            await stream.write(conn, diffs, now.at)
    return told


async def _stored(
    conn: Conn, stream: AnyStream, index: int, folds: Sequence[Fold]
) -> Mapping[VehicleId, Sequence[Stored]]:
    """What is stored where the folds say something anew."""
    ranges = {f.vehicle_id: _range(stream, index, f.done) for f in folds}
    wanted = [
        Window(f.vehicle_id, ranges[f.vehicle_id].lo, ranges[f.vehicle_id].hi)
        for f in folds
        if not f.at_head or ranges[f.vehicle_id].since
    ]
    if not wanted:
        return {}
    rows = await stream.stored(conn, wanted)
    return {v: [s for s in found if ranges[v].holds(s)] for v, found in rows.items()}


def _tell(told: Told, stream: AnyStream, vehicle_id: VehicleId, diff: Difference[Fact]) -> None:
    times = diff.spans
    if not times:
        return
    lo, hi = min(t for t, _ in times), max(t for _, t in times)
    for consumer in stream.consumers:
        held = told.get((consumer, vehicle_id), (lo, hi))
        told[consumer, vehicle_id] = min(lo, held[0]), max(hi, held[1])


@dataclass(frozen=True, slots=True)
class _Range:
    """Which facts of a stream a fold has said anew: by key, from since to until."""

    start: int
    end: int
    since: Mapping[int, int]
    until: Mapping[int, int] = field(default_factory=dict)

    @property
    def lo(self) -> int:
        """Before every since."""
        return min([self.start, *self.since.values()])

    @property
    def hi(self) -> int:
        """After every until."""
        return max([self.end, *self.until.values()])

    def holds(self, fact: Stored) -> bool:
        """Whether this stored fact is one of them."""
        since, until = self.since.get(fact.key, self.start), self.until.get(fact.key, self.end)
        return since <= fact.lo < until


def _range(stream: AnyStream, index: int, done: Refolded) -> _Range:
    since = stream.pending(done.start.state.parts[index], done.start.at)
    if not done.met:
        return _Range(done.start.at, END, since)
    return _Range(done.start.at, done.end, since, stream.pending(done.state.parts[index], done.end))
