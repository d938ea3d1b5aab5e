"""The state that insertion looks at: every gap of every duty, and every free car, as arrays.

A gap lies between two things a car does; a car without a duty has one gap for each
driver family that could take it. A board has a life: `take` changes it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, auto

import numpy as np

from optimizer.fleet import Fleet
from optimizer.ground import Car, Ends, Ground, Ints, direct, set_out, set_out_via_home, via_home
from optimizer.lanes import NO_LIMIT
from optimizer.plan import Duty, Stop
from optimizer.problem import LICENCE_RANK, Driver, Problem, Task
from optimizer.slots import CarSlot, DriverSlot, Run, Slots, fixed_start, neighbours, slots_of
from optimizer.timetable import Timetable, timetable_of


class G(IntEnum):
    """Rows of the gap table: A is what comes before the gap, B what comes after."""

    CHAIN = 0
    CAR = auto()
    CREW = auto()  # driver family of a free car; -1: the chain has its driver
    FIRST = auto()
    LAST = auto()
    A_PLACE = auto()
    A_S = auto()
    A_FIXED = auto()
    A_TASK = auto()
    B_PLACE = auto()
    B_S = auto()
    B_FIXED = auto()
    B_TASK = auto()
    FROM_S = auto()
    UNTIL_S = auto()
    GAP_M = auto()  # the empty drive in the gap as it is
    GAP_DRIVE_S = auto()
    GAP_AWAY_S = auto()
    USED_M = auto()  # of the whole duty
    USED_S = auto()
    MOST_M = auto()
    MOST_S = auto()
    LENT = auto()
    OPEN = auto()


@dataclass
class Chain:
    """One slot of a car with what it does so far."""

    slot: CarSlot
    driver: Driver | None
    stops: list[Stop]
    is_open: bool

    def duty(self) -> Duty | None:
        """As a duty, if there is one."""
        if self.driver is None or not self.stops:
            return None
        return Duty(self.slot.car.id, self.driver.id, tuple(self.stops))


@dataclass(frozen=True, slots=True)
class Way:
    """A way for a new stop through a gap; `next_by_home` is how the stop after it is reached."""

    gap: int
    start_s: int
    by_home: bool
    next_by_home: bool


class Board:
    """Open with `Board.of`, ask with `insert`, change with `take`."""

    def __init__(self, problem: Problem, duties: Sequence[Duty]) -> None:
        self.problem = problem
        self.ground = Ground.of(problem)
        self.tasks = {t.id: t for t in problem.tasks}
        self.fleet = Fleet.of(problem)
        self.car_row = {v.id: i for i, v in enumerate(problem.vehicles)}
        slots = slots_of(problem)
        # The chains of the runs come first, in their order.
        self.pairs = neighbours(slots.runs)
        self.chains, free = _chains(problem, slots, list(duties))
        families: dict[tuple[object, ...], list[DriverSlot]] = {}
        for driver in free:
            families.setdefault(driver.family, []).append(driver)
        # The least licence first, so that the rarer ones stay free.
        self.crews = sorted(families.values(), key=lambda f: LICENCE_RANK[f[0].driver.licence])
        columns = [gap for c in range(len(self.chains)) for gap in self._draw(c)]
        self.gaps: Ints = np.array(columns, dtype=np.int64).reshape(len(columns), len(G)).T.copy()

    @classmethod
    def of(cls, problem: Problem, duties: Sequence[Duty] = ()) -> "Board":
        """The board with these duties, which must be valid; what is fixed is on it anyway."""
        return cls(problem, duties)

    def duties(self) -> tuple[Duty, ...]:
        """All duties on the board."""
        found = (chain.duty() for chain in self.chains)
        return tuple(duty for duty in found if duty is not None)

    def lent(self, pool: int) -> int:
        """How many duties of the pool hold a task of another one that was not fixed so."""
        table = self.gaps
        chains = np.unique(table[G.CHAIN, table[G.LENT] == pool])
        return len(chains)

    def take(self, task: Task, way: Way) -> None:
        """Put a task where an answer said that it can go."""
        c, crew = int(self.gaps[G.CHAIN, way.gap]), int(self.gaps[G.CREW, way.gap])
        chain = self.chains[c]
        if crew >= 0:
            driver = self.crews[crew].pop(0)
            chain.driver, chain.slot = driver.driver, _within(chain.slot, driver)
        at = bisect_left([stop.start_s for stop in chain.stops], way.start_s)
        if at < len(chain.stops):
            after = chain.stops[at]
            chain.stops[at] = Stop(after.task, after.start_s, way.next_by_home)
        chain.stops.insert(at, Stop(task.id, way.start_s, way.by_home))
        self.tasks[task.id] = task
        # What it takes of the room that it shares is its neighbours' no more.
        changed = {c, *(a + b - c for a, b in self.pairs if c in (a, b))}
        keep = ~np.isin(self.gaps[G.CHAIN], list(changed))
        if crew >= 0 and not self.crews[crew]:
            keep &= self.gaps[G.CREW] != crew
        rows = [row for other in sorted(changed) for row in self._draw(other)]
        new = np.array(rows, dtype=np.int64).T
        self.gaps = np.concatenate([self.gaps[:, keep], new], axis=1)

    def _draw(self, c: int) -> list[list[int]]:
        """The gaps of a chain as rows of the table."""
        chain = self.chains[c]
        if chain.driver is not None:
            return self._used(c, chain, chain.driver)
        return [
            self._free(c, chain, k)
            for k, crew in enumerate(self.crews)
            if crew and _may_drive(crew[0].driver, chain.slot)
        ]

    def _free(self, c: int, chain: Chain, k: int) -> list[int]:
        slot = _within(chain.slot, self.crews[k][0])
        row = self._blank(c, slot, self.crews[k][0].driver)
        row[G.CREW], row[G.FIRST], row[G.LAST] = k, 1, 1
        row[G.A_PLACE], row[G.A_S] = slot.place, slot.free_s
        row[G.B_PLACE], row[G.B_S] = slot.car.home, slot.until_s
        return row

    def _used(self, c: int, chain: Chain, driver: Driver) -> list[list[int]]:
        slot, times = self._room(c), self._times(c)
        pairs = [(self.tasks[s.task], s) for s in chain.stops]
        blank = self._blank(c, slot, driver)
        blank[G.USED_M] = times.home_m + sum(x.deadhead_m for x in times.legs)
        blank[G.USED_M] += sum(task.loaded_m for task, _ in pairs)
        blank[G.USED_S] = times.home_drive_s + sum(x.deadhead_s for x in times.legs)
        blank[G.USED_S] += sum(task.driving_s for task, _ in pairs)
        blank[G.LENT] = self._lent(slot.car.pool, [task for task, _ in pairs])
        blank[G.OPEN] = chain.is_open
        return list(_gaps(blank, slot, pairs, times))

    def _times(self, c: int) -> Timetable:
        chain, car = self.chains[c], self.chains[c].slot.car
        later = any(other.slot.car is car and other.stops for other in self.chains[:c])
        pairs = [(self.tasks[s.task], s) for s in chain.stops]
        return timetable_of(self.problem, car, pairs, later=later)

    def _room(self, c: int) -> CarSlot:
        """The chain's slot without what its neighbours have taken of it so far."""
        slot = self.chains[c].slot
        from_s, until_s = slot.from_s, slot.until_s
        for a, b in self.pairs:
            if b == c and self.tasks[self.chains[a].stops[-1].task].fixed is None:
                from_s = max(from_s, self._times(a).home_s)
            if a == c and self.tasks[self.chains[b].stops[0].task].fixed is None:
                until_s = min(until_s, self._times(b).leave_s)
        return replace(slot, from_s=from_s, until_s=until_s)

    def _lent(self, pool: int, tasks: list[Task]) -> int:
        """The pool if the duty counts against its limit, -1 if it is lent for ever, else 0."""
        foreign = [task for task in tasks if task.pool != pool]
        if any(task.fixed for task in foreign):
            return -1
        return pool if foreign else 0

    def _blank(self, c: int, slot: CarSlot, driver: Driver) -> list[int]:
        row = [0] * len(G)
        row[G.CHAIN], row[G.CAR], row[G.CREW] = c, self.car_row[slot.car.id], -1
        row[G.FROM_S], row[G.UNTIL_S] = slot.from_s, min(slot.until_s, self.ground.length_s)
        row[G.MOST_M] = NO_LIMIT if slot.car.range_m is None else slot.car.range_m
        row[G.MOST_S], row[G.OPEN] = driver.max_driving_s, 1
        row[G.A_TASK] = row[G.B_TASK] = -1
        return row


