"""Who plays what: enough episodes of every kind, dealt out to cars and days."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

from simulators.measure import datum, hours, idling, levels, overspeed, passages, silence, wires
from simulators.measure.episodes import Episode
from simulators.measure.ground import Ground, Road
from simulators.measure.script import DAY_S, Player, Script

FROM_HOUR, TO_HOUR = 6, 19
LOW = 0.45
KINDS: Mapping[str, Callable[[str, Road], Player]] = {
    "petrol": Player,
    "long": partial(Player, moving_every_s=30, idling_every_s=60),
    "steady": partial(Player, moving_every_s=30, idling_every_s=60),
    "tank": partial(Player, moving_every_s=20, idling_every_s=60, parked_every_s=300),
    "ev": partial(
        Player, moving_every_s=20, parked_every_s=600, tank_ml=None, battery_wh=55_000,
        ml_per_100km=0,
    ),
}  # fmt: skip
"""What differs from an ordinary car, by the kind that an episode asks for."""
WHOLE_DAYS = frozenset({"long", "steady"})
"""Kinds of which each episode is a day."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many episodes of each rule the scenario has, and over how many days."""

    true: int
    near: int
    days: int


FULL = Size(true=56, near=216, days=5)
REDUCED = Size(true=2, near=4, days=2)

SETS = (
    overspeed.EPISODES, hours.EPISODES, silence.EPISODES, wires.EPISODES, idling.EPISODES,
    levels.EPISODES, passages.EPISODES, datum.EPISODES,
)  # fmt: skip
SHARE = {("A10", False): 0.55, ("A11", False): 0.28, ("A12", True): 1.1, ("refuel", False): 1.0}
"""Days of driving serve A10 and A11 at once, so fewer of each are enough."""


def episodes(size: Size) -> list[Episode]:
    """All episodes of a scenario, each rule's variants in turn."""
    by_kind: dict[tuple[str, bool], list[Episode]] = {}
    for one in (e for group in SETS for e in group):
        by_kind.setdefault((one.rule, one.true), []).append(one)
    chosen: list[Episode] = []
    for key, variants in by_kind.items():
        wanted = round((size.true if key[1] else size.near) * SHARE.get(key, 1.0))
        chosen += islice(cycle(variants), max(1, wanted))
    if size.days >= 5:
        chosen += silence.RARE
    return chosen


def scripts(seed: int, made: Ground, start: int, size: Size) -> list[Script]:
    """One script a car; all end at the same time, parked, so that nobody falls silent before.

    Args:
        seed: all luck follows from it.
        made: the roads.
        start: midnight of the first day, seconds since 1970.
        size: how much.
    """
    told = list(_played(seed, made, start, size))
    end = max(script.now for script in told) + 60
    for script in told:
        script.park_until(end)
    return told


def _played(seed: int, made: Ground, start: int, size: Size) -> Iterator[Script]:
    rng = random.Random(f"{seed}:deal")
    groups: dict[tuple[str, str], list[Episode]] = {}
    for one in episodes(size):
        groups.setdefault((one.road, one.car), []).append(one)
    number = 0
    for (road, kind), group in sorted(groups.items()):
        rng.shuffle(group)
        waiting = group[::-1]
        while waiting:
            number += 1
            player = KINDS[kind](f"M{number:05}", made.roads[road])
            script = Script(player, start, random.Random(f"{seed}:{player.code}"))
            _play(script, waiting, start + size.days * DAY_S)
            yield script


def _play(script: Script, waiting: list[Episode], end: int) -> None:
    """Let a car play until its days are over or nothing is left."""
    script.park(round(3_600 * (FROM_HOUR + script.rng.random())))
    while waiting and script.now < end - DAY_S * 5 // 8:
        one = waiting.pop()
        _provide(script, one)
        one.play(script)
        script.park(script.rng.randrange(1_300, 1_900))
        clock = (script.now - script.start) % DAY_S
        if one.car in WHOLE_DAYS or not FROM_HOUR * 3_600 <= clock < TO_HOUR * 3_600:
            morning = script.now + (FROM_HOUR * 3_600 - clock) % DAY_S
            script.park_until(morning + script.rng.randrange(3_600))


def _provide(script: Script, one: Episode) -> None:
    """Fill or charge up what is low, so that nobody is ever stranded; true cases like any other.

    A day may begin with five hours at the speed of an expressway, which takes two thirds of a tank.
    """
    least, up_to = (0.8, 0.95) if one.car in WHOLE_DAYS else (LOW, 0.75)
    player = script.player
    tank, battery = float(player.tank_ml or 0), float(player.battery_wh or 0)
    if tank and script.level_ml < least * tank:
        script.flow("fill", 300, up_to * tank - script.level_ml)
        script.park(1_500)
    if battery and script.level_wh < LOW * battery:
        script.flow("charge", 5_400, 0.9 * battery - script.level_wh)
        script.park(1_500)
