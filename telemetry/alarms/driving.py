"""Kernels: how long it was driven since the last rest, and on this business day."""

from telemetry.alarms.layout import (
    DAY,
    DAY_MOST,
    DAY_SLOT,
    DAY_US,
    DRIVEN,
    ENABLED,
    GAP_US,
    LAST,
    MOVING,
    REST,
    STARTED,
    STOP,
    TIRED,
    TIRED_SLOT,
    WARN,
    ZONE_US,
    S,
)
from telemetry.alarms.runs import redden, say
from telemetry.streams import Integers, compiled

STAYED_MM = 200_000
US_PER_MM = 30
"""At 120 km/h: who drove straight at that speed has the most time left to rest."""


@compiled
def midnight(t: int) -> int:
    """When the business day of t began."""
    return (t + ZONE_US) // DAY_US * DAY_US - ZONE_US


@compiled
def drive(
    s: Integers, p: Integers, t: int, before: int, away_mm: int, blur_mm: int, moves: bool
) -> None:
    """Take a usable fix: how long was driven since the one before.

    Args:
        s: the state; MOVING and STOP are those of the fix before.
        p: the parameters.
        t: of this fix.
        before: of the one before; 0: none.
        away_mm: between them.
        blur_mm: what the accuracy explains.
        moves: whether it drives now.
    """
    if before > 0:
        driven, rested = since(s, p, t, before, away_mm, blur_mm)
        count_day(s, p, t, before, driven)
        if rested:
            s[DRIVEN] = s[STOP] = 0
        elif driven > 0:
            count(s, p, t, driven)
    if moves:
        if s[STOP] > 0 and t - s[STOP] >= p[REST] * S:
            s[DRIVEN] = 0
        s[STOP] = 0
        s[MOVING] = 1
        return
    s[MOVING] = 0
    if s[DRIVEN] > 0 and s[STOP] == 0:
        s[STOP] = t
    if s[STOP] > 0 and t - s[STOP] >= p[REST] * S:
        s[DRIVEN] = s[STOP] = 0


@compiled
def since(
    s: Integers, p: Integers, t: int, before: int, away_mm: int, blur_mm: int
) -> tuple[int, bool]:
    """Microseconds driven between two fixes, and whether it may have rested in their silence."""
    passed = t - before
    if passed <= GAP_US:
        return (passed if s[MOVING] else 0), False
    if away_mm <= max(STAYED_MM, blur_mm):
        if s[DRIVEN] > 0 and s[STOP] == 0:
            s[STOP] = before
        return 0, False
    least = min(passed, away_mm * US_PER_MM)
    stood = before - s[STOP] if s[STOP] > 0 else 0
    if stood + passed - least >= p[REST] * S:
        return least, True
    s[STOP] = 0
    return (passed if s[MOVING] else least), False


@compiled
def count(s: Integers, p: Integers, t: int, driven: int) -> None:
    """More was driven without a rest."""
    s[DRIVEN] += driven
    if s[DRIVEN] < p[WARN] * S or not p[ENABLED + 1]:
        return
    say(s, TIRED_SLOT, t, t, t, s[DRIVEN] // S, p[WARN], 1)
    if s[DRIVEN] > p[TIRED] * S:
        redden(s, TIRED_SLOT, t)


@compiled
def count_day(s: Integers, p: Integers, t: int, before: int, driven: int) -> None:
    """Add what was driven to the day of t; what lies before midnight was the day's before."""
    new = midnight(t)
    if before < new:
        yesterday = max(0, new - (t - driven))
        if s[DAY_SLOT + STARTED] > 0 and yesterday > 0 and s[DAY] > p[DAY_MOST] * S:
            s[DAY_SLOT + LAST] = new
        driven -= min(driven, yesterday)
        s[DAY] = 0
    s[DAY] += driven
    if driven > 0 and s[DAY] > p[DAY_MOST] * S and p[ENABLED + 2]:
        say(s, DAY_SLOT, t, t, t, s[DAY] // S, p[DAY_MOST], 1)
