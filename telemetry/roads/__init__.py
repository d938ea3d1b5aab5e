"""The road network: what is near a position, and how fast one may drive there."""

from telemetry.roads.index import RoadIndex, index
from telemetry.roads.model import BadRoads, Road, RoadClass, RoadSet
from telemetry.roads.near import fastest_near
from telemetry.roads.read import read_roads
from telemetry.roads.store import put, roads_of, sets

__all__ = [
    "BadRoads",
    "Road",
    "RoadClass",
    "RoadIndex",
    "RoadSet",
    "fastest_near",
    "index",
    "put",
    "read_roads",
    "roads_of",
    "sets",
]
