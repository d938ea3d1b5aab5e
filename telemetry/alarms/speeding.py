"""Kernels: faster than the road allows."""

from telemetry.alarms.layout import (
    CITY,
    EXPRESSWAY,
    LOOK_UP,
    OVER,
    OWN,
    RED_FOR,
    RED_OVER,
    ROAD_WITHIN,
    SPEED_FOR,
    SPEED_HYSTERESIS,
    SPEED_RED_RUN,
    SPEED_RUN,
    SPEED_SLOT,
    S,
)
from telemetry.alarms.runs import drop, drop_speed, hold, redden, say
from telemetry.roads import fastest_near
from telemetry.streams import Integers, compiled

CLOSE_US = 60 * S
"""Fixes further apart say nothing about the speed between them; closer ones must bear it out."""


@compiled
def capped(p: Integers, kmh: int) -> int:
    """A limit, or the lower one of the platform or the vehicle."""
    return int(min(kmh, p[OWN])) if p[OWN] > 0 else int(kmh)


@compiled
def limit_at(
    p: Integers,
    segments: Integers,
    cells: Integers,
    items: Integers,
    lon: int,
    lat: int,
    blur_mm: int,
    zone_kmh: int,
) -> int:
    """Kilometres an hour: a speed zone's, else the road's, else the highest there is."""
    if zone_kmh > 0:
        return capped(p, zone_kmh)
    within_mm = blur_mm + p[ROAD_WITHIN] * 1000
    kmh = fastest_near(segments, cells, items, p[CITY : EXPRESSWAY + 1], lon, lat, within_mm)
    if kmh == 0:
        kmh = p[EXPRESSWAY]
    return capped(p, kmh)


@compiled
def is_shown(speed: int, away_mm: int, passed: int) -> bool:
    """Whether the positions show a third of a speed; passed: since the last one, 0: none."""
    if passed <= 0 or passed > CLOSE_US:
        return True
    return away_mm * 3 * 36_000 >= speed * passed


@compiled
def speeding(s: Integers, p: Integers, t: int, speed: int, limit_kmh: int) -> None:
    """Take a fix that is fast enough to be looked at; speed in 0.1 km/h."""
    over = p[OVER] * 100
    if s[SPEED_RUN + 1] == 3:
        over = p[OVER] * (100 - p[SPEED_HYSTERESIS])
    if speed * 1_000 <= limit_kmh * (10_000 + over):
        drop_speed(s)
        return
    is_long = hold(s, SPEED_RUN, t, p[SPEED_FOR] * S)
    if is_long:
        say(s, SPEED_SLOT, s[SPEED_RUN], t, t, speed, limit_kmh * 10, 1)
    if speed * 10 <= limit_kmh * (100 + p[RED_OVER]):
        drop(s, SPEED_RED_RUN)
    elif hold(s, SPEED_RED_RUN, t, p[RED_FOR] * S) and is_long:
        redden(s, SPEED_SLOT, t)


@compiled
def is_fast(p: Integers, speed: int, zone_kmh: int) -> bool:
    """Whether some limit may be broken at this speed; in a speed zone: its own."""
    if zone_kmh > 0:
        held = 10_000 + p[OVER] * (100 - p[SPEED_HYSTERESIS])
        return bool(speed * 1_000 > capped(p, zone_kmh) * held)
    return bool(speed * 100 > p[LOOK_UP])
