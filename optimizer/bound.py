"""A lower bound that is a certificate: whole multipliers, exact pricing in int64."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.lanes import Graph
from optimizer.nodes import Bools, Ints
from optimizer.rows import Rows, Weights

SCALE = 1000


@dataclass(frozen=True, slots=True)
class Duals:
    """Whole multipliers of the rows, in 1/SCALE of the weighted objective's unit."""

    rows: Ints

    @classmethod
    def of(cls, values: NDArray[np.float64], equal: Bools) -> "Duals":
        """Round; multipliers of "at most" rows are boxed at 0."""
        whole = np.rint(values * SCALE).astype(np.int64)
        return cls(np.where(equal, whole, np.minimum(whole, 0)))

    def between(self, other: "Duals", share: float) -> "Duals":
        """So far on the way to the other."""
        return Duals(np.rint((1 - share) * self.rows + share * other.rows).astype(np.int64))

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
    total += _otherwise(graph, rows, weights, duals) + _over(rows, weights, duals)
    return -(-total // SCALE)


def _families(graph: Graph, rows: Rows, least: Ints) -> int:
    worst = [0] * len(rows.of_cars)
    for lane, value in zip(graph.lanes, least.tolist(), strict=True):
        if lane.run < 0:
            worst[lane.cars] = min(worst[lane.cars], value)
    counts = (int(rows.right[row]) for row in rows.of_cars)
    return sum(n * value for n, value in zip(counts, worst, strict=True))


def _runs(graph: Graph, least: Ints) -> int:
    best: dict[int, int] = {}
    for lane, value in zip(graph.lanes, least.tolist(), strict=True):
        if lane.run >= 0:
            best[lane.run] = min(best.get(lane.run, value), value)
    return sum(best.values())


def _otherwise(graph: Graph, rows: Rows, weights: Weights, duals: Duals) -> int:
    best: dict[int, int] = {}
    for item in rows.otherwise:
        priority = graph.problem.tasks[item.task].priority
        cost = item.cost(weights, priority) * SCALE - sum(int(duals.rows[r]) for r in item.rows)
        if item.quota >= 0:
            cost += int(duals.rows[item.quota])
        best[item.task] = min(best.get(item.task, 0), cost)
    return sum(best.values())


def _over(rows: Rows, weights: Weights, duals: Duals) -> int:
    costs = ((it, weights.fen * it.fen * SCALE + int(duals.rows[it.row])) for it in rows.over)
    return sum(it.most * min(0, cost) for it, cost in costs)
