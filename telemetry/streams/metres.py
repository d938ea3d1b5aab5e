"""Distances between stored positions as whole millimetres, the same on every machine.

Facts must be byte-identical however the fixes were cut into batches, so distances use only
operations that IEEE 754 rounds exactly (add, multiply, divide, square root) and end as integers:
a scalar and a vector give the same figure, and sums do not depend on their order.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.place import EARTH_RADIUS_M
from telemetry.streams.compiled import compiled

Integers = NDArray[np.int64]

_MM_PER_E7 = EARTH_RADIUS_M * 1000 * math.pi / 180 / 10_000_000
_RADIANS_PER_HALF_E7 = math.pi / 180 / 20_000_000
_C2, _C4, _C6 = -1 / 2, 1 / 24, -1 / 720
_C8, _C10, _C12 = 1 / 40_320, -1 / 3_628_800, 1 / 479_001_600


@compiled
def step_mm(lon_a: int, lat_a: int, lon_b: int, lat_b: int) -> int:
    """Millimetres between two positions in 1e-7 degrees.

    The sphere is flattened at the mean latitude: within 0.01 % of the great circle up to 20 km
    below 60 degrees, and only plausible or not matters beyond. Not across the antimeridian.
    """
    half = (lat_a + lat_b) * _RADIANS_PER_HALF_E7
    x = half * half
    cos = 1 + x * (_C2 + x * (_C4 + x * (_C6 + x * (_C8 + x * (_C10 + x * _C12)))))
    east, north = (lon_b - lon_a) * cos, lat_b - lat_a
    return int(math.sqrt(east * east + north * north) * _MM_PER_E7 + 0.5)


def steps_mm(lon_a: Integers, lat_a: Integers, lon_b: Integers, lat_b: Integers) -> Integers:
    """step_mm of arrays that broadcast; the same figures as one by one."""
    half = (lat_a + lat_b) * _RADIANS_PER_HALF_E7
    x = half * half
    cos = 1 + x * (_C2 + x * (_C4 + x * (_C6 + x * (_C8 + x * (_C10 + x * _C12)))))
    east, north = (lon_b - lon_a) * cos, lat_b - lat_a
    metres: Integers = (np.sqrt(east * east + north * north) * _MM_PER_E7 + 0.5).astype(np.int64)
    return metres
