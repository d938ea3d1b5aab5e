"""What a state means at a time, and when that will change if nothing more is heard.

Silence is not an event: it never changes the state, so fixes that come late find it as it was.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from telemetry.journeys.model import SECOND_US, Driven, Rules, State
from telemetry.journeys.under_way import Open, driven

Motion: TypeAlias = Literal["unknown", "parked", "moving", "idling", "offline"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The journey that the state holds open, if any, and the vehicle's motion.

    wake: the first later time at which this changes by silence alone; None: never.
    """

    journey: Driven | None
    motion: Motion
    since: int
    wake: int | None


def outlook(state: State, as_of: int, rules: Rules, excused: int = 0) -> Outlook:
    """Read a state at a product time, microseconds.

    A journey that has been silent for longer than the gap rule allows is ended, exactly as the
    next fix would end it. Silence before `excused` was ours, and counts from then.
    """
    journey = Open(*state.open) if state.open else None
    if journey and not journey.confirmed:
        journey = None
    ends = max(state.t, excused) + rules.gap_s * SECOND_US + 1
    over = journey is not None and as_of >= ends
    motion, since = _motion(state, journey)
    silent_s = rules.parked_silence_s if motion == "parked" and not journey else rules.gap_s
    silent = max(state.heard, excused) + silent_s * SECOND_US + 1
    changes = []
    if journey and not over:
        changes.append(ends)
    if state.heard and as_of < silent:
        changes.append(silent)
    elif state.heard:
        motion, since = "offline", state.heard
    fact = _fact(state, journey, as_of >= ends) if journey else None
    return Outlook(fact, motion, since, min(changes, default=None))


def _fact(state: State, journey: Open, is_over: bool) -> Driven:
    ended = journey.stop or state.t
    lon, lat = state.anchor_lon, state.anchor_lat
    if is_over:
        return driven(journey, ended, ended, lon, lat)
    return driven(journey, None, state.t, lon, lat)


def _motion(state: State, journey: Open | None) -> tuple[Motion, int]:
    if not state.t:
        return "unknown", state.heard
    if journey and not journey.stop:
        return "moving", state.moving
    since = journey.stop if journey else state.rest
    if state.ignition == 1:
        return "idling", max(since, state.ignition_t)
    if journey and state.ignition != 0:
        return "idling", since
    return "parked", since
