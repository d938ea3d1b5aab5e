"""Readings that differ from what is remembered, and when they agree on a new level; as kernels."""

from telemetry.fuel.layout import (
    BATTERY,
    DOUBT,
    HELD,
    STILL_L,
    TAIL,
    TAIL_L,
    TAIL_S,
    TAIL_T,
    D,
    P,
    S,
)
from telemetry.fuel.levels import clear, middle, width
from telemetry.streams import Integers, compiled

_MINUTE_US = 60_000_000


@compiled
def forget_doubt(state: Integers) -> None:
    """There is no doubt."""
    clear(state, DOUBT, HELD)
    clear(state, TAIL_T, BATTERY)


@compiled
def open_doubt(state: Integers, sign: int, level: int, base: int, standing: int) -> None:
    """The first reading that differs: note what was just before it."""
    state[D.sign] = sign
    state[D.before] = state[S.last_t]
    if state[S.still_n]:
        state[D.still] = middle(state[STILL_L:], state[S.still_n])
        state[D.still_n] = state[S.still_n]
    state[D.off] = state[S.last_off]
    if state[S.stop_t] and not standing:
        nearer = abs(state[S.stop_level] - level) < abs(state[S.stop_level] - base)
        if nearer:  # the stop before showed it already; only the drive can tell it from a slope
            state[D.before], state[D.since] = state[S.stop_before], state[S.stop_t]
            state[D.stood] = 1


@compiled
def doubt(state: Integers, t: int, level: int, standing: int, silence: int, device: int) -> None:
    """Take a reading that differs, after open_doubt."""
    if not state[D.total]:
        state[D.first] = state[D.since] if state[D.since] else t
    n = state[D.n]
    if n == TAIL:
        for i in range(TAIL - 1):
            for column in (TAIL_T, TAIL_L, TAIL_S):
                state[column + i] = state[column + i + 1]
        n = TAIL - 1
    state[TAIL_T + n], state[TAIL_L + n], state[TAIL_S + n] = t, level, standing
    state[D.n] = n + 1
    state[D.total] += 1
    state[D.back] = 0
    state[D.silence] = max(state[D.silence], silence)
    if standing or state[S.stood] or state[S.last_standing] or silence >= _MINUTE_US:
        state[D.stood] = 1
    if not standing or state[S.moved]:
        state[D.moved] = 1
    if device != state[S.device]:
        state[D.swapped] = 1


@compiled
def agreeing(state: Integers, limits: Integers, silent: int) -> int:
    """How many of the last differing readings agree on a new level; 0: they do not yet.

    Args:
        state: with a doubt.
        limits: thresholds.
        silent: 1 where a long silence follows, so that no more will come of it.
    """
    n: int = state[D.n]
    if silent:
        return n if n >= 2 and width(state[TAIL_L:], n) <= limits[P.near] else 0
    if n >= 3 and state[TAIL_S + n - 1] and state[TAIL_S + n - 2] and state[TAIL_S + n - 3]:
        close = width(state[TAIL_L + n - 3 :], 3) <= limits[P.close]
        if close and state[TAIL_T + n - 1] - state[TAIL_T + n - 3] >= _MINUTE_US:
            return 3
    if n == TAIL and width(state[TAIL_L:], n) <= limits[P.near]:
        return n
    return 0
