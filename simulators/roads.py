"""The road graph of the simulated city: shortest ways and their geometry.

An edge says how long it is; its geometry is a wave between its two ends whose length is
exactly that, so that a car which drives the kilometres of the graph also covers them on
the map.
"""

import csv
import heapq
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.place import EARTH_RADIUS_M, distance, steps

POINT_EVERY_M = 250.0
WAVE_M = 6_000.0

Track = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Node:
    """A place on the graph; adcode is None outside the city."""

    id: str
    name: str
    name_zh: str
    kind: str
    lon: float
    lat: float
    adcode: str | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A road between two nodes; length_m counts along it."""

    a: str
    b: str
    length_m: float
    kmh: float
    toll: bool

    @property
    def cls(self) -> str:
        """The class of road, by which speeds are judged."""
        return "expressway" if self.toll else "road" if self.kmh > 40 else "city"

    @property
    def seconds(self) -> float:
        """Driving time at the edge's usual speed."""
        return self.length_m / (self.kmh / 3.6)


@dataclass(frozen=True, slots=True)
class Piece:
    """One edge of a route: where along the route it lies, and what it is."""

    start_m: float
    end_m: float
    kmh: float
    toll: bool
    from_node: str
    to_node: str


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A way along the graph: (n, 2) degrees, metres along it at each point, its edges."""

    lon_lat: Track
    along_m: NDArray[np.float64]
    pieces: tuple[Piece, ...]

    @property
    def length_m(self) -> float:
        """Metres from start to end."""
        return float(self.along_m[-1])

    @property
    def seconds(self) -> float:
        """Driving time at usual speeds."""
        return sum((p.end_m - p.start_m) / (p.kmh / 3.6) for p in self.pieces)


@dataclass(frozen=True, eq=False)
class Roads:
    """Nodes and edges; ways are found once and kept."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    _near: dict[str, list[tuple[str, Edge]]] = field(default_factory=dict, repr=False)
    _before: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    _routes: dict[tuple[str, str], Route] = field(default_factory=dict, repr=False)
    _shapes: dict[tuple[str, str], Track] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for edge in self.edges:
            self._near.setdefault(edge.a, []).append((edge.b, edge))
            self._near.setdefault(edge.b, []).append((edge.a, edge))

    def route(self, start: str, end: str) -> Route:
        """The quickest way between two nodes.

        Raises:
            KeyError: a node is unknown, or no road leads there.
        """
        if (start, end) not in self._routes:
            self._routes[start, end] = self._assemble(self._path(start, end))
        return self._routes[start, end]

    def geojson(self) -> dict[str, object]:
        """All edges as GeoJSON lines with the class of road that they are."""
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"class": edge.cls},
                    "geometry": {
                        "type": "LineString",
                        "coordinates": self._shape(edge).round(7).tolist(),
                    },
                }
                for edge in self.edges
            ],
        }

    def _path(self, start: str, end: str) -> list[str]:
        if start not in self._before:
            self._before[start] = self._quickest_from(start)
        path = [end]
        while path[-1] != start:
            path.append(self._before[start][path[-1]])
        return path[::-1]

    def _quickest_from(self, start: str) -> dict[str, str]:
        best, before = {start: 0.0}, {start: start}
        heap = [(0.0, start)]
        while heap:
            at_s, node = heapq.heappop(heap)
            if at_s > best[node]:
                continue
            for neighbour, edge in self._near[node]:
                there_s = at_s + edge.seconds
                if there_s < best.get(neighbour, math.inf):
                    best[neighbour], before[neighbour] = there_s, node
                    heapq.heappush(heap, (there_s, neighbour))
        return before

    def _assemble(self, path: list[str]) -> Route:
        here = self.nodes[path[0]]
        tracks = [np.array([[here.lon, here.lat]])]
        pieces: list[Piece] = []
        gone_m = 0.0
        for a, b in pairwise(path):
            edge = min((e for n, e in self._near[a] if n == b), key=lambda e: e.seconds)
            shape = self._shape(edge)
            tracks.append((shape if edge.a == a else shape[::-1])[1:])
            length_m = float(steps(shape).sum())
            pieces.append(Piece(gone_m, gone_m + length_m, edge.kmh, edge.toll, a, b))
            gone_m += length_m
        lon_lat = np.concatenate(tracks)
        return Route(lon_lat, np.concatenate([[0.0], np.cumsum(steps(lon_lat))]), tuple(pieces))

    def _shape(self, edge: Edge) -> Track:
        if (edge.a, edge.b) not in self._shapes:
            self._shapes[edge.a, edge.b] = wave(
                self.nodes[edge.a], self.nodes[edge.b], edge.length_m
            )
        return self._shapes[edge.a, edge.b]


