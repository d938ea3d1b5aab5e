"""How far and how long between places and homes: as it is kept, or as the crow flies.

What is kept (`drive_times`) comes from roads or a routing server. For places it does not
know yet, and in a city without either: great circles with a detour, and a speed that grows
with distance. Against the shortest ways of the schematic graph of Xuancheng (3,000 pairs of
towns) a drive takes 0.7 to 1.2 times as long as that says, in the middle 0.95: rather too
early than too late.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.calendar import local_time
from dispatch.kernel.place import EARTH_RADIUS_M
from dispatch.pools import Car
from dispatch.requests import Place
from optimizer import Matrix
from optimizer.problem import MOST_METRES

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
Layer = NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Known:
    """Drive times that are kept: a matrix with its factors by hour, and the point of each row."""

    matrix: Matrix
    points: tuple[Point, ...]

    @cached_property
    def rows(self) -> dict[Point, int]:
        """Where each point stands."""
        return {point: i for i, point in enumerate(self.points)}


@dataclass(frozen=True)
class Roads:
    """The matrix of all places and homes, and where each stands in it."""

    matrix: Matrix
    rows: dict[Point, int]

    def row(self, lon: float, lat: float) -> int:
        """The matrix row of a place or home that the roads were made of."""
        return self.rows[_point(lon, lat)]

    def seconds(self, a: int, b: int, at: datetime) -> int:
        """Drive time between two rows for a trip that begins, or ends, at that time."""
        seconds, factors = int(self.matrix.seconds[a, b]), self.matrix.percent_by_hour
        if not factors:
            return seconds
        return (seconds * factors[local_time(at).hour] + 50) // 100

    def toll_fen(self, a: Place, b: Place) -> int:
        """Toll of class 1 from one place to another."""
        return self.toll(self.row(a.lon, a.lat), self.row(b.lon, b.lat))

    def toll(self, a: int, b: int) -> int:
        """Toll of class 1 between two rows, in fen."""
        toll = self.matrix.toll_fen
        return 0 if toll is None else int(toll[a, b])

    def metres(self, a: int, b: int) -> int:
        """Drive distance between two rows."""
        return int(self.matrix.metres[a, b])


def points_of(places: Iterable[Place], cars: Iterable[Car]) -> tuple[Point, ...]:
    """All places and homes, in a fixed order."""
    points = {_point(p.lon, p.lat) for p in places} | {_point(c.home_lon, c.home_lat) for c in cars}
    return tuple(sorted(points))


def roads(places: Iterable[Place], cars: Iterable[Car], known: Known | None = None) -> Roads:
    """Roads between all places and the homes of all cars; equal input is computed once."""
    return _roads(points_of(places, cars), known)


def estimate(origin: Place, destination: Place, known: Known | None = None) -> tuple[int, int]:
    """Planned (seconds, metres) from one place to another."""
    return drive((origin.lon, origin.lat), (destination.lon, destination.lat), known)


def drive(origin: Point, destination: Point, known: Known | None = None) -> tuple[int, int]:
    """(seconds, metres) from one position to another, degrees WGS-84; factors aside."""
    a, b = _point(*origin), _point(*destination)
    if a == b:
        return 0, 0
    if known is not None and a in known.rows and b in known.rows:
        i, j = known.rows[a], known.rows[b]
        return int(known.matrix.seconds[i, j]), int(known.matrix.metres[i, j])
    seconds, metres = _layers((a, b))
    return int(seconds[0, 1]), int(metres[0, 1])


def seconds_between(known: Known, a: Point, b: Point) -> int:
    """What the kept drive times say between two positions, factors aside; 0: they do not know."""
    here, there = known.rows.get(_point(*a)), known.rows.get(_point(*b))
    if here is None or there is None:
        return 0
    return int(known.matrix.seconds[here, there])


def _point(lon: float, lat: float) -> Point:
    """A position to about a hundred metres, so that neighbouring parking spots are one."""
    return round(lon, 3), round(lat, 3)


@functools.lru_cache(maxsize=4)
def _roads(points: tuple[Point, ...], known: Known | None) -> Roads:
    rows = {point: i for i, point in enumerate(points)}
    if known is not None and known.points == points:
        return Roads(known.matrix, rows)
    seconds, metres = _layers(points)
    version, toll = f"great circles x {DETOUR}, {len(points)} points", np.zeros_like(seconds)
    if known is not None:
        here = [i for i, point in enumerate(points) if point in known.rows]
        there = [known.rows[points[i]] for i in here]
        for layer, kept in _pairs(seconds, metres, toll, known.matrix):
            layer[np.ix_(here, here)] = kept[np.ix_(there, there)]
        version = f"{known.matrix.version}, {len(points) - len(here)} of {len(points)} by {version}"
    factors = () if known is None else known.matrix.percent_by_hour
    return Roads(Matrix(seconds, metres, version, toll, factors), rows)


def _pairs(
    seconds: Layer, metres: Layer, toll: Layer, kept: Matrix
) -> tuple[tuple[Layer, Layer], ...]:
    known_toll = np.zeros_like(kept.seconds) if kept.toll_fen is None else kept.toll_fen
    return (seconds, kept.seconds), (metres, kept.metres), (toll, known_toll)


def _layers(points: tuple[Point, ...]) -> tuple[Layer, Layer]:
    lon, lat = np.radians(np.array(points, dtype=np.float64).reshape(-1, 2)).T
    half_chord_sq = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half_chord_sq, 1.0))) * DETOUR
    # A place beyond what can be planned must not spoil the drives between the others.
    metres = np.minimum(metres, MOST_METRES)
    seconds = np.where(metres > 0, float(SETTING_OFF_S), 0.0)
    done = 0.0
    for until, speed_mps in _STEPS:
        seconds += np.clip(metres - done, 0, until - done) / speed_mps
        done = until
    return np.rint(seconds).astype(np.uint32), np.rint(metres).astype(np.uint32)
