"""The rows of the master problem: what there is one of, or so many."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from optimizer.ground import Bools, Ints
from optimizer.lanes import Graph
from optimizer.problem import Problem, RentalFirm, Task

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Weights:
    """How the levels are summed for one pass of the engine.

    With fen = 0 only the first two levels count, exactly.
    """

    fen: int
    rental: int
    unserved: int


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A task rented (firm >= 0) or unserved (firm = -1), with the rows it uses."""

    task: int
    firm: int
    fen: int
    rows: tuple[int, ...]

    def cost(self, weights: Weights, priority: int) -> int:
        """What it adds to the weighted objective."""
        if self.firm < 0:
            return weights.unserved * priority
        return weights.fen * self.fen + weights.rental


@dataclass(frozen=True)
class Rows:
    """All rows; tasks and runs hold with equality, the rest are at most `right`.

    Attributes:
        of_task: (tasks,) row of a task, -1: fixed tasks have none.
        of_lane: for each lane the rows a column of it uses, beside its tasks'.
        of_cars: row of each car family.
    """

    right: Ints
    equal: Bools
    of_task: Ints
    of_lane: tuple[tuple[int, ...], ...]
    of_cars: tuple[int, ...]
    otherwise: tuple[Otherwise, ...]


def rows_of(graph: Graph) -> Rows:
    """Number the rows: tasks, runs, car families, driver families, lending, firms' days."""
    problem, rights, equal = graph.problem, [], []

    def add(right: int, *, exactly: bool = False) -> int:
        rights.append(right)
        equal.append(exactly)
        return len(rights) - 1

    of_task = [-1 if t.fixed else add(1, exactly=True) for t in problem.tasks]
    of_run = [add(1, exactly=True) for _ in graph.runs]
    of_cars = tuple(add(len(family)) for family in graph.car_families)
    of_drivers = [add(len(family)) for family in graph.driver_families]
    of_pool = {pool: add(right) for pool, right in _lendable(graph).items()}
    of_lane = []
    for lane in graph.lanes:
        rows = (
            [of_run[lane.run]] if lane.run >= 0 else [of_cars[lane.cars], of_drivers[lane.drivers]]
        )
        counted = lane.run < 0 or not _lent(graph, lane.run)
        if lane.lends and counted and lane.slot.car.pool in of_pool:
            rows.append(of_pool[lane.slot.car.pool])
        of_lane.append(tuple(rows))
    days = sorted({(f.id, day) for f in problem.firms for t in problem.tasks for day in days_of(t)})
    capacity = {firm.id: firm.vehicles for firm in problem.firms}
    of_day = {key: add(capacity[key[0]]) for key in days}
    return Rows(
        np.array(rights, dtype=np.int64),
        np.array(equal, dtype=bool),
        np.array(of_task, dtype=np.int64),
        tuple(of_lane),
        of_cars,
        _otherwise(problem, of_task, of_day),
    )


def days_of(task: Task) -> range:
    """Days (86,400 s from the epoch) that a rental of the task may touch."""
    return range(task.earliest_s // DAY_S, -(-(task.latest_s + task.duration_s) // DAY_S))


def rent_fen(firm: RentalFirm, task: Task) -> int:
    """What the firm asks for the task."""
    days = -(-task.duration_s // DAY_S)
    return firm.day_fen * days + (task.loaded_m * firm.fen_per_km + 500) // 1000


def firm_fits(firm: RentalFirm, task: Task) -> bool:
    """Whether the firm has a car of a fitting class and size."""
    shared = set(firm.classes) & set(task.classes)
    fits = bool(shared) or not firm.classes or not task.classes
    return task.rental and fits and task.passengers <= firm.passenger_seats


def _lent(graph: Graph, run: int) -> bool:
    pool = graph.runs[run].slot.car.pool
    return any(task.pool != pool for task in graph.runs[run].tasks)


def _lendable(graph: Graph) -> dict[int, int]:
    """What is left of each pool's limit when the runs that are lent already are counted."""
    lent = Counter(run.slot.car.pool for i, run in enumerate(graph.runs) if _lent(graph, i))
    return {p: max(0, most - lent[p]) for p, most in graph.problem.lending_limit.items()}


def _otherwise(
    problem: Problem, of_task: list[int], of_day: dict[tuple[int, int], int]
) -> tuple[Otherwise, ...]:
    found = []
    for j, task in enumerate(problem.tasks):
        if task.fixed is not None:
            continue
        found.append(Otherwise(j, -1, 0, (of_task[j],)))
        for f, firm in enumerate(problem.firms):
            if firm_fits(firm, task):
                rows = (of_task[j], *(of_day[firm.id, day] for day in days_of(task)))
                found.append(Otherwise(j, f, rent_fen(firm, task), rows))
    return tuple(found)
