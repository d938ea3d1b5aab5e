"""Drivers who have nothing to do yet, in families that are interchangeable."""

from bisect import insort
from collections.abc import Callable, Iterable

import numpy as np

from optimizer.chains import narrowed
from optimizer.ground import Ints
from optimizer.problem import LICENCE_RANK
from optimizer.slots import DriverSlot
from optimizer.walk import CREW_LEFT

Left = Callable[[DriverSlot], tuple[int, int]]


class Crews:
    """Free driver slots by family, the least licence first, so that the rarer ones stay free."""

    def __init__(self, people: Iterable[DriverSlot], left: Left) -> None:
        """`left` says what a driver's other duties leave of a slot: (from, until)."""
        self._left = left
        self._order: dict[tuple[int, int], int] = {}
        self._families: dict[tuple[object, ...], list[DriverSlot]] = {}
        self._of_driver: dict[int, list[DriverSlot]] = {}
        self._at: dict[tuple[int, int], tuple[object, ...]] = {}
        for i, person in enumerate(people):
            self._order[_key(person)] = i
            self._family(person).append(person)
        self._draw()

    def hold(self, person: DriverSlot) -> None:
        """Somebody has something to do."""
        family = self._at[_key(person)]
        self._remove(person)
        if self._families[family]:
            self.rows[self._keys.index(family), CREW_LEFT] -= 1
        else:
            self._draw()

    def first(self, row: int) -> DriverSlot:
        """Who would be taken."""
        return self._families[self._keys[row]][0]

    def free(self) -> list[DriverSlot]:
        """Everybody who has nothing to do, in no order."""
        return [person for family in self._families.values() for person in family]

    def put(self, person: DriverSlot) -> None:
        """Take a driver back."""
        self._order.setdefault(_key(person), len(self._order))
        self._add(person)
        self._draw()

    def changed(self, driver: int) -> None:
        """Their other duties are different now."""
        people = self._of_driver.get(driver, [])
        if not people:
            return
        for person in people.copy():
            self._remove(person)
            self._add(person)
        self._draw()

    def _add(self, person: DriverSlot) -> None:
        insort(self._family(person), person, key=lambda p: self._order[_key(p)])

    def _family(self, person: DriverSlot) -> list[DriverSlot]:
        """Those whom somebody belongs to now, who is not among them yet."""
        family = narrowed(person, *self._left(person)).family
        self._at[_key(person)] = family
        self._of_driver.setdefault(person.driver.id, []).append(person)
        return self._families.setdefault(family, [])

    def _remove(self, person: DriverSlot) -> None:
        self._families[self._at.pop(_key(person))].remove(person)
        self._of_driver[person.driver.id].remove(person)

    def _draw(self) -> None:
        self._families = {key: family for key, family in self._families.items() if family}
        self._keys = sorted(self._families, key=self._rank)
        rows = [self._row(self._families[key]) for key in self._keys]
        self.rows: Ints = np.array(rows, dtype=np.int64).reshape(len(rows), 7)

    def _rank(self, key: tuple[object, ...]) -> tuple[int, int]:
        first = self._families[key][0]
        return LICENCE_RANK[first.driver.licence], self._order[_key(first)]

    def _row(self, family: list[DriverSlot]) -> list[int]:
        person = narrowed(family[0], *self._left(family[0]))
        driver = person.driver
        who = [driver.pool, LICENCE_RANK[driver.licence], person.from_s, person.until_s]
        return [*who, driver.max_driving_s, person.since_break_s, len(family)]


def _key(person: DriverSlot) -> tuple[int, int]:
    return person.driver.id, person.from_s
