"""The integer program over the duties there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ortools.linear_solver import pywraplp

from optimizer.arcs import Arcs
from optimizer.clashes import clashes
from optimizer.master import constraints, rows_used
from optimizer.paths import Column
from optimizer.rows import Rows, Weights


class _Variable(Protocol):
    def solution_value(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """An integer solution: indices into the columns and into `Rows.otherwise`."""

    columns: tuple[int, ...]
    otherwise: tuple[int, ...]
    optimal: bool


@dataclass(frozen=True, slots=True)
class Start:
    """A solution to begin from: columns, and indices into `Rows.otherwise`."""

    columns: frozenset[Column]
    others: tuple[int, ...]

    def otherwise(self, count: int) -> list[bool]:
        """Which of them it uses."""
        used = set(self.others)
        return [k in used for k in range(count)]


def choose(
    arcs: Arcs,
    rows: Rows,
    weights: Weights,
    columns: Sequence[Column],
    *,
    seconds: float,
    limits: tuple[int, int] | None = None,
    gap: float = 0.0,
    nodes: int = 0,
    start: Start | None = None,
) -> Chosen | None:
    """Best integer solution over the columns; None: none found in time.

    `seconds` is the most wall time, `limits` are the most unserved priority and the most
    rentals, `gap` is the relative gap that is good enough, `nodes` the most nodes of the
    search tree, 0: any number; it begins from `start` where that is given.
    """
    mip = pywraplp.Solver.CreateSolver("SCIP")
    mip.SetTimeLimit(max(1, int(seconds * 1000)))
    if nodes:
        mip.SetSolverSpecificParametersAsString(f"limits/nodes = {nodes}")
    variables = _variables(mip, arcs, rows, weights, columns)
    n = len(columns)
    for group in clashes(arcs.graph, columns):
        one = mip.Constraint(0.0, 1.0)
        for i in group:
            one.SetCoefficient(variables[i], 1.0)
    if limits is not None:
        _limit(mip, arcs, rows, variables[n:], limits)
    if start is not None:
        known = [*(c in start.columns for c in columns), *start.otherwise(len(rows.otherwise))]
        mip.SetHint(variables, [float(used) for used in known])
    parameters = pywraplp.MPSolverParameters()
    parameters.SetDoubleParam(pywraplp.MPSolverParameters.RELATIVE_MIP_GAP, gap)
    status = mip.Solve(parameters)
    if status not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return None
    picks = [i for i, v in enumerate(variables) if v.solution_value() > 0.5]
    own, other = [i for i in picks if i < n], [i - n for i in picks if i >= n]
    return Chosen(tuple(own), tuple(other), status == pywraplp.Solver.OPTIMAL)


def _variables(
    mip: pywraplp.Solver, arcs: Arcs, rows: Rows, weights: Weights, columns: Sequence[Column]
) -> list[_Variable]:
    """One for each column, then one for each of `Rows.otherwise`."""
    held = constraints(mip, rows)
    objective = mip.Objective()
    objective.SetMinimization()
    tasks = arcs.graph.problem.tasks
    parts: list[tuple[int, Sequence[int], int]] = [
        (weights.fen * c.fen, rows_used(arcs, rows, c), -1) for c in columns
    ]
    for item in rows.otherwise:
        parts.append((item.cost(weights, tasks[item.task].priority), item.rows, item.quota))
    variables = []
    for cost, used, quota in parts:
        variable: _Variable = mip.BoolVar("")
        variables.append(variable)
        objective.SetCoefficient(variable, float(cost))
        for row in used:
            held[row].SetCoefficient(variable, 1.0)
        if quota >= 0:
            held[quota].SetCoefficient(variable, -1.0)
    for over in rows.over:
        extra = mip.NumVar(0.0, float(over.most), "")
        objective.SetCoefficient(extra, float(weights.fen * over.fen))
        held[over.row].SetCoefficient(extra, -1.0)
    return variables


def _limit(
    mip: pywraplp.Solver,
    arcs: Arcs,
    rows: Rows,
    others: Sequence[object],
    limits: tuple[int, int],
) -> None:
    tasks = arcs.graph.problem.tasks
    unserved = mip.Constraint(0.0, float(limits[0]))
    rentals = mip.Constraint(0.0, float(limits[1]))
    for variable, item in zip(others, rows.otherwise, strict=True):
        if item.firm < 0:
            unserved.SetCoefficient(variable, float(tasks[item.task].priority))
        else:
            rentals.SetCoefficient(variable, 1.0)
