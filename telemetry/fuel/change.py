"""A level that changed: held until the drive confirms it, then told; as kernels."""

import math

from telemetry.fuel.doubt import forget_doubt
from telemetry.fuel.layout import (
    DROP,
    HELD,
    JUMP,
    NOTHING,
    RECENT,
    RECENT_L,
    RECENT_T,
    REFUEL,
    STILL,
    STILL_L,
    STILL_T,
    TAIL_L,
    TAIL_S,
    TAIL_T,
    D,
    H,
    P,
    R,
    S,
)
from telemetry.fuel.levels import clear, middle, push, quartiles
from telemetry.streams import Integers, compiled

_CLAIM_US = 15 * 60_000_000
_DENSE_US = 2 * 60_000_000
_ENOUGH = 6


@compiled
def settle(state: Integers, limits: Integers, n: int, out: Integers, done: int) -> int:
    """The last n differing readings agree: hold the change, or withdraw the one that is held.

    Returns:
        How many rows are in out now.
    """
    at = state[D.n] - n
    after = middle(state[TAIL_L + at :], n)
    still = 1
    for i in range(at, at + n):
        if not state[TAIL_S + i]:
            still = 0
    before = state[D.still]
    in_stop = state[D.still_n] > 0 and not state[D.moved]
    if (
        state[S.recent_n]
        and not (still and in_stop)
        and (state[S.recent_n] >= 3 or not state[D.still_n])
    ):
        before = middle(state[RECENT_L:], state[S.recent_n])
    amount = after - before
    if state[H.on]:
        slack = max(limits[P.rise], abs(state[H.amount]) // 5)
        seen = state[D.silence] <= limits[P.silence] or not state[D.moved]
        if seen and abs(amount + state[H.amount]) <= slack:
            clear(state, HELD, RECENT_T)  # back where it was: nothing happened
            remember(state, n, still, amount)
            return done
        soon = state[D.before] - state[H.after] <= limits[P.silence]
        same = (amount > 0) == (state[H.amount] > 0)
        if same and soon and in_stop and not state[H.gone_n]:
            go_on(state, n, amount, after)
            remember(state, n, still, amount)
            return done
        done = tell(state, limits, out, done)
        clear(state, HELD, RECENT_T)
    if amount >= limits[P.rise] or amount <= -min(limits[P.rise], limits[P.fall]):
        hold_change(state, n, in_stop, amount, after)
        remember(state, n, still, amount)
    else:
        remember(state, n, still, 0)
    return done


@compiled
def hold_change(state: Integers, n: int, in_stop: bool, amount: int, after: int) -> None:
    """Keep the change that a doubt turned out to be."""
    at = state[D.n] - n
    state[H.on] = 1
    state[H.before], state[H.first] = state[D.before], state[D.first]
    state[H.after] = state[D.since] if state[D.since] else state[TAIL_T + at]
    state[H.amount], state[H.level] = amount, after
    state[H.off], state[H.stood], state[H.moved] = state[D.off], state[D.stood], state[D.moved]
    state[H.silence], state[H.swapped] = state[D.silence], state[D.swapped]
    state[H.still], state[H.still_n] = state[D.still], state[D.still_n]
    state[H.in_stop] = 1 if in_stop else 0
    state[H.placed], state[H.lon], state[H.lat] = state[D.placed], state[D.lon], state[D.lat]
    if state[S.recent_n]:
        state[H.recent] = middle(state[RECENT_L:], state[S.recent_n])
        state[H.recent_n] = state[S.recent_n]
        state[H.spread] = quartiles(state[RECENT_L:], state[S.recent_n])
    count_tail(state, n)


@compiled
def go_on(state: Integers, n: int, amount: int, after: int) -> None:
    """The held change goes on in the same stop: a second nozzle, a second can."""
    state[H.after] = state[TAIL_T + state[D.n] - n]
    state[H.amount] += amount
    state[H.level] = after
    state[H.silence] = max(state[H.silence], state[D.silence])
    state[H.sum], state[H.sum_n] = 0, 0
    count_tail(state, n)


@compiled
def count_tail(state: Integers, n: int) -> None:
    """The readings that settled it are the first of the new level."""
    at = state[D.n] - n
    for i in range(at, at + n):
        if not state[TAIL_S + i]:
            state[H.gone] += state[TAIL_L + i]
            state[H.gone_n] += 1
        elif state[H.in_stop]:
            state[H.sum] += state[TAIL_L + i]
            state[H.sum_n] += 1


@compiled
def remember(state: Integers, n: int, still: int, shift: int) -> None:
    """From now on the new level is what is known; a change in a stop moves what was before it."""
    at = state[D.n] - n
    clear(state, STILL_T, STILL_L + STILL)
    state[S.still_n] = 0
    if still:
        for i in range(state[S.recent_n]):
            state[RECENT_L + i] += shift
    else:
        clear(state, RECENT_T, RECENT_L + RECENT)
        state[S.recent_n] = 0
    for i in range(at, at + n):
        t, level = state[TAIL_T + i], state[TAIL_L + i]
        if still:
            push(state, S.still_n, STILL_T, STILL_L, STILL, t, level)
        elif not state[TAIL_S + i]:
            push(state, S.recent_n, RECENT_T, RECENT_L, RECENT, t, level)
    state[S.stop_before], state[S.stop_t], state[S.stop_level] = 0, 0, 0
    forget_doubt(state)


@compiled
def confirm_change(state: Integers, limits: Integers, level: int, standing: int) -> None:
    """Count a reading of the new level to the change that is held."""
    if standing:
        near = abs(level - state[H.level]) <= 2 * limits[P.close]
        if state[H.in_stop] and near and state[H.sum_n] < STILL:
            state[H.sum] += level
            state[H.sum_n] += 1
        return
    state[H.in_stop] = 0
    if state[H.gone_n] >= limits[P.confirm]:
        return
    state[H.gone] += level + state[H.burn]
    state[H.gone_n] += 1


@compiled
def kind_of(state: Integers, limits: Integers, amount: int) -> int:
    """What the held change was."""
    fall = -amount
    if amount >= limits[P.rise]:
        return REFUEL if state[H.stood] else JUMP
    if state[H.swapped] or amount >= 0:
        return NOTHING
    if fall >= limits[P.fall] and state[H.off]:
        first = state[H.first] - state[H.before]
        took = state[H.after] - state[H.first] + first // 2
        sudden = fall * limits[P.theft] >= limits[P.fall] * max(took, limits[P.theft])
        unseen = not state[H.moved] and state[H.first] == state[H.after]
        if unseen or (sudden and first <= limits[P.theft]):
            return DROP
    if fall >= limits[P.rise] and state[H.silence] <= _DENSE_US and not state[H.off]:
        return JUMP
    return NOTHING


@compiled
def tell(state: Integers, limits: Integers, out: Integers, done: int) -> int:
    """Write the held change as a row, if it is anything; the same kind of readings are compared."""
    still_n, gone_n = state[H.sum_n], state[H.gone_n]
    enough = state[H.recent_n] >= _ENOUGH and gone_n >= _ENOUGH
    before, after = state[H.level] - state[H.amount], state[H.level]
    before_n, after_n = max(1, state[H.still_n]), max(1, still_n)
    noise, alike = limits[P.near] // 6, 0
    if state[H.still_n] and still_n and (not enough or (state[H.still_n] >= 2 and still_n >= 2)):
        before, after = state[H.still], state[H.sum] // still_n
        noise, alike = limits[P.close] // 4, 1
    elif state[H.recent_n] >= 3 and gone_n >= 3:
        before, after = state[H.recent], state[H.gone] // gone_n
        before_n, after_n = state[H.recent_n], gone_n
        noise, alike = state[H.spread] * 3 // 4, 1
    kind = kind_of(state, limits, after - before)
    if kind == NOTHING:
        return done
    row = out[done]
    row[R.kind], row[R.started], row[R.ended] = kind, state[H.before], state[H.after]
    row[R.before], row[R.after], row[R.amount] = before, after, abs(after - before)
    if kind == JUMP:
        row[R.amount] = after - before
    row[R.error] = 100 + int(noise * math.sqrt(6.0 / before_n + 6.0 / after_n))
    row[R.readings] = before_n + after_n
    row[R.confidence] = certainty(state, limits, kind, row[R.amount], alike)
    row[R.placed], row[R.lon], row[R.lat] = state[H.placed], state[H.lon], state[H.lat]
    return done + 1


@compiled
def certainty(state: Integers, limits: Integers, kind: int, amount: int, alike: int) -> int:
    """0 to 100: what speaks against it is taken off."""
    if kind == JUMP:
        return 50
    sure = 95 if alike else 80
    if state[H.silence] > limits[P.silence]:
        sure -= 15
    if kind == REFUEL and amount < limits[P.rise] * 3 // 2:
        sure -= 15
    if kind == DROP and state[H.first] - state[H.before] > limits[P.theft]:
        sure -= 30
    if state[H.swapped]:
        sure -= 20
    if not limits[P.known]:
        sure -= 10
    claimed = state[S.claim_t]
    if claimed and state[H.before] - _CLAIM_US <= claimed <= state[H.after] + _CLAIM_US:
        sure += 4
    return sure
