"""Which terminal is in which car: the workshop moves some, and says so only hours later.

What a terminal reports between the move and the word is understood as the wrong car's; once
the word is out, both cars' past has to be told anew.
"""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from simulators.api import Api
from simulators.city import City
from simulators.doses import Doses
from simulators.fleet import Car
from simulators.motion import Sight
from simulators.pump import moment
from simulators.terminal import DAY_S, HOUR_S, Mishap

MOVED_FROM_S = 4 * HOUR_S
"""Before dawn, when cars are at home."""


@dataclass(frozen=True, slots=True)
class Swap:
    """Two cars exchange their terminals at one moment, and the register learns of it at another.

    Attributes:
        at, told_at: seconds since 1970.
    """

    first: Car
    second: Car
    at: int
    told_at: int

    @property
    def bindings(self) -> tuple[tuple[str, str], ...]:
        """(device, car) as they are afterwards."""
        return (self.first.device, self.second.code), (self.second.device, self.first.code)


def swaps(city: City, start: int, days: int, doses: Doses) -> list[Swap]:
    """What the workshops of a run do; each car at most once, with one of its own platform.

    Args:
        city: whose cars.
        start: midnight of the first day, seconds since 1970.
        days: of the run.
        doses: how often it happens.
    """
    if not doses.swapped_terminals:
        return []
    found: list[Swap] = []
    for pool in city.pools:
        rng = city.rng("workshop", pool.code)
        cars = [car for car in city.cars if car.pool == pool.code]
        rng.shuffle(cars)
        for first, second in zip(cars[::2], cars[1::2], strict=False):
            day = _day(rng, days, doses)
            if day is not None:
                at = start + day * DAY_S + MOVED_FROM_S + rng.randrange(HOUR_S)
                found.append(Swap(first, second, at, at + rng.randrange(5 * HOUR_S, 13 * HOUR_S)))
    return sorted(found, key=lambda swap: swap.told_at)


def _day(rng: random.Random, days: int, doses: Doses) -> int | None:
    """The first day on which luck has it."""
    hit = [rng.random() < doses.swapped_terminals for _ in range(days)]
    return hit.index(True) if True in hit else None


@dataclass(slots=True, eq=False)
class Fitted:
    """The terminal of each car at each moment.

    Args:
        cars: as they are at the start.
        moves: what is done to them.
    """

    cars: Iterable[Car]
    moves: list[Swap]
    _since: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for car in self.cars:
            self._since[car.code].append((0, car.device))
        for swap in sorted(self.moves, key=lambda swap: swap.at):
            for device, code in swap.bindings:
                self._since[code].append((swap.at, device))

    def device(self, car: str, at: int) -> str:
        """The terminal in a car at a true moment."""
        known = self._since[car]
        return known[bisect_right(known, at, key=lambda one: one[0]) - 1][1]

    def by_device(self, car: str, sights: list[Sight]) -> Iterator[tuple[str, list[Sight]]]:
        """Reports of a car, parted where its terminal was changed; once even if there are none."""
        if not sights:
            yield self._since[car][0][1], []
        for device, part in groupby(sights, key=lambda sight: self.device(car, sight.ts)):
            yield device, list(part)

    def spans(self) -> Iterator[tuple[str, str, int]]:
        """(device, car, since) of every fitting, in seconds since 1970; 0: from the start."""
        for car, known in self._since.items():
            for since, device in known:
                yield device, car, since

    def mishaps(self) -> Iterator[tuple[str, Mishap]]:
        """How long the register was wrong about which car."""
        for swap in self.moves:
            for car in (swap.first, swap.second):
                yield car.code, Mishap("swapped-terminal", swap.at, swap.told_at)


class Workshop:
    """Whoever tells the register, late, which terminal was moved to which car."""

    def __init__(self, api: Api, moves: list[Swap], vehicle_ids: dict[str, int]) -> None:
        self._api = api
        self._untold = moves[::-1]
        self._ids = vehicle_ids
        self.told = 0

    async def act(self, now: int) -> None:
        """Say what is due by now."""
        while self._untold and self._untold[-1].told_at <= now:
            await self._tell(self._untold.pop())

    async def finish(self, now: int) -> None:
        """Say what was done by now, due or not: the end of the run."""
        for swap in self._untold[::-1]:
            if swap.at <= now:
                await self._tell(swap)
        self._untold = []

    async def _tell(self, swap: Swap) -> None:
        for device, car in swap.bindings:
            body = {"vehicle_id": self._ids[car], "from": moment(swap.at).isoformat()}
            await self._api.must("POST", f"/devices/{device}/bind", body=body)
        self.told += 1
