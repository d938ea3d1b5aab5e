"""The proving ground: a few roads of known class, and where one pays on them.

Each car of the measuring scenario stays on one road and turns at its ends, so that at every
moment the class of its road, and with it the limit, is beyond doubt.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.place import steps
from simulators.roads import Node, wave

Floats = NDArray[np.float64]
RoadClass = Literal["city", "road", "expressway"]
LIMIT_KMH: Mapping[RoadClass, int] = {"city": 60, "road": 80, "expressway": 120}
BESIDE_DEG = 0.0002
"""How far north of the expressway the street beside it runs: 22 m, less than a receiver's doubt."""


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """A road of one class: (n, 2) degrees WGS-84 and metres along it at each point."""

    code: str
    cls: RoadClass
    lon_lat: Floats
    along_m: Floats

    @property
    def length_m(self) -> float:
        """Metres from end to end."""
        return float(self.along_m[-1])

    def where(self, gone_m: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of somebody who goes to and fro, after so many metres."""
        around = np.mod(gone_m, 2 * self.length_m)
        along = self.length_m - np.abs(around - self.length_m)
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
    yield _wavy("expressway-1", "expressway", 30.70, 50_000, 1.05)
    yield _wavy("road-1", "road", 30.80, 40_000, 1.12)
    yield _wavy("street-1", "city", 30.88, 14_000, 1.04)
    yield _wavy("expressway-2", "expressway", 30.94, 30_000, 1.0)
    yield _wavy("street-beside", "city", 30.94 + BESIDE_DEG, 30_000, 1.0)


def _wavy(code: str, cls: RoadClass, lat: float, straight_m: float, longer: float) -> Road:
    a = Node(f"{code}-a", code, code, "end", 118.5, lat, None)
    east = straight_m / (111_194.93 * float(np.cos(np.radians(lat))))
    b = Node(f"{code}-b", code, code, "end", 118.5 + east, lat, None)
    lon_lat = wave(a, b, straight_m * longer)
    return Road(code, cls, lon_lat, np.concatenate([[0.0], np.cumsum(steps(lon_lat))]))


def _stations(roads: Mapping[str, Road]) -> Iterator[Station]:
    for road in roads.values():
        if road.cls != "expressway":
            continue
        for n, share in enumerate((0.05, 0.5, 0.95), 1):
            along = road.length_m * share
            lon, lat = road.where(np.array([along]))
            name = f"{road.code}-{n}收费站"
            yield Station(name, road.code, along, round(float(lon[0]), 6), round(float(lat[0]), 6))


def geojson(made: Ground) -> dict[str, object]:
    """The roads as GeoJSON lines with their class, for whoever judges speeds by them."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": road.code, "class": road.cls},
                "geometry": {"type": "LineString", "coordinates": road.lon_lat.round(7).tolist()},
            }
            for road in made.roads.values()
        ],
    }
