"""Small known tracks for the folds: seconds and speeds in, fixes out."""

import dataclasses
from dataclasses import astuple, dataclass, replace

import numpy as np

from telemetry.journeys import Fixes

T0 = 1_772_409_600_000_000  # 2026-03-02 08:00 in Shanghai, microseconds
LON, LAT = 1_187_533_000, 309_482_000  # the depot of 宣州, 1e-7 degrees
MM_PER_E7 = 6_371_008.8 * 1000 * np.pi / 180 / 1e7
S = 1_000_000


@dataclass(frozen=True)
class Point:
    """A fix; times in microseconds, the rest as in Fixes."""

    t: int
    lon: int
    lat: int
    speed: int = 0
    accuracy: int = -1
    odometer: int = -1
    ignition: int = -1
    device: int = 1
    conflicts: int = 0
    fuel_ml: int = -1
    soc_permille: int = -1
    reported_flags: int = 0

    def but(self, **changes) -> "Point":
        return replace(self, **changes)


FIELDS = [f.name for f in dataclasses.fields(Point)]


def drive(*legs, every_s=10, at=T0, lon=LON, lat=LAT, odometer=-1, device=1, speed_known=True):
    """Fixes of legs (seconds, km/h), driving north; the first at `at`, then one every_s."""
    points = [Point(at, lon, lat, 0 if speed_known else -1, odometer=odometer, device=device)]
    metres = 0.0
    for seconds, kmh in legs:
        for _ in range(round(seconds / every_s)):
            metres += kmh / 3.6 * every_s
            points.append(
                Point(
                    points[-1].t + round(every_s * S),
                    lon,
                    lat + round(metres * 1000 / MM_PER_E7),
                    kmh * 10 if speed_known else -1,
                    odometer=odometer if odometer < 0 else odometer + round(metres),
                    device=device,
                )
            )
    return points


def later(points, seconds):
    """The same, shifted in time."""
    return [p.but(t=p.t + round(seconds * S)) for p in points]


def fixes(points) -> Fixes:
    columns = np.array([astuple(p) for p in points], np.int64).reshape(-1, len(FIELDS)).T
    return Fixes(*columns)
