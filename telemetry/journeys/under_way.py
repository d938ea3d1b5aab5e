"""A journey under way, and what it becomes."""

from dataclasses import dataclass

from telemetry.journeys.model import NONE, SECOND_US, Driven


@dataclass(frozen=True, slots=True)
class Open:
    """A journey under way: since the parking place, with the stop that may end it."""

    started: int
    start_lon: int
    start_lat: int
    mm: int = 0
    odometer_m: int = NONE
    fixes: int = 0
    flagged: int = 0
    conflicts: int = 0
    max_dkmh: int = NONE
    idle_us: int = 0
    confirmed: int = 0
    stop: int = 0  # first standing fix; 0: it moves
    stop_fixes: int = 0
    stop_flagged: int = 0
    stop_conflicts: int = 0
    stop_odometer_m: int = NONE


def driven(journey: Open, ended: int | None, last: int, end_lon: int, end_lat: int) -> Driven:
    """A journey as a fact; ended None: still under way, seen until last."""
    return Driven(
        started=journey.started,
        ended=ended,
        last=last,
        start_lon=journey.start_lon,
        start_lat=journey.start_lat,
        end_lon=end_lon,
        end_lat=end_lat,
        gps_m=(journey.mm + 500) // 1000,
        odometer_m=None if journey.odometer_m == NONE else journey.odometer_m,
        driving_s=((journey.stop or last) - journey.started - journey.idle_us) // SECOND_US,
        max_dkmh=None if journey.max_dkmh == NONE else journey.max_dkmh,
        fixes=journey.fixes,
        flagged=journey.flagged,
        conflicts=journey.conflicts,
    )
