"""The restricted master problem, as LP (GLOP) and as integer program."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from optimizer.clashes import clashes
from optimizer.paths import Column
from optimizer.pricing import Weighted
from optimizer.rows import Rows, Weights

# The LP counts in yuan: its tolerances are absolute.
YUAN = 100.0
# With presolve GLOP loses its basis between rounds, and now and then its way.
GLOP = "use_preprocessing: false change_status_to_imprecise: false"


class EngineFailed(RuntimeError):
    """A solver answered nothing usable."""


class _Row(Protocol):
    def SetCoefficient(self, variable: object, value: float) -> None: ...
    def dual_value(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Relaxed:
    """Optimum of the LP over the columns there are; duals (rows,) in fen."""

    value: float
    duals: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chosen:
    """An integer solution: indices into the columns and into `Rows.otherwise`."""

    columns: tuple[int, ...]
    otherwise: tuple[int, ...]
    optimal: bool


class Master:
    """The LP, which grows by columns."""

    def __init__(self, weighted: Weighted, rows: Rows, weights: Weights) -> None:
        self._weighted, self._rows, self._weights = weighted, rows, weights
        self._lp = pywraplp.Solver.CreateSolver("GLOP")
        self._lp.SetSolverSpecificParametersAsString(GLOP)
        self._constraints = _constraints(self._lp, rows)
        self._objective = self._lp.Objective()
        self._objective.SetMinimization()
        tasks = weighted.arcs.graph.problem.tasks
        for item in rows.otherwise:
            cost = item.cost(weights, tasks[item.task].priority)
            self._add(float(cost), item.rows)

    def add(self, columns: Sequence[Column]) -> None:
        """Let the LP use more columns."""
        for column in columns:
            rows = rows_used(self._weighted, self._rows, column)
            self._add(float(self._weights.fen * column.fen), rows)

    def _add(self, cost: float, rows: Sequence[int]) -> None:
        variable = self._lp.NumVar(0.0, self._lp.infinity(), "")
        self._objective.SetCoefficient(variable, cost / YUAN)
        for row in rows:
            self._constraints[row].SetCoefficient(variable, 1.0)

    def solve(self) -> Relaxed:
        """Solve it from where it was.

        Raises:
            EngineFailed: it has no solution, which artificial columns exclude.
        """
        if self._lp.Solve() != pywraplp.Solver.OPTIMAL:
            raise EngineFailed("the master LP has no optimum")
        duals = np.array([row.dual_value() for row in self._constraints], dtype=np.float64)
        return Relaxed(float(self._objective.Value()) * YUAN, duals * YUAN)


def choose(
    weighted: Weighted,
    rows: Rows,
    weights: Weights,
    columns: Sequence[Column],
    *,
    seconds: float,
    limits: tuple[int, int] | None = None,
) -> Chosen | None:
    """Best integer solution over the columns; None: none found in time.

    `limits` are the most unserved priority and the most rentals.
    """
    mip = pywraplp.Solver.CreateSolver("SCIP")
    mip.SetTimeLimit(max(1, int(seconds * 1000)))
    constraints = _constraints(mip, rows)
    objective = mip.Objective()
    objective.SetMinimization()
    tasks = weighted.arcs.graph.problem.tasks
    variables = []
    parts: list[tuple[int, Sequence[int]]] = [
        (weights.fen * c.fen, rows_used(weighted, rows, c)) for c in columns
    ]
    parts += [(o.cost(weights, tasks[o.task].priority), o.rows) for o in rows.otherwise]
    for cost, used in parts:
        variable = mip.BoolVar("")
        variables.append(variable)
        objective.SetCoefficient(variable, float(cost))
        for row in used:
            constraints[row].SetCoefficient(variable, 1.0)
    n = len(columns)
    for group in clashes(weighted.arcs.graph, columns):
        one = mip.Constraint(0.0, 1.0)
        for i in group:
            one.SetCoefficient(variables[i], 1.0)
    if limits is not None:
        _limit(mip, weighted, rows, variables[n:], limits)
    status = mip.Solve()
    if status not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return None
    picks = [i for i, v in enumerate(variables) if v.solution_value() > 0.5]
    own, other = [i for i in picks if i < n], [i - n for i in picks if i >= n]
    return Chosen(tuple(own), tuple(other), status == pywraplp.Solver.OPTIMAL)


def _limit(
    mip: pywraplp.Solver,
    weighted: Weighted,
    rows: Rows,
    others: Sequence[object],
    limits: tuple[int, int],
) -> None:
    tasks = weighted.arcs.graph.problem.tasks
    unserved = mip.Constraint(0.0, float(limits[0]))
    rentals = mip.Constraint(0.0, float(limits[1]))
    for variable, item in zip(others, rows.otherwise, strict=True):
        if item.firm < 0:
            unserved.SetCoefficient(variable, float(tasks[item.task].priority))
        else:
            rentals.SetCoefficient(variable, 1.0)


def rows_used(weighted: Weighted, rows: Rows, column: Column) -> list[int]:
    """The rows a column has a one in."""
    nodes = weighted.arcs.graph.nodes
    used = rows.of_task[nodes.task[list(column.nodes)]]
    return [*(int(r) for r in used if r >= 0), *rows.of_lane[column.lane]]


def _constraints(solver: pywraplp.Solver, rows: Rows) -> list[_Row]:
    free = -solver.infinity()
    return [
        solver.Constraint(float(right) if equal else free, float(right))
        for right, equal in zip(rows.right, rows.equal, strict=True)
    ]
