"""What the master problem may use, as flat arrays: other ends of tasks first, then duties."""

from collections.abc import Iterable, Sequence

import numpy as np

from optimizer.arcs import Arcs
from optimizer.balance import Columns, Reals
from optimizer.bound import SCALE
from optimizer.master import rows_used
from optimizer.nodes import Ints
from optimizer.paths import Column
from optimizer.rows import Rows, Weights


class Stock:
    """Grows by columns; all costs and prices are in 1/SCALE of the weighted unit.

    Attributes:
        others: how many there are before the first duty.
    """

    def __init__(self, arcs: Arcs, rows: Rows, weights: Weights) -> None:
        self._arcs, self._rows, self._weights = arcs, rows, weights
        self._known = Columns(
            np.zeros(0), np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0)
        )
        self._cost: list[float] = []
        self._row: list[Sequence[int]] = []
        self._share: list[Sequence[float]] = []
        self._group: list[int] = []
        tasks = arcs.graph.problem.tasks
        for item in rows.otherwise:
            quota = (item.quota,) if item.quota >= 0 else ()
            shares = (*(1.0 for _ in item.rows), *(-1.0 for _ in quota))
            cost = item.cost(weights, tasks[item.task].priority)
            self._put(cost, (*item.rows, *quota), shares, item.rows[0])
        for over in rows.over:
            self._put(weights.fen * over.fen, (over.row,), (-1.0,), over.row)
        self.others = len(self._cost)

    def add(self, columns: Iterable[Column]) -> None:
        """Take in more duties."""
        for column in columns:
            used = rows_used(self._arcs, self._rows, column)
            group = self._rows.of_lane[column.lane][0]
            self._put(self._weights.fen * column.fen, used, [1.0] * len(used), group)

    def _put(self, cost: int, rows: Sequence[int], shares: Sequence[float], group: int) -> None:
        self._cost.append(float(cost * SCALE))
        self._row.append(rows)
        self._share.append(shares)
        self._group.append(group)

    def columns(self) -> Columns:
        """All of it."""
        if self._cost:
            known = self._known
            at = known.at[-1] + np.cumsum(list(map(len, self._row)), dtype=np.int64)
            self._known = Columns(
                np.concatenate([known.cost, self._cost]),
                np.concatenate([known.at, at]),
                np.concatenate([known.row, *self._row]).astype(np.int64),
                np.concatenate([known.share, *self._share]),
            )
            self._cost, self._row, self._share = [], [], []
        return self._known

    def reduced(self, columns: Columns, price: Ints) -> Reals:
        """Cost of each less what the rows that it uses are worth."""
        worth = np.add.reduceat(price[columns.row] * columns.share, columns.at[:-1])
        return np.asarray(columns.cost - worth)

    def hopes(self, columns: Columns, price: Ints) -> float:
        """The bound that these multipliers would prove if no other duty were cheaper.

        A family has so many cars, a run is done once by its cheapest, and each task ends
        otherwise at most once.
        """
        rows, reduced = self._rows, self.reduced(columns, price)
        group = np.array(self._group)
        least = np.zeros(len(rows.right))
        np.minimum.at(least, group[: self.others], reduced[: self.others])
        total = float(rows.right @ price) + float(least.sum())
        least = np.zeros(len(rows.right))
        least[list(rows.of_run)] = np.inf
        np.minimum.at(least, group[self.others :], reduced[self.others :])
        used = least != 0
        return (total + float(rows.right[used] @ least[used])) / SCALE
