"""Cars, drivers and tasks of a day: made once, for a day after a booking is nearly that before."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import optimizer
from dispatch.drivers import Driver
from dispatch.orders.carried import Left
from dispatch.orders.days import Days
from dispatch.orders.model import Fleet, Held
from dispatch.orders.supply import driver_of, vehicle_of
from dispatch.orders.tasks import fixed_task
from dispatch.orders.travel import Roads, roads
from dispatch.pools import Car

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """What was made last for each number, and of what."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[object, Made]] = {}

    def of(self, number: int, what: object, make: Callable[[], Made]) -> Made:
        """What was made of equal things, or is made now; `what` is all that it is made of."""
        known = self._made.get(number)
        if known is not None and known[0] == what:
            return known[1]
        made = make()
        self._made[number] = what, made
        return made


class Pieces:
    """What one day after another is made of; what stays the same is the same object."""

    def __init__(self) -> None:
        self._cars = Kept[optimizer.Vehicle]()
        self._drivers = Kept[optimizer.Driver]()
        self._tasks = Kept[optimizer.Task]()
        self._days = Kept[Days]()
        self._roads = Kept[Roads]()

    def roads(self, fleet: Fleet) -> Roads:
        """The roads between all places and homes of a fleet."""
        what = fleet.places, fleet.cars, fleet.known
        return self._roads.of(0, what, lambda: roads(*what))

    def vehicles(
        self, usable: Iterable[Car], net: Roads, blocks: Iterable[Held], days: Days, left: Left
    ) -> tuple[optimizer.Vehicle, ...]:
        """Cars around what they are held for."""
        of_car = _grouped((h.vehicle_id, h) for h in blocks)
        same = self._days.of(0, days, lambda: days)
        return tuple(self._vehicle(car, net, of_car.get(car.id, []), same, left) for car in usable)

    def _vehicle(
        self, car: Car, net: Roads, blocks: list[Held], days: Days, left: Left
    ) -> optimizer.Vehicle:
        said, away = left.known.charge.get(car.id), left.known.homecomings.get(car.id)
        # Time passes by what nothing was known of or held: so most cars stay the same all day.
        now = left.now if said is not None else max(left.now, days.span.start)
        when = (now, left.first) if blocks or away or said is not None else None
        what = car, net, blocks, days, said, away, when
        return self._cars.of(car.id, what, lambda: vehicle_of(car, net, blocks, days, left))

    def drivers(
        self, fleet: Fleet, blocks: Iterable[Held], days: Days
    ) -> tuple[optimizer.Driver, ...]:
        """Drivers around what holds them."""
        of_driver = _grouped((h.driver_id, h) for h in blocks)
        same = self._days.of(0, days, lambda: days)
        return tuple(self._driver(d, of_driver.get(d.id, []), same) for d in fleet.drivers)

    def _driver(self, driver: Driver, blocks: list[Held], days: Days) -> optimizer.Driver:
        what = driver, blocks, days
        return self._drivers.of(driver.id, what, lambda: driver_of(driver, blocks, days))

    def fixed(self, held: Sequence[Held], epoch: datetime) -> list[optimizer.Task]:
        """Trips that stay where they are."""
        return [self._fixed(leg, epoch) for leg in held]

    def _fixed(self, leg: Held, epoch: datetime) -> optimizer.Task:
        return self._tasks.of(leg.leg_id, (leg, epoch), lambda: fixed_task(leg, epoch))


def _grouped(pairs: Iterable[tuple[int | None, Held]]) -> dict[int, list[Held]]:
    found: dict[int, list[Held]] = {}
    for key, held in pairs:
        if key is not None:
            found.setdefault(key, []).append(held)
    return found
