"""What is wrong with the positions and the odometer of a day; pure."""

import numpy as np

from telemetry import journeys
from telemetry.journeys import Flag
from telemetry.quality.model import Finding, Reason, Rules
from telemetry.streams import Fixes, Integers, Phase, steps_mm

_FLAGS = (
    (Flag.ZERO, Reason.ZERO),
    (Flag.JUMP, Reason.JUMP),
    (Flag.FROZEN, Reason.FROZEN),
    (Flag.COARSE, Reason.COARSE),
)


def positions(fixes: Fixes, rules: Rules) -> list[Finding]:
    """Findings on the fixes of one device, as the journeys see them."""
    if not len(fixes):
        return []
    led = journeys.STREAM.lead(journeys.State(), fixes)
    counts = [(reason, int(((led.flags & int(flag)) != 0).sum())) for flag, reason in _FLAGS]
    counts.append((Reason.CONFLICT, int((fixes.conflicts > 0).sum())))
    found = [Finding(reason, n) for reason, n in counts if n]
    usable = np.flatnonzero((led.flags & int(journeys.UNUSABLE)) == 0)
    found += _drift(fixes.pick(usable), led.phase[usable], rules)
    return found + _odometer(fixes, int(led.moved_mm.sum()) // 1000, rules)


def _drift(fixes: Fixes, phase: Integers, rules: Rules) -> list[Finding]:
    rests = (phase[1:] == Phase.AT_REST) & (phase[:-1] == Phase.AT_REST)
    still = (fixes.speed[1:] < 50) & (fixes.speed[:-1] < 50)
    steps = steps_mm(fixes.lon[:-1], fixes.lat[:-1], fixes.lon[1:], fixes.lat[1:])
    wandered = steps[rests & still & (steps > rules.drift_m * 1000)]
    if not len(wandered):
        return []
    return [Finding(Reason.PARKING_DRIFT, len(wandered), (int(wandered.max()) + 500) // 1000)]


def _odometer(fixes: Fixes, gps_m: int, rules: Rules) -> list[Finding]:
    said = np.flatnonzero(fixes.odometer >= 0)
    if len(said) < 2:
        return []
    added, took_us = np.diff(fixes.odometer[said]), np.diff(fixes.t[said])
    allowed = rules.leap_m + took_us * rules.leap_kmh // (3_600 * 1_000)
    back, leapt = added[added < 0], added[added > allowed]
    counted = int(added[(added >= 0) & (added <= allowed)].sum())
    found = []
    if len(back):
        found.append(Finding(Reason.ODOMETER_BACK, len(back), -int(back.min())))
    if len(leapt):
        found.append(Finding(Reason.ODOMETER_LEAP, len(leapt), int(leapt.max())))
    apart = abs(counted - gps_m)
    worth = max(rules.variance_m, max(counted, gps_m) * rules.variance_permille // 1000)
    if counted == 0 and gps_m > rules.variance_m:
        found.append(Finding(Reason.ODOMETER_STUCK, len(said), gps_m))
    elif apart > worth:
        found.append(Finding(Reason.ODOMETER_VARIANCE, len(said), apart))
    return found
