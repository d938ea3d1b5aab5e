"""Kernels: terminals that say nothing, and those that lost the vehicle's power."""

from telemetry.alarms.layout import (
    BLIND,
    CUT,
    ENABLED,
    HEARD,
    IGNITION,
    MOVING,
    ON_SILENT,
    PARKED_SILENT,
    POWER_FOR,
    POWER_RUN,
    POWER_SLOT,
    SILENT_RED,
    SILENT_SLOT,
    S,
)
from telemetry.alarms.runs import redden, say
from telemetry.streams import Integers, compiled

SHORTEST_US = 60 * S
"""No setting calls a shorter silence one."""


@compiled
def is_on(s: Integers) -> bool:
    """Whether the ignition was on when it was last heard; unknown: whether it moved."""
    return bool(s[IGNITION] == 2 or (s[IGNITION] == 0 and s[MOVING] == 1))


@compiled
def silent_since(heard: int, t: int, longest: int, outages: Integers) -> int:
    """The start of the first stretch that is too long, our own outages left out.

    Args:
        heard: when it was last heard.
        t: silent until then.
        longest: microseconds that are no alarm.
        outages: (n, 2) from, to; in order, of which none touches another.

    Returns:
        Microseconds; 0: none is too long.
    """
    at = heard
    for i in range(len(outages)):
        if outages[i, 1] <= at or outages[i, 0] >= t:
            continue
        if outages[i, 0] - at > longest:
            return at
        at = outages[i, 1]
    return at if t - at > longest else 0


@compiled
def silence(s: Integers, p: Integers, t: int, outages: Integers) -> None:
    """Something is heard at t: whether it was silent for too long before."""
    on = is_on(s)
    longest = (p[ON_SILENT] if on else p[PARKED_SILENT]) * S
    if s[BLIND] or not p[ENABLED + 3] or t - s[HEARD] <= longest:
        return
    start = silent_since(s[HEARD], t, longest, outages)
    if start == 0:
        return
    seconds = (t - start) // S
    say(s, SILENT_SLOT, start, start + longest, t, seconds, longest // S, 1 if on else 2)
    if t - start > p[SILENT_RED] * S:
        redden(s, SILENT_SLOT, start + p[SILENT_RED] * S)
    if s[CUT] > 0 or s[POWER_RUN + 1] == 3:
        redden(s, POWER_SLOT, start + longest)


@compiled
def powerless(s: Integers, p: Integers, t: int) -> None:
    """A status power-cut was true until t."""
    if s[CUT] == 0:
        return
    if not p[ENABLED + 4]:
        s[CUT] = t
    elif t - s[CUT] >= p[POWER_FOR] * S:
        say(s, POWER_SLOT, s[CUT], s[CUT] + p[POWER_FOR] * S, t, 0, p[POWER_FOR], 2)
