"""The rows of the master problem: what there is one of, or so many."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from optimizer.lanes import Graph
from optimizer.nodes import Bools, Ints
from optimizer.problem import Problem, Quota, RentalFirm, Task

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
    """A task rented (firm >= 0) or unserved (firm = -1), with the rows it uses.

    `quota` is a row of which it takes one off, -1: none; rented tasks have one only where so
    many are required, see `with_rentals`.
    """

    task: int
    firm: int
    fen: int
    rows: tuple[int, ...]
    quota: int = -1

    def cost(self, weights: Weights, priority: int) -> int:
        """What it adds to the weighted objective."""
        own = weights.unserved * priority if self.firm < 0 else weights.rental
        return weights.fen * self.fen + own


@dataclass(frozen=True, slots=True)
class Over:
    """Tasks beyond a priced quota: up to `most`, `fen` each."""

    row: int
    fen: int
    most: int


@dataclass(frozen=True)
class Rows:
    """All rows; tasks and runs hold with equality, the rest are at most `right`.

    Attributes:
        of_task: (tasks,) row of a task, -1: fixed tasks have none.
        of_lane: for each lane the rows a column of it uses, beside its tasks'.
        of_cars, of_drivers: row of each family.
        of_run: row of each run.
        of_pool: row of a pool's lent cars.
        of_day: row of a firm's (id, day).
        of_quota: row of a (unit, day).
    """

    right: Ints
    equal: Bools
    of_task: Ints
    of_lane: tuple[tuple[int, ...], ...]
    of_cars: tuple[int, ...]
    of_drivers: tuple[int, ...]
    of_run: tuple[int, ...]
    of_pool: dict[int, int]
    of_day: dict[tuple[int, int], int]
    of_quota: dict[tuple[int, int], int]
    otherwise: tuple[Otherwise, ...]
    over: tuple[Over, ...]


def rows_of(graph: Graph) -> Rows:
    """Number the rows: tasks, runs, car families, driver families, lending, firms, quotas."""
    problem, rights, equal = graph.problem, [], []

    def add(right: int, *, exactly: bool = False) -> int:
        rights.append(right)
        equal.append(exactly)
        return len(rights) - 1

    of_task = [-1 if t.fixed else add(1, exactly=True) for t in problem.tasks]
    of_run = tuple(add(1, exactly=True) for _ in graph.runs)
    of_cars = tuple(add(len(family)) for family in graph.car_families)
    of_drivers = tuple(add(len(family)) for family in graph.driver_families)
    of_pool = {pool: add(right) for pool, right in _lendable(graph).items()}
    of_lane = []
    for lane in graph.lanes:
        run = lane.run >= 0
        rows = [of_run[lane.run]] if run else [of_cars[lane.cars], of_drivers[lane.drivers]]
        counted = not run or not _lent(graph, lane.run)
        if lane.lends and counted and lane.slot.car.pool in of_pool:
            rows.append(of_pool[lane.slot.car.pool])
        of_lane.append(tuple(rows))
    days = sorted({(f.id, day) for f in problem.firms for t in problem.tasks for day in days_of(t)})
    capacity = {firm.id: firm.vehicles for firm in problem.firms}
    of_day = {key: add(capacity[key[0]]) for key in days}
    counts = {(q.unit, q.day): _quota_of(problem, q) for q in problem.quotas}
    of_quota = {key: add(most - n) for key, (most, n) in counts.items()}
    over = [
        Over(of_quota[q.unit, q.day], q.over_fen, max(0, -int(rights[of_quota[q.unit, q.day]])))
        for q in problem.quotas
        if q.over_fen is not None
    ]
    return Rows(
        np.array(rights, dtype=np.int64),
        np.array(equal, dtype=bool),
        np.array(of_task, dtype=np.int64),
        tuple(of_lane),
        of_cars,
        of_drivers,
        of_run,
        of_pool,
        of_day,
        of_quota,
        _otherwise(problem, of_task, of_day, of_quota),
        tuple(over),
    )


def with_rentals(rows: Rows, least: int) -> Rows:
    """The same with a last row that says how many tasks are rented at least."""
    row = len(rows.right)
    return replace(
        rows,
        right=np.append(rows.right, -least),
        equal=np.append(rows.equal, False),
        otherwise=tuple(replace(o, quota=row) if o.firm >= 0 else o for o in rows.otherwise),
    )


def _quota_of(problem: Problem, quota: Quota) -> tuple[int, int]:
    """How many tasks it allows, and how many there are; what is fixed is always allowed."""
    key = (quota.unit, quota.day)
    mine = [t for t in problem.tasks if (t.unit, t.earliest_s // DAY_S) == key]
    fixed = sum(t.fixed is not None for t in mine)
    return (max(quota.tasks, fixed) if quota.over_fen is None else quota.tasks), len(mine)


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
    problem: Problem,
    of_task: list[int],
    of_day: dict[tuple[int, int], int],
    of_quota: dict[tuple[int, int], int],
) -> tuple[Otherwise, ...]:
    found = []
    for j, task in enumerate(problem.tasks):
        if task.fixed is not None:
            continue
        moved = task.published.moved_fen if task.published else 0
        quota = of_quota.get((task.unit, task.earliest_s // DAY_S), -1)
        found.append(Otherwise(j, -1, moved, (of_task[j],), quota))
        for f, firm in enumerate(problem.firms):
            if firm_fits(firm, task):
                rows = (of_task[j], *(of_day[firm.id, day] for day in days_of(task)))
                found.append(Otherwise(j, f, rent_fen(firm, task) + moved, rows))
    return tuple(found)
