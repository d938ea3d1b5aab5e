"""Great circles times a calibrated detour: what to use when no road graph is known."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Matrix

EARTH_RADIUS_M = 6_371_008.8


def great_circle_metres(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres between positions (..., 2), lon and lat in degrees WGS-84, broadcast.

    Source: R. W. Sinnott, "Virtues of the Haversine", Sky & Telescope 68 (1984) 159.
    """
    (lon_a, lat_a), (lon_b, lat_b) = (np.moveaxis(np.radians(x), -1, 0) for x in (a, b))
    chord_sq = np.sin((lat_b - lat_a) / 2) ** 2
    chord_sq = chord_sq + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord_sq, 1.0))))


def detour_factor(driven_m: NDArray[np.float64], straight_m: NDArray[np.float64]) -> float:
    """Road metres for a metre of great circle, from drives that were measured.

    Returns:
        The median of the ratios of drives over 500 m straight; at least 1, and 1.3 if
        there is none.
    """
    far = straight_m > 500.0
    return max(1.0, float(np.median(driven_m[far] / straight_m[far]))) if far.any() else 1.3


def great_circle_matrix(
    lon_lat: NDArray[np.float64], *, detour: float = 1.3, speed_mps: float = 14.0
) -> Matrix:
    """All pairs of (n, 2) positions, at one speed; the version is a digest of the input."""
    metres = np.rint(great_circle_metres(lon_lat[:, None], lon_lat[None, :]) * detour)
    np.fill_diagonal(metres, 0.0)
    digest = hashlib.sha256(np.ascontiguousarray(lon_lat, dtype=np.float64).tobytes())
    digest.update(f"great circles {detour!r} {speed_mps!r}".encode())
    seconds = np.ceil(metres / speed_mps)
    version = f"circles-{digest.hexdigest()[:16]}"
    return Matrix(seconds.astype(np.uint32), metres.astype(np.uint32), version)
