"""Kernels: runs that become long enough, and facts that open, go on and are shut."""

from telemetry.alarms.layout import (
    AT_LAT,
    AT_LON,
    BOUND,
    CAUSE,
    CLEAR,
    DAY,
    DAY_BIT_RUN,
    DAY_MOST,
    DAY_SLOT,
    DRIVEN,
    FROZEN_T,
    GNSS_RUN,
    GNSS_SLOT,
    IDLE_LAT,
    IDLE_LON,
    IDLE_RUN,
    IDLE_SLOT,
    LAST,
    LAT,
    LON,
    PEAK,
    POWER_RUN,
    POWER_SLOT,
    RAISED,
    RED,
    SLOT,
    SLOTS,
    SPEED_BIT_RUN,
    SPEED_RED_RUN,
    SPEED_RUN,
    SPEED_SLOT,
    STARTED,
    STATE,
    TIRED_BIT_RUN,
    TIRED_SLOT,
    WARN,
    WARN_BIT_RUN,
    S,
)
from telemetry.streams import Integers, compiled


@compiled
def hold(s: Integers, run: int, t: int, for_us: int) -> bool:
    """Take a fix at which the run's condition is true; whether it has been so for long enough."""
    if s[run + 1] == 0:
        s[run] = t
    if s[run + 1] < 2:
        s[run + 1] += 1
    if s[run + 1] == 2 and t - s[run] >= for_us:
        s[run + 1] = 3
    return bool(s[run + 1] == 3)


@compiled
def drop(s: Integers, run: int) -> None:
    """It was not true: the run is over."""
    s[run] = 0
    s[run + 1] = 0


@compiled
def drop_all(s: Integers) -> None:
    """A silence: nobody knows that it was true all the time."""
    drop_speed(s)
    for run in (SPEED_BIT_RUN, TIRED_BIT_RUN, WARN_BIT_RUN, DAY_BIT_RUN):
        drop(s, run)
    drop_idle(s)


@compiled
def drop_speed(s: Integers) -> None:
    """The speed is not known to have been too high all the time."""
    drop(s, SPEED_RUN)
    drop(s, SPEED_RED_RUN)


@compiled
def drop_idle(s: Integers) -> None:
    """It moved or was switched off."""
    drop(s, IDLE_RUN)
    s[IDLE_LON] = 0
    s[IDLE_LAT] = 0


@compiled
def say(
    s: Integers, slot: int, started: int, raised: int, t: int, peak: int, bound: int, cause: int
) -> None:
    """The rule is broken at t: open its fact, or let it go on."""
    if s[slot + STARTED] == 0:
        s[slot + STARTED] = started
        s[slot + RAISED] = raised
        s[slot + AT_LON] = s[LON]
        s[slot + AT_LAT] = s[LAT]
        s[slot + BOUND] = bound
    s[slot + LAST] = max(s[slot + LAST], t)
    s[slot + CAUSE] |= cause
    if peak > s[slot + PEAK]:
        s[slot + PEAK] = peak
        s[slot + BOUND] = bound


@compiled
def redden(s: Integers, slot: int, t: int) -> None:
    """The open fact is red from t on, if it was not before."""
    if s[slot + STARTED] > 0 and s[slot + RED] == 0:
        s[slot + RED] = t


@compiled
def keeps(s: Integers, run: int, slot: int) -> bool:
    """Whether a run is long enough, or may turn out to have begun within the slot's fact."""
    return bool(s[run + 1] == 3 or (s[run + 1] > 0 and s[run] <= s[slot + LAST]))


@compiled
def goes_on(s: Integers, p: Integers, slot: int) -> bool:
    """Whether the condition of an open fact is still true, whatever was heard last."""
    if slot == SPEED_SLOT:
        return keeps(s, SPEED_RUN, slot) or keeps(s, SPEED_BIT_RUN, slot)
    if slot == TIRED_SLOT:
        lit = keeps(s, TIRED_BIT_RUN, slot) or keeps(s, WARN_BIT_RUN, slot)
        return lit or bool(s[DRIVEN] >= p[WARN] * S)
    if slot == DAY_SLOT:
        return keeps(s, DAY_BIT_RUN, slot) or bool(s[DAY] > p[DAY_MOST] * S)
    if slot == POWER_SLOT:
        return keeps(s, POWER_RUN, slot)
    if slot == GNSS_SLOT:
        frozen = bool(s[FROZEN_T] > 0 and s[FROZEN_T] <= s[slot + LAST])
        return frozen or keeps(s, GNSS_RUN, slot)
    if slot == IDLE_SLOT:
        return keeps(s, IDLE_RUN, slot)
    return False


@compiled
def is_open(s: Integers) -> bool:
    """Whether any fact is open."""
    begun = 0
    for slot in range(SLOTS, STATE, SLOT):
        begun += s[slot + STARTED]
    return begun > 0


@compiled
def shut(s: Integers, p: Integers, t: int, out: Integers, n: int) -> int:
    """Write down the facts that have been over for long enough at t.

    Args:
        s: the state; their slots become empty.
        p: the parameters.
        t: of the message, microseconds.
        out: rows of a slot's number and its fields.
        n: rows that are taken.

    Returns:
        Rows that are taken then.
    """
    for i in range((STATE - SLOTS) // SLOT):
        slot = SLOTS + i * SLOT
        if s[slot + STARTED] == 0:
            continue
        if p[i] and (t - s[slot + LAST] <= p[CLEAR[i]] * S or goes_on(s, p, slot)):
            continue
        out[n, 0] = i
        for k in range(SLOT):
            out[n, k + 1] = s[slot + k]
            s[slot + k] = 0
        n += 1
    return n
