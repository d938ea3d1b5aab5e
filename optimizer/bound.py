"""A lower bound that is a certificate: whole duals, exact pricing in int64."""

from dataclasses import dataclass

import numpy as np

from optimizer.ground import Ints
from optimizer.lanes import Graph
from optimizer.problem import Problem
from optimizer.rows import Rows, Weights

SCALE = 1000


@dataclass(frozen=True, slots=True)
class Duals:
    """Whole multipliers of the rows, in 1/SCALE of the weighted objective's unit."""

    rows: Ints

    @classmethod
    def of(
        cls, values: "np.typing.NDArray[np.float64]", equal: "np.typing.NDArray[np.bool_]"
    ) -> "Duals":
        """Round; multipliers of "at most" rows are boxed at 0."""
        whole = np.rint(values * SCALE).astype(np.int64)
        return cls(np.where(equal, whole, np.minimum(whole, 0)))

    def reward(self, rows: Rows) -> Ints:
        """(tasks,) what serving a task earns."""
        return np.where(rows.of_task >= 0, self.rows[rows.of_task], 0)

    def charge(self, rows: Rows) -> Ints:
        """(lanes,) what using a lane costs."""
        return np.array([-sum(int(self.rows[r]) for r in used) for used in rows.of_lane], np.int64)


def lagrangian(graph: Graph, rows: Rows, weights: Weights, duals: Duals, least: Ints) -> int:
    """The bound, in whole units of the weighted objective, rounded up.

    It holds for any multipliers: each constraint but the lanes' own is priced instead of
    kept. A family gives at most as many duties as it has cars, a run exactly one.

    Args:
        graph: lanes and runs.
        rows: right-hand sides and what else can become of a task.
        weights: of the objective.
        duals: any.
        least: (lanes,) at most the least reduced cost of any path of the lane.
    """
    total = int((rows.right * duals.rows).sum())
    total += _families(graph, rows, least) + _runs(graph, least)
    total += _otherwise(graph.problem, rows, weights, duals)
    return -(-total // SCALE)


def _families(graph: Graph, rows: Rows, least: Ints) -> int:
    worst = [0] * len(rows.of_cars)
    for lane, value in zip(graph.lanes, least, strict=True):
        if lane.run < 0:
            worst[lane.cars] = min(worst[lane.cars], int(value))
    counts = (int(rows.right[row]) for row in rows.of_cars)
    return sum(n * value for n, value in zip(counts, worst, strict=True))


def _runs(graph: Graph, least: Ints) -> int:
    best: dict[int, int] = {}
    for lane, value in zip(graph.lanes, least, strict=True):
        if lane.run >= 0:
            best[lane.run] = min(best.get(lane.run, int(value)), int(value))
    return sum(best.values())


def _otherwise(problem: Problem, rows: Rows, weights: Weights, duals: Duals) -> int:
    best: dict[int, int] = {}
    for item in rows.otherwise:
        cost = item.cost(weights, problem.tasks[item.task].priority) * SCALE
        cost -= sum(int(duals.rows[row]) for row in item.rows)
        best[item.task] = min(best.get(item.task, 0), cost)
    return sum(best.values())
