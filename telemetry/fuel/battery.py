"""A battery's readings into charges: it stands, and its state of charge rises; as kernels.

Of three readings in a row the middle one counts, so that a wild one says nothing.
"""

from telemetry.fuel.layout import CHARGE, SESSION, SIZE, B, P, R, S
from telemetry.fuel.levels import clear
from telemetry.streams import Integers, compiled

_FULL = 1000


@compiled
def charge_reading(
    state: Integers,
    limits: Integers,
    t: int,
    soc: int,
    standing: int,
    out: Integers,
    done: int,
) -> int:
    """Take a reading that is younger than all before.

    Args:
        state: see layout; changed in place.
        limits: thresholds.
        t: microseconds.
        soc: permille.
        standing: 1 where it stands and its engine does not charge.
        out: rows to fill.
        done: how many are filled.

    Returns:
        How many are filled now.
    """
    if soc <= 0 or soc > _FULL or t == state[B.t]:
        return done
    if state[B.t]:
        a, b = state[B.soc_before], state[B.soc]
        middle = max(min(a, b), min(max(a, b), soc))
        done = see(state, limits, state[B.t], middle, state[B.standing], out, done)
        state[B.soc_before] = state[B.soc]
    else:
        state[B.soc_before] = soc
    state[B.t], state[B.soc], state[B.standing] = t, soc, standing
    return done


@compiled
def see(
    state: Integers,
    limits: Integers,
    t: int,
    soc: int,
    standing: int,
    out: Integers,
    done: int,
) -> int:
    """Take the middle of three readings; the rest as in charge_reading."""
    silence = t - state[B.seen] if state[B.seen] else 0
    state[B.seen] = t
    unseen = silence > limits[P.silence]
    if state[B.c_on]:
        over = t - state[B.c_upto] > limits[P.pause] and not (unseen and soc > state[B.c_high])
        if over or soc <= state[B.c_high] - limits[P.charged] or not (standing or unseen):
            done = tell_charge(state, limits, out, done)
            clear(state, SESSION, SIZE)
        elif soc > state[B.c_high]:
            state[B.c_high], state[B.c_upto] = soc, t
            state[B.c_silence] = max(state[B.c_silence], silence)
            state[B.c_readings] += 1
    elif state[B.low] and soc - state[B.low] >= limits[P.charged] and (standing or unseen):
        state[B.c_on], state[B.c_from], state[B.c_low] = 1, state[B.low_t], state[B.low]
        state[B.c_upto], state[B.c_high], state[B.c_silence] = t, soc, silence
        state[B.c_readings] = 2
        state[B.c_placed] = state[S.placed]
        state[B.c_lon], state[B.c_lat] = state[S.lon], state[S.lat]
    if state[B.c_on] and not standing:
        done = tell_charge(state, limits, out, done)
        clear(state, SESSION, SIZE)
    if not state[B.low] or not standing or soc <= state[B.low] or state[B.c_on]:
        state[B.low_t], state[B.low] = t, soc
    return done


@compiled
def tell_charge(state: Integers, limits: Integers, out: Integers, done: int) -> int:
    """Write the session as a row; amounts in permille."""
    row = out[done]
    row[R.kind], row[R.started], row[R.ended] = CHARGE, state[B.c_from], state[B.c_upto]
    row[R.before], row[R.after] = state[B.c_low], state[B.c_high]
    row[R.amount], row[R.error] = state[B.c_high] - state[B.c_low], 0
    row[R.confidence] = 70 if state[B.c_silence] > limits[P.silence] else 95
    row[R.readings] = state[B.c_readings]
    row[R.placed], row[R.lon], row[R.lat] = state[B.c_placed], state[B.c_lon], state[B.c_lat]
    return done + 1
