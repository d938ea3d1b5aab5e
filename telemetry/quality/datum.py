"""Whether positions are of the datum they should be, by roads and by the home spot; pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.place import Datum, to_wgs84
from telemetry.quality.model import Finding, Reason, Rules
from telemetry.streams import Integers

SAMPLE: Final = 120
_BESIDE: Final = 8
"""As many of a sample, which is in the order of time, are not far from each other."""
_ONLY_M: Final = 3_000
_M_PER_E7: Final = 0.011119508
_SHIFTED: Final[tuple[Datum, ...]] = ("gcj02", "bd09")
Metres = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Positions to judge by, 1e-7 degrees WGS-84 as the device said them.

    moving: (n, 2) of a vehicle that drives. parked: (m, 2) at rest. segments: (k, 4) of roads,
    lon and lat of both ends. home: where the vehicle is kept, or None.
    """

    moving: Integers
    parked: Integers
    segments: Integers
    home: tuple[int, int] | None


def datum(spots: Spots, rules: Rules) -> list[Finding]:
    """A finding where positions fit much better when they are taken for another datum's.

    They fit where half of the driving positions lie on a road, or half of the parked ones at
    home. Where they fit as they are, or fit nothing, nothing is said.
    """
    for sample, measure in ((spots.moving, _to_roads), (spots.parked, _to_home)):
        if len(sample) < rules.few:
            continue
        some = sample[np.linspace(0, len(sample) - 1, min(SAMPLE, len(sample))).astype(int)]
        if float(np.median(measure(some, spots))) <= rules.off_m:
            continue
        fits = {d: float(np.median(measure(_taken_for(some, d), spots))) for d in _SHIFTED}
        best = min(_SHIFTED, key=lambda d: fits[d])
        if fits[best] <= rules.near_m:
            away_m = int(np.median(_apart(some, _taken_for(some, best))))
            return [Finding(Reason.WRONG_DATUM, len(sample), away_m, best)]
    return []


def _taken_for(positions: Integers, datum: Datum) -> Integers:
    turned = [to_wgs84(lon / 1e7, lat / 1e7, datum) for lon, lat in positions.tolist()]
    return np.round(np.array(turned) * 1e7).astype(np.int64)


def _to_home(positions: Integers, spots: Spots) -> Metres:
    if spots.home is None:
        return np.full(len(positions), np.inf)
    return _apart(positions, np.array([spots.home], np.int64))


def _apart(a: Integers, b: Integers) -> Metres:
    east = (b[:, 0] - a[:, 0]) * np.cos(np.radians(a[:, 1] / 1e7))
    metres: Metres = np.hypot(east, b[:, 1] - a[:, 1]) * _M_PER_E7
    return metres


def _to_roads(positions: Integers, spots: Spots) -> Metres:
    """Metres to the nearest road; as much as 3 km where there is none."""
    away: list[float] = []
    for at in range(0, len(positions), _BESIDE):
        few = positions[at : at + _BESIDE]
        segments = _around(few, spots.segments)
        away += [_to_segments(lon, lat, segments) for lon, lat in few.tolist()]
    return np.array(away)


def _around(positions: Integers, segments: Integers) -> Integers:
    """Segments that may be within reach of one of them; a city has hundreds of thousands."""
    reach = _ONLY_M / _M_PER_E7
    slim = float(np.cos(np.radians(np.abs(positions[:, 1]).max() / 1e7)))
    (west, south), (east, north) = positions.min(0).tolist(), positions.max(0).tolist()
    lon, lat = segments[:, [0, 2]], segments[:, [1, 3]]
    near = (lat.min(1) <= north + reach) & (lat.max(1) >= south - reach)
    near &= ((lon.min(1) - east) * slim <= reach) & ((lon.max(1) - west) * slim >= -reach)
    some: Integers = segments[near]
    return some


def _to_segments(lon: int, lat: int, segments: Integers) -> float:
    cos = float(np.cos(np.radians(lat / 1e7)))
    reach = _ONLY_M / _M_PER_E7
    x, y = (segments[:, [0, 2]] - lon) * cos, (segments[:, [1, 3]] - lat).astype(float)
    near = (x.min(1, initial=9e9) < reach) & (x.max(1, initial=-9e9) > -reach)
    near &= (y.min(1, initial=9e9) < reach) & (y.max(1, initial=-9e9) > -reach)
    if not near.any():
        return float(_ONLY_M)
    ax, ay = x[near, 0], y[near, 0]
    dx, dy = x[near, 1] - ax, y[near, 1] - ay
    long = np.maximum(1.0, dx * dx + dy * dy)
    along = np.clip(-(ax * dx + ay * dy) / long, 0, 1)
    away = float(np.hypot(ax + along * dx, ay + along * dy).min()) * _M_PER_E7
    return min(away, float(_ONLY_M))
