"""The state that insertion looks at: every duty and every free car, as arrays.

A board has a life: `take` and `drop` change it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.chains import NOTHING, Chain, Spent, chains_of
from optimizer.crews import Crews
from optimizer.fleet import Fleet, land_of
from optimizer.ground import NEVER, Ints
from optimizer.known import Known
from optimizer.lanes import NO_LIMIT, starts_of
from optimizer.plan import Duty, Rental
from optimizer.problem import Problem, Task
from optimizer.scan import Fleet as Duties
from optimizer.slots import DriverSlot, slots_of
from optimizer.visits import Visit, alone, never_empty, shared
from optimizer.walk import (
    FAMILY,
    FIRST_M,
    FRAME,
    MOST_S,
    NEAR_FROM,
    NEAR_UNTIL,
    VISIT,
    parts,
)
from optimizer.ways import best_ways, least_legs

DAY_S = 86_400
_Was = tuple[int, DriverSlot | None, list[Visit], list[int], set[int]]


@dataclass(frozen=True, slots=True)
class Way:
    """Where a task can go: a visit at a place of a chain; good until the board changes.

    Attributes:
        instead: the visit takes the place of the one that is there (a ride is joined).
        crew: row of the drivers' family of a car that nobody drives yet; -1: has a driver.
        ways: how each visit of the chain is reached then.
    """

    chain: int
    at: int
    visit: Visit
    instead: bool
    crew: int
    ways: tuple[int, ...]


class Board:
    """Open with `Board.of`, ask with `insert`, change with `take` and `drop`."""

    def __init__(
        self,
        problem: Problem,
        laid: tuple[list[Chain], list[DriverSlot]],
        rentals: Iterable[Rental] = (),
        known: Known | None = None,
    ) -> None:
        self.problem = problem
        self.land = land_of(problem) if known is None else known.land
        self.not_before(problem.horizon.now_s)
        self.fleet = Fleet.of(problem) if known is None else known.fleet
        self.tasks = {**({} if known is None else known.tasks), **problem.task_of}
        self.car_row = {v.id: i for i, v in enumerate(problem.vehicles)}
        self.chains, people = laid
        self.of_car: dict[int, list[int]] = {}
        self.of_driver: dict[int, list[int]] = {}
        for c, chain in enumerate(self.chains):
            self.of_car.setdefault(chain.slot.car.id, []).append(c)
            if chain.driver is not None:
                self.of_driver.setdefault(chain.driver.id, []).append(c)
        self.chain_of = {i: c for c, x in enumerate(self.chains) for v in x.visits for i in v.ids}
        self.rented = {rental.task for rental in rentals}
        self.served: Counter[tuple[int, int]] = Counter()
        for task_id in (*self.chain_of, *self.rented):
            self.served[_unit_day(self.tasks[task_id])] += 1
        self.quotas = {(q.unit, q.day): q for q in problem.quotas}
        self._families: dict[tuple[object, ...], int] = {}
        self._log: list[_Was] | None = None
        longest = max([6, *(len(chain.visits) for chain in self.chains)]) + 2
        self._visits = np.zeros((len(self.chains), longest, VISIT), dtype=np.int64)
        self._frames = np.zeros((len(self.chains), FRAME), dtype=np.int64)
        self._spent = np.zeros(len(self.chains), dtype=np.int64)
        self._floors = np.zeros((len(self.chains), longest + 2), dtype=np.int64)
        self.sharing: set[int] = set()
        fresh = range(len(self.chains)) if known is None else self._learn(known)
        for c in fresh:
            self._reckon(c)
        for c in fresh:
            self._frame(c)
        lent = ((x.slot.car.pool, x.lent) for x in self.chains if x.visits)
        self.lent = Counter(pair for pair in lent if pair[1])
        self.crews = Crews(people, self._left)

    @classmethod
    def of(
        cls, problem: Problem, duties: Sequence[Duty] = (), rentals: Iterable[Rental] = ()
    ) -> "Board":
        """The board with these duties, which must be valid; what is fixed is on it anyway."""
        return cls(problem, chains_of(problem, slots_of(problem), duties), rentals)

    def known(self, rows: Ints) -> Known:
        """What it has worked out, for a board that has these of its chains."""
        tasks = {i: self.tasks[i] for i in self.chain_of}
        sharing, families = frozenset(self.sharing), dict(self._families)
        return Known(self.land, self.fleet, rows, self.arrays(), tasks, families, sharing)

    def _learn(self, known: Known) -> Sequence[int]:
        """Take over what is known of chains; the others."""
        rows, arrays = known.rows, known.arrays
        fresh = np.flatnonzero(rows < 0)
        self._frames, self._visits = arrays.frames[rows], arrays.visits[rows]
        self._spent, self._floors = arrays.spent[rows], arrays.floors[rows]
        for array in (self._frames, self._visits, self._spent, self._floors):
            array[fresh] = 0
        self._families = dict(known.families)
        self.sharing = {c for c, row in enumerate(rows.tolist()) if row in known.sharing}
        return fresh.tolist()

    def duties(self) -> tuple[Duty, ...]:
        """All duties on the board."""
        found = (chain.duty(self.problem) for chain in self.chains)
        return tuple(duty for duty in found if duty is not None)

    def arrays(self) -> Duties:
        """As the kernels have it."""
        return Duties(
            self.fleet.rows,
            self._frames,
            self._visits,
            self._spent,
            self._floors,
            self.crews.rows,
        )

    def not_before(self, now_s: int) -> None:
        """Let no car leave before this for what is put on the board."""
        self.land = self.land._replace(now_s=now_s)

    def full_pools(self, tasks: Iterable[Task]) -> dict[int, int]:
        """Pools whose limit of lent cars is used up, with the limit, when it binds for tasks."""
        payers = {task.pool for task in tasks}
        return {
            pool: most
            for pool, most in self.problem.lending_limit.items()
            if payers != {pool} and self.lent[pool, pool] + self.lent[pool, -1] >= most
        }

    def quota(self, task: Task) -> tuple[int | None, int]:
        """What serving one more of the unit's tasks costs, and how many its quota allows.

        The price is None where it must stay unserved.
        """
        terms = self.quotas.get(_unit_day(task))
        served = self.served[_unit_day(task)] - (task.id in self.rented)
        if terms is None or served < terms.tasks:
            return 0, 0
        return terms.over_fen, terms.tasks

    def take(self, task: Task, way: Way) -> None:
        """Put a task where an answer said that it can go."""
        chain = self.chains[way.chain]
        crew = self.crews.first(way.crew) if way.crew >= 0 else chain.crew
        self.tasks[task.id] = task
        visits = chain.visits.copy()
        visits[way.at : way.at + way.instead] = [way.visit]
        self._set(way.chain, crew, visits, list(way.ways))

    def hire(self, task: Task) -> None:
        """Count a task that a rental firm serves."""
        self.served[_unit_day(task)] += task.id not in self.rented
        self.rented.add(task.id)

    def drop(self, task_id: int) -> bool:
        """Take a task off that is not fixed; a ride goes on with the others.

        Returns:
            False where what is left would not be a valid duty; then nothing is changed.
        """
        c = self.chain_of[task_id]
        chain = self.chains[c]
        at = next(i for i, visit in enumerate(chain.visits) if task_id in visit.ids)
        for less in self._less(chain.visits[at], task_id):
            visits = [*chain.visits[:at], *less, *chain.visits[at + 1 :]]
            ways = self._ways(c, visits) if visits else []
            if ways is not None:
                break
        else:
            return False
        self._set(c, chain.crew if visits else None, visits, ways)
        return True

    def clear(self, task_id: int) -> None:
        """Take everything off the duty of a task that is not fixed."""
        c = self.chain_of[task_id]
        chain = self.chains[c]
        visits = [visit for visit in chain.visits if visit.fixed]
        self._set(c, chain.crew if visits else None, visits, [])

    def begin(self) -> None:
        """Remember what is changed from now on, for `undo`."""
        self._log = []

    def keep(self) -> None:
        """Let what was changed since `begin` stand."""
        self._log = None

    def undo(self) -> None:
        """Be again as it was at `begin`."""
        log, self._log = self._log or [], None
        for c, crew, visits, ways, rented in reversed(log):
            self.rented |= rented
            self._set(c, crew, visits, ways)

    def _less(self, visit: Visit, task_id: int) -> Iterator[list[Visit]]:
        """What is left of a visit, at every start that the next party may have."""
        others = [task for task, _ in visit.tasks if task.id != task_id]
        if not others:
            yield []
            return
        calls = [call for call in visit.calls if call.task != task_id]
        for start_s in starts_of(self.problem, others[0]):
            if len(others) == 1:
                yield [alone(others[0], start_s)]
                continue
            ride = shared(self.problem, self.tasks, calls, start_s) if never_empty(calls) else None
            if ride is not None:
                yield [ride]

    def _set(self, c: int, crew: DriverSlot | None, visits: list[Visit], ways: list[int]) -> None:
        """Let a chain do something else; all that depends on it follows."""
        chain, old = self.chains[c], self.chains[c].crew
        was = {i for visit in chain.visits for i in visit.ids}
        new = {i for visit in visits for i in visit.ids}
        if self._log is not None:
            self._log.append((c, old, chain.visits, chain.ways, self.rented & new))
        for i in was - new:
            del self.chain_of[i]
            self.served[_unit_day(self.tasks[i])] -= i not in self.rented
        for i in new - was:
            self.chain_of[i] = c
            self.served[_unit_day(self.tasks[i])] += i not in self.rented
            self.rented.discard(i)
        if old is not crew:
            self._man(c, old, crew)
        lent = chain.lent
        chain.crew, chain.visits, chain.ways = crew, visits, ways
        for pool_lent, sign in ((lent, -1), (chain.lent, 1)):
            self.lent[chain.slot.car.pool, pool_lent] += sign if pool_lent else 0
        self._reckon(c)
        self._spread(c, {x.driver.id for x in (old, crew) if x is not None})

    def _man(self, c: int, old: DriverSlot | None, crew: DriverSlot | None) -> None:
        if old is not None:
            self.of_driver[old.driver.id].remove(c)
            self.crews.put(old)
        if crew is not None:
            self.crews.hold(crew)
            self.of_driver.setdefault(crew.driver.id, []).append(c)

    def _spread(self, c: int, drivers: set[int]) -> None:
        """What a chain takes of the room that it shares is its neighbours' no more."""
        touched = set(self.of_car[self.chains[c].slot.car.id])
        for driver in drivers:
            touched.update(self.of_driver.get(driver, ()))
            if self.problem.hours.between_s:
                self.crews.changed(driver)
        for other in touched:
            self._frame(other)

    def _reckon(self, c: int) -> None:
        """Visits and drives of a chain, after they changed."""
        chain = self.chains[c]
        n = len(chain.visits)
        if n + 2 > self._visits.shape[1]:
            more = np.zeros((len(self.chains), n, VISIT), dtype=np.int64)
            self._visits = np.concatenate([self._visits, more], axis=1)
            self._floors = np.concatenate([self._floors, more[:, :, 0]], axis=1)
        (self.sharing.add if any(v.shares for v in chain.visits) else self.sharing.discard)(c)
        chain.spent = NOTHING
        if n:
            rows = self.rows_of(chain.visits)
            self._visits[c, :n] = rows
            frame = self.frame_of(c)
            car = self.fleet.rows[frame[0]]
            if not chain.ways:
                chain.ways = best_ways(self.land, car, _lax(frame), rows, n, NEVER)[1].tolist()
            chain.spent = self.parts(frame, rows, chain.ways)
            self._floors[c, : n + 2] = least_legs(self.land, car, frame, rows, n)
        self._spent[c] = chain.spent.fen

    def parts(self, frame: Ints, rows: Ints, ways: Sequence[int]) -> Spent:
        """What the empty drives of a duty come to."""
        numbers = np.array(ways, dtype=np.int64)
        found = parts(self.land, self.fleet.rows[frame[0]], frame, rows, numbers, len(rows))
        return Spent(*map(int, found))

    def rows_of(self, visits: Iterable[Visit]) -> Ints:
        """Visits as the kernels have them."""
        return np.array([visit.row() for visit in visits], dtype=np.int64)

    def _ways(self, c: int, visits: Sequence[Visit]) -> list[int] | None:
        frame = self._frames[c]
        car, rows = self.fleet.rows[frame[0]], self.rows_of(visits)
        fen, ways = best_ways(self.land, car, frame, rows, len(visits), NEVER)
        return ways.tolist() if fen < NEVER else None

    def _frame(self, c: int) -> None:
        row = self.frame_of(c)
        chain = self.chains[c]
        if chain.crew is None:
            key = (*chain.slot.family, *row.tolist()[3:])
            row[FAMILY] = self._families.setdefault(key, len(self._families))
        self._frames[c] = row

    def frame_of(self, c: int, crew: DriverSlot | None = None) -> Ints:
        """The frame of a chain, or of a free one with somebody."""
        chain = self.chains[c]
        crew = crew or chain.crew
        slot, car = chain.slot, chain.slot.car
        from_s, until_s = self._beside(c, crew)
        near = from_s, until_s
        from_s = max(from_s, slot.from_s)
        until_s = min(until_s, slot.until_s, self.problem.horizon.length_s)
        most_s = since_s = 0
        if crew is not None:
            from_s, until_s = max(from_s, crew.from_s), min(until_s, crew.until_s)
            most_s, since_s = crew.driver.max_driving_s, crew.since_break_s
        begins_m = NO_LIMIT if slot.begins_m is None else slot.begins_m
        idle = not any(self.chains[o].visits for o in self.of_car[car.id])
        base_fen = car.use_fen - (slot.idle_fen if idle else 0)
        who = [self.car_row[car.id], -1, len(chain.visits), slot.place, slot.free_s]
        when = [from_s, until_s, *near]
        what = [chain.is_open, most_s, since_s, begins_m, chain.lent, chain.crew is not None]
        return np.array([*who, *when, *what, base_fen], dtype=np.int64)

    def _beside(self, c: int, crew: DriverSlot | None) -> tuple[int, int]:
        """What other duties of the car and of the driver leave of all time."""
        from_s, until_s = -NO_LIMIT, NO_LIMIT
        mine = self._when(c)
        for other in self.of_car[self.chains[c].slot.car.id]:
            if other != c and self.chains[other].visits:
                from_s, until_s = self._cut((from_s, until_s), other, mine, 0)
        if crew is None:
            return from_s, until_s
        for other in self.of_driver.get(crew.driver.id, ()):
            if other != c:
                rest_s = self._rest_s(crew, self.chains[other])
                from_s, until_s = self._cut((from_s, until_s), other, mine, rest_s)
        return from_s, until_s

    def _left(self, person: DriverSlot) -> tuple[int, int]:
        """What a driver's other duties leave of a slot: it is for rest between shifts."""
        room = (-NO_LIMIT, NO_LIMIT)
        for other in self.of_driver.get(person.driver.id, ()):
            rest_s = self._rest_s(person, self.chains[other])
            room = self._cut(room, other, person.from_s, rest_s)
        return room

    def _cut(self, room: tuple[int, int], other: int, mine_s: int, rest_s: int) -> tuple[int, int]:
        chain = self.chains[other]
        if self._when(other) <= mine_s:
            return max(room[0], chain.spent.home_s + rest_s), room[1]
        return room[0], min(room[1], chain.spent.leave_s - rest_s)

    def _rest_s(self, person: DriverSlot, other: Chain) -> int:
        same = other.crew is None or other.crew.shift == person.shift
        return 0 if same else self.problem.hours.between_s

    def _when(self, c: int) -> int:
        chain = self.chains[c]
        return chain.visits[0].start_s if chain.visits else chain.slot.from_s


def _unit_day(task: Task) -> tuple[int, int]:
    return task.unit, task.earliest_s // DAY_S


def _lax(frame: Ints) -> Ints:
    """A frame for what is taken as it is."""
    lax = frame.copy()
    lax[NEAR_FROM], lax[NEAR_UNTIL] = -NO_LIMIT, NO_LIMIT
    lax[FIRST_M] = lax[MOST_S] = NO_LIMIT
    return lax
