"""Kernels: where a fix says it is, and what follows from that."""

from typing import Final

from telemetry.alarms.driving import drive
from telemetry.alarms.layout import (
    BLIND,
    DEFAULT_BLUR_DM,
    ENABLED,
    GAP_US,
    GNSS_SLOT,
    JUMP_M,
    JUMP_S,
    LAT,
    LON,
    STILL,
    S,
    T,
)
from telemetry.alarms.runs import drop_idle, drop_speed, say
from telemetry.alarms.speeding import CLOSE_US, is_fast, is_shown, limit_at, speeding
from telemetry.alarms.standing import frozen, idle, thaw
from telemetry.journeys import UNUSABLE, Flag
from telemetry.streams import Integers, Phase, compiled, step_mm

ZERO: Final = int(Flag.ZERO | Flag.COARSE)
NO_POSITION: Final = int(UNUSABLE)
STANDS: Final = int(Flag.FROZEN)
AT_REST: Final = int(Phase.AT_REST)
REST_DRIFT_DKMH: Final = 100
"""A car that journeys call at rest drives only from this speed on."""


@compiled
def place(
    s: Integers,
    p: Integers,
    segments: Integers,
    cells: Integers,
    items: Integers,
    t: int,
    lon: int,
    lat: int,
    speed: int,
    blur_mm: int,
    flag: int,
    driven_m: int,
    phase: int,
    blind: int,
    zone_kmh: int,
) -> None:
    """Take a usable position."""
    before, away_mm, same = s[T], 0, False
    if before > 0:
        away_mm = step_mm(s[LON], s[LAT], lon, lat)
        same = lon == s[LON] and lat == s[LAT]
    s[T] = t
    s[LON] = lon
    s[LAT] = lat
    s[BLIND] = blind
    if speed >= 0:
        slow = REST_DRIFT_DKMH if phase == AT_REST else p[STILL] * 10
        moves = speed >= slow
    else:
        # km/h times microseconds, in millimetres
        moves = away_mm > max(2 * blur_mm, p[STILL] * (t - before) // 3_600)
        moves = moves and phase != AT_REST
    drive(s, p, t, before, away_mm, 2 * blur_mm, moves)
    if t - before > GAP_US:
        drop_idle(s)
    if t - before > CLOSE_US or not p[ENABLED]:
        drop_speed(s)
    if p[ENABLED] and not flag & STANDS:
        if speed >= 0 and not is_fast(p, speed, zone_kmh):
            speeding(s, p, t, 0, 1)
        elif speed >= 0 and is_shown(speed, away_mm, t - before if before > 0 else 0):
            limit = limit_at(p, segments, cells, items, lon, lat, blur_mm, zone_kmh)
            speeding(s, p, t, speed, limit)
    if same and not blind:
        frozen(s, p, t, before, driven_m)
    else:
        thaw(s)
    idle(s, p, t, lon, lat, speed, 2 * blur_mm)


@compiled
def jump(s: Integers, p: Integers, t: int, lon: int, lat: int) -> None:
    """Whether a position, usable or not, is further than anybody comes in that time."""
    if s[T] == 0 or t - s[T] > p[JUMP_S] * S or not p[ENABLED + 5]:
        return
    away_mm = step_mm(s[LON], s[LAT], lon, lat)
    if away_mm > p[JUMP_M] * 1000:
        say(s, GNSS_SLOT, t, t, t, away_mm // 1000, p[JUMP_M], 4)


@compiled
def take_position(
    s: Integers,
    p: Integers,
    segments: Integers,
    cells: Integers,
    items: Integers,
    t: int,
    lon: int,
    lat: int,
    speed: int,
    accuracy: int,
    flag: int,
    driven_m: int,
    phase: int,
    blind: int,
    zone_kmh: int,
) -> None:
    """Take what a fix says of where it is, as far as that can be used."""
    if not flag & ZERO:
        jump(s, p, t, lon, lat)
    if not flag & NO_POSITION:
        blur_mm = accuracy * 100 if accuracy >= 0 else DEFAULT_BLUR_DM * 100
        place(
            s, p, segments, cells, items, t, lon, lat, speed, blur_mm, flag, driven_m, phase,
            blind, zone_kmh,
        )  # fmt: skip
