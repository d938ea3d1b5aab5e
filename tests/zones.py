"""Speed zones along the way of a tests.alarm_tracks.Car: strips across it."""

from datetime import time

from telemetry.geofences import Fence, Window, outline
from telemetry.streams import END
from tests.alarm_tracks import east, north
from tests.tracks import LAT, LON

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def zone(fence_id, kmh, from_m, long_m, windows=(), lo=0, hi=END):
    """A square of so many metres due north of where the cars begin, the way in its middle."""
    west, east_ = LON - east(long_m / 2), LON + east(long_m / 2)
    south, top = LAT + north(from_m), LAT + north(from_m + long_m)
    ring = [(west, south), (east_, south), (east_, top), (west, top), (west, south)]
    shape = {"type": "Polygon", "coordinates": [[[x / 1e7, y / 1e7] for x, y in ring]]}
    return Fence(fence_id, lo, hi, outline(shape, None), windows, kind="speed", limit_kmh=kmh)


def shut(seconds):
    """A window from T0, 08:00, on that ends so many seconds later, to the minute."""
    minutes = seconds // 60
    return (Window(EVERY_DAY, "any", time(8), time(8 + minutes // 60, minutes % 60)),)
