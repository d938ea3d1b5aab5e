"""Roads from files: GeoJSON lines, or a graph of nodes and edges."""

import json
from collections.abc import Iterator
from typing import Any, Final

from dispatch.kernel.place import Datum, to_wgs84
from dispatch.kernel.units import to_e7
from telemetry.roads.model import BadRoads, Road, RoadClass

CLASSES: Final = {
    **{c.word: c for c in RoadClass},
    **dict.fromkeys(("motorway", "motorway_link", "trunk_expressway"), RoadClass.EXPRESSWAY),
    **dict.fromkeys(("trunk", "trunk_link", "primary", "secondary", "tertiary"), RoadClass.ROAD),
    **dict.fromkeys(("primary_link", "secondary_link", "unclassified"), RoadClass.ROAD),
    **dict.fromkeys(("street", "residential", "living_street", "service"), RoadClass.CITY),
}
"""Our own words, and those of OpenStreetMap's highway."""
MOST_POSITIONS: Final = 5_000_000


def read_roads(text: str, datum: Datum = "wgs84") -> list[Road]:
    """Roads of a file whose positions are of that datum.

    GeoJSON: a FeatureCollection of LineString and MultiLineString with the properties `class`
    (or `highway`, `kind`), and perhaps `limit_kmh` (or `maxspeed`) and `name`; other geometries
    and classes that are no road for cars are left out.
    Graph: {"nodes": {id: {lon, lat}}, "edges": [{a, b, kind, points?, limit_kmh?, name?}]}; an
    edge without points [[lon, lat], ...] is a straight line.

    Raises:
        BadRoads: it is neither, or a value is out of range.
    """
    try:
        document = json.loads(text)
        read = _graph if "edges" in document else _geojson
        found = list(read(document, datum))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise BadRoads(f"not a file of roads: {error!r}") from error
    if not found:
        raise BadRoads("no road in the file")
    if sum(len(r.line) for r in found) > MOST_POSITIONS:
        raise BadRoads(f"more than {MOST_POSITIONS:,} positions")
    return found


def _geojson(document: dict[str, Any], datum: Datum) -> Iterator[Road]:
    for feature in document["features"]:
        said, shape = feature.get("properties") or {}, feature.get("geometry") or {}
        word = said.get("class") or said.get("highway") or said.get("kind")
        kind = CLASSES.get(str(word))
        if kind is None:
            continue
        lines = {"LineString": lambda c: [c], "MultiLineString": list}.get(shape.get("type", ""))
        limit = said.get("limit_kmh") or said.get("maxspeed")
        for line in lines(shape["coordinates"]) if lines else ():
            yield _road(kind, line, limit, said.get("name"), datum)


def _graph(document: dict[str, Any], datum: Datum) -> Iterator[Road]:
    nodes = document["nodes"]
    for edge in document["edges"]:
        kind = CLASSES[edge["kind"]]
        ends = [[nodes[edge[end]]["lon"], nodes[edge[end]]["lat"]] for end in ("a", "b")]
        line = edge.get("points") or ends
        yield _road(kind, line, edge.get("limit_kmh"), edge.get("name"), datum)


def _road(
    kind: RoadClass, line: list[list[float]], limit: object, name: object, datum: Datum
) -> Road:
    right = [to_wgs84(float(p[0]), float(p[1]), datum) for p in line]
    positions = tuple((to_e7(lon), to_e7(lat)) for lon, lat in right)
    if len(positions) < 2:
        raise ValueError("a line has at least two positions")
    for lon, lat in positions:
        if abs(lon) > 1_800_000_000 or abs(lat) > 850_000_000:
            raise ValueError(f"{lon / 1e7}, {lat / 1e7} is no position of a road")
    return Road(kind, positions, _limit(limit), None if name is None else str(name))


def _limit(said: object) -> int | None:
    """Kilometres an hour; what is no whole number of them ("none", "30 mph") is not known."""
    text = str(said)
    if said is None or not text.isascii() or not text.isdigit():
        return None
    if not 5 <= int(text) <= 200:
        raise ValueError(f"a limit of {text} km/h")
    return int(text)
