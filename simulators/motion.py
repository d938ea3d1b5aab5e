"""The acts of a car, standing or driving, and what its terminal sees of them.

Times are whole seconds since 1970 (product time), positions degrees WGS-84, energy
millilitres and watt-hours.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.roads import Piece, Route

Floats = NDArray[np.float64]

MOVING_EVERY_S = 10
IDLING_EVERY_S = 60
PARKED_EVERY_S = 300
KNOT_EVERY_M = 800.0


@dataclass(frozen=True, slots=True)
class Stay:
    """Standing at a place; end is None while nobody knows until when."""

    start: int
    lon: float
    lat: float
    ignition: bool
    why: str
    end: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """Driving a route: metres along it at some moments, between which the speed is even."""

    start: int
    end: int
    route: Route
    at_s: Floats
    along_m: Floats

    def along(self, at: NDArray[Any]) -> Floats:
        """Metres driven at moments (seconds since 1970)."""
        return np.interp(at - float(self.start), self.at_s, self.along_m)

    def where(self, along_m: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes at so many metres."""
        track = self.route.lon_lat
        return (
            np.interp(along_m, self.route.along_m, track[:, 0]),
            np.interp(along_m, self.route.along_m, track[:, 1]),
        )

    def moment_at(self, along_m: float) -> int:
        """When the car had gone so many metres, rounded to a second."""
        return self.start + round(float(np.interp(along_m, self.along_m, self.at_s)))


@dataclass(frozen=True, slots=True)
class Sight:
    """One report of the terminal: what it measured, not what is true."""

    ts: int
    lon: float
    lat: float
    speed_kmh: float
    heading: int
    ignition: bool
    odometer_m: int
    fuel_ml: int | None
    soc_pct: float | None
    accuracy_m: float | None = None
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """What the car had gone and had left at a moment; between two it changes evenly."""

    at: int
    odometer_m: float
    fuel_ml: float
    wh: float


def cadence(act: Stay | Drive) -> int:
    """Seconds between two reports of the terminal during an act."""
    if isinstance(act, Drive):
        return MOVING_EVERY_S
    return IDLING_EVERY_S if act.ignition else PARKED_EVERY_S


def effort(piece: Piece) -> float:
    """What a metre uses against the norm: streets more than roads, expressways a little less."""
    return 1.15 if piece.kmh <= 40 else 1.04 if piece.kmh <= 60 else 0.97


def pace(route: Route, rng: np.random.Generator, hurry: float = 1.0) -> tuple[Floats, Floats]:
    """Moments (seconds) and metres along a route of somebody who drives it, with red lights.

    Args:
        route: the way.
        rng: of the car.
        hurry: on expressways so much faster than others.
    """
    along, at = [0.0], [0.0]
    for piece in route.pieces:
        length = piece.end_m - piece.start_m
        knots = max(1, math.ceil(length / KNOT_EVERY_M))
        kmh = piece.kmh * (hurry if piece.toll else 1.0)
        speeds = kmh / 3.6 * np.clip(rng.normal(0.98, 0.07, knots), 0.6, 1.15)
        for k, speed in enumerate(speeds, 1):
            along.append(piece.start_m + length * k / knots)
            at.append(at[-1] + length / knots / float(speed))
        if not piece.toll and rng.random() < 0.35:
            along.append(along[-1])
            at.append(at[-1] + float(rng.integers(15, 70)))
    return np.array(at), np.array(along)
