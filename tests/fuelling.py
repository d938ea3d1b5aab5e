"""A tank and a battery with known physics, seen through a bad sensor; for tests of telemetry.fuel."""

from dataclasses import dataclass, field

import numpy as np

from telemetry.streams import NO_SIGNALS, Fixes, Phase, Piece
from tests.tracks import LAT, LON, T0, S

IDLE_ML_PER_S = 0.22


@dataclass
class Sensor:
    """How levels are reported: noise as shares of the tank, one value in so many ml."""

    slosh: float = 0.03
    still: float = 0.003
    slope: float = 0.015
    dropouts: float = 0.01
    step_ml: int = 100


@dataclass
class Car:
    """Drives, stands, is filled and robbed; `rows` is what its terminal says."""

    seed: int = 1
    tank_ml: int = 55_000
    ml_per_100km: int = 7_800
    sensor: Sensor = field(default_factory=Sensor)
    t: int = T0
    ml: float = 30_000.0
    soc: float = -1.0
    moving_s: int = 10
    parked_s: int = 300
    rows: list = field(default_factory=list)
    truth: list = field(default_factory=list)

    def __post_init__(self):
        self.rng = np.random.default_rng(self.seed)
        self.slope = 0.0
        self.away_mm = 0

    def _report(self, speed, ignition, moved_mm, silent):
        if silent:
            return
        noise = self.rng.uniform(-1, 1) * (self.sensor.slosh if speed else self.sensor.still)
        seen = self.ml + self.tank_ml * (noise + (0.0 if speed else self.slope))
        level = max(1, round(seen / self.sensor.step_ml) * self.sensor.step_ml)
        if self.rng.random() < self.sensor.dropouts:
            level = 0
        lat = LAT + self.away_mm // 11
        soc = -1 if self.soc < 0 else round(self.soc)
        self.rows.append((self.t, LON, lat, speed, ignition, level, soc, moved_mm))

    def drive(self, minutes, kmh=60, silent=False):
        self.slope = 0.0
        step_mm = round(kmh / 3.6 * self.moving_s * 1000)
        for _ in range(int(minutes * 60 / self.moving_s)):
            self.t += self.moving_s * S
            self.away_mm += step_mm
            self.ml -= step_mm * self.ml_per_100km / 1e8
            if self.soc > 0:
                self.soc = max(0.0, self.soc - step_mm / 4e8)
            self._report(kmh * 10, 1, step_mm, silent)
        return self

    def stand(self, minutes, engine=False, silent=False, fill_ml=0, fill_after_s=0, fill_s=0,
              soc=0.0, slope=None):  # fmt: skip
        """Stand; from fill_after_s on, over fill_s, fill_ml go in (or out, if negative)."""
        if slope is not None or not self.rows or self.rows[-1][3]:
            drawn = self.rng.uniform(-1, 1) * self.sensor.slope
            self.slope = drawn if slope is None else slope
        began, end = self.t, self.t + int(minutes * 60 * S)
        every = 60 if engine else self.parked_s
        had, had_soc = self.ml, self.soc
        at = self.t + S
        while at <= end:
            self.t = at
            seconds = (at - began) / S
            part = min(1.0, max(0.0, (seconds - fill_after_s) / fill_s)) if fill_s else 0.0
            if fill_ml and not fill_s:
                part = 1.0 if seconds > fill_after_s else 0.0
            idle = seconds * IDLE_ML_PER_S if engine else 0.0
            self.ml = had + fill_ml * part - idle
            if soc:
                self.soc = min(1000.0, had_soc + soc * seconds / (minutes * 60))
            self._report(0, 1 if engine else 0, 0, silent)
            at += every * S
        self.t = end
        self.ml = had + fill_ml - (minutes * 60 * IDLE_ML_PER_S if engine else 0)
        if soc:
            self.soc = min(1000.0, had_soc + soc)
        if fill_ml:
            kind = "refuel" if fill_ml > 0 else "drop"
            self.truth.append((kind, began, end, abs(fill_ml)))
        return self

    def piece(self) -> Piece:
        return piece(self.rows)


def piece(rows, signals=NO_SIGNALS) -> Piece:
    t, lon, lat, speed, ignition, fuel, soc, moved = (
        np.array(rows, np.int64).reshape(-1, 8).T.copy()
    )
    blank = np.full(len(t), -1, np.int64)
    zero = np.zeros(len(t), np.int64)
    fixes = Fixes(t, lon, lat, speed, blank, blank, ignition, zero + 1, zero, fuel, soc, zero)
    phase = np.where(speed > 0, int(Phase.DRIVING), int(Phase.AT_REST)).astype(np.int64)
    return Piece(fixes, zero, moved, blank, phase, signals)
