"""The LP over thousands of duties, solved from its inside: by HiGHS, without the way to a vertex.

Its multipliers lie in the middle of the best ones, and it takes a fraction of the simplex
method's time; what it uses is spread over all best solutions.
"""

from dataclasses import dataclass

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from optimizer.balance import Columns, Reals
from optimizer.bound import SCALE
from optimizer.master import YUAN, EngineFailed
from optimizer.nodes import Bools, Ints

# Relative; multipliers are rounded to more than that.
TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Inner:
    """A solution.

    Attributes:
        value: in the weighted unit.
        duals: (rows,) in the same.
        shares: how much of each column is used.
    """

    value: float
    duals: Reals
    shares: Reals


def solved(columns: Columns, which: Ints, right: Ints, equal: Bools) -> Inner:
    """The LP over some of the columns.

    Args:
        columns: costs in 1/SCALE of the weighted unit.
        which: numbers of those that may be used.
        right: (rows,) right-hand sides.
        equal: (rows,) whether they hold exactly, or at most.

    Raises:
        EngineFailed: no solution was found.
    """
    parameters = mathopt.SolveParameters(lp_algorithm=mathopt.LPAlgorithm.BARRIER)
    parameters.highs.string_options["run_crossover"] = "off"
    parameters.highs.double_options["ipm_optimality_tolerance"] = TOLERANCE
    model = mathopt.Model.from_model_proto(_model(columns, which, right, equal))
    try:
        result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters)
    except (RuntimeError, ValueError, AttributeError) as error:
        # An AttributeError is what OR-Tools 9.15 makes of a solver's own "unknown".
        raise EngineFailed("the interior LP failed") from error
    if not result.solutions or result.solutions[0].primal_solution is None:
        raise EngineFailed(f"the interior LP has no solution: {result.termination.reason}")
    primal, dual = result.solutions[0].primal_solution, result.solutions[0].dual_solution
    if dual is None:
        raise EngineFailed("the interior LP has no multipliers")
    duals, shares = np.zeros(len(right)), np.zeros(len(which))
    for row, value in dual.dual_values.items():
        duals[row.id] = value * YUAN
    for column, value in primal.variable_values.items():
        shares[column.id] = value
    return Inner(primal.objective_value * YUAN, duals, shares)


def _model(columns: Columns, which: Ints, right: Ints, equal: Bools) -> model_pb2.ModelProto:
    count = columns.at[which + 1] - columns.at[which]
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    entry = np.repeat(columns.at[which] - first, count) + np.arange(count.sum())
    column, row = np.repeat(np.arange(len(which)), count), columns.row[entry]
    order = np.lexsort((column, row))
    cost = columns.cost[which] / (SCALE * YUAN)
    model = model_pb2.ModelProto()
    model.variables.ids.extend(range(len(which)))
    model.variables.lower_bounds.extend([0.0] * len(which))
    model.variables.upper_bounds.extend([np.inf] * len(which))
    model.variables.integers.extend([False] * len(which))
    model.objective.linear_coefficients.ids.extend(np.flatnonzero(cost).tolist())
    model.objective.linear_coefficients.values.extend(cost[cost != 0].tolist())
    model.linear_constraints.ids.extend(range(len(right)))
    model.linear_constraints.lower_bounds.extend(np.where(equal, right, -np.inf).tolist())
    model.linear_constraints.upper_bounds.extend(right.astype(np.float64).tolist())
    model.linear_constraint_matrix.row_ids.extend(row[order].tolist())
    model.linear_constraint_matrix.column_ids.extend(column[order].tolist())
    model.linear_constraint_matrix.coefficients.extend(columns.share[entry][order].tolist())
    return model
