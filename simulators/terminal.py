"""A terminal with its faults: what it makes of what truly was, before its link takes it away.

Each fault acts on a measured value, on the clock or on whether there is a report at all; the
system is told of none, unless the terminal itself would say so (a cut of the main power).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal

from dispatch.kernel.place import from_wgs84
from simulators.clocks import Clock, leap_s
from simulators.doses import Doses
from simulators.motion import Sight
from simulators.pump import moment
from telemetry.wire import ReportedFlag, Status

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
YEAR_2000: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
DEGREE_M: Final = 111_194.93
FUTURE_S: Final = 300

Kind = Literal[
    "tunnel", "frozen", "zero", "drift", "power-cut", "dead", "lost-clock", "odometer-reset",
    "dropout", "clock-leap",
]  # fmt: skip
_WHEN: Final[tuple[tuple[Kind, str, tuple[int, int], tuple[int, int]], ...]] = (
    # kind, rate, hours of the day in which it begins, seconds that it lasts
    ("tunnel", "tunnels", (8, 17), (60, 420)),
    ("frozen", "freezes", (8, 17), (60, 300)),
    ("zero", "zeros", (6, 20), (10, 20)),
    ("drift", "drifts", (20, 22), (3_600, 4 * 3_600)),
    ("power-cut", "power_cuts", (8, 18), (90, 1_200)),
    ("dead", "dead_nights", (21, 23), (3 * 3_600, 7 * 3_600)),
    ("lost-clock", "lost_clocks", (7, 18), (60, 240)),
    ("odometer-reset", "odometer_resets", (7, 18), (900, 901)),
    ("dropout", "dropouts", (8, 18), (120, 1_200)),
    ("clock-leap", "clock_leaps", (8, 17), (120, 900)),
)


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that goes wrong with a car or its terminal between two moments.

    Attributes:
        start, end: seconds since 1970.
        amount: of fuel in ml, where it is about fuel; seconds by which a clock leaps.
    """

    kind: str
    start: int
    end: int
    amount: int = 0


