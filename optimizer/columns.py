"""Column generation: the LP over all duties, and the bound that comes with it.

Source: J. Desrosiers and M. E. Luebbecke, "A Primer in Column Generation" (2005); the
smoothing is P. Wentges, "Weighted Dantzig-Wolfe decomposition" (1997).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.arcs import Arcs
from optimizer.bound import SCALE, Duals, lagrangian
from optimizer.master import EngineFailed, Master
from optimizer.paths import Column, column_of
from optimizer.pricing import MOST_LABELS, Priced, Pricer
from optimizer.rows import Rows, Weights
from optimizer.terrain import NEVER

SMOOTHING = 0.6
A_LANE = 8
FEW_LABELS = 20_000
# New columns for each shape of lane, below which they are looked for more thoroughly.
ENOUGH = 1.5


@dataclass
class Pool:
    """The columns known so far, each once, in the order they came."""

    columns: list[Column] = field(default_factory=list)
    known: set[tuple[int, tuple[int, ...], tuple[int, ...]]] = field(default_factory=set)

    def add(self, columns: Iterable[Column]) -> list[Column]:
        """Keep what is new, and return it."""
        new = []
        for column in columns:
            key = (column.lane, column.nodes, column.ways)
            if key not in self.known:
                self.known.add(key)
                new.append(column)
        self.columns += new
        return new


@dataclass(frozen=True, slots=True)
class Generated:
    """Outcome of column generation.

    Attributes:
        bound: the best bound on the weighted objective, without idle cars.
        duals: the multipliers that prove it.
        value: of the last LP.
        converged: no duty could have made the LP better.
    """

    bound: int
    duals: Duals
    value: float
    rounds: int
    converged: bool


class Generator:
    """Column generation under one set of weights; several may share a pool.

    Attributes:
        labels: how many there may be for a shape in a round; with 0 paths are only read off.
    """

    def __init__(self, arcs: Arcs, rows: Rows, weights: Weights, pool: Pool) -> None:
        self.arcs, self.rows, self.weights, self.pool = arcs, rows, weights, pool
        self.pricer = Pricer(arcs, weights.fen * SCALE)
        self.master = Master(arcs, rows, weights)
        self.labels, self._whole = 0, True

    def run(self, *, more: Callable[[], bool], rounds: int, near: float = 0.0) -> Generated:
        """Until nothing is worth adding, `more` says no, or the rounds are used up.

        `near` is the relative gap between LP and bound that is good enough.
        """
        self.pool.add(self.must())
        self.master.add(self.pool.columns)
        best = Generated(-NEVER, Duals(np.zeros_like(self.rows.right)), 0.0, 0, converged=False)
        for k in range(1, rounds + 1):
            try:
                lp = self.master.solve()
            except EngineFailed:
                break
            new, best = self._step(Duals.of(lp.duals, self.rows.equal), best, lp.value, k)
            self.master.add(new)
            close = best.bound >= np.ceil(lp.value - 1e-6) - near * abs(lp.value)
            if not new or close:
                return replace(best, converged=True)
            if not more():
                break
        return best

    def _step(
        self, here: Duals, best: Generated, value: float, k: int
    ) -> tuple[list[Column], Generated]:
        """New columns: quickly as long as there are many, then between the LP's and the best."""
        found: list[Column] = []
        if not self.labels:
            found, best = self._round(here, best, value, k)
            if len(found) >= ENOUGH * len(self.arcs.chosen):
                return found, best
            self.labels = FEW_LABELS
        new, best = self._round(here.between(best.duals, SMOOTHING), best, value, k)
        while not found and not new:
            new, best = self._round(here, best, value, k)
            if self._whole or self.labels >= MOST_LABELS:
                break
            self.labels = min(MOST_LABELS, 5 * self.labels)
        return found + new, best

    def _round(
        self, duals: Duals, best: Generated, value: float, k: int
    ) -> tuple[list[Column], Generated]:
        priced, bound = self.price(duals)
        self._whole = priced.whole
        if bound > best.bound:
            best = replace(best, bound=bound, duals=duals)
        return self.pool.add(priced.columns), replace(best, value=value, rounds=k)

    def price(self, duals: Duals) -> tuple[Priced, int]:
        """Columns of negative reduced cost in every lane, and the bound."""
        reward, charge = duals.reward(self.rows), duals.charge(self.rows)
        priced = self.pricer.price(
            reward, charge, a_lane=max(A_LANE, self.pricer.traces), most=self.labels
        )
        bound = lagrangian(self.arcs.graph, self.rows, self.weights, duals, priced.least)
        return priced, bound

    def must(self) -> list[Column]:
        """For each run a column, so that the LP has a solution."""
        found = []
        for i, lane in enumerate(self.arcs.graph.lanes):
            if lane.run >= 0:
                found.append(column_of(self.arcs, i, np.flatnonzero(self.arcs.own[i]).tolist()))
        return [column for column in found if column is not None]
