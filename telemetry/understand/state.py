"""The folds of a vehicle together: one state, one digest, and its facts."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from functools import cache
from typing import TypeAlias

import numpy as np

from telemetry import geofences, journeys
from telemetry.geofences import Fence, FenceState, Visit
from telemetry.journeys import UNUSABLE, Driven, Fixes
from telemetry.journeys import State as JourneyState
from telemetry.understand.settings import Rules

Json: TypeAlias = dict[str, list[int | list[int]]]


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of a vehicle; fences in id order."""

    journeys: JourneyState = field(default_factory=JourneyState)
    fences: tuple[FenceState, ...] = ()

    def encode(self) -> Json:
        """As JSON values: whole numbers only."""
        return {
            "journeys": self.journeys.encode(),
            "fences": [list(astuple(f)) for f in self.fences],
        }

    @classmethod
    def decode(cls, values: Json) -> "State":
        """The state that encode turned into values."""
        fences = tuple(FenceState(*f) for f in values["fences"] if isinstance(f, list))
        return cls(JourneyState.decode(values["journeys"]), fences)

    def since(self, stream: int, at: int) -> int:
        """Facts that end after this state began at or after this time; before it, all is said.

        Args:
            stream: a fence id, or JOURNEYS.
            at: the state's own time: it has seen all fixes before it, and no other.
        """
        if stream == JOURNEYS:
            return self.journeys.pending(at)
        return next((f.pending() for f in self.fences if f.fence_id == stream), at)


JOURNEYS = 0
"""The stream of journeys; visits have their fence's id, which is positive."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said about a vehicle."""

    journeys: tuple[Driven, ...] = ()
    visits: tuple[Visit, ...] = ()

    def __add__(self, other: "Facts") -> "Facts":
        return Facts(self.journeys + other.journeys, self.visits + other.visits)


@dataclass(frozen=True, slots=True)
class Advanced:
    """The state after fixes, the facts that ended, and the states at settled stops.

    stops: (time, state): it has seen all fixes before that time, and no other.
    """

    state: State
    ended: Facts
    stops: list[tuple[int, State]]


def advance(state: State, fixes: Fixes, fences: Sequence[Fence], rules: Rules) -> Advanced:
    """Fold fixes that are younger than all the state has seen, in event order."""
    folded = journeys.fold(state.journeys, fixes, rules.journeys)
    usable = (folded.flags & int(UNUSABLE)) == 0
    at_fence = {f.fence_id: f for f in state.fences}
    visits: list[Visit] = []
    stops: list[tuple[int, State]] = []
    done = 0
    for upto, then in [*folded.stops, (len(fixes), folded.state)]:
        piece = fixes.part(done, upto).pick(np.flatnonzero(usable[done:upto]))
        at_fence, left = geofences.fold(at_fence, piece, fences, rules.geofences)
        visits += left
        stops.append((int(fixes.t[upto - 1]) + 1 if upto else 0, _together(then, at_fence)))
        done = upto
    _, last = stops.pop()
    return Advanced(last, Facts(tuple(folded.ended), tuple(visits)), stops)


def _together(then: JourneyState, at_fence: dict[int, FenceState]) -> State:
    return State(then, tuple(at_fence[k] for k in sorted(at_fence)))


def under_way(state: State, as_of: int, rules: Rules) -> tuple[Facts, journeys.Outlook]:
    """The facts that a state holds open at a product time, and what silence will change."""
    out = journeys.outlook(state.journeys, as_of, rules.journeys)
    visits = geofences.under_way({f.fence_id: f for f in state.fences})
    return Facts((out.journey,) if out.journey else (), tuple(visits)), out


@cache
def fold_version(rules: Rules) -> int:
    """31 bits: the folds and all their thresholds."""
    text = json.dumps([rules.journeys.version(), GEOFENCE_VERSION, astuple(rules.geofences)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


GEOFENCE_VERSION = 1


def digest(version: int, values: Iterable[object]) -> bytes:
    """The fold version (4 bytes) and 16 bytes of SHA-256 over values that JSON can hold."""
    text = json.dumps(list(values), separators=(",", ":"), sort_keys=True)
    return version.to_bytes(4, "big") + hashlib.sha256(text.encode()).digest()[:16]


def state_digest(version: int, state: State) -> bytes:
    """Equal exactly when all later facts will be."""
    return digest(version, [state.encode()])
