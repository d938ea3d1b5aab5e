"""Multipliers and duties to begin with: many cheap rounds of balance before the first LP.

The LP over the first few thousand duties is slow and its multipliers are wild. Balance draws
calm ones from the same duties in a hundredth of the time, and comes to a thousandth of the
bound; from there the LP has little left to do.
"""

from collections.abc import Callable, Iterable

import numpy as np

from optimizer.arcs import Arcs
from optimizer.balance import Columns, Reals, sweeps
from optimizer.balance import Rows as Balanced
from optimizer.bound import SCALE, Duals
from optimizer.columns import Pool
from optimizer.master import rows_used
from optimizer.nodes import Ints
from optimizer.paths import Column
from optimizer.rows import Rows, Weights

ROUNDS, LOOK = 150, 10
# It ends when so many rounds improve the bound by less than this share.
LEAST_GAIN = 2e-4
SWEEPS = 30
FIRST_STEP, LONGER, SHORTER = 0.5, 1.2, 0.7
# Duties for each task that the LP begins with.
A_TASK = 6
Price = Callable[[Duals], tuple[tuple[Column, ...], int]]


class Outset:
    """Known duties as rows of numbers, and the best multipliers so far."""

    def __init__(self, arcs: Arcs, rows: Rows, weights: Weights, first: Duals) -> None:
        self._arcs, self._rows, self._weights = arcs, rows, weights
        tasks = arcs.graph.problem.tasks
        self._cost = [o.cost(weights, tasks[o.task].priority) * SCALE for o in rows.otherwise]
        self._of = [np.array(o.rows, dtype=np.int64) for o in rows.otherwise]
        self._others = len(self._cost)
        self._used = np.zeros(len(self._cost))
        self._step = FIRST_STEP * float(np.median(np.abs(first.rows[rows.of_task])))
        self._pool = Pool()
        self.duals, self.bound = first, -(1 << 62)

    def climb(self, known: Iterable[Column], price: Price, more: Callable[[], bool]) -> None:
        """Rounds of balance from these duties, while the bound grows and `more` says so."""
        self._add(known)
        self._try(self.duals, price)
        last = self.bound
        for k in range(1, ROUNDS + 1):
            if self._step <= 0.0 or not more():
                break
            better = self._try(self._drawn(), price)
            self._step *= LONGER if better else SHORTER
            if k % LOOK == 0:
                if self.bound - last < LEAST_GAIN * abs(self.bound):
                    break
                last = self.bound

    def columns(self) -> list[Column]:
        """The duties that balance uses, and the cheapest under its multipliers."""
        duals, count = self.duals.rows, self._others
        left = np.array(
            [
                cost - duals[of].sum()
                for cost, of in zip(self._cost[count:], self._of[count:], strict=True)
            ]
        )
        used = np.zeros(len(left))
        used[: len(self._used) - count] = self._used[count:]
        order = np.lexsort((left, used == 0.0))
        most = max(A_TASK * len(self._rows.of_task), int((used > 0.0).sum()))
        return [self._pool.columns[k] for k in order[:most].tolist()]

    def _try(self, duals: Duals, price: Price) -> bool:
        columns, bound = price(duals)
        self._add(columns)
        if bound <= self.bound:
            return False
        self.duals, self.bound = duals, bound
        return True

    def _add(self, columns: Iterable[Column]) -> None:
        for column in self._pool.add(columns):
            self._cost.append(SCALE * self._weights.fen * column.fen)
            of = rows_used(self._arcs, self._rows, column)
            self._of.append(np.array(of, dtype=np.int64))

    def _drawn(self) -> Duals:
        """Multipliers near the best ones that balance all known duties."""
        at: Ints = np.zeros(len(self._cost) + 1, dtype=np.int64)
        at[1:] = np.cumsum([len(of) for of in self._of])
        flat = np.concatenate(self._of)
        columns = Columns(np.array(self._cost, dtype=np.float64), at, flat, np.ones(len(flat)))
        right = self._rows.right.astype(np.float64)
        equal = self._rows.equal
        step: Reals = self._step / np.where(equal, 1.0, np.sqrt(np.maximum(1.0, right)))
        new = len(self._cost) - len(self._used)
        self._used = np.concatenate([self._used, np.zeros(new)])
        centre = self.duals.rows.astype(np.float64)
        drawn = sweeps(columns, Balanced(right, equal, step), centre, self._used, SWEEPS)
        return Duals(np.rint(drawn).astype(np.int64))
