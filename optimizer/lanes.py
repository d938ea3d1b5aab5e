"""The task graph that all engines price: nodes, lanes and what each lane may serve.

A node is one task at one start. A lane is a family of car slots with a family of driver
slots, or a run of fixed tasks; a duty is a path through a lane. Cars and drivers of a
family are interchangeable, so the plan counts them and hands them out at the end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from optimizer.ground import Bools, Ends, Ground, Ints
from optimizer.problem import LICENCE_RANK, Problem, Task
from optimizer.slots import CarSlot, DriverSlot, Run, Slots, fixed_start, slots_of

NO_LIMIT = 1 << 40
AnySlot = TypeVar("AnySlot", CarSlot, DriverSlot)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Tasks at their possible starts, in order of start; all arrays are (n,)."""

    task: Ints
    start_s: Ints
    end_s: Ints
    origin: Ints
    destination: Ints
    loaded_m: Ints
    driving_s: Ints
    fixed: Bools

    def __len__(self) -> int:
        return len(self.task)

    @property
    def begin(self) -> Ends:
        """Where and when each begins."""
        return Ends(self.origin, self.start_s, self.fixed)

    @property
    def finish(self) -> Ends:
        """Where and when each ends."""
        return Ends(self.destination, self.end_s, self.fixed)


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a duty of one kind may be.

    Attributes:
        cars, drivers: index of the family; for a run both are -1.
        run: index of the run, -1: none.
        lends: it may hold tasks of other pools and then counts as lent.
        slot: one of the family's, alike in everything that matters.
    """

    cars: int
    drivers: int
    run: int
    lends: bool
    slot: CarSlot
    from_s: int
    until_s: int
    most_m: int
    most_driving_s: int


@dataclass(frozen=True)
class Graph:
    """Everything the engines look up."""

    problem: Problem
    ground: Ground
    nodes: Nodes
    lanes: tuple[Lane, ...]
    may: Bools
    runs: tuple[Run, ...]
    car_families: tuple[tuple[CarSlot, ...], ...]
    driver_families: tuple[tuple[DriverSlot, ...], ...]


def graph_of(problem: Problem) -> Graph:
    """Lay out nodes and lanes; `may` is (lanes, nodes)."""
    slots = slots_of(problem)
    nodes = _nodes(problem)
    cars = _families(slots.cars)
    drivers = _families(slots.drivers)
    lanes = (*_run_lanes(problem, slots), *_free_lanes(problem, cars, drivers))
    may = np.array([_allowed(problem, slots, nodes, lane) for lane in lanes], dtype=bool)
    may = may.reshape(len(lanes), len(nodes))
    return Graph(problem, Ground.of(problem), nodes, lanes, may, slots.runs, cars, drivers)


def starts_of(problem: Problem, task: Task) -> list[int]:
    """Every start a task may have."""
    if task.fixed is not None:
        return [fixed_start(task)]
    return list(range(task.earliest_s, task.latest_s + 1, problem.horizon.start_step_s))


def _nodes(problem: Problem) -> Nodes:
    rows = sorted(
        (start, i) for i, task in enumerate(problem.tasks) for start in starts_of(problem, task)
    )
    tasks = [problem.tasks[i] for _, i in rows]

    def column(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    start_s = column([start for start, _ in rows])
    return Nodes(
        column([i for _, i in rows]),
        start_s,
        start_s + column([t.duration_s for t in tasks]),
        column([t.origin for t in tasks]),
        column([t.destination for t in tasks]),
        column([t.loaded_m for t in tasks]),
        column([t.driving_s for t in tasks]),
        np.array([t.fixed is not None for t in tasks], dtype=bool),
    )


def _families(slots: Iterable[AnySlot]) -> tuple[tuple[AnySlot, ...], ...]:
    families: dict[tuple[object, ...], list[AnySlot]] = {}
    for slot in slots:
        families.setdefault(slot.family, []).append(slot)
    return tuple(tuple(family) for family in families.values())


def _lending_choices(problem: Problem, slot: CarSlot) -> tuple[bool, ...]:
    """Lend or not makes two lanes only where lent cars are counted."""
    if not slot.car.lendable:
        return (False,)
    return (False, True) if slot.car.pool in problem.lending_limit else (True,)


def _run_lanes(problem: Problem, slots: Slots) -> Iterator[Lane]:
    for i, run in enumerate(slots.runs):
        pool = run.slot.car.pool
        lent = any(task.pool != pool for task in run.tasks)
        for lends in (True,) if lent else _lending_choices(problem, run.slot):
            slot, most = run.slot, run.slot.car.range_m
            most_m = NO_LIMIT if most is None else most
            driving_s = run.driver.max_driving_s
            yield Lane(-1, -1, i, lends, slot, slot.from_s, slot.until_s, most_m, driving_s)


def _free_lanes(
    problem: Problem,
    cars: tuple[tuple[CarSlot, ...], ...],
    drivers: tuple[tuple[DriverSlot, ...], ...],
) -> Iterator[Lane]:
    for c, (slot, *_) in enumerate(cars):
        for d, (person, *_) in enumerate(drivers):
            licensed = LICENCE_RANK[person.driver.licence] >= LICENCE_RANK[slot.car.licence]
            from_s = max(slot.from_s, person.from_s)
            until_s = min(slot.until_s, person.until_s)
            if person.driver.pool != slot.car.pool or not licensed or from_s >= until_s:
                continue
            most_m = NO_LIMIT if slot.car.range_m is None else slot.car.range_m
            for lends in _lending_choices(problem, slot):
                driving_s = person.driver.max_driving_s
                yield Lane(c, d, -1, lends, slot, from_s, until_s, most_m, driving_s)


def _allowed(problem: Problem, slots: Slots, nodes: Nodes, lane: Lane) -> Bools:
    tasks: Bools = np.array([_serves(problem, lane, task) for task in problem.tasks], dtype=bool)
    may: Bools = tasks[nodes.task] & ~nodes.fixed
    inside = (nodes.start_s >= lane.from_s) & (nodes.end_s <= lane.until_s)
    may &= inside & (nodes.start_s >= lane.slot.free_s)
    if lane.run < 0:
        return may
    run = slots.runs[lane.run]
    mine = {task.id for task in run.tasks}
    own: Bools = np.array([problem.tasks[i].id in mine for i in nodes.task], dtype=bool)
    return own | may if run.open else own


def _serves(problem: Problem, lane: Lane, task: Task) -> bool:
    car = lane.slot.car
    lends = lane.lends and car.lendable and (car.pool, task.pool) not in problem.refused
    if task.pool != car.pool and not lends:
        return False
    if task.classes and car.vehicle_class not in task.classes:
        return False
    return task.passengers <= car.passenger_seats
