"""The proving ground: a few ring roads of known class, and where one pays on them.

Each car of the measuring scenario goes round and round on one of them, so that at every moment
the class of its road, and with it the limit, is beyond doubt.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.place import steps

Floats = NDArray[np.float64]
RoadClass = Literal["city", "road", "expressway"]
LIMIT_KMH: Mapping[RoadClass, int] = {"city": 60, "road": 80, "expressway": 120}
BESIDE_M = 22.0
"""How far outside of the expressway the street beside it runs: less than a receiver's doubt."""
DEGREE_M = 111_194.93
POINT_EVERY_M = 60.0
UNMAPPED = "street-new"
"""A street that no map has yet."""
NEW_BESIDE_M = 420.0
"""How far it is from the one on the map: about as far as another datum would be off."""


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """A ring of one class: (n, 2) degrees WGS-84, closed, and metres along it at each point."""

    code: str
    cls: RoadClass
    lon_lat: Floats
    along_m: Floats

    @property
    def length_m(self) -> float:
        """Metres once around."""
        return float(self.along_m[-1])

    def where(self, gone_m: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of somebody who goes round and round, after so many metres."""
        along = np.mod(gone_m, self.length_m)
        return (
            np.interp(along, self.along_m, self.lon_lat[:, 0]),
            np.interp(along, self.along_m, self.lon_lat[:, 1]),
        )


@dataclass(frozen=True, slots=True)
class Station:
    """A toll station and where it stands: metres along its road, degrees."""

    name: str
    road: str
    along_m: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """All roads by code, and the toll stations."""

    roads: Mapping[str, Road]
    stations: tuple[Station, ...]

    def stations_of(self, road: str) -> list[Station]:
        """Those of one road, in the order in which one passes them."""
        return [s for s in self.stations if s.road == road]


def proving_ground() -> Ground:
    """The proving ground, always the same."""
    roads = {road.code: road for road in _roads()}
    return Ground(roads, tuple(_stations(roads)))


def _roads() -> Iterator[Road]:
    yield _ring("expressway-1", "expressway", (118.60, 30.70), 9_000, 0.02)
    yield _ring("road-1", "road", (118.90, 30.70), 7_000, 0.02)
    yield _ring("street-1", "city", (119.15, 30.70), 2_200, 0.03)
    yield _ring("expressway-2", "expressway", (118.60, 30.95), 5_000, 0.0)
    yield _ring("street-beside", "city", (118.60, 30.95), 5_000 + BESIDE_M, 0.0)
    yield _ring("street-2", "city", (119.15, 30.95), 4_000, 0.02)
    yield _ring(UNMAPPED, "city", (119.15, 30.95), 4_000 + NEW_BESIDE_M, 0.02)


def _ring(
    code: str, cls: RoadClass, centre: tuple[float, float], radius_m: float, swing: float
) -> Road:
    """A circle whose radius swings by a share, twelve times around."""
    count = round(2 * np.pi * radius_m / POINT_EVERY_M)
    angle = np.linspace(0.0, 2 * np.pi, count + 1)
    out = radius_m * (1 + swing * np.sin(12 * angle)) / DEGREE_M
    lat = centre[1] + out * np.sin(angle)
    lon = centre[0] + out * np.cos(angle) / np.cos(np.radians(centre[1]))
    lon_lat = np.column_stack([lon, lat])
    return Road(code, cls, lon_lat, np.concatenate([[0.0], np.cumsum(steps(lon_lat))]))


def _stations(roads: Mapping[str, Road]) -> Iterator[Station]:
    for road in roads.values():
        if road.cls != "expressway":
            continue
        for n, share in enumerate((0.1, 0.4, 0.7), 1):
            along = road.length_m * share
            lon, lat = road.where(np.array([along]))
            name = f"{road.code}-{n}收费站"
            yield Station(name, road.code, along, round(float(lon[0]), 6), round(float(lat[0]), 6))


def geojson(made: Ground) -> dict[str, object]:
    """The roads that are on maps, as GeoJSON lines with their class."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": road.code, "class": road.cls},
                "geometry": {"type": "LineString", "coordinates": road.lon_lat.round(7).tolist()},
            }
            for road in made.roads.values()
            if road.code != UNMAPPED
        ],
    }
