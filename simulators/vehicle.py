"""What a car does, second by second: it stands or drives, and its terminal reports it.

Times are whole seconds since 1970 (product time), positions degrees WGS-84, energy
millilitres and watt-hours. A car's past is a chain of stays and drives without gaps;
where it was, how far it had gone and what it had left at any moment follows from them.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulators.fleet import Car
from simulators.motion import (
    PARKED_EVERY_S,
    Drive,
    Floats,
    Level,
    Sight,
    Stay,
    cadence,
    effort,
    pace,
)
from simulators.roads import Route

IDLE_ML_PER_S = 0.22
NOISE_M = {"moving": 3.0, "standing": 1.2}
DEGREE_M = 111_194.93


@dataclass(eq=False)
class Vehicle:
    """A car on the road. Its acts are told in order of time; its reports are taken as they come."""

    car: Car
    seed: int
    start: int
    lon: float = 0.0
    lat: float = 0.0
    odometer_m: float = 0.0
    fuel_ml: float = 0.0
    wh: float = 0.0
    burnt_ml: float = 0.0
    used_wh: float = 0.0
    filled_ml: int = 0
    charged_wh: int = 0
    _acts: list[Stay | Drive] = field(default_factory=list)
    _levels: list[Level] = field(default_factory=list)
    _next: int = 0

    def __post_init__(self) -> None:
        own = [self.seed, *self.car.code.encode()]
        self._rng = np.random.Generator(np.random.PCG64([1, *own]))
        self._noise = np.random.Generator(np.random.PCG64([2, *own]))
        self._plug: tuple[int, int, float, int] | None = None
        kind = self.car.kind
        self.lon, self.lat = self.car.home_lon, self.car.home_lat
        years = (np.datetime64(self.start, "s") - np.datetime64(self.car.first_registered)) / (
            np.timedelta64(365, "D")
        )
        self.odometer_m = (
            round(max(0.0, float(years)) * self._rng.uniform(18e6, 30e6) / 100) * 100.0
        )
        self.fuel_ml = round((kind.tank_ml or 0) * self._rng.uniform(0.35, 0.95)) * 1.0
        self.wh = round((kind.battery_wh or 0) * self._rng.uniform(0.6, 1.0)) * 1.0
        self._next = self.start + int(self._rng.integers(0, PARKED_EVERY_S))
        self._mark(self.start)
        self._acts.append(Stay(self.start, self.lon, self.lat, False, "parked"))

    def stand(self, start: int, *, ignition: bool, why: str, end: int | None = None) -> None:
        """Stand from a moment on where the car is now; an engine that runs burns a little."""
        self._close(start)
        self._mark(start)
        self._acts.append(Stay(start, self.lon, self.lat, ignition, why, end))
        if end is not None and ignition and self.car.kind.tank_ml:
            self._burn((end - start) * IDLE_ML_PER_S)
        if end is not None:
            self._mark(end)

    def park(self, start: int) -> None:
        """Stand on the car's own spot, engine off, until further notice."""
        self.lon, self.lat = self.car.home_lon, self.car.home_lat
        self.stand(start, ignition=False, why="parked")

    def drive(self, start: int, route: Route, hurry: float = 1.0) -> Drive:
        """Drive a route from a moment on; the speed varies around that of the roads.

        Args:
            start: seconds since 1970.
            route: the way.
            hurry: on expressways so much faster than others.
        """
        self._close(start)
        at_s, along_m = pace(route, self._rng, hurry)
        drive = Drive(start, start + math.ceil(at_s[-1]), route, at_s, along_m)
        self._acts.append(drive)
        self._mark(start)
        kind = self.car.kind
        norm_m = sum((p.end_m - p.start_m) * effort(p) for p in route.pieces)
        self.odometer_m += route.length_m
        self._burn(norm_m * kind.ml_per_100km / 100_000)
        spent_wh = min(self.wh, norm_m * kind.wh_per_100km / 100_000)
        self.wh -= spent_wh
        self.used_wh += spent_wh
        self.lon, self.lat = map(float, route.lon_lat[-1])
        self._mark(drive.end)
        return drive

    def fill(self, start: int, end: int) -> int:
        """Stand at a pump and fill the tank to 95 %, to a whole tenth of a litre. Returns: ml."""
        self.stand(start, ignition=False, why="pump")
        added = max(0, int((self.car.kind.tank_ml or 0) * 0.95 - self.fuel_ml) // 100 * 100)
        self.fuel_ml += added
        self.filled_ml += added
        self._close(end)
        self._mark(end)
        return added

    def siphon(self, start: int, end: int, ml: int) -> int:
        """Lose fuel while the car is parked. Returns: ml that are gone."""
        taken = min(int(self.fuel_ml), ml)
        self._mark(start)
        self.fuel_ml -= taken
        self._mark(end)
        return taken

    def plug_in(self, start: int, watts: int) -> int:
        """Begin to charge where the car stands. Returns: when the battery would be full."""
        missing_wh = (self.car.kind.battery_wh or 0) - self.wh
        self._mark(start)
        self._plug = (start, start + max(60, round(missing_wh * 3600 / watts)), self.wh, watts)
        self._mark(self._plug[1], wh=float(self.car.kind.battery_wh or 0))
        return self._plug[1]

    def unplug(self, at: int) -> int:
        """Stop charging, full or not. Returns: whole Wh that went in; 0 if nothing charged."""
        if self._plug is None:
            return 0
        start, full_at, had_wh, watts = self._plug
        self._plug = None
        if at <= start:
            del self._levels[-2:]
            return 0
        room_wh = int((self.car.kind.battery_wh or 0) - had_wh)
        added = room_wh if at >= full_at else min(room_wh, (at - start) * watts // 3600)
        self.wh = had_wh + added
        self.charged_wh += added
        self._levels.pop()
        self._mark(min(at, full_at))
        return added

    def range_m(self) -> float:
        """Metres that tank and battery still give, at the norm."""
        kind = self.car.kind
        if kind.tank_ml:
            return self.fuel_ml * 100_000 / kind.ml_per_100km
        return self.wh * 100_000 / kind.wh_per_100km

    def reports(self, until: int) -> list[Sight]:
        """The terminal's reports after the last ones and up to a moment, in order of time."""
        found: list[Sight] = []
        while self._next <= until:
            act, end = self._act_at(self._next)
            every = cadence(act)
            last = until if end is None else min(until, end - 1)
            ts = np.arange(self._next, last + 1, every)
            found.extend(self._seen(act, ts))
            self._next = int(ts[-1]) + every
            if end is not None and self._next >= end:
                self._next = end
        self._forget()
        return found

    def place_at(self, at: int) -> tuple[float, float]:
        """Where the car truly was; only of the part of its past that was not yet reported."""
        act, _ = self._act_at(at)
        if isinstance(act, Stay):
            return act.lon, act.lat
        lon, lat = act.where(act.along(np.array([at])))
        return float(lon[0]), float(lat[0])

    def _burn(self, ml: float) -> None:
        spent = min(self.fuel_ml, ml)
        self.fuel_ml -= spent
        self.burnt_ml += spent

    def _mark(self, at: int, wh: float | None = None) -> None:
        left_wh = self.wh if wh is None else wh
        self._levels.append(Level(at, self.odometer_m, self.fuel_ml, left_wh))

    def _close(self, at: int) -> None:
        last = self._acts[-1]
        if isinstance(last, Stay) and last.end is None:
            self._acts[-1] = replace(last, end=at)
            self._next = min(self._next, at)
        elif last.end != at:
            raise ValueError(f"{self.car.code}: an act ends at {last.end}, the next begins at {at}")

    def _act_at(self, at: int) -> tuple[Stay | Drive, int | None]:
        i = bisect_right(self._acts, at, key=lambda act: act.start) - 1
        return self._acts[i], self._acts[i].end

    def _seen(self, act: Stay | Drive, ts: NDArray[np.int64]) -> Iterator[Sight]:
        noise_m = NOISE_M["moving" if isinstance(act, Drive) else "standing"]
        east, north = (self._noise.normal(0.0, noise_m, (len(ts), 2)) / DEGREE_M).T
        lon, lat, speed, heading, gone = self._truth(act, ts)
        kind, on = self.car.kind, isinstance(act, Drive) or act.ignition
        share = 100.0 / (kind.battery_wh or 1)
        for row in zip(
            ts.tolist(),
            (lon + east / np.cos(np.radians(lat))).round(7).tolist(),
            (lat + north).round(7).tolist(),
            speed.round(1).tolist(),
            heading.astype(int).tolist(),
            gone.astype(int).tolist(),
            self._level(ts, "fuel_ml").astype(int).tolist(),
            (self._level(ts, "wh") * share).round(1).tolist(),
            strict=True,
        ):
            at, x, y, kmh, towards, metres, ml, pct = row
            yield Sight(
                at, x, y, kmh, towards % 360, on, metres,
                ml if kind.tank_ml else None, pct if kind.battery_wh else None,
            )  # fmt: skip

    def _truth(
        self, act: Stay | Drive, ts: NDArray[np.int64]
    ) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Positions, km/h, degrees and odometer at moments within one act."""
        if isinstance(act, Stay):
            zero = np.zeros(len(ts))
            return act.lon + zero, act.lat + zero, zero, zero, self._level(ts, "odometer_m")
        along = act.along(ts)
        lon, lat = act.where(along)
        on, by = act.along(ts + 1.0), act.along(ts - 1.0)
        speed = (on - by) / 2 * 3.6
        east_on, north_on = act.where(np.minimum(along + 30.0, act.route.length_m))
        east_by, north_by = act.where(np.maximum(along - 30.0, 0.0))
        heading = np.degrees(
            np.arctan2((east_on - east_by) * np.cos(np.radians(lat)), north_on - north_by)
        )
        before = self._level(np.array([act.start]), "odometer_m")[0]
        return lon, lat, speed, heading, before + along

    def _level(self, ts: NDArray[np.int64], what: Literal["odometer_m", "fuel_ml", "wh"]) -> Floats:
        values: list[float] = [getattr(m, what) for m in self._levels]
        levels: Floats = np.interp(ts, [m.at for m in self._levels], values)
        return levels

    def _forget(self) -> None:
        """Drop what no later report needs."""
        i = bisect_right(self._acts, self._next - 1, key=lambda act: act.start) - 1
        del self._acts[: max(0, i)]
        k = bisect_right(self._levels, self._acts[0].start, key=lambda m: m.at) - 1
        del self._levels[: max(0, k - 1)]
