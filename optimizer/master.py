"""The LP over the duties there are, solved by GLOP from where it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from optimizer.arcs import Arcs
from optimizer.paths import Column
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


class _Variable(Protocol):
    def SetLb(self, least: float) -> None: ...
    def SetUb(self, most: float) -> None: ...
    def solution_value(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Relaxed:
    """Optimum of the LP over the columns there are; duals (rows,) and costs in fen."""

    value: float
    duals: NDArray[np.float64]


class Master:
    """The LP, which grows by columns."""

    def __init__(self, arcs: Arcs, rows: Rows, weights: Weights) -> None:
        self._arcs, self._rows, self._weights = arcs, rows, weights
        self._lp = pywraplp.Solver.CreateSolver("GLOP")
        self._lp.SetSolverSpecificParametersAsString(GLOP)
        self._constraints = constraints(self._lp, rows)
        self._objective = self._lp.Objective()
        self._objective.SetMinimization()
        self._variables: list[_Variable] = []
        tasks = arcs.graph.problem.tasks
        for item in rows.otherwise:
            cost = item.cost(weights, tasks[item.task].priority)
            variable = self._add(float(cost), item.rows)
            if item.quota >= 0:
                self._constraints[item.quota].SetCoefficient(variable, -1.0)
        for over in rows.over:
            variable = self._lp.NumVar(0.0, float(over.most), "")
            self._objective.SetCoefficient(variable, weights.fen * over.fen / YUAN)
            self._constraints[over.row].SetCoefficient(variable, -1.0)

    def add(self, columns: Sequence[Column]) -> None:
        """Let the LP use more columns."""
        for column in columns:
            rows = rows_used(self._arcs, self._rows, column)
            self._variables.append(self._add(float(self._weights.fen * column.fen), rows))

    def bar(self, columns: Iterable[int], *, barred: bool = True) -> None:
        """Let the LP not use these columns, by number; or let it use them again."""
        most = 0.0 if barred else self._lp.infinity()
        for k in columns:
            self._variables[k].SetUb(most)

    def hold(self, columns: Iterable[int], *, held: bool = True) -> None:
        """Let the LP use these columns, by number, whole; or as it likes again."""
        for k in columns:
            self._variables[k].SetLb(float(held))

    def _add(self, cost: float, rows: Sequence[int]) -> _Variable:
        variable: _Variable = self._lp.NumVar(0.0, self._lp.infinity(), "")
        self._objective.SetCoefficient(variable, cost / YUAN)
        for row in rows:
            self._constraints[row].SetCoefficient(variable, 1.0)
        return variable

    def solve(self) -> Relaxed:
        """Solve it from where it was.

        Raises:
            EngineFailed: it has no solution, which artificial columns exclude.
        """
        if self._lp.Solve() != pywraplp.Solver.OPTIMAL:
            raise EngineFailed("the master LP has no optimum")
        duals = np.array([row.dual_value() for row in self._constraints], dtype=np.float64)
        return Relaxed(float(self._objective.Value()) * YUAN, duals * YUAN)

    def shares(self) -> NDArray[np.float64]:
        """How much of each column the last optimum uses."""
        values = [v.solution_value() for v in self._variables]
        return np.array(values, dtype=np.float64)


def rows_used(arcs: Arcs, rows: Rows, column: Column) -> list[int]:
    """The rows a column has a one in."""
    items = arcs.graph.nodes.items
    used = (int(rows.of_task[j]) for i in column.nodes for j in items[i].tasks)
    return [*(row for row in used if row >= 0), *rows.of_lane[column.lane]]


def constraints(solver: pywraplp.Solver, rows: Rows) -> list[_Row]:
    """The rows in a solver, without columns."""
    free = -solver.infinity()
    return [
        solver.Constraint(float(right) if equal else free, float(right))
        for right, equal in zip(rows.right.tolist(), rows.equal.tolist(), strict=True)
    ]
