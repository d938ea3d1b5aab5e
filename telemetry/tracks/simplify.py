"""Fewer points for the same line, and how wrong it is then. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telemetry.tracks import kernel

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Indices of the fixes that stay, ascending.

    max_error_m: no fix that was left out lies further from the line between its neighbours.
    """

    index: Integers
    max_error_m: float


def choose(lon: Integers, lat: Integers, kept: Integers, at_most: int) -> Chosen:
    """Choose the points that make the line right: Douglas and Peucker's, in n log n (see kernel).

    Args:
        lon: 1e-7 degrees WGS-84, oldest first.
        lat: as lon.
        kept: indices that stay in any case, in any order.
        at_most: how many, more only where more must be kept.
    """
    n = len(lon)
    if n == 0:
        return Chosen(np.zeros(0, np.int64), 0.0)
    fixed = np.unique(np.concatenate([kept, [0, n - 1]]).astype(np.int64))
    worth = np.zeros(n, np.float64)
    room = np.empty((n + 2, 3), np.int64), np.empty(n + 2, np.float64)
    kernel.matter(lon, lat, fixed, *room, worth)
    allowed = max(at_most, len(fixed))
    if n <= allowed:
        return Chosen(np.arange(n), 0.0)
    least = np.partition(worth, n - allowed - 1)[n - allowed - 1]
    stays = worth > least
    return Chosen(np.flatnonzero(stays), float(worth[~stays].max()))
