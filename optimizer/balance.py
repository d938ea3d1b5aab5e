"""Multipliers from the columns known so far: an augmented Lagrangian, one column after another.

The rows' multipliers stay near a centre, which keeps them calm; the answer is the
proximal point of the restricted master, found to a few digits at a fraction of an LP's cost.
Source: R. T. Rockafellar, "Augmented Lagrangians and Applications of the Proximal Point
Algorithm in Convex Programming", Mathematics of Operations Research 1 (1976) 97.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.outline import Ints

Reals = NDArray[np.float64]


class Columns(NamedTuple):
    """Columns one after the other: `row` and `share` from `at[c]` to `at[c + 1]` are one's."""

    cost: Reals
    at: Ints
    row: Ints
    share: Reals


class Rows(NamedTuple):
    """Right-hand sides; `exactly` or at most; `step` is the weight of what is left over."""

    right: Reals
    exactly: NDArray[np.bool_]
    step: Reals


@compiled
def sweeps(columns: Columns, rows: Rows, centre: Reals, used: Reals, times: int) -> Reals:
    """Change `used`, how often each column is used, and return the rows' multipliers.

    Multipliers of "at most" rows are not above 0.
    """
    left = rows.right.copy()
    for c in range(len(columns.cost)):
        if used[c] != 0.0:
            for k in range(columns.at[c], columns.at[c + 1]):
                left[columns.row[k]] -= columns.share[k] * used[c]
    for _ in range(times):
        for c in range(len(columns.cost)):
            slope, bend = columns.cost[c], 0.0
            for k in range(columns.at[c], columns.at[c + 1]):
                r = columns.row[k]
                price = centre[r] + rows.step[r] * left[r]
                if rows.exactly[r] or price < 0.0:
                    slope -= columns.share[k] * price
                    bend += columns.share[k] * columns.share[k] * rows.step[r]
            if used[c] == 0.0 and slope >= 0.0:
                continue
            change = -used[c] if bend == 0.0 else max(-used[c], -slope / bend)
            used[c] += change
            for k in range(columns.at[c], columns.at[c + 1]):
                left[columns.row[k]] -= columns.share[k] * change
    price = centre + rows.step * left
    return np.where(rows.exactly, price, np.minimum(price, 0.0))
