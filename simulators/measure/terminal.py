"""What a car's terminal reports of the truth: when, how exactly, and with which faults."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulators.measure.physics import Physics, runs
from simulators.measure.script import Floats, Script

Ints = NDArray[np.int64]
DEGREE_M = 111_194.93
SLOSH = 0.012
QUANTUM_ML = 250.0


@dataclass(frozen=True, slots=True, eq=False)
class Reports:
    """Columns by report, in order of time; NaN is a field that was left out.

    Attributes:
        ts: seconds since 1970 by the terminal.
        sent_at: when it could upload.
        jumped: the receiver was not where it says, by kilometres, for a report or two.
    """

    ts: Ints
    sent_at: Ints
    lon: Floats
    lat: Floats
    kmh: Floats
    ignition: NDArray[np.bool_]
    odometer_m: Ints
    fuel_ml: Floats
    soc_pct: Floats
    accuracy_m: Floats
    flags: Ints
    jumped: NDArray[np.bool_]

    def only(self, kept: NDArray[np.bool_]) -> "Reports":
        """Some of them."""
        names = (f for f in self.__slots__)
        return replace(self, **{name: getattr(self, name)[kept] for name in names})


def moments(script: Script, true: Physics) -> Ints:
    """When the terminal reports: at every change, and evenly between."""
    player = script.player
    every = {
        2: player.moving_every_s, 1: player.idling_every_s, 0: player.parked_every_s,
    }  # fmt: skip
    state = np.where(true.kmh > 0, 2, np.where(true.running, 1, 0))
    found = [np.arange(a, b, every[which]) for which in every for a, b in runs(state == which)]
    return np.unique(np.concatenate(found)) + script.start


def reports(script: Script, true: Physics, noise: np.random.Generator) -> Reports:
    """All that the terminal makes, faults and all."""
    ts = moments(script, true)
    i = ts - script.start
    lon, lat = script.player.road.where(true.gone_m[i])
    east, north = _noise(ts, noise), _noise(ts, noise)
    lat = lat + north / DEGREE_M
    lon = lon + east / (DEGREE_M * np.cos(np.radians(lat)))
    moving = true.kmh[i] > 0
    nothing = np.full(len(ts), np.nan)
    kmh = np.where(moving, np.clip(true.kmh[i] + noise.normal(0, 0.3, len(ts)), 0.4, None), 0.0)
    return Reports(
        ts=ts, sent_at=ts.copy(), lon=lon, lat=lat, kmh=kmh, ignition=true.running[i],
        odometer_m=(true.gone_m[i]).astype(np.int64) + 12_000_000,
        fuel_ml=_tank(script, true.fuel_ml[i], moving, noise) if script.player.tank_ml else nothing,
        soc_pct=_battery(script, true.wh[i], noise) if script.player.battery_wh else nothing.copy(),
        accuracy_m=nothing.copy(), flags=np.zeros(len(ts), np.int64),
        jumped=np.zeros(len(ts), np.bool_),
    )  # fmt: skip


def _noise(ts: Ints, noise: np.random.Generator) -> Floats:
    """A receiver's error in metres: it wanders over a minute and trembles a little."""
    grid = np.arange(ts[0], ts[-1] + 60, 30)
    wander: Floats = np.interp(ts, grid, noise.normal(0, 2.5, len(grid)))
    return wander + noise.normal(0, 1.0, len(ts))


def _tank(
    script: Script, fuel_ml: Floats, moving: NDArray[np.bool_], noise: np.random.Generator
) -> Floats:
    tank = float(script.player.tank_ml or 1)
    slosh = np.where(
        moving, noise.normal(0, SLOSH, len(fuel_ml)), noise.normal(0, 0.002, len(fuel_ml))
    )
    seen = np.clip(fuel_ml + slosh * tank, 0, tank)
    told: Floats = np.round(seen / QUANTUM_ML) * QUANTUM_ML
    return told


def _battery(script: Script, wh: Floats, noise: np.random.Generator) -> Floats:
    share = wh * 100 / float(script.player.battery_wh or 1)
    told: Floats = np.clip(np.round((share + noise.normal(0, 0.05, len(wh))) * 2) / 2, 0, 100)
    return told
