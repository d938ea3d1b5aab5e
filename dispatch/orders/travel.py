"""How far and how long: great circles with a detour, and a speed that grows with distance.

The fallback of a city without a road graph. Against the shortest ways of the schematic
graph of Xuancheng (3,000 pairs of towns) a drive takes 0.7 to 1.2 times as long as said
here, in the middle 0.95: rather too early than too late.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.place import EARTH_RADIUS_M
from dispatch.pools import Car
from dispatch.requests import Place
from optimizer import Matrix

DETOUR = 1.35
"""Road metres for each metre of the great circle."""
SETTING_OFF_S = 60
_STEPS = (
    (5_000, 38 / 3.6),
    (45_000, 46 / 3.6),
    (150_000, 78 / 3.6),
    (float("inf"), 95 / 3.6),
)
"""Metres up to which a speed (m/s) holds: streets, roads, expressways near and far."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Roads:
    """The matrix of all places and homes, and where each stands in it."""

    matrix: Matrix
    rows: dict[Point, int]

    def row(self, lon: float, lat: float) -> int:
        """The matrix row of a place or home that the roads were made of."""
        return self.rows[_point(lon, lat)]

    def seconds(self, a: int, b: int) -> int:
        """Drive time between two rows."""
        return int(self.matrix.seconds[a, b])

    def metres(self, a: int, b: int) -> int:
        """Drive distance between two rows."""
        return int(self.matrix.metres[a, b])


def roads(places: Iterable[Place], cars: Iterable[Car]) -> Roads:
    """Roads between all places and the homes of all cars; equal input is computed once."""
    points = {_point(p.lon, p.lat) for p in places} | {_point(c.home_lon, c.home_lat) for c in cars}
    return _roads(tuple(sorted(points)))


def estimate(origin: Place, destination: Place) -> tuple[int, int]:
    """Planned (seconds, metres) from one place to another."""
    a, b = _point(origin.lon, origin.lat), _point(destination.lon, destination.lat)
    if a == b:
        return 0, 0
    seconds, metres = _layers((a, b))
    return int(seconds[0, 1]), int(metres[0, 1])


def _point(lon: float, lat: float) -> Point:
    """A position to about a hundred metres, so that neighbouring parking spots are one."""
    return round(lon, 3), round(lat, 3)


@functools.lru_cache(maxsize=4)
def _roads(points: tuple[Point, ...]) -> Roads:
    seconds, metres = _layers(points)
    version = f"great circles x {DETOUR}, {len(points)} points"
    return Roads(Matrix(seconds, metres, version), {point: i for i, point in enumerate(points)})


def _layers(points: tuple[Point, ...]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    lon, lat = np.radians(np.array(points, dtype=np.float64).reshape(-1, 2)).T
    half_chord_sq = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half_chord_sq, 1.0))) * DETOUR
    seconds = np.where(metres > 0, float(SETTING_OFF_S), 0.0)
    done = 0.0
    for until, speed_mps in _STEPS:
        seconds += np.clip(metres - done, 0, until - done) / speed_mps
        done = until
    return np.rint(seconds).astype(np.uint32), np.rint(metres).astype(np.uint32)