@dataclass(slots=True, eq=False)
class Terminal:
    """One terminal with its own luck.

    Args:
        rng: its own.
        start: midnight of the first day, seconds since 1970.
        days: for so many days its mishaps are drawn.
        doses: how much goes wrong.
        tank_ml: of the car; None without a tank.
    """

    rng: random.Random
    start: int
    days: int
    doses: Doses
    tank_ml: int | None = None
    mishaps: list[Mishap] = field(default_factory=list)
    _clock: Clock = field(init=False)
    _gcj02: bool = False
    _still: int | None = None
    _reset_at_m: int | None = None
    _frozen: tuple[Mishap, float, float] | None = None
    _said: set[Mishap] = field(default_factory=set)

    def __post_init__(self) -> None:
        rng, doses = self.rng, self.doses
        self._clock = Clock.drawn(rng, self.start, doses)
        self._gcj02 = rng.random() < doses.gcj02
        self._still = 0 if rng.random() < doses.broken_odometers else None
        for day in range(self.days):
            for kind, rate, hours, seconds in _WHEN:
                if rng.random() < getattr(doses, rate):
                    begin = self.start + day * DAY_S + rng.randrange(*(h * HOUR_S for h in hours))
                    end = begin + rng.randrange(*seconds)
                    amount = leap_s(rng) if kind == "clock-leap" else 0
                    self.mishaps.append(Mishap(kind, begin, end, amount))

    def measured(self, sights: list[Sight]) -> list[Sight]:
        """What it reports of what truly was; some of it not at all."""
        if not sights:
            return []
        first, last = sights[0].ts, sights[-1].ts
        near = [m for m in self.mishaps if m.start <= last and m.end > first]
        seen = (self._one(sight, near) for sight in sights)
        return [sight for sight in seen if sight is not None]

    def statuses(self, now: int) -> Iterator[Status]:
        """What it says of its power up to a moment; each word once."""
        for cut in self.mishaps:
            if cut.kind == "power-cut" and cut.end <= now and cut not in self._said:
                self._said.add(cut)
                yield Status(ts=self._shown(cut.start), state="power-cut")
                yield Status(ts=self._shown(cut.end), state="online")

    def _shown(self, at: int) -> datetime:
        return moment(at + self._clock.off_s(at))

    def _one(self, sight: Sight, near: list[Mishap]) -> Sight | None:
        moving, at = sight.speed_kmh > 0, sight.ts
        for mishap in near:
            if not mishap.start <= at < mishap.end:
                continue
            if (mishap.kind == "tunnel" and moving) or (mishap.kind == "dead" and not moving):
                return None
            sight = self._suffering(sight, mishap, moving=moving)
        return self._always(sight, at)

    def _suffering(self, sight: Sight, mishap: Mishap, *, moving: bool) -> Sight:
        match mishap.kind:
            case "frozen" if moving:
                if self._frozen is None or self._frozen[0] is not mishap:
                    self._frozen = mishap, sight.lon, sight.lat
                return replace(sight, lon=self._frozen[1], lat=self._frozen[2])
            case "zero":
                return replace(sight, lon=0.0, lat=0.0, speed_kmh=0.0)
            case "drift" if not moving:
                east, north = self.rng.gauss(0, 18), self.rng.gauss(0, 18)
                lon = round(sight.lon + east / (DEGREE_M * 0.86), 7)
                return replace(sight, lon=lon, lat=round(sight.lat + north / DEGREE_M, 7),
                               accuracy_m=45.0)  # fmt: skip
            case "power-cut":
                return replace(sight, flags=sight.flags | int(ReportedFlag.POWER_CUT))
            case "lost-clock":
                return replace(sight, ts=YEAR_2000 + sight.ts - mishap.start)
            case "clock-leap":
                return replace(sight, ts=sight.ts + mishap.amount)
            case "odometer-reset" if self._reset_at_m is None:
                self._reset_at_m = sight.odometer_m
            case "dropout" if sight.fuel_ml is not None:
                return replace(sight, fuel_ml=self.rng.choice((0, None)))
        return sight

    def _always(self, sight: Sight, at: int) -> Sight:
        """What is wrong at every report, or may be at any; at: the true moment."""
        if off_s := self._clock.off_s(at):
            sight = replace(sight, ts=sight.ts + off_s)
        return self._gauged(self._placed(sight))

    def _placed(self, sight: Sight) -> Sight:
        if sight.speed_kmh > 20 and self.rng.random() < self.doses.jumps:
            lon = round(sight.lon + self.rng.uniform(0.08, 0.2), 7)
            return replace(sight, lon=lon, lat=round(sight.lat + self.rng.uniform(0.05, 0.1), 7))
        if self._gcj02:
            lon, lat = from_wgs84(sight.lon, sight.lat, "gcj02")
            return replace(sight, lon=round(lon, 7), lat=round(lat, 7))
        return sight

    def _gauged(self, sight: Sight) -> Sight:
        """What odometer and tank sensor make of it."""
        if self._still is not None:
            self._still = self._still or sight.odometer_m
            sight = replace(sight, odometer_m=self._still)
        elif self._reset_at_m is not None:
            sight = replace(sight, odometer_m=sight.odometer_m - self._reset_at_m)
        if self.doses.slosh and self.tank_ml and sight.fuel_ml and sight.speed_kmh > 0:
            level = sight.fuel_ml + self.rng.gauss(0, self.doses.slosh) * self.tank_ml
            sight = replace(sight, fuel_ml=max(0, min(self.tank_ml, round(level))))
        return sight


def believable(ts: int, start: int, now: int) -> bool:
    """Whether a time is one that a system may store when it hears of it: neither lost nor ahead."""
    return start - 60 * DAY_S < ts <= now + FUTURE_S
