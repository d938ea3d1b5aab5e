"""Column generation: the LP over all duties, and the bound that comes with it.

Source: J. Desrosiers and M. E. Luebbecke, "A Primer in Column Generation" (2005); the
smoothing is P. Wentges, "Weighted Dantzig-Wolfe decomposition" (1997).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from optimizer.arcs import Arcs
from optimizer.bound import SCALE, Duals, lagrangian
from optimizer.master import EngineFailed, Master
from optimizer.paths import Column, column_of
from optimizer.pricing import MOST_LABELS, Priced, Pricer
from optimizer.rows import Rows, Weights
from optimizer.terrain import NEVER

SMOOTHING = 0.6
A_LANE = 6
FEW_LABELS = 3_000


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
        exact: its pricing kept every limit.
        value: of the last LP.
        converged: no duty could have made the LP better.
    """

    bound: int
    duals: Duals
    exact: bool
    value: float
    rounds: int
    converged: bool


class Generator:
    """Column generation under one set of weights; several may share a pool."""

    def __init__(self, arcs: Arcs, rows: Rows, weights: Weights, pool: Pool) -> None:
        self.arcs, self.rows, self.weights, self.pool = arcs, rows, weights, pool
        self.pricer = Pricer(arcs, weights.fen * SCALE)
        self.master = Master(arcs, rows, weights)
        self._labels = FEW_LABELS

    def run(self, *, more: Callable[[], bool], rounds: int, near: float = 0.0) -> Generated:
        """Until nothing is worth adding, `more` says no, or the rounds are used up.

        `near` is the relative gap between LP and bound that is good enough.
        """
        self.pool.add(self._must())
        self.master.add(self.pool.columns)
        best = Generated(-NEVER, Duals(np.zeros_like(self.rows.right)), True, 0.0, 0, False)
        for k in range(1, rounds + 1):
            try:
                lp = self.master.solve()
            except EngineFailed:
                break
            here = Duals.of(lp.duals, self.rows.equal)
            trial = here if k == 1 else here.between(best.duals, SMOOTHING)
            new, best = self._round(trial, best, lp.value, k)
            if not new and trial is not here:
                new, best = self._round(here, best, lp.value, k)
            while not new and not best.exact and self._labels < MOST_LABELS:
                self._labels = min(MOST_LABELS, 5 * self._labels)
                new, best = self._round(here, best, lp.value, k)
            self.master.add(new)
            close = best.bound >= np.ceil(lp.value - 1e-6) - near * abs(lp.value)
            if not new or close:
                return _ended(best, converged=not new or close)
            if not more():
                break
        return best

    def _round(
        self, duals: Duals, best: Generated, value: float, k: int
    ) -> tuple[list[Column], Generated]:
        priced, bound = self.price(duals)
        if bound > best.bound or (bound == best.bound and priced.whole):
            best = Generated(bound, duals, priced.whole, value, k, False)
        else:
            best = Generated(best.bound, best.duals, best.exact, value, k, False)
        return self.pool.add(priced.columns), best

    def price(self, duals: Duals) -> tuple[Priced, int]:
        """Columns of negative reduced cost in every lane, and the bound."""
        reward, charge = duals.reward(self.rows), duals.charge(self.rows)
        priced = self.pricer.price(reward, charge, a_lane=A_LANE, most=self._labels)
        bound = lagrangian(self.arcs.graph, self.rows, self.weights, duals, priced.least)
        return priced, bound

    def _must(self) -> list[Column]:
        """For each run a column, so that the LP has a solution."""
        found = []
        for i, lane in enumerate(self.arcs.graph.lanes):
            if lane.run >= 0:
                found.append(column_of(self.arcs, i, np.flatnonzero(self.arcs.own[i]).tolist()))
        return [column for column in found if column is not None]


def _ended(best: Generated, *, converged: bool) -> Generated:
    return Generated(best.bound, best.duals, best.exact, best.value, best.rounds, converged)
