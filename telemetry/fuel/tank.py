"""A tank's readings into changes of its level: one pass in event order, as kernels.

Readings on the move slosh, readings of one stop share its slope; so each is compared with its
own kind. A reading that differs opens a doubt; several that agree settle it; the drive after it
confirms or withdraws it.
"""

from telemetry.fuel.change import confirm_change, settle, tell
from telemetry.fuel.doubt import agreeing, doubt, forget_doubt, open_doubt
from telemetry.fuel.layout import (
    HELD,
    RECENT,
    RECENT_L,
    RECENT_T,
    STILL,
    STILL_L,
    STILL_T,
    TAIL_L,
    D,
    H,
    P,
    S,
)
from telemetry.fuel.levels import clear, middle, push
from telemetry.streams import Integers, compiled

_UNIT = 100_000_000
"""1e-8 ml: so ml per 100 km times mm is a whole number."""
_OLD_US = 600_000_000
_FEW = 5
_NOISE = 40
_CLAIM_US = 12 * 3_600_000_000


@compiled
def take(
    state: Integers,
    limits: Integers,
    t: int,
    level: int,
    standing: int,
    off: int,
    device: int,
    out: Integers,
    done: int,
) -> int:
    """Take a reading that is younger than all before.

    Args:
        state: see layout; changed in place.
        limits: thresholds.
        t: microseconds.
        level: ml.
        standing: 0 or 1.
        off: 1 where it stands with its engine off.
        device: whose reading it is.
        out: rows to fill.
        done: how many are filled.

    Returns:
        How many are filled now.
    """
    silence = t - state[S.last_t] if state[S.last_t] else 0
    if level <= 0 or level > limits[P.most] or (state[S.last_t] and silence < limits[P.spacing]):
        return done
    age(state, t)
    if not standing or state[S.moved]:
        leave_stop(state)
    if state[D.n] >= 2 and silence > limits[P.silence]:
        n = agreeing(state, limits, 1)
        if n:
            done = settle(state, limits, n, out, done)
    base, allowed = 0, 0
    differs = bool(state[D.n]) or not among(state, limits, level)
    if differs:
        base, allowed = expected(state, limits, level, standing)
        sign = 1 if level > base else -1
        if state[D.n] and sign == state[D.sign]:
            allowed //= 2
        differs = abs(level - base) > allowed
    if differs:
        done = differing(state, limits, t, level, base, standing, silence, device, out, done)
    else:
        done = nothing_new(state, limits, t, level, standing, out, done)
    remember_reading(state, t, standing, off, device)
    return done


@compiled
def remember_reading(state: Integers, t: int, standing: int, off: int, device: int) -> None:
    """The last reading taken."""
    state[S.last_t], state[S.last_standing], state[S.last_off] = t, standing, off
    state[S.device], state[S.moved], state[S.stood] = device, 0, 0


@compiled
def among(state: Integers, limits: Integers, level: int) -> bool:
    """Whether a reading lies so close to all that are remembered that it cannot differ.

    Most do, and need no robust figure.
    """
    if state[S.still_n]:
        first, n, allowed = STILL_L, state[S.still_n], limits[P.still]
    else:
        first, n, allowed = RECENT_L, state[S.recent_n], limits[P.rise]
    near = True
    for i in range(first, first + n):
        near &= abs(level - state[i]) <= allowed
    return near


@compiled
def leave_stop(state: Integers) -> None:
    """Its readings are of no use any more, but where none on the move are known."""
    if not state[S.recent_n]:
        for i in range(state[S.still_n]):
            level = state[STILL_L + i]
            push(state, S.recent_n, RECENT_T, RECENT_L, RECENT, state[STILL_T + i], level)
    clear(state, STILL_T, STILL_L + STILL)
    state[S.still_n] = 0


@compiled
def age(state: Integers, t: int) -> None:
    """What was burnt by the norm since the last reading is off all that is remembered."""
    burnt = state[S.burn] // _UNIT
    state[S.burn] -= burnt * _UNIT
    if burnt:
        for i in range(state[S.recent_n]):
            state[RECENT_L + i] -= burnt
        for i in range(state[D.n]):
            state[TAIL_L + i] -= burnt
        if state[H.on]:
            state[H.burn] += burnt
    if state[S.claim_t] and t - state[S.claim_t] > _CLAIM_US:
        state[S.claim_t] = 0


@compiled
def expected(state: Integers, limits: Integers, level: int, standing: int) -> tuple[int, int]:
    """What a reading is compared with, and how far it may lie from that.

    The first of a stop may be far off: the car stands on a slope.
    """
    if state[S.still_n]:  # none is remembered while it moves
        return middle(state[STILL_L:], state[S.still_n]), limits[P.still]
    if state[S.recent_n]:
        allowed = 2 * limits[P.rise] if standing else limits[P.rise]
        return middle(state[RECENT_L:], state[S.recent_n]), allowed
    return level, 0


@compiled
def differing(
    state: Integers,
    limits: Integers,
    t: int,
    level: int,
    base: int,
    standing: int,
    silence: int,
    device: int,
    out: Integers,
    done: int,
) -> int:
    """A reading that differs from its base; the rest as in take."""
    sign = 1 if level > base else -1
    if state[D.n] and state[D.sign] != sign:
        forget_doubt(state)
    if not state[D.n]:
        open_doubt(state, sign, level, base, standing)
        state[D.placed], state[D.lon], state[D.lat] = state[S.placed], state[S.lon], state[S.lat]
    doubt(state, t, level, standing, silence, device)
    n = agreeing(state, limits, 0)
    if n:
        done = settle(state, limits, n, out, done)
    elif state[D.total] > _NOISE:  # it never comes to rest: begin anew
        clear(state, RECENT_T, STILL_L + STILL)
        state[S.recent_n], state[S.still_n] = 0, 0
        clear(state, HELD, RECENT_T)
        forget_doubt(state)
    return done


@compiled
def nothing_new(
    state: Integers, limits: Integers, t: int, level: int, standing: int, out: Integers, done: int
) -> int:
    """A reading that says nothing new; the rest as in take."""
    if standing:
        if not state[S.still_n]:
            state[S.stop_before], state[S.stop_t], state[S.stop_level] = state[S.last_t], t, level
        push(state, S.still_n, STILL_T, STILL_L, STILL, t, level)
        state[S.agreed] = 0
    else:
        push(state, S.recent_n, RECENT_T, RECENT_L, RECENT, t, level)
        forget_old(state, t)
        state[S.agreed] = min(2, state[S.agreed] + 1)
        if state[S.agreed] == 2 and not state[D.n]:
            state[S.stop_before], state[S.stop_t], state[S.stop_level] = 0, 0, 0
    if state[D.n]:
        state[D.back] += 1
        if state[D.back] >= 2:
            forget_doubt(state)
    if state[H.on]:
        confirm_change(state, limits, level, standing)
        since = t - state[H.after]
        driven = state[H.gone_n] >= limits[P.confirm] and since > limits[P.probation]
        if driven or since > limits[P.hold]:
            done = tell(state, limits, out, done)
            clear(state, HELD, RECENT_T)
    return done


@compiled
def forget_old(state: Integers, t: int) -> None:
    """Readings on the move of more than ten minutes ago, but for a few."""
    n = state[S.recent_n]
    gone = 0
    while n - gone > _FEW and t - state[RECENT_T + gone] > _OLD_US:
        gone += 1
    if gone:
        for i in range(n):
            for column in (RECENT_T, RECENT_L):
                state[column + i] = state[column + i + gone] if i + gone < n else 0
        state[S.recent_n] = n - gone
