"""Place matrices: from a road graph, or from great circles where there is none."""

from optimizer.travel.circles import detour_factor, great_circle_matrix, great_circle_metres
from optimizer.travel.graph import Road, Unreachable, road_matrix

__all__ = [
    "Road",
    "Unreachable",
    "detour_factor",
    "great_circle_matrix",
    "great_circle_metres",
    "road_matrix",
]
