"""How far a position is from the border of an area, in whole millimetres, the same everywhere.

Sides are decided with whole numbers. Distances are measured on the plane that touches the sphere
at the position's latitude: within 0.1 % up to 100 km, and what counts is close by.
"""

import math
from typing import Final

import numpy as np

from dispatch.kernel.place import EARTH_RADIUS_M
from telemetry.streams import Integers, compiled

CIRCLE: Final = 0
POLYGON: Final = 1
CORRIDOR: Final = 2

# Columns of a row of an area.
SHAPE, WEST, SOUTH, EAST, NORTH, RADIUS, BLUR = 0, 1, 2, 3, 4, 5, 6
CHUNK_LO, CHUNK_HI, CONFIRM_FIXES, CONFIRM_US, BEGINS, LIMIT = 7, 8, 9, 10, 11, 12
COLUMNS: Final = 13

_MM_PER_E7 = EARTH_RADIUS_M * 1000 * math.pi / 180 / 10_000_000
_RADIANS_PER_E7 = math.pi / 180 / 10_000_000
_C2, _C4, _C6 = -1 / 2, 1 / 24, -1 / 720
_C8, _C10, _C12 = 1 / 40_320, -1 / 3_628_800, 1 / 479_001_600


@compiled
def cosine(lat: int) -> float:
    """Of a latitude in 1e-7 degrees, by operations that are rounded exactly."""
    half = lat * _RADIANS_PER_E7
    x = half * half
    return 1 + x * (_C2 + x * (_C4 + x * (_C6 + x * (_C8 + x * (_C10 + x * _C12)))))


@compiled
def apart_mm(a_lon: int, a_lat: int, lon: int, lat: int, cos: float) -> int:
    """Millimetres between two positions near each other; cos: of the second one's latitude."""
    x, y = (lon - a_lon) * cos, float(lat - a_lat)
    return int(math.sqrt(x * x + y * y) * _MM_PER_E7 + 0.5)


@compiled
def box_e7(lon: int, lat: int, cos: float, west: int, south: int, east: int, north: int) -> float:
    """The square of the distance to a box, 0 inside, in 1e-7 degrees of latitude."""
    x = 0.0
    if lon < west:
        x = (west - lon) * cos
    elif lon > east:
        x = (lon - east) * cos
    y = 0.0
    if lat < south:
        y = float(south - lat)
    elif lat > north:
        y = float(lat - north)
    return x * x + y * y


@compiled
def edge_e7(
    lon: int, lat: int, cos: float, a_lon: int, a_lat: int, b_lon: int, b_lat: int
) -> float:
    """The square of the distance to a straight edge, in 1e-7 degrees of latitude."""
    ax, ay = (a_lon - lon) * cos, float(a_lat - lat)
    dx, dy = (b_lon - a_lon) * cos, float(b_lat - a_lat)
    long = dx * dx + dy * dy
    along = 0.0
    if long > 0.0:
        along = -(ax * dx + ay * dy) / long
        along = min(1.0, max(0.0, along))
    x, y = ax + along * dx, ay + along * dy
    return x * x + y * y


@compiled
def border_mm(
    lon: int, lat: int, cos: float, row: Integers, chunks: Integers, edges: Integers, far_mm: int
) -> int:
    """Millimetres to the border, negative inside.

    Beyond far_mm of the area's box it is the distance to the box: no more than the true one.

    Args:
        lon: 1e-7 degrees, like lat.
        lat: of the position.
        cos: of lat.
        row: (COLUMNS,) of the area.
        chunks: (n, 6) box of some edges, and which: west, south, east, north, lo, hi.
        edges: (n, 4) lon and lat of both ends.
        far_mm: at least 0.
    """
    best = box_e7(lon, lat, cos, row[WEST], row[SOUTH], row[EAST], row[NORTH])
    outer = int(math.sqrt(best) * _MM_PER_E7 + 0.5) - int(row[RADIUS])
    if row[SHAPE] == CIRCLE or outer > far_mm:
        return outer
    best = 1e300
    odd = 0
    for c in range(row[CHUNK_LO], row[CHUNK_HI]):
        level = chunks[c, 1] <= lat < chunks[c, 3] and chunks[c, 2] > lon
        near = box_e7(lon, lat, cos, chunks[c, 0], chunks[c, 1], chunks[c, 2], chunks[c, 3]) < best
        if not near and not level:
            continue
        for e in range(chunks[c, 4], chunks[c, 5]):
            a_lon, a_lat, b_lon, b_lat = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
            if near:
                best = min(best, edge_e7(lon, lat, cos, a_lon, a_lat, b_lon, b_lat))
            if (a_lat <= lat) != (b_lat <= lat):
                turn = (b_lon - a_lon) * (lat - a_lat) - (lon - a_lon) * (b_lat - a_lat)
                if (turn > 0) == (b_lat > a_lat) and turn != 0:
                    odd = 1 - odd
    away = int(math.sqrt(best) * _MM_PER_E7 + 0.5)
    if row[SHAPE] == POLYGON:
        return -away if odd else away
    return away - int(row[RADIUS])


@compiled
def covers(
    areas: Integers, chunks: Integers, edges: Integers, lon: Integers, lat: Integers
) -> Integers:
    """(n,) 1 where a position lies in the first area, or on its border."""
    inside = np.zeros(len(lon), np.int64)
    for i in range(len(lon)):
        if border_mm(lon[i], lat[i], cosine(lat[i]), areas[0], chunks, edges, 0) <= 0:
            inside[i] = 1
    return inside


@compiled
def far_from(areas: Integers, a: int, grown: int, lon: int, lat: int) -> bool:
    """Whether a position lies outside an area's grown box: four comparisons, no distance."""
    if lat < areas[a, SOUTH] - grown or lat > areas[a, NORTH] + grown:
        return True
    # up to 60 degrees north a degree of longitude is at least half as long
    return bool(lon < areas[a, WEST] - 2 * grown or lon > areas[a, EAST] + 2 * grown)


@compiled
def holds(
    areas: Integers,
    a: int,
    chunks: Integers,
    edges: Integers,
    lon: Integers,
    lat: Integers,
    blur_mm: Integers,
) -> Integers:
    """(n,) 1 where a whole circle of blur_mm lies in area a, its border not touched."""
    inside = np.zeros(len(lon), np.int64)
    grown = int(areas[a, RADIUS] / _MM_PER_E7) + 1
    for i in range(len(lon)):
        if far_from(areas, a, grown, lon[i], lat[i]):
            continue
        if border_mm(lon[i], lat[i], cosine(lat[i]), areas[a], chunks, edges, 0) < -blur_mm[i]:
            inside[i] = 1
    return inside


@compiled
def limiting(
    areas: Integers, chunks: Integers, edges: Integers, lon: Integers, lat: Integers
) -> Integers:
    """(areas,) 1 for those with a limit in which some position lies."""
    found = np.zeros(len(areas), np.int64)
    for a in range(len(areas)):
        grown = int(areas[a, RADIUS] / _MM_PER_E7) + 1
        for i in range(len(lon)):
            if areas[a, LIMIT] == 0 or found[a]:
                break
            if far_from(areas, a, grown, lon[i], lat[i]):
                continue
            if border_mm(lon[i], lat[i], cosine(lat[i]), areas[a], chunks, edges, 0) < 0:
                found[a] = 1
    return found
