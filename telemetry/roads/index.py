"""Roads cut into straight segments and sorted by cells, for kernels to look up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telemetry.roads.model import Road
from telemetry.streams import Integers

CELL_E7: Final = 100_000
"""A cell is 0.01 degrees wide and high: about 1 km."""
ROW: Final = 100_000
"""Cells are numbered lat_cell * ROW + lon_cell."""


@dataclass(frozen=True, slots=True, eq=False)
class RoadIndex:
    """Arrays of int64.

    segments: (n, 6) lon, lat, lon, lat, class, own limit in km/h or 0.
    cells: (m + 1, 2) cell number, ascending, and the first of its items; a last row ends them.
    items: segments by cell; a segment is in every cell that the box around it touches.
    slowest_kmh: the least limit that a road has of its own; 0: none has.
    """

    segments: Integers
    cells: Integers
    items: Integers
    slowest_kmh: int


def index(roads: Sequence[Road]) -> RoadIndex:
    """Roads for the kernels; none is an index in which nothing is ever near."""
    parts = [_segments(road) for road in roads]
    segments = np.concatenate([np.zeros((0, 6), np.int64), *parts])
    lon, lat = segments[:, [0, 2]] // CELL_E7, segments[:, [1, 3]] // CELL_E7
    west, south = lon.min(axis=1, initial=2**31), lat.min(axis=1, initial=2**31)
    wide = lon.max(axis=1, initial=-(2**31)) - west + 1
    count = wide * (lat.max(axis=1, initial=-(2**31)) - south + 1)
    items = np.repeat(np.arange(len(segments)), count)
    nth = np.arange(len(items)) - np.repeat(np.cumsum(count) - count, count)
    of_item = np.repeat(wide, count)
    number = (np.repeat(south, count) + nth // of_item) * ROW + np.repeat(west, count)
    number += nth % of_item
    order = np.argsort(number, kind="stable")
    cells, first = np.unique(number[order], return_index=True)
    ends = np.array([[2**62, len(items)]], np.int64)
    table = np.concatenate([np.column_stack([cells, first]).astype(np.int64), ends])
    own = segments[:, 5]
    slowest = int(own[own > 0].min(initial=2**31))
    return RoadIndex(segments, table, items[order], 0 if slowest == 2**31 else slowest)


def _segments(road: Road) -> Integers:
    line = np.array(road.line, np.int64)
    said = np.full((len(line) - 1, 2), (road.kind, road.limit_kmh or 0), np.int64)
    return np.concatenate([line[:-1], line[1:], said], axis=1)
