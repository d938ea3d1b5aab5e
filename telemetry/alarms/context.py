"""What the kernels compare with: thresholds, roads, blind and speed zones, our outages."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Final

import numpy as np

from telemetry import geofences, roads
from telemetry.alarms.layout import (
    DEFAULT_BLUR_DM,
    ENABLED,
    LOOK_UP,
    OVER,
    PARAMETERS,
    RULES,
    SPEED_HYSTERESIS,
)
from telemetry.alarms.model import Rule
from telemetry.alarms.thresholds import DEFAULTS, Overspeed, Thresholds
from telemetry.geofences import Fences
from telemetry.roads import RoadIndex
from telemetry.streams import Fixes, Integers

NO_FENCES: Final = Fences()
NO_ROADS: Final = roads.index(())
NO_OUTAGES: Final = np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule as it is in force for a vehicle."""

    enabled: bool
    thresholds: Thresholds


BY_DEFAULT: Final[Mapping[Rule, Judged]] = {r: Judged(True, DEFAULTS[r]) for r in RULES}


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What holds for a vehicle over a stretch of time.

    parameters: see parameters().
    outages: (n, 2) when our intake was down, microseconds, in order.
    """

    parameters: Integers
    roads: RoadIndex = NO_ROADS
    outages: Integers = field(default_factory=lambda: NO_OUTAGES)
    fences: Fences = NO_FENCES

    def blind(self, fixes: Fixes) -> Integers:
        """1 for each fix that lies in a zone without reception."""
        return self.fences.covered("blind", fixes.t, fixes.lon, fixes.lat)

    def zones(self, fixes: Fixes) -> Integers:
        """The limit, km/h, of the speed zones that certainly hold each fix; 0: none does.

        Nobody asks where those are that are slower than every limit there is: 0, too.
        """
        kmh = np.zeros(len(fixes), np.int64)
        p, least = self.parameters, self.fences.slowest_kmh
        if least == 0 or not p[ENABLED]:
            return kmh
        over = 10_000 + int(p[OVER]) * (100 - int(p[SPEED_HYSTERESIS]))
        fast = np.flatnonzero(fixes.speed * 100 > min(int(p[LOOK_UP]), least * over // 10))
        if len(fast):
            f = fixes.pick(fast)
            blur_mm = np.where(f.accuracy < 0, DEFAULT_BLUR_DM, f.accuracy) * 100
            kmh[fast] = geofences.limits(self.fences, f.t, f.lon, f.lat, blur_mm)
        return kmh


def parameters(judged: Mapping[Rule, Judged], slowest_kmh: int = 0) -> Integers:
    """The rules as the kernels read them; slowest_kmh: the least limit that a road has itself."""
    row = np.zeros(PARAMETERS, np.int64)
    row[ENABLED : len(RULES)] = [judged[rule].enabled for rule in RULES]
    row[LOOK_UP + 1 :] = [n for rule in RULES for n in astuple(judged[rule].thresholds)]
    speed = judged[Rule.OVERSPEED].thresholds
    assert isinstance(speed, Overspeed)
    limits = [speed.city_kmh, speed.road_kmh, speed.expressway_kmh, speed.own_kmh, slowest_kmh]
    over = 10_000 + speed.over_pct * (100 - speed.hysteresis_pct)
    row[LOOK_UP] = min(kmh for kmh in limits if kmh > 0) * over // 10
    return row


def context(
    judged: Mapping[Rule, Judged] = BY_DEFAULT,
    index: RoadIndex = NO_ROADS,
    outages: Integers = NO_OUTAGES,
    fences: Fences = NO_FENCES,
) -> Context:
    """A context of rules and roads."""
    return Context(parameters(judged, index.slowest_kmh), index, outages, fences)
