"""What one car does in one window, or has still to do: the pieces that a board is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from optimizer.plan import Duty, Stop
from optimizer.problem import LICENCE_RANK, Driver, Problem
from optimizer.slots import CarSlot, DriverSlot, Run, Slots
from optimizer.visits import Visit, visit_of


class Spent(NamedTuple):
    """Empty drives of a duty: fen altogether, and of it for kilometres and tolls."""

    fen: int
    metres: int
    leave_s: int
    home_s: int
    km_fen: int
    toll_fen: int


NOTHING = Spent(0, 0, 0, 0, 0, 0)


@dataclass
class Chain:
    """One slot of a car with what it does so far.

    Attributes:
        slot: with the room of the car alone, or of the run.
        crew: the driver's slot; None: nobody drives yet.
        ways: how each visit is reached; see `optimizer.walk`.
        run: it holds fixed tasks.
        spent: what its empty drives come to.
    """

    slot: CarSlot
    crew: DriverSlot | None
    is_open: bool
    run: bool
    visits: list[Visit] = field(default_factory=list)
    ways: list[int] = field(default_factory=list)
    spent: Spent = NOTHING

    @property
    def driver(self) -> Driver | None:
        """Who drives it."""
        return None if self.crew is None else self.crew.driver

    @property
    def lent(self) -> int:
        """Its pool if it counts against the limit, -1 if it is lent for ever, else 0."""
        pool = self.slot.car.pool
        foreign = [task for visit in self.visits for task, _ in visit.tasks if task.pool != pool]
        if any(task.fixed for task in foreign):
            return -1
        return pool if foreign else 0

    def twin(self) -> "Chain":
        """The same, to be changed apart; its visits and ways are never changed in place."""
        own = self.slot, self.crew, self.is_open, self.run, self.visits, self.ways, self.spent
        return Chain(*own)

    def duty(self, problem: Problem) -> Duty | None:
        """As a duty, if there is one."""
        if self.crew is None or not self.visits:
            return None
        stops = (stop_of(problem, self, *pair) for pair in zip(self.visits, self.ways, strict=True))
        return Duty(self.slot.car.id, self.crew.driver.id, tuple(stops))


def stop_of(problem: Problem, chain: Chain, visit: Visit, way: int) -> Stop:
    """A visit with its way as a stop."""
    charge = None
    if way > 1:
        charge = chain.slot.car.home if way == 2 else problem.chargers[way - 3]
    by_home = way in (1, 2)
    return Stop(visit.ids[0], visit.start_s, by_home, charge, visit.calls)


def way_of(problem: Problem, stop: Stop) -> int:
    """The number of the way that a stop names."""
    if stop.charge is None:
        return int(stop.via_home)
    return 2 if stop.via_home else 3 + problem.chargers.index(stop.charge)


def chains_of(
    problem: Problem, slots: Slots, duties: Sequence[Duty]
) -> tuple[list[Chain], list[DriverSlot]]:
    """All chains, those of runs first, and the driver slots that are left.

    The duties must be valid.
    """
    drivers = list(slots.drivers)
    left = list(duties)
    by_task = {stop.task: duty for duty in duties for stop in duty.stops}
    by_car: dict[int, list[Duty]] = {}
    found = []
    for run in slots.runs:
        duty = by_task.get(run.tasks[0].id)
        if duty is not None:
            left.remove(duty)
        found.append(_run_chain(problem, run, duty))
    for duty in left:
        by_car.setdefault(duty.vehicle, []).append(duty)
    of_driver: dict[int, list[DriverSlot]] = {}
    for person in drivers:
        of_driver.setdefault(person.driver.id, []).append(person)
    taken = set()
    for slot in slots.cars:
        chain = Chain(slot, None, is_open=True, run=False)
        held = by_car.get(slot.car.id, ())
        own = next((d for d in held if _inside(d, slot)), None)
        if own is not None:
            chain.crew = next(p for p in of_driver[own.driver] if _inside(own, p))
            taken.add(id(chain.crew))
            _fill(problem, chain, own)
        found.append(chain)
    return found, [person for person in drivers if id(person) not in taken]


def _run_chain(problem: Problem, run: Run, duty: Duty | None) -> Chain:
    windows = enumerate(run.driver.windows)
    shift = next((w.shift for _, w in windows if w.start_s <= run.start_s < w.end_s), 0)
    slot = run.slot
    crew = DriverSlot(run.driver, slot.from_s, slot.until_s, run.since_break_s, shift)
    chain = Chain(slot, crew, run.open, run=True)
    if duty is not None:
        _fill(problem, chain, duty)
    else:
        stops = [Stop(t.id, t.fixed.start_s if t.fixed else 0) for t in run.tasks]
        chain.visits = [visit_of(problem, problem.task_of, stop) for stop in stops]
    return chain


def _fill(problem: Problem, chain: Chain, duty: Duty) -> None:
    chain.visits = [visit_of(problem, problem.task_of, stop) for stop in duty.stops]
    chain.ways = [way_of(problem, stop) for stop in duty.stops]


def _inside(duty: Duty, slot: CarSlot | DriverSlot) -> bool:
    return slot.from_s <= duty.stops[0].start_s < slot.until_s


def may_drive(driver: Driver, slot: CarSlot) -> bool:
    """Of the car's pool, with a sufficient licence."""
    licensed = LICENCE_RANK[driver.licence] >= LICENCE_RANK[slot.car.licence]
    return driver.pool == slot.car.pool and licensed


def narrowed(person: DriverSlot, from_s: int, until_s: int) -> DriverSlot:
    """A driver's slot with what others of their duties leave of it."""
    lo, hi = max(person.from_s, from_s), min(person.until_s, until_s)
    if (lo, hi) == (person.from_s, person.until_s):
        return person
    return replace(person, from_s=lo, until_s=hi)
