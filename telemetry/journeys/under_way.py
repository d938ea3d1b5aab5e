"""A journey under way, and what it becomes."""

from dataclasses import dataclass

from telemetry.journeys.model import NONE, SECOND_US, Driven, Rules


@dataclass(slots=True)
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


def note(journey: Open, odometer_m: int, conflicts: int, flagged: int) -> None:
    """Count a fix: to the journey, or to the stop that may yet end it."""
    if journey.stop:
        journey.stop_fixes += 1
        journey.stop_flagged += flagged
        journey.stop_conflicts += conflicts
        journey.stop_odometer_m = _sum(journey.stop_odometer_m, odometer_m)
    else:
        journey.fixes += 1
        journey.flagged += flagged
        journey.conflicts += conflicts
        journey.odometer_m = _sum(journey.odometer_m, odometer_m)


def resume(journey: Open, t: int, rules: Rules) -> None:
    """The stop was only a halt: all that was counted during it belongs to the journey."""
    journey.fixes += journey.stop_fixes
    journey.flagged += journey.stop_flagged
    journey.conflicts += journey.stop_conflicts
    journey.odometer_m = _sum(journey.odometer_m, journey.stop_odometer_m)
    if t - journey.stop >= rules.idle_s * SECOND_US:
        journey.idle_us += t - journey.stop
    journey.stop = journey.stop_fixes = journey.stop_flagged = journey.stop_conflicts = 0
    journey.stop_odometer_m = NONE


def _sum(a: int, b: int) -> int:
    """The sum of what is known; NONE where neither is."""
    return b if a == NONE else a if b == NONE else a + b


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
