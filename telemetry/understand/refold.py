"""From a checkpoint on, until what follows is known to be unchanged."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, TypeAlias

from dispatch.kernel.calendar import business_day, day_bounds
from telemetry.streams import END, from_us, to_us
from telemetry.understand.state import (
    Contexts,
    Facts,
    Heard,
    State,
    advance,
    encode,
    state_digest,
)
from telemetry.understand.streams import Streams

Kind: TypeAlias = Literal["head", "stop", "midnight"]
Source: TypeAlias = Callable[[int, int], Awaitable[tuple[Heard, int]]]
"""What was heard from a time on and before another, and the time from which to read on."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state that has seen all before a time and no more; head: the newest one."""

    at: int
    kind: Kind
    digest: bytes
    state: str


@dataclass(frozen=True, slots=True)
class Known:
    """A checkpoint on disk, without its state."""

    at: int
    kind: Kind
    digest: bytes


@dataclass(frozen=True, slots=True)
class Start:
    """Where the fold resumes: at 0 with nothing, or at a checkpoint."""

    at: int
    state: State


@dataclass(frozen=True, slots=True)
class Refolded:
    """What a fold from `start` to `end` says; at END, state is the head.

    ended: facts that ended on the way. checkpoints: those found on the way. head: the last state,
    where anything was ever heard.
    met: whether it ended at a known checkpoint whose state came out equal.
    read: how many fixes.
    """

    start: Start
    end: int
    state: State
    ended: Facts
    checkpoints: list[Checkpoint]
    read: int
    head: Checkpoint | None = None

    @property
    def met(self) -> bool:
        """Whether all that follows is known to be as it was."""
        return self.end < END


async def refold(
    start: Start,
    upto: int,
    known: Sequence[Known],
    source: Source,
    contexts: Contexts,
    streams: Streams,
) -> Refolded:
    """Fold from a checkpoint on, over all that changed, to the first that is as it was.

    Args:
        start: nothing before it changed.
        upto: nothing after this time changed.
        known: checkpoints after start.at, oldest first.
        source: reads what was heard.
        contexts: of the vehicle.
        streams: what is folded.
    """
    run = _Run(start.state, contexts, streams)
    at, read = start.at, 0
    for meeting in [*(k for k in known if k.at > upto), Known(END, "head", b"")]:
        while at < meeting.at:
            heard, at = await source(at, meeting.at)
            read += len(heard.fixes)
            run.take(heard)
        if meeting.at < END and run.digest() == meeting.digest:
            passed = [c for c in run.found if c.at <= meeting.at]
            return Refolded(start, meeting.at, run.state, run.ended, passed, read)
    return run.to_the_end(start, read)


def go_on(start: Start, heard: Heard, contexts: Contexts, streams: Streams) -> Refolded:
    """Fold all that was heard after a head."""
    run = _Run(start.state, contexts, streams)
    if len(heard):
        run.take(heard)
    return run.to_the_end(start, len(heard.fixes))


class _Run:
    """One pass: given what was heard bit by bit, it collects facts and checkpoints."""

    def __init__(self, state: State, contexts: Contexts, streams: Streams) -> None:
        self.state = state
        self.ended: Facts = tuple([] for _ in streams.all)
        self.found: list[Checkpoint] = []
        self._contexts, self._changes = contexts, contexts.changes
        self._streams, self._version = streams, streams.version

    def take(self, heard: Heard) -> None:
        """Fold on."""
        for is_first, day in by_day(heard, self.state.seen):
            for context, piece in self._by_context(day):
                self._fold(piece, context)
            if is_first:  # what counts for one day has been forgotten
                at = self.state.seen + 1
                self.found.append(self._checkpoint(at, "midnight", self.state))

    def _fold(self, piece: Heard, context: tuple[object, ...]) -> None:
        done = advance(self.state, piece, context, self._streams)
        self.state = done.state
        for facts, more in zip(self.ended, done.ended, strict=True):
            facts.extend(more)
        self.found += [self._checkpoint(at, "stop", state) for at, state in done.stops]

    def to_the_end(self, start: Start, read: int) -> Refolded:
        """After all that was heard."""
        state, seen = self.state, self.state.seen
        head = self._checkpoint(seen + 1, "head", state) if seen else None
        return Refolded(start, END, state, self.ended, self.found, read, head)

    def digest(self) -> bytes:
        """Of the state now."""
        return state_digest(self._version, encode(self.state, self._streams))

    def _checkpoint(self, at: int, kind: Kind, state: State) -> Checkpoint:
        text = encode(state, self._streams)
        return Checkpoint(at, kind, state_digest(self._version, text), text)

    def _by_context(self, heard: Heard) -> Iterator[tuple[tuple[object, ...], Heard]]:
        times = heard.times
        first, last = int(times[0]), int(times[-1])
        inside = [t for t in self._changes if first < t <= last]
        for lo, hi in pairwise([first, *inside, last + 1]):
            piece = heard.between(lo, hi) if inside else heard
            if len(piece):
                yield self._contexts.at(lo), piece


def by_day(heard: Heard, last: int) -> Iterator[tuple[bool, Heard]]:
    """Cut at local midnights, and after the first that is heard of a day.

    Args:
        heard: in order.
        last: the last time heard before it, 0 for none.

    Yields:
        Pieces, and whether one is the first that is heard after a midnight.
    """
    times = heard.times
    at, after = 0, _next_midnight(last) if last else END
    while at < len(times):
        t = int(times[at])
        is_first = t >= after
        after = _next_midnight(t)
        end = t + 1 if is_first else after
        upto = int(times.searchsorted(end))
        yield is_first, heard if upto - at == len(times) else heard.between(t, end)
        at = upto


def _next_midnight(t: int) -> int:
    return _midnight_after(t // _QUARTER_US)


_QUARTER_US = 900_000_000


@lru_cache(maxsize=4096)
def _midnight_after(quarter: int) -> int:
    # asked for every fold; no offset from UTC was ever less than a quarter of an hour's multiple
    return to_us(day_bounds(business_day(from_us(quarter * _QUARTER_US)))[1])
