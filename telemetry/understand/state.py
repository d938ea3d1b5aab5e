"""The streams of a vehicle together: one state, one digest."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from telemetry.journeys import State as JourneyState
from telemetry.streams import Fact, Fixes, Integers, Json, Piece, Signals, Timeline
from telemetry.understand.streams import Streams

Values: TypeAlias = "dict[str, int | Json]"
Facts: TypeAlias = tuple[list[Fact], ...]
"""Of each stream."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Fixes and signals of a stretch of time."""

    fixes: Fixes
    signals: Signals

    def __len__(self) -> int:
        return len(self.fixes) + len(self.signals)

    @property
    def times(self) -> Integers:
        """Of both, in order."""
        if not len(self.signals):
            return self.fixes.t
        return np.sort(np.concatenate([self.fixes.t, self.signals.t]))

    def between(self, lo: int, hi: int) -> "Heard":
        """What was heard in [lo, hi), microseconds."""
        first, end = self.fixes.t.searchsorted([lo, hi]).tolist()
        signals = self.signals
        if len(signals):
            since, upto = signals.t.searchsorted([lo, hi]).tolist()
            signals = signals.part(since, upto)
        return Heard(self.fixes.part(first, end), signals)


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of a vehicle: the last thing heard, and the state of each stream."""

    seen: int
    journeys: JourneyState
    others: tuple[object, ...]

    @property
    def parts(self) -> tuple[object, ...]:
        """The states of all streams."""
        return (self.journeys, *self.others)


def empty(streams: Streams) -> State:
    """Before the first fix."""
    return State(0, streams.journeys.empty(), tuple(s.empty() for s in streams.others))


def encode(state: State, streams: Streams) -> str:
    """As JSON: whole numbers only.

    journeys.distance resumes from it too, and knows only the journeys' own version.
    """
    values: Values = {"seen": state.seen, "journeys_version": streams.journeys.version()}
    for stream, part in zip(streams.all, state.parts, strict=True):
        values[stream.name] = stream.encode(part)
    return json.dumps(values, separators=(",", ":"))


def decode(values: Values, streams: Streams) -> State:
    """The state that encode turned into values."""
    seen = values["seen"]
    if not isinstance(seen, int):
        raise TypeError(f"seen is {seen!r}")
    first = streams.journeys.decode(_list(values[streams.journeys.name]))
    others = tuple(s.decode(_list(values[s.name])) for s in streams.others)
    return State(seen, first, others)


def _list(values: "int | Json") -> Json:
    if isinstance(values, int):
        raise TypeError(f"a state is {values!r}")
    return values


def state_digest(version: int, text: str) -> bytes:
    """Of an encoded state; equal exactly when all later facts will be."""
    return version.to_bytes(4, "big") + hashlib.sha256(text.encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class Contexts:
    """What the folds of one vehicle need to know beside fixes: a timeline for each stream."""

    timelines: tuple[Timeline[object], ...]
    changes: tuple[int, ...]

    @classmethod
    def of(cls, timelines: tuple[Timeline[object], ...]) -> "Contexts":
        """With the times at which something of it changes, ascending."""
        changes = {since for line in timelines for since, _ in line[1:]}
        return cls(timelines, tuple(sorted(changes)))

    def at(self, t: int) -> tuple[object, ...]:
        """In force at a time, for each stream."""
        return tuple(_at(line, t) for line in self.timelines)


def _at(line: Timeline[object], t: int) -> object:
    held = line[0][1]
    for since, value in line[1:]:
        if since > t:
            break
        held = value
    return held


@dataclass(frozen=True, slots=True)
class Advanced:
    """The state after what was heard, the facts that ended, and the states at settled stops.

    stops: (time, state): it has seen all before that time, and no more.
    """

    state: State
    ended: Facts
    stops: list[tuple[int, State]]


def advance(state: State, heard: Heard, context: Sequence[object], streams: Streams) -> Advanced:
    """Fold what is younger than all the state has seen, in one context; not nothing."""
    parts = state.others
    fixes, signals = heard.fixes, heard.signals
    led = streams.journeys.lead(state.journeys, fixes)
    whole = Piece(fixes, led.flags, led.moved_mm, led.driven_m, led.phase, signals)
    ended: Facts = (list(led.ended), *([] for _ in streams.others))
    stops: list[tuple[int, State]] = []
    done = said = 0
    for upto, then in led.stops:
        at = int(fixes.t[upto - 1]) + 1
        heard_of = int(signals.t.searchsorted(at))
        piece = whole.part(done, upto, signals.part(said, heard_of))
        parts = _others(parts, piece, context, streams, ended)
        stops.append((at, State(at - 1, then, parts)))
        done, said = upto, heard_of
    if done < len(fixes) or said < len(signals):
        piece = whole.part(done, len(fixes), signals.part(said, len(signals)))
        parts = _others(parts, piece, context, streams, ended)
    seen = max(int(times[-1]) for times in (fixes.t, signals.t) if len(times))
    return Advanced(State(seen, led.state, parts), ended, stops)


def _others(
    parts: Sequence[object],
    piece: Piece,
    context: Sequence[object],
    streams: Streams,
    ended: Facts,
) -> tuple[object, ...]:
    after: list[object] = []
    for i, (stream, part) in enumerate(zip(streams.others, parts, strict=True), start=1):
        state, facts = stream.fold(part, piece, context[i])
        after.append(state)
        ended[i].extend(facts)
    return tuple(after)
