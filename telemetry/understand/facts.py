"""The difference between what is stored of a vehicle and what the fold says."""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.streams import END, AnyStream, Fact, Stored, Window, difference, spans
from telemetry.understand.refold import Refolded
from telemetry.understand.state import Contexts, Facts
from telemetry.understand.streams import Streams

Told = dict[str, tuple[int, int]]
"""By consumer, the time over which it must look again."""


@dataclass(frozen=True, slots=True)
class Now:
    """Product time, and until when silence is not the vehicles' but ours (0: never was)."""

    at: int
    excused: int = 0


def under_way(
    done: Refolded, contexts: Contexts, now: Now, streams: Streams
) -> tuple[Facts, int | None]:
    """What the head holds open, and when silence alone will change that."""
    facts, wakes = [], [t for t in contexts.changes if t > now.at][:1]
    parts = zip(streams.all, done.state.parts, contexts.at(now.at), strict=True)
    for stream, part, context in parts:
        found, wake = stream.under_way(part, now.at, now.excused, context)
        facts.append(list(found))
        if wake is not None:
            wakes.append(wake)
    return tuple(facts), min(wakes, default=None)


async def write(
    conn: Conn,
    vehicle_id: VehicleId,
    done: Refolded,
    pending: Facts,
    now: Now,
    *,
    at_head: bool,
    streams: Streams,
) -> Told:
    """Write what differs, of every stream.

    Args:
        conn: in the fold's transaction.
        vehicle_id: whose facts.
        done: the fold.
        pending: what the head holds open; nothing of it where the fold met a checkpoint.
        now: product time.
        at_head: nothing is stored but what the start holds open.
        streams: what was folded.
    """
    told: Told = {}
    for i, stream in enumerate(streams.all):
        window = span_of(stream, i, done)
        stored: list[Stored] = []
        if not at_head or window.since:
            rows = await stream.stored(conn, [Window(vehicle_id, window.lo, window.hi)])
            stored = [s for s in rows.get(vehicle_id, ()) if window.holds(s)]
        facts: list[Fact] = [*done.ended[i], *pending[i]]
        diff = difference(stored, spans(stream.version(), facts))
        if diff:
            await stream.write(conn, [(vehicle_id, diff)], now.at)
            tell(told, stream, diff.spans)
    return told


def tell(told: Told, stream: AnyStream, times: list[tuple[int, int]]) -> None:
    """Widen what the consumers of a stream must look at."""
    if not times:
        return
    lo, hi = min(t for t, _ in times), max(t for _, t in times)
    for consumer in stream.consumers:
        held = told.get(consumer, (lo, hi))
        told[consumer] = min(lo, held[0]), max(hi, held[1])


@dataclass(frozen=True, slots=True)
class Range:
    """Which facts of a stream a fold has said anew: by key, from since to until."""

    start: int
    end: int
    since: Mapping[int, int]
    until: Mapping[int, int]

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


def span_of(stream: AnyStream, index: int, done: Refolded) -> Range:
    """Of the stream at that index: what begins there has ended on the way."""
    since = stream.pending(done.start.state.parts[index], done.start.at)
    until = stream.pending(done.state.parts[index], done.end) if done.met else {}
    return Range(done.start.at, done.end if done.met else END, since, until)