def wave(a: Node, b: Node, length_m: float) -> Track:
    """A sine wave from a to b that is length_m long (at least the great circle)."""
    straight_m = distance(a.lon, a.lat, b.lon, b.lat)
    along = np.linspace(0.0, 1.0, max(3, math.ceil(length_m / POINT_EVERY_M) + 1))
    line = np.column_stack([a.lon + along * (b.lon - a.lon), a.lat + along * (b.lat - a.lat)])
    if length_m <= straight_m * 1.0005:
        return line
    degree_m = math.radians(1.0) * EARTH_RADIUS_M
    narrow = math.cos(math.radians((a.lat + b.lat) / 2))
    east, north = (b.lon - a.lon) * narrow * degree_m, (b.lat - a.lat) * degree_m
    across = np.array([-north / narrow, east]) / (math.hypot(east, north) * degree_m)
    swing = np.sin(math.pi * max(1, round(length_m / WAVE_M)) * along)[:, None] * across

    low, high = 0.0, length_m
    for _ in range(50):
        middle = (low + high) / 2
        longer = float(steps(line + middle * swing).sum()) > length_m
        low, high = (low, middle) if longer else (middle, high)
    shape: Track = line + low * swing
    return shape


def load(extra: tuple[Node, ...] = ()) -> Roads:
    """The city's roads with the cities around it.

    Args:
        extra: places beside the graph (depots, offices); each is joined to the seat of
            its adcode by a street of great circle x 1.3 at 35 km/h.
    """
    data = files("simulators") / "data"
    graph = json.loads((data / "xuancheng_roads.json").read_text("utf-8"))
    outside = json.loads((data / "outside.json").read_text("utf-8"))
    seats_zh = _county_names(data.joinpath("xuancheng_towns.csv").read_text("utf-8"))
    nodes = {
        key: Node(
            key, n["name"], n.get("name_zh") or seats_zh[n["adcode"]], n["kind"],
            n["lon"], n["lat"], n["adcode"],
        )
        for key, n in graph["nodes"].items()
    }  # fmt: skip
    edges = [
        Edge(e["a"], e["b"], e["km"] * 1000.0, float(e["kmh"]), e["toll"]) for e in graph["edges"]
    ]
    for c in outside["cities"]:
        nodes[c["id"]] = Node(c["id"], c["name"], c["name_zh"], "outside", c["lon"], c["lat"], None)
        edges.append(
            Edge(outside["hub"], c["id"], c["km"] * 1000.0, float(outside["kmh"]), toll=True)
        )
    for node in extra:
        seat = nodes[str(node.adcode)]
        nodes[node.id] = node
        away_m = distance(seat.lon, seat.lat, node.lon, node.lat)
        edges.append(Edge(seat.id, node.id, max(50.0, away_m * 1.3), 35.0, toll=False))
    return Roads(nodes, tuple(edges))


def outside_shares() -> dict[str, int]:
    """How often each city around is a destination, as weights by node id."""
    data = json.loads((files("simulators") / "data" / "outside.json").read_text("utf-8"))
    return {c["id"]: c["share"] for c in data["cities"] if c["share"]}


def _county_names(towns: str) -> dict[str, str]:
    return {row["adcode"]: row["county_zh"] for row in csv.DictReader(towns.splitlines())}