def _gaps(
    blank: list[int], slot: CarSlot, pairs: list[tuple[Task, Stop]], times: Timetable
) -> list[list[int]]:
    rows = [blank.copy() for _ in range(len(pairs) + 1)]
    rows[0][G.FIRST], rows[-1][G.LAST] = 1, 1
    rows[0][G.A_PLACE], rows[0][G.A_S] = slot.place, slot.free_s
    rows[-1][G.B_PLACE], rows[-1][G.B_S] = slot.car.home, blank[G.UNTIL_S]
    rows[-1][G.GAP_M], rows[-1][G.GAP_DRIVE_S] = times.home_m, times.home_drive_s
    rows[-1][G.GAP_AWAY_S] = times.home_drive_s
    for (task, _), leg, before, after in zip(pairs, times.legs, rows[:-1], rows[1:], strict=True):
        before[G.B_PLACE], before[G.B_S] = task.origin, leg.start_s
        before[G.B_FIXED], before[G.B_TASK] = task.fixed is not None, task.id
        before[G.GAP_M], before[G.GAP_DRIVE_S] = leg.deadhead_m, leg.deadhead_s
        before[G.GAP_AWAY_S] = leg.away_s
        after[G.A_PLACE], after[G.A_S] = task.destination, leg.end_s
        after[G.A_FIXED], after[G.A_TASK] = task.fixed is not None, task.id
    return rows


