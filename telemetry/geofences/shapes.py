"""Outlines: checked, and turned into whole numbers for the fold."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from dispatch.kernel.place import EARTH_RADIUS_M
from dispatch.kernel.units import to_e7
from telemetry.geofences.borders import CIRCLE, CORRIDOR, POLYGON
from telemetry.geofences.drafts import Draft, GeoJson, Problem, words

WEST, SOUTH, EAST, NORTH = 73.0, 3.0, 136.0, 54.0
VERTICES_AT_MOST: Final = 2_000
CIRCLE_M: Final = (20, 50_000)
CORRIDOR_M: Final = (10, 5_000)
WIDE_AT_LEAST_M: Final = 20
ACROSS_AT_MOST_M: Final = 1_000_000

_M_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180


@dataclass(frozen=True, slots=True)
class Outline:
    """An outline in whole numbers: 1e-7 degrees, millimetres.

    inner_mm: the radius of the largest circle that fits in. rings: (n, 2) lon and lat each; one
    point of a circle, the line of a corridor, closed rings of a polygon, holes among them.
    """

    shape: int
    radius_mm: int
    inner_mm: int
    rings: tuple[tuple[tuple[int, int], ...], ...]


class _Wrong(Exception):
    def __init__(self, code: str, message: str, where: tuple[float, float] | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(code, message, *(where or (None, None)))


def check(draft: Draft) -> list[Problem]:
    """All that is wrong with a fence; nothing when it can be created."""
    found = words(draft)
    try:
        outline(draft.shape, draft.radius_m)
    except _Wrong as wrong:
        found.append(wrong.problem)
    return found


def outline(shape: GeoJson, radius_m: int | None) -> Outline:
    """The outline of a geometry that check has nothing against."""
    if not isinstance(shape, dict):
        raise _Wrong("shape", "a shape is a GeoJSON geometry")
    kind, given = shape.get("type"), shape.get("coordinates")
    if kind == "Point":
        return _circle(_position(given), radius_m)
    if kind == "LineString":
        return _corridor(_line(given), radius_m)
    if kind in ("Polygon", "MultiPolygon"):
        if radius_m is not None:
            raise _Wrong("radius", "a polygon has no radius")
        return _polygon(_several(given) if kind == "MultiPolygon" else [given])
    raise _Wrong(
        "shape", f"no fence can be made of {kind!r}: Point, LineString, Polygon or MultiPolygon"
    )


def _circle(centre: tuple[float, float], radius_m: int | None) -> Outline:
    mm = _radius(radius_m, CIRCLE_M)
    return Outline(CIRCLE, mm, mm, ((_e7(centre),),))


def _corridor(line: Sequence[tuple[float, float]], radius_m: int | None) -> Outline:
    mm = _radius(radius_m, CORRIDOR_M)
    _few(len(line))
    points = tuple(_e7(p) for p in line)
    if len(set(points)) < 2:
        raise _Wrong("too-small", "a corridor has two different positions at least", line[0])
    _across(line)
    return Outline(CORRIDOR, mm, mm, (points,))


def _polygon(parts: Iterable[GeoJson]) -> Outline:
    rings = [[_ring(ring) for ring in _several(part)] for part in parts]
    if not rings or not all(rings):
        raise _Wrong("shape", "a polygon has a ring at least")
    whole = [p for part in rings for ring in part for p in ring]
    _few(len(whole))
    _across(whole)
    stored = [[tuple(_e7(p) for p in ring) for ring in part] for part in rings]
    return Outline(POLYGON, 0, _inner_mm(stored), tuple(r for part in stored for r in part))


def _inner_mm(parts: list[list[tuple[tuple[int, int], ...]]]) -> int:
    """The widest circle, of the polygon as it is stored; checks that it is valid."""
    lat = parts[0][0][0][1] / 1e7
    scale = np.array([_M_PER_DEGREE * math.cos(math.radians(lat)), _M_PER_DEGREE]) / 1e7
    origin = np.array(parts[0][0][0])
    flat = [[(np.array(ring) - origin) * scale for ring in part] for part in parts]
    whole: Any = MultiPolygon([Polygon(part[0], part[1:]) for part in flat])
    reason = shapely.is_valid_reason(whole)
    if reason != "Valid Geometry":
        raise _Wrong(
            "invalid", f"the outline is not valid: {_plain(reason)}", _where(reason, origin, scale)
        )
    west, south, east, north = whole.bounds
    circle: Any = shapely.maximum_inscribed_circle(
        whole, max(0.5, min(east - west, north - south) / 200)
    )
    inner_m = float(circle.length)
    if inner_m * 2 < WIDE_AT_LEAST_M:
        at = (origin / 1e7).tolist()
        raise _Wrong("too-small", f"less than {WIDE_AT_LEAST_M} m wide everywhere", (at[0], at[1]))
    return int(inner_m * 1000)


def _plain(reason: str) -> str:
    return {
        "Self-intersection": "it crosses itself",
        "Ring Self-intersection": "a ring touches itself",
        "Hole lies outside shell": "a hole lies outside",
        "Holes are nested": "a hole lies in a hole",
        "Nested shells": "a part lies in another",
        "Interior is disconnected": "holes cut it in two",
        "Duplicate Rings": "a ring is there twice",
        "Too few points in geometry component": "a ring has too few different positions",
    }.get(reason.split("[")[0], reason)


def _where(reason: str, origin: Any, scale: Any) -> tuple[float, float] | None:  # noqa: ANN401
    if "[" not in reason:
        return None
    at = np.array([float(x) for x in reason.split("[")[1].rstrip("]").split()[:2]])
    lon, lat = ((at / scale + origin) / 1e7).tolist()
    return lon, lat


def _ring(given: GeoJson) -> list[tuple[float, float]]:
    ring = _line(given)
    if ring[0] != ring[-1]:
        raise _Wrong("not-closed", "a ring ends where it begins", ring[-1])
    if len(ring) < 4:
        raise _Wrong("too-small", "a ring has three different positions at least", ring[0])
    return ring


def _line(given: GeoJson) -> list[tuple[float, float]]:
    line = [_position(p) for p in _several(given)]
    if not line:
        raise _Wrong("shape", "a line without positions")
    return line


def _several(given: GeoJson) -> list[GeoJson]:
    if not isinstance(given, list):
        raise _Wrong("shape", "coordinates are lists of lists, as GeoJSON has them")
    return given


def _position(given: GeoJson) -> tuple[float, float]:
    numbers = [x for x in _several(given) if isinstance(x, int | float) and math.isfinite(x)]
    if len(numbers) < 2 or len(numbers) != len(_several(given)):
        raise _Wrong("shape", "a position is [lon, lat]")
    lon, lat = float(numbers[0]), float(numbers[1])
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        swapped = (
            " (latitude before longitude?)" if WEST <= lat <= EAST and SOUTH <= lon <= NORTH else ""
        )
        raise _Wrong("outside", f"{lon}, {lat} lies outside China{swapped}", (lon, lat))
    return lon, lat


def _e7(position: tuple[float, float]) -> tuple[int, int]:
    return to_e7(position[0]), to_e7(position[1])


def _radius(radius_m: int | None, bounds: tuple[int, int]) -> int:
    if radius_m is None or not bounds[0] <= radius_m <= bounds[1]:
        raise _Wrong("radius", f"a radius is {bounds[0]} to {bounds[1]} m")
    return radius_m * 1000


def _few(vertices: int) -> None:
    if vertices > VERTICES_AT_MOST:
        raise _Wrong("too-many-vertices", f"{vertices} vertices; at most {VERTICES_AT_MOST}")


def _across(points: Sequence[tuple[float, float]]) -> None:
    lon, lat = np.array(points).T
    tall = float(lat.max() - lat.min()) * _M_PER_DEGREE
    wide = float(lon.max() - lon.min()) * _M_PER_DEGREE * math.cos(math.radians(float(lat.min())))
    if max(tall, wide) > ACROSS_AT_MOST_M:
        raise _Wrong("too-large", f"more than {ACROSS_AT_MOST_M // 1000} km across", points[0])


def pairs(rings: Iterable[Sequence[tuple[int, int]]]) -> Iterator[tuple[int, int, int, int]]:
    """The edges of rings or lines; a point alone has none."""
    for ring in rings:
        yield from ((*a, *b) for a, b in pairwise(ring))
