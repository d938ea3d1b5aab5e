"""Distances on the sphere, and datums: degrees, lon before lat, WGS-84 unless it is said."""

import math
from typing import Literal

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


Datum = Literal["wgs84", "gcj02", "bd09"]
"""WGS-84; GCJ-02, of Chinese maps (AMap, Tencent); BD-09, of Baidu's."""

_A = 6_378_245.0
_EE = 0.00669342162296594323
_BD = math.pi * 3000 / 180
_INVERSE_STEPS = 5


def to_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """A position of another datum; within 1 cm.

    Source: as published in gcoord 1.0.7 and coordtransform 2.1.2, and agreeing with them.
    """
    if datum == "bd09":
        lon, lat = _bd09_to_gcj02(lon, lat)
    if datum == "wgs84" or not _is_shifted(lon, lat):
        return lon, lat
    east, north = lon, lat
    for _ in range(_INVERSE_STEPS):
        shifted = _shift(east, north)
        east, north = east + lon - shifted[0], north + lat - shifted[1]
    return east, north


def from_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """A position in another datum."""
    if datum != "wgs84" and _is_shifted(lon, lat):
        lon, lat = _shift(lon, lat)
    return _gcj02_to_bd09(lon, lat) if datum == "bd09" else (lon, lat)


def _is_shifted(lon: float, lat: float) -> bool:
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _shift(lon: float, lat: float) -> tuple[float, float]:
    """WGS-84 to GCJ-02 inside China."""
    x, y = lon - 105.0, lat - 35.0
    waves = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    phi = math.radians(lat)
    magic = 1 - _EE * math.sin(phi) ** 2
    north = math.degrees(north) / (_A * (1 - _EE) / (magic * math.sqrt(magic)))
    east = math.degrees(east) / (_A / math.sqrt(magic) * math.cos(phi))
    return lon + east, lat + north


def _gcj02_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    away = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD)
    turn = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD)
    return away * math.cos(turn) + 0.0065, away * math.sin(turn) + 0.006


def _bd09_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    east, north = lon - 0.0065, lat - 0.006
    for _ in range(_INVERSE_STEPS):
        there = _gcj02_to_bd09(east, north)
        east, north = east + lon - there[0], north + lat - there[1]
    return east, north
