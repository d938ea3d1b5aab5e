"""Kernels: which roads come near a position, and what the fastest of them allows."""

import math
from typing import Final

from dispatch.kernel.place import EARTH_RADIUS_M
from telemetry.roads.index import CELL_E7, ROW
from telemetry.streams import Integers, compiled

_MM_PER_E7: Final = EARTH_RADIUS_M * 1000 * math.pi / 180 / 10_000_000
_RADIANS_PER_E7: Final = math.pi / 180 / 10_000_000
_C2, _C4, _C6 = -1 / 2, 1 / 24, -1 / 720
_C8, _C10, _C12 = 1 / 40_320, -1 / 3_628_800, 1 / 479_001_600


@compiled
def narrowing(lat: int) -> float:
    """The cosine of a latitude in 1e-7 degrees, by operations that are exact everywhere."""
    x = (lat * _RADIANS_PER_E7) * (lat * _RADIANS_PER_E7)
    return 1 + x * (_C2 + x * (_C4 + x * (_C6 + x * (_C8 + x * (_C10 + x * _C12)))))


@compiled
def first_cell(cells: Integers, number: int) -> int:
    """The first row of cells whose number is not less."""
    lo, hi = 0, len(cells) - 1
    while lo < hi:
        middle = (lo + hi) // 2
        if cells[middle, 0] < number:
            lo = middle + 1
        else:
            hi = middle
    return lo


@compiled
def is_near(segments: Integers, one: int, lon: int, lat: int, cos: float, reach: float) -> bool:
    """Whether a segment comes within reach; reach in 1e-7 degrees of latitude."""
    ax, ay = (segments[one, 0] - lon) * cos, float(segments[one, 1] - lat)
    bx, by = (segments[one, 2] - lon) * cos, float(segments[one, 3] - lat)
    dx, dy = bx - ax, by - ay
    length_sq = dx * dx + dy * dy
    along = 0.0
    if length_sq > 0.0:
        along = -(ax * dx + ay * dy) / length_sq
        along = min(1.0, max(0.0, along))
    x, y = ax + along * dx, ay + along * dy
    return bool(x * x + y * y <= reach * reach)


@compiled
def fastest_near(
    segments: Integers,
    cells: Integers,
    items: Integers,
    allowed: Integers,
    lon: int,
    lat: int,
    within_mm: int,
) -> int:
    """The highest limit among the roads near a position, km/h; 0: no road is near.

    Args:
        segments: of a RoadIndex.
        cells: of it.
        items: of it.
        allowed: (3,) limits by class, km/h.
        lon: 1e-7 degrees.
        lat: 1e-7 degrees.
        within_mm: how near.
    """
    cos = narrowing(lat)
    reach = within_mm / _MM_PER_E7
    wide, tall = int(reach / cos) + 1, int(reach) + 1
    best = 0
    for row in range((lat - tall) // CELL_E7, (lat + tall) // CELL_E7 + 1):
        last = row * ROW + (lon + wide) // CELL_E7
        cell = first_cell(cells, row * ROW + (lon - wide) // CELL_E7)
        while cells[cell, 0] <= last:
            for i in range(cells[cell, 1], cells[cell + 1, 1]):
                one = items[i]
                kmh = segments[one, 5]
                if kmh == 0:
                    kmh = allowed[segments[one, 4]]
                if kmh > best and is_near(segments, one, lon, lat, cos, reach):
                    best = kmh
            cell += 1
    return best
