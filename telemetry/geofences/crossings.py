"""The kernel: fixes in event order against every area, with hysteresis and confirmation.

A fix says a side when its whole circle of accuracy lies there. The side changes

- when enough fixes in a row say so for long enough and the vehicle drove there; or
- when REST_FIXES in a row lie on the other side, whatever their accuracy, for REST_US: a vehicle
  that came at a walk, or that parks too close to the border for any fix to say a side.

The first of them is the crossing. An area is looked at again only when the vehicle may have come
near its border since: distances change no faster than it moves.
"""

from typing import Final

from telemetry.geofences.borders import (
    BEGINS,
    BLUR,
    CONFIRM_FIXES,
    CONFIRM_US,
    apart_mm,
    border_mm,
    cosine,
)
from telemetry.streams import Integers, Phase, compiled

REST_FIXES: Final = 30
REST_US: Final = 900_000_000
MOST_FIXES: Final = 30
"""Counting further would make other states of equal futures."""

# What is remembered of the vehicle ...
T, LON, LAT, MOVING = 0, 1, 2, 3
# ... and, a row each, of the areas; the last three only within one call.
INSIDE, SINCE, COUNT, MOVED, LEAN_SINCE, LEAN, SIDE, DEPTH, NEXT = 0, 1, 2, 3, 4, 5, 6, 7, 8
ROW: Final = 9
KEPT: Final = 6

_DRIVING = int(Phase.DRIVING)
_FAR_MM = 200_000  # further than this from the fix before: it drove, whatever its phase
_TRUST_MM = 3_000_000  # the worst accuracy that can be reported
_LEAP_MM = 100_000_000
_ON_IT_MM = 1_000


@compiled
def lean(row: Integers, t: int) -> None:
    """Count a fix by its position alone; changes (ROW,) row in place."""
    away = row[DEPTH]
    if abs(away) < _ON_IT_MM:
        return
    if (away < 0) == (row[INSIDE] == 1):
        row[LEAN] = row[LEAN_SINCE] = 0
        return
    if row[LEAN] == 0:
        row[LEAN_SINCE] = t
    row[LEAN] = min(row[LEAN] + 1, MOST_FIXES)


@compiled
def advance(row: Integers, area: Integers, t: int, before_t: int, moving: int, recent: int) -> int:
    """One area's state over one fix.

    Args:
        row: (ROW,) changed in place.
        area: its parameters.
        t: of the fix.
        before_t: of the fix before, 0 for none.
        moving: 1 where the vehicle drove to this fix.
        recent: the same of the fix before.

    Returns:
        When it crossed, 0 if it did not.
    """
    inside, side = row[INSIDE], row[SIDE]
    lean(row, t)
    if side != 0 and (side > 0) == (inside == 1):
        row[COUNT] = row[SINCE] = row[MOVED] = 0
    elif side != 0 or row[COUNT] > 0:
        if row[COUNT] == 0:
            row[SINCE] = t
            row[MOVED] = 1 if recent or before_t < area[BEGINS] or before_t == 0 else 0
        if moving:
            row[MOVED] = 1
        if side != 0:
            row[COUNT] = min(row[COUNT] + 1, MOST_FIXES)
    at = 0
    enough = row[MOVED] and row[COUNT] >= area[CONFIRM_FIXES]
    if enough and side != 0 and t - row[SINCE] >= area[CONFIRM_US]:
        at = row[SINCE]
    elif row[LEAN] >= REST_FIXES and t - row[LEAN_SINCE] >= REST_US:
        at = row[LEAN_SINCE]
    if at:
        row[:KEPT] = 0
        row[INSIDE] = 1 - inside
    return at


@compiled
def run(
    start: int,
    vehicle: Integers,
    rows: Integers,
    areas: Integers,
    chunks: Integers,
    edges: Integers,
    columns: Integers,
    default_mm: int,
    out: Integers,
) -> tuple[int, int]:
    """Advance all areas over fixes.

    Args:
        start: the first fix to take.
        vehicle: (4,) changed in place.
        rows: (areas, ROW) changed in place.
        areas: (areas, COLUMNS).
        chunks: of borders.border_mm.
        edges: of borders.border_mm.
        columns: (5, n) t, lon, lat, accuracy, phase of usable fixes.
        default_mm: the accuracy where none is given, and the best that is believed.
        out: (m, 3) takes crossings: area, time, 1 for entering.

    Returns:
        The fix to go on with (out was full before it), and how many crossings were found.
    """
    found, travelled, due, busy = 0, 0, 0, 1
    for i in range(start, columns.shape[1]):
        if found + len(rows) > len(out):
            return i, found
        t, lon, lat = columns[0, i], columns[1, i], columns[2, i]
        before_t, moving, recent = vehicle[T], 0, vehicle[MOVING]
        accuracy = max(default_mm, columns[3, i] * 100)
        cos = cosine(lat)
        if before_t:
            step = apart_mm(vehicle[LON], vehicle[LAT], lon, lat, cos)
            travelled += step
            moving = 1 if columns[4, i] == _DRIVING or step > max(_FAR_MM, 3 * accuracy) else 0
            if step > _LEAP_MM:
                due = travelled
                rows[:, NEXT] = 0
        else:
            moving = 1
        vehicle[T], vehicle[LON], vehicle[LAT], vehicle[MOVING] = t, lon, lat, moving
        if travelled < due and not busy:
            continue
        busy = 0
        due = travelled + _LEAP_MM
        for k in range(len(rows)):
            row, area = rows[k], areas[k]
            if row[NEXT] <= travelled:
                blur = min(accuracy, area[BLUR])
                away = border_mm(lon, lat, cos, area, chunks, edges, _TRUST_MM)
                row[DEPTH] = away
                row[SIDE] = 1 if away <= -blur else (-1 if away >= blur else 0)
                slack = (abs(away) - min(_TRUST_MM, area[BLUR])) * 4 // 5
                row[NEXT] = travelled + max(0, slack)
            at = advance(row, area, t, before_t, moving, recent)
            if at:
                out[found, 0], out[found, 1], out[found, 2] = k, at, row[INSIDE]
                found += 1
            if row[COUNT] or row[LEAN]:
                busy = 1
            due = min(due, row[NEXT])
    return columns.shape[1], found
