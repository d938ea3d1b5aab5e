"""From a checkpoint on, until what follows is known to be unchanged."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from dispatch.kernel.calendar import business_day, day_bounds
from telemetry.geofences import Fence
from telemetry.journeys import Fixes, from_us, to_us
from telemetry.understand.settings import Rules
from telemetry.understand.state import Facts, State, advance, fold_version, state_digest

END: Final = 7_258_118_400_000_000
"""2200-01-01: after every fix, microseconds."""

Kind: TypeAlias = Literal["head", "stop", "midnight"]
Source: TypeAlias = Callable[[int, int], Awaitable[tuple[Fixes, int]]]
"""Fixes from a time on and before another, and the time from which to read on."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state that has seen all fixes before a time and no other; head: the newest one."""

    at: int
    kind: Kind
    digest: bytes
    state: State


@dataclass(frozen=True, slots=True)
class Known:
    """A checkpoint on disk, without its state."""

    at: int
    kind: Kind
    digest: bytes


@dataclass(frozen=True, slots=True)
class Start:
    """Where the fold resumes: at 0 with nothing, or at a checkpoint."""

    at: int = 0
    state: State = field(default_factory=State)


@dataclass(frozen=True, slots=True)
class Refolded:
    """What a fold from `start` to `end` says; at END, state is the head.

    ended: facts that ended on the way. checkpoints: those found on the way, the head too.
    met: whether it ended at a known checkpoint whose state came out equal.
    """

    start: Start
    end: int
    state: State
    ended: Facts
    checkpoints: list[Checkpoint]
    read: int

    @property
    def met(self) -> bool:
        """Whether all that follows is known to be as it was."""
        return self.end < END


async def refold(
    start: Start,
    upto: int,
    known: Sequence[Known],
    source: Source,
    fences: Sequence[Fence],
    rules: Rules,
) -> Refolded:
    """Fold from a checkpoint on, over all that changed, to the first that is as it was.

    Args:
        start: nothing before it changed.
        upto: no fix after this time changed.
        known: checkpoints after start.at, oldest first.
        source: reads fixes.
        fences: in force at some time.
        rules: thresholds.
    """
    version = fold_version(rules)
    state, at, last, read = start.state, start.at, start.state.journeys.heard, 0
    ended, found = Facts(), list[Checkpoint]()
    meetings = [k for k in known if k.at > upto]
    for meeting in [*meetings, Known(END, "head", b"")]:
        while at < meeting.at:
            fixes, at = await source(at, meeting.at)
            read += len(fixes)
            for midnight, day in by_day(fixes, last):
                if midnight:
                    found.append(_checkpoint(version, midnight, "midnight", state))
                advanced = advance(state, day, fences, rules)
                state, ended = advanced.state, ended + advanced.ended
                found += [_checkpoint(version, t, "stop", s) for t, s in advanced.stops]
                last = state.journeys.heard
        if state_digest(version, state) == meeting.digest:
            passed = [c for c in found if c.at <= meeting.at]
            return Refolded(start, meeting.at, state, ended, passed, read)
    if last:
        found.append(_checkpoint(version, last + 1, "head", state))
    return Refolded(start, END, state, ended, found, read)


def _checkpoint(version: int, at: int, kind: Kind, state: State) -> Checkpoint:
    return Checkpoint(at, kind, state_digest(version, state), state)


def by_day(fixes: Fixes, last: int) -> Iterator[tuple[int, Fixes]]:
    """Cut fixes at local midnights.

    Args:
        fixes: in order.
        last: the fix before them, 0 for none.

    Yields:
        The midnight that lies between a piece and the fix before it (0: none), and the piece.
    """
    at, after = 0, _next_midnight(last) if last else END
    while at < len(fixes):
        t = int(fixes.t[at])
        midnight = _next_midnight(t) - _DAY_US if t >= after else 0
        after = _next_midnight(t)
        upto = int(fixes.t.searchsorted(after))
        yield midnight, fixes.part(at, upto)
        at = upto


_DAY_US = 86_400_000_000


def _next_midnight(t: int) -> int:
    return to_us(day_bounds(business_day(from_us(t)))[1])
