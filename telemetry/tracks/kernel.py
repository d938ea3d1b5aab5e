"""How much each fix of a line matters: Douglas and Peucker's splits, all the way down, once.

Source: D. H. Douglas, T. K. Peucker, "Algorithms for the reduction of the number of points
required to represent a digitized line", Cartographica 10 (1973) 112.
"""

import math

import numpy as np
from numpy.typing import NDArray

from telemetry.streams import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

M_PER_E7 = 6_371_008.8 * math.pi / 180 / 10_000_000
RADIANS_PER_E7 = math.pi / 180 / 10_000_000
FLOOR_M = 0.5
"""Nearer than this to the line between its neighbours nothing is split any more."""


@compiled
def far_m(lon: Integers, lat: Integers, a: int, b: int, i: int, cos: float) -> float:
    """Metres from fix i to the stretch between fixes a and b, on a plane with this cosine."""
    bx, by = (lon[b] - lon[a]) * cos, float(lat[b] - lat[a])
    px, py = (lon[i] - lon[a]) * cos, float(lat[i] - lat[a])
    long = bx * bx + by * by
    along = 0.0 if long == 0.0 else (px * bx + py * by) / long
    along = 0.0 if along < 0.0 else 1.0 if along > 1.0 else along
    dx, dy = px - along * bx, py - along * by
    return float(math.sqrt(dx * dx + dy * dy) * M_PER_E7)


@compiled
def cosine(lat: int) -> float:
    """Of a latitude in 1e-7 degrees."""
    x = lat * RADIANS_PER_E7
    x = x * x
    return 1 - x * (0.5 - x * (1 / 24 - x * (1 / 720 - x * (1 / 40_320 - x / 3_628_800))))


@compiled
def depth_allowed(fixes: int) -> int:
    """How deep Douglas and Peucker may split so many fixes: four times what halving would need."""
    depth = 0
    while fixes > 0:
        depth += 4
        fixes >>= 1
    return depth


@compiled
def matter(
    lon: Integers, lat: Integers, kept: Integers, stack: Integers, bound: Floats, out: Floats
) -> int:
    """Metres by which the line is wrong at most where a fix is left out.

    Leaving out every fix whose figure is below e, and no other, leaves a line from which none of
    them is further than e: figures never grow on the way down, and each is the largest distance
    of its whole stretch, wherever that is split. It is split at the furthest fix, which gives
    Douglas and Peucker's line for e. But a zigzag that wastes away would lose one fix a split, and
    take the square of its length; so beyond depth_allowed a stretch is split at the furthest fix
    of its middle half, which leaves three quarters of it at most.

    Args:
        lon: 1e-7 degrees, oldest first.
        lat: as lon.
        kept: indices that stay whatever happens, ascending, with the first and the last fix.
        stack: room for as many triples as there are fixes, and two.
        bound: as long as stack.
        out: one a fix; infinite at those kept.

    Returns:
        How many distances were measured: with n fixes, at most 7 n (log2 n + 1).
    """
    measured = 0
    for i in range(len(kept)):
        out[kept[i]] = math.inf
    for piece in range(len(kept) - 1):
        top = 1
        stack[0, 0], stack[0, 1], bound[0] = kept[piece], kept[piece + 1], math.inf
        stack[0, 2] = depth_allowed(kept[piece + 1] - kept[piece])
        while top > 0:
            top -= 1
            a, b, deeper, above = stack[top, 0], stack[top, 1], stack[top, 2], bound[top]
            cos = cosine(lat[a])
            margin = 0 if deeper > 0 else (b - a) // 4
            best, chosen, at = -1.0, -1.0, -1
            for i in range(a + 1, b):
                away = far_m(lon, lat, a, b, i, cos)
                best = max(best, away)
                if away > chosen and a + margin <= i <= b - margin:
                    chosen, at = away, i
            measured += b - a - 1
            if at < 0:
                continue
            best = min(best, above)
            if best < FLOOR_M:
                for i in range(a + 1, b):
                    out[i] = best
                continue
            out[at] = best
            stack[top, 0], stack[top, 1], stack[top, 2], bound[top] = a, at, deeper - 1, best
            top += 1
            stack[top, 0], stack[top, 1], stack[top, 2], bound[top] = at, b, deeper - 1, best
            top += 1
    return measured
