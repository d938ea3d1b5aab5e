"""Place matrices: from a road graph, a routing server, or great circles where there is neither."""

from optimizer.travel.calibrate import detours, percent_by_hour
from optimizer.travel.circles import detour_factor, great_circle_matrix, great_circle_metres
from optimizer.travel.graph import Road, Unreachable, road_matrix
from optimizer.travel.network import Line, Network
from optimizer.travel.served import NoTable, Osrm, Served, TravelTimes, Valhalla, server_at

__all__ = [
    "Line",
    "Network",
    "NoTable",
    "Osrm",
    "Road",
    "Served",
    "TravelTimes",
    "Unreachable",
    "Valhalla",
    "detour_factor",
    "detours",
    "great_circle_matrix",
    "great_circle_metres",
    "percent_by_hour",
    "road_matrix",
    "server_at",
]