def _chains(
    problem: Problem, slots: Slots, left: list[Duty]
) -> tuple[list[Chain], list[DriverSlot]]:
    drivers = list(slots.drivers)
    found = []
    for run in slots.runs:
        duty = next((d for d in left if _holds(d, run)), None)
        stops = _cheapest_stops(problem, run)
        if duty is not None:
            left.remove(duty)
            stops = list(duty.stops)
        found.append(Chain(run.slot, run.driver, stops, run.open))
    for slot in slots.cars:
        duty = next((d for d in left if d.vehicle == slot.car.id and _inside(d, slot)), None)
        if duty is None:
            found.append(Chain(slot, None, [], is_open=True))
            continue
        left.remove(duty)
        own = duty
        driver = next(d for d in drivers if d.driver.id == own.driver and _inside(own, d))
        drivers.remove(driver)
        found.append(Chain(_within(slot, driver), driver.driver, list(duty.stops), is_open=True))
    return found, drivers


def _cheapest_stops(problem: Problem, run: Run) -> list[Stop]:
    """A run's tasks, each reached the cheaper way, by way of home only where there is time."""
    ground, slot = Ground.of(problem), run.slot
    car = Car(_one(slot.car.home), _one(slot.car.fen_per_km))
    stands = Ends(_one(slot.place), _one(slot.free_s), np.array([False]))
    stops: list[Stop] = []
    for task in run.tasks:
        fixed, start_s = np.array([True]), fixed_start(task)
        begin = Ends(_one(task.origin), _one(start_s), fixed)
        if stops:
            ways = direct(ground, car, stands, begin), via_home(ground, car, stands, begin)
        else:
            here = (ground, car, stands, begin, _one(slot.from_s))
            ways = set_out(*here), set_out_via_home(*here)
        stops.append(Stop(task.id, start_s, bool(ways[1].fen[0] < ways[0].fen[0])))
        stands = Ends(_one(task.destination), _one(start_s + task.duration_s), fixed)
    return stops


def _one(value: int) -> Ints:
    return np.array([value], dtype=np.int64)


def _holds(duty: Duty, run: Run) -> bool:
    return any(stop.task == run.tasks[0].id for stop in duty.stops)


def _inside(duty: Duty, slot: CarSlot | DriverSlot) -> bool:
    return slot.from_s <= duty.stops[0].start_s < slot.until_s


def _within(slot: CarSlot, driver: DriverSlot) -> CarSlot:
    from_s, until_s = max(slot.from_s, driver.from_s), min(slot.until_s, driver.until_s)
    return CarSlot(slot.car, slot.place, slot.free_s, from_s, until_s, slot.idle_fen)


def _may_drive(driver: Driver, slot: CarSlot) -> bool:
    licensed = LICENCE_RANK[driver.licence] >= LICENCE_RANK[slot.car.licence]
    return driver.pool == slot.car.pool and licensed
