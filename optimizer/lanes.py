"""The task graph that the engine prices: nodes, lanes and what each lane may serve.

A node is one task, or one shared ride, at one start. A lane is a family of car slots with a
family of driver slots, or a run of fixed tasks; a duty is a path through a lane. Cars and
drivers of a family are interchangeable, so the plan counts them and hands them out at the end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from optimizer.nodes import Bools, Nodes, nodes_of, starts_of
from optimizer.problem import LICENCE_RANK, Problem
from optimizer.slots import CarSlot, DriverSlot, Run, Slots, slots_of
from optimizer.terrain import NO_LIMIT, Car, Field, field_of

__all__ = ["NO_LIMIT", "Graph", "Lane", "graph_of", "starts_of"]
AnySlot = TypeVar("AnySlot", CarSlot, DriverSlot)


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a duty of one kind may be.

    Attributes:
        cars, drivers: index of the family; for a run both are -1.
        run: index of the run, -1: none.
        lends: it may hold tasks of other pools and then counts as lent.
        slot: one of the family's, alike in everything that matters.
        car: what the kernels know of it.
    """

    cars: int
    drivers: int
    run: int
    lends: bool
    slot: CarSlot
    car: Car


@dataclass(frozen=True)
class Graph:
    """Everything the engine looks up; `may` is (lanes, nodes)."""

    problem: Problem
    nodes: Nodes
    field: Field
    lanes: tuple[Lane, ...]
    may: Bools
    runs: tuple[Run, ...]
    car_families: tuple[tuple[CarSlot, ...], ...]
    driver_families: tuple[tuple[DriverSlot, ...], ...]


def graph_of(problem: Problem) -> Graph:
    """Lay out nodes and lanes."""
    slots = slots_of(problem)
    nodes = nodes_of(problem)
    cars, drivers = _families(slots.cars), _families(slots.drivers)
    lanes = (*_run_lanes(problem, slots), *_free_lanes(problem, cars, drivers))
    may = _allowed(problem, slots, nodes, lanes)
    field = field_of(problem, nodes)
    return Graph(problem, nodes, field, lanes, may, slots.runs, cars, drivers)


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


def _car(
    problem: Problem, slot: CarSlot, span: tuple[int, int], driving_s: int, since_s: int
) -> Car:
    car = slot.car
    return Car(
        home=car.home,
        fen_per_km=car.fen_per_km,
        toll_percent=car.toll_percent,
        charge_m=0 if car.range_m is None else car.charge_m_per_hour,
        at_home=car.home in problem.chargers,
        full_m=NO_LIMIT if car.range_m is None else car.range_m,
        begin_m=NO_LIMIT if slot.begins_m is None else slot.begins_m,
        driving_s=driving_s,
        since_s=since_s,
        place=slot.place,
        free_s=slot.free_s,
        from_s=span[0],
        until_s=span[1],
    )


def _run_lanes(problem: Problem, slots: Slots) -> Iterator[Lane]:
    for i, run in enumerate(slots.runs):
        slot = run.slot
        car = _car(
            problem, slot, (slot.from_s, slot.until_s), run.driver.max_driving_s, run.since_break_s
        )
        lent = any(task.pool != slot.car.pool for task in run.tasks)
        for lends in (True,) if lent else _lending_choices(problem, slot):
            yield Lane(-1, -1, i, lends, slot, car)


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
            car = _car(
                problem, slot, (from_s, until_s), person.driver.max_driving_s, person.since_break_s
            )
            for lends in _lending_choices(problem, slot):
                yield Lane(c, d, -1, lends, slot, car)


def _allowed(problem: Problem, slots: Slots, nodes: Nodes, lanes: tuple[Lane, ...]) -> Bools:
    known: dict[tuple[object, ...], Bools] = {}
    of_run = {task.id: i for i, run in enumerate(slots.runs) for task in run.tasks}
    run_of = np.array([of_run.get(problem.tasks[x.tasks[0]].id, -1) for x in nodes.items])
    may = np.zeros((len(lanes), len(nodes)), dtype=bool)
    for row, lane in zip(may, lanes, strict=True):
        it = lane.slot.car
        key = (it.pool, it.vehicle_class, it.passenger_seats, lane.lends and it.lendable)
        if key not in known:
            known[key] = _serves(problem, nodes, lane)
        inside = (nodes.start_s >= lane.car.from_s) & (nodes.end_s <= lane.car.until_s)
        row[:] = known[key] & ~nodes.fixed & inside & (nodes.start_s >= lane.car.free_s)
        if lane.run >= 0:
            row[:] = (run_of == lane.run) | (row & slots.runs[lane.run].open)
    return may


def _serves(problem: Problem, nodes: Nodes, lane: Lane) -> Bools:
    car, tasks = lane.slot.car, problem.tasks
    lends = lane.lends and car.lendable
    payers = {p for p in problem.pools if lends and (car.pool, p) not in problem.refused}
    payers.add(car.pool)
    return np.array(
        [
            node.passengers <= car.passenger_seats
            and (not node.classes or car.vehicle_class in node.classes)
            and all(tasks[j].pool in payers for j in node.tasks)
            for node in nodes.items
        ],
        dtype=bool,
    )
