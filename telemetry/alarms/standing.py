"""Kernels: the engine runs and nothing moves; the position stands and the odometer runs."""

from telemetry.alarms.layout import (
    ENABLED,
    FROZEN_FOR,
    FROZEN_FROM,
    FROZEN_HYSTERESIS,
    FROZEN_KMH,
    FROZEN_M,
    FROZEN_ON,
    FROZEN_T,
    GAP_US,
    GNSS_SLOT,
    IDLE_FOR,
    IDLE_HYSTERESIS,
    IDLE_LAT,
    IDLE_LON,
    IDLE_RUN,
    IDLE_SLOT,
    IDLE_STILL,
    IDLE_WITHIN,
    IGNITION,
    S,
)
from telemetry.alarms.runs import drop_idle, hold, say
from telemetry.streams import Integers, compiled, step_mm

SETTLED_US = 60 * S


@compiled
def idle(s: Integers, p: Integers, t: int, lon: int, lat: int, speed: int, blur_mm: int) -> None:
    """Take a usable fix; speed in 0.1 km/h, -1 unknown."""
    most = p[IDLE_STILL] * 1_000
    if s[IDLE_RUN + 1] == 3:
        most = p[IDLE_STILL] * (1_000 + 10 * p[IDLE_HYSTERESIS])
    if s[IGNITION] != 2 or speed * 100 >= most or not p[ENABLED + 6]:
        drop_idle(s)
        return
    if s[IDLE_RUN + 1] > 0:
        away = step_mm(s[IDLE_LON], s[IDLE_LAT], lon, lat)
        if away > max(p[IDLE_WITHIN] * 1000, blur_mm):
            drop_idle(s)
    if s[IDLE_RUN + 1] == 0:
        s[IDLE_LON] = lon
        s[IDLE_LAT] = lat
    if hold(s, IDLE_RUN, t, p[IDLE_FOR] * S):
        since = s[IDLE_RUN]
        say(s, IDLE_SLOT, since, t, t, (t - since) // S, p[IDLE_FOR], 1)


@compiled
def thaw(s: Integers) -> None:
    """The position changed, or nothing can be said."""
    s[FROZEN_FROM] = 0
    s[FROZEN_T] = 0
    s[FROZEN_M] = 0
    s[FROZEN_ON] = 0


@compiled
def frozen(s: Integers, p: Integers, t: int, before: int, driven_m: int) -> None:
    """Take a fix at the very same position as the usable one before.

    Args:
        s: the state.
        p: the parameters.
        t: of this fix.
        before: of the one before.
        driven_m: by the odometer since its last reading; -1 unknown.
    """
    if t - before > GAP_US or not p[ENABLED + 5]:
        thaw(s)
        return
    if driven_m > 0:
        if s[FROZEN_M] == 0:
            s[FROZEN_FROM] = before
            s[FROZEN_T] = t
        s[FROZEN_M] += driven_m
    if s[FROZEN_M] == 0:
        return
    passed = t - s[FROZEN_FROM]
    kmh = p[FROZEN_KMH] * (100 - p[FROZEN_HYSTERESIS] if s[FROZEN_ON] else 100)
    if s[FROZEN_M] * 360 * S <= kmh * passed:
        if passed >= SETTLED_US or s[FROZEN_ON]:
            thaw(s)
        return
    if passed >= p[FROZEN_FOR] * S:
        s[FROZEN_ON] = 1
        say(s, GNSS_SLOT, s[FROZEN_T], t, t, s[FROZEN_M], 0, 2)
