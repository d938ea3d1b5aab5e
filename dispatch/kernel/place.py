"""Distances on the sphere, WGS-84 degrees, lon before lat."""

import math

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.errors import Invalid
from dispatch.kernel.units import Metres

EARTH_RADIUS_M = 6_371_008.8


class InvalidTrack(Invalid):
    """A position is NaN or out of range."""

    code = "invalid-track"


def distance(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> Metres:
    """Great-circle distance between two positions in degrees.

    Source: R. W. Sinnott, "Virtues of the Haversine", Sky & Telescope 68 (1984) 159.
    """
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_chord_sq = (
        math.sin((phi_b - phi_a) / 2) ** 2
        + math.cos(phi_a) * math.cos(phi_b) * math.sin(math.radians(lon_b - lon_a) / 2) ** 2
    )
    return Metres(2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half_chord_sq))))


def steps(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Great-circle metres between successive fixes.

    Args:
        lon_lat: (n, 2) degrees WGS-84, oldest first; n may be 0.

    Returns:
        (max(n - 1, 0),) metres.

    Raises:
        InvalidTrack: a value is NaN or out of range.
    """
    if not (np.abs(lon_lat) <= (180.0, 90.0)).all():
        raise InvalidTrack("a position is NaN or out of range")
    lon, lat = np.radians(lon_lat).T
    half_chord_sq = (
        np.sin(np.diff(lat) / 2) ** 2
        + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(np.diff(lon) / 2) ** 2
    )
    metres: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half_chord_sq))
    return metres
