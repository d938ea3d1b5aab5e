"""What the rules say of the physics: an independent reading of their definitions.

It reads true speeds and true faults, second by second, never what a terminal reported; the one
exception is silence, which is a property of the reports.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulators.measure.physics import LEAST_MOVING_KMH, Physics, runs
from simulators.measure.script import DAY_S, Floats, Script

REST_S = 20 * 60
FATIGUE_S, DAILY_S = 4 * 3600, 8 * 3600
OVER, OVER_S = 1.10, 10
IDLE_S = 20 * 60
CUT_S, FROZEN_S, ANTENNA_S = 60, 180, 60
AWAY_M = 5_000.0
ROLLING_KMH = 20.0
SILENT_ON_S, SILENT_PARKED_S = 600, 86_400
EAST_OF_UTC_S = 8 * 3600


@dataclass(frozen=True, slots=True)
class Case:
    """What the rule must find in a car, and when it truly was.

    Attributes:
        amount: ml, Wh or seconds, where there is one.
        must: whether it must be found; else it is so slight that it only may be.
    """

    rule: str
    start: int
    end: int
    amount: float = 0.0
    must: bool = True


def cases(script: Script, true: Physics, heard: NDArray[np.int64]) -> list[Case]:
    """All true cases of a car, whichever episode made them.

    Args:
        script: the car's story, for its faults and flows.
        true: its physics.
        heard: when its reports were made, ascending; those that ever arrived.
    """
    seen = _seen(true, heard)
    found = [*_overspeed(script, true), *_fatigue(true, seen), *_daily(true, seen), *_idle(true)]
    found += [*_silence(true, heard), *_faults(script, true), *_flows(script)]
    found += [Case("A21", at, at) for _, at, real in script.tolls if not real]
    return sorted(found, key=lambda case: (case.start, case.rule))


def _overspeed(script: Script, true: Physics) -> Iterator[Case]:
    over = true.kmh > script.limit_kmh * OVER
    yield from (
        Case("A9", true.start + a, true.start + b) for a, b in runs(over) if b - a >= OVER_S
    )


def _seen(true: Physics, heard: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The seconds in which the car drove and its terminal was not silent for long."""
    driving = true.kmh >= LEAST_MOVING_KMH
    for i in np.flatnonzero(np.diff(heard) > SILENT_ON_S):
        driving[heard[i] - true.start : heard[i + 1] - true.start] = False
    return driving


def _fatigue(true: Physics, seen: NDArray[np.bool_]) -> Iterator[Case]:
    """Driving time since the last rest of 20 minutes; the case lasts until the next rest."""
    driving = true.kmh >= LEAST_MOVING_KMH
    rests = [(a, b) for a, b in runs(~driving) if b - a >= REST_S]
    ends = [0, *(b for _, b in rests)]
    begins = [*(a for a, _ in rests), len(driving)]
    for a, b in zip(ends, begins, strict=True):
        if b > a:
            yield from _beyond("A10", FATIGUE_S, driving, seen, (a, b), true.start)


def _daily(true: Physics, seen: NDArray[np.bool_]) -> Iterator[Case]:
    driving = true.kmh >= LEAST_MOVING_KMH
    midnights = range(-(true.start + EAST_OF_UTC_S) % DAY_S, len(driving) + DAY_S, DAY_S)
    edges = sorted({0, *(m for m in midnights if m < len(driving)), len(driving)})
    for a, b in pairwise(edges):
        yield from _beyond("A11", DAILY_S, driving, seen, (a, b), true.start)


def _beyond(
    rule: str, limit_s: int, driving: NDArray[np.bool_], seen: NDArray[np.bool_],
    span: tuple[int, int], start: int,
) -> Iterator[Case]:  # fmt: skip
    """From the second in which the limit is passed up to the last driven one.

    It must be found if what the terminal saw of the driving is enough by itself.
    """
    lo, hi = span
    count = np.cumsum(driving[lo:hi])
    if not len(count) or count[-1] <= limit_s:
        return
    first = int(np.searchsorted(count, limit_s + 1))
    last = int(np.flatnonzero(driving[lo:hi])[-1])
    must = int(seen[lo:hi].sum()) > limit_s
    yield Case(rule, start + lo + first, start + lo + last, float(count[-1]), must)


def _idle(true: Physics) -> Iterator[Case]:
    idle = true.running & (true.kmh == 0)
    yield from (
        Case("A24", true.start + a, true.start + b) for a, b in runs(idle) if b - a >= IDLE_S
    )


def _silence(true: Physics, heard: NDArray[np.int64]) -> Iterator[Case]:
    """Between two reports more time than a terminal may be silent, its engine on or off."""
    gaps = np.diff(heard)
    for i in np.flatnonzero(gaps > SILENT_ON_S):
        on = bool(true.running[heard[i] - true.start])
        if gaps[i] > (SILENT_ON_S if on else SILENT_PARKED_S):
            yield Case("A12", int(heard[i]), int(heard[i + 1]), float(gaps[i]))


def _faults(script: Script, true: Physics) -> Iterator[Case]:
    for fault in script.faults:
        lasts = fault.end - fault.start
        rolls = true.metres(fault.start, fault.end) > lasts * ROLLING_KMH / 3.6
        if fault.kind in ("power-cut", "status-cut") and lasts >= CUT_S:
            yield Case("A13", fault.start, fault.end)
        if fault.kind == "antenna" and lasts >= ANTENNA_S:
            yield Case("A14", fault.start, fault.end)
        if fault.kind == "frozen" and lasts >= FROZEN_S and rolls:
            yield Case("A14", fault.start, fault.end)
        if fault.kind == "away" and fault.amount > AWAY_M:
            yield Case("A14", fault.start, fault.end)
        if fault.kind == "gcj02" and true.metres(fault.start, fault.end) > 0:
            yield Case("datum", fault.start, fault.end)


def _flows(script: Script) -> Iterator[Case]:
    names = {"fill": "refuel", "siphon": "drop", "charge": "charge"}
    for flow in script.flows:
        amount = abs(flow.amount)
        if amount >= MAY[flow.kind]:
            must = amount >= MUST[flow.kind]
            yield Case(names[flow.kind], flow.start, flow.end, amount, must)


MUST = {"fill": 5_000.0, "siphon": 8_000.0, "charge": 1_500.0}
"""Ml or Wh from which on something must be found."""
MAY = {"fill": 2_000.0, "siphon": 6_000.0, "charge": 600.0}
"""Ml or Wh below which nothing may be found: what sensors hide is no case."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a car used over the whole run; None of what it does not have."""

    fuel_ml: float | None
    electricity_wh: float | None


def used_by(script: Script, true: Physics) -> Used:
    """What went in and was there at the start, less what was left.

    Flows too slight to be found count as used or not used: nobody could tell them apart.
    """
    into = dict.fromkeys(MUST, 0.0)
    for flow in script.flows:
        if abs(flow.amount) >= MUST[flow.kind]:
            into[flow.kind] += flow.amount
    burnt = script.start_ml + into["fill"] + into["siphon"] - float(true.fuel_ml[-1])
    drawn = script.start_wh + into["charge"] - float(true.wh[-1])
    player = script.player
    return Used(burnt if player.tank_ml else None, drawn if player.battery_wh else None)


def speeds(true: Physics, at: NDArray[np.int64]) -> Floats:
    """True km/h at moments."""
    found: Floats = true.kmh[at - true.start]
    return found
