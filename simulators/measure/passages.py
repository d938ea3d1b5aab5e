"""A21: tolls that somebody else drove, and those that the car did."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simulators.measure.episodes import Episode, about, drive
from simulators.measure.ground import Ground, Station
from simulators.measure.physics import Physics, runs
from simulators.measure.script import Script

CLOCKS_OFF_S = 540
LEAST_APART_S = 300
MOST_OF_A_CAR = 20


@dataclass(frozen=True, slots=True)
class Passage:
    """In at one station, out at another, by the clocks of the stations."""

    entry: Station
    exit: Station
    entry_at: int
    exit_at: int
    real: bool


def cloned(script: Script) -> None:
    """Somebody drives elsewhere with this plate, while the car is on the road or parked."""
    drive(script, 300, 600)
    begun = script.now
    if script.rng.random() < 0.5:
        script.stop()
        script.park(about(script, 1_500, 3_000))
    else:
        drive(script, 1_500, 2_400)
    script.tolls.append((begun + 200, script.now - 300, False))
    drive(script, 300, 600)
    script.stop()
    script.note("A21", begun, "a cloned plate", true=True)


def own(script: Script) -> None:
    """Along the expressway past its stations, and off again."""
    begun = script.now
    drive(script, 1_500, 2_100)
    script.stop()
    script.note("A21", begun, "its own passage", true=False)


def passages(script: Script, true: Physics, made: Ground) -> list[Passage]:
    """All that stations say of a car's plate: what it drove, and what others did with it."""
    own_road = made.stations_of(script.player.road.code)
    found = _driven(script, true, own_road)[:MOST_OF_A_CAR] if own_road else []
    elsewhere = [s for s in made.stations if s.road != script.player.road.code]
    for entry_at, exit_at, real in script.tolls:
        a, b = script.rng.sample(elsewhere, 2)
        found.append(Passage(a, b, entry_at, exit_at, real))
    return found


def _driven(script: Script, true: Physics, stations: list[Station]) -> list[Passage]:
    """From station to station, as long as the car does not stand on the way."""
    passed: list[tuple[int, Station]] = []
    around = script.player.road.length_m
    for station in stations:
        rounds = np.floor((true.gone_m - station.along_m) / around)
        passed += [(int(at), station) for at in np.flatnonzero(np.diff(rounds) > 0)]
    passed.sort(key=lambda one: one[0])
    found = []
    for (at, a), (until, b) in pairwise(passed):
        stands = any(hi - lo > 120 for lo, hi in runs(true.kmh[at:until] == 0))
        if a is not b and until - at >= LEAST_APART_S and not stands:
            off = [script.rng.randint(-CLOCKS_OFF_S, CLOCKS_OFF_S) for _ in range(2)]
            entry_at, exit_at = true.start + at + off[0], true.start + until + off[1]
            found.append(Passage(a, b, entry_at, max(exit_at, entry_at + 60), real=True))
    return found


EPISODES = (
    Episode("A21", True, cloned, "road-1"),
    Episode("A21", False, own, "expressway-1", "tank"),
)
