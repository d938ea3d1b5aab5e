"""Faults of receiver, wires, sensors and link, applied to what a sound terminal would report.

Each acts on the measured columns or on whether and when a report travels, as the thing itself
would; none says what the system shall make of it.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.place import from_wgs84
from simulators.measure.script import Fault, FaultKind, Script
from simulators.measure.terminal import DEGREE_M, Reports
from telemetry.wire import ReportedFlag

Bools = NDArray[np.bool_]
Apply = Callable[[Reports, Bools, Fault, np.random.Generator], None]
LOSING: frozenset[FaultKind] = frozenset({"dead", "no-fix"})


def spoil(made: Reports, script: Script, noise: np.random.Generator) -> Reports:
    """Apply a script's faults; reports that are never made are left out."""
    lost = np.zeros(len(made.ts), np.bool_)
    for fault in script.faults:
        during = (made.ts >= fault.start) & (made.ts < fault.end)
        if fault.kind in LOSING:
            lost |= during
        elif fault.kind in ACTS and during.any():
            ACTS[fault.kind](made, during, fault, noise)
    return made.only(~lost)


def _frozen(made: Reports, during: Bools, _: Fault, __: np.random.Generator) -> None:
    first = int(np.argmax(during))
    made.lon[during], made.lat[during] = made.lon[first], made.lat[first]
    made.kmh[during] = np.nan


def _power_cut(made: Reports, during: Bools, _: Fault, __: np.random.Generator) -> None:
    made.flags[during] |= int(ReportedFlag.POWER_CUT)


def _antenna(made: Reports, during: Bools, _: Fault, __: np.random.Generator) -> None:
    made.flags[during] |= int(ReportedFlag.ANTENNA_OPEN)


def _away(made: Reports, during: Bools, fault: Fault, __: np.random.Generator) -> None:
    """The receiver believes to be elsewhere: jammed, or fooled."""
    made.lat[during] += fault.amount / DEGREE_M
    made.jumped[during] = True


def _spike(made: Reports, during: Bools, fault: Fault, noise: np.random.Generator) -> None:
    first = int(np.argmax(during))
    angle = noise.uniform(0, 2 * np.pi)
    made.lat[first] += fault.amount * np.sin(angle) / DEGREE_M
    made.lon[first] += fault.amount * np.cos(angle) / DEGREE_M / np.cos(np.radians(30.9))
    made.jumped[first] = True


def _fast(made: Reports, during: Bools, fault: Fault, __: np.random.Generator) -> None:
    """One speed that nobody drove."""
    made.kmh[int(np.argmax(during))] += fault.amount


def _late(made: Reports, during: Bools, fault: Fault, __: np.random.Generator) -> None:
    """No link: all is kept and uploaded when it is back."""
    made.sent_at[during] = np.maximum(made.sent_at[during], fault.end)


def _drift(made: Reports, during: Bools, fault: Fault, noise: np.random.Generator) -> None:
    """Parked among high houses: the position wanders by tens of metres."""
    count = int(during.sum())
    made.lat[during] += noise.normal(0, fault.amount, count) / DEGREE_M
    made.lon[during] += noise.normal(0, fault.amount, count) / DEGREE_M
    made.accuracy_m[during] = fault.amount * 2


def _coarse(made: Reports, during: Bools, fault: Fault, noise: np.random.Generator) -> None:
    made.accuracy_m[during] = fault.amount
    made.lat[during] += noise.normal(0, fault.amount / 3, int(during.sum())) / DEGREE_M


def _gcj02(made: Reports, during: Bools, _: Fault, __: np.random.Generator) -> None:
    """Set up for the maps of this country, whose coordinates are shifted by half a kilometre."""
    for i in np.flatnonzero(during):
        made.lon[i], made.lat[i] = from_wgs84(float(made.lon[i]), float(made.lat[i]), "gcj02")


def _slope(made: Reports, during: Bools, fault: Fault, __: np.random.Generator) -> None:
    made.fuel_ml[during] = np.clip(made.fuel_ml[during] + fault.amount, 0, None)


def _empty(made: Reports, during: Bools, _: Fault, __: np.random.Generator) -> None:
    made.fuel_ml[during] = 0.0


def _full(made: Reports, during: Bools, fault: Fault, __: np.random.Generator) -> None:
    made.fuel_ml[during] = fault.amount


def _none(made: Reports, during: Bools, _: Fault, __: np.random.Generator) -> None:
    made.fuel_ml[during] = np.nan


def _soc_step(made: Reports, during: Bools, fault: Fault, __: np.random.Generator) -> None:
    made.soc_pct[during] = np.clip(made.soc_pct[during] + fault.amount, 0, 100)


ACTS: Mapping[FaultKind, Apply] = {
    "frozen": _frozen, "power-cut": _power_cut, "antenna": _antenna, "away": _away,
    "spike": _spike, "fast": _fast, "late": _late, "drift": _drift, "coarse": _coarse,
    "slope": _slope, "empty-sensor": _empty, "full-sensor": _full, "no-sensor": _none,
    "soc-step": _soc_step, "gcj02": _gcj02,
}  # fmt: skip
