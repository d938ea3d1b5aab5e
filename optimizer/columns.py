"""Column generation: the LP over all duties, and the bound that comes with it.

Source: J. Desrosiers and M. E. Luebbecke, "A Primer in Column Generation" (2005); the
smoothing is P. Wentges, "Weighted Dantzig-Wolfe decomposition" (1997).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from optimizer.bound import SCALE, Duals, lagrangian
from optimizer.ground import NEVER, Ints
from optimizer.master import EngineFailed, Master, rows_used
from optimizer.paths import Column, column_of
from optimizer.pricing import Labels, Meter, Weighted, price
from optimizer.roads import Roads
from optimizer.rows import Rows, Weights
from optimizer.search import Search

SMOOTHING = 0.6
A_LANE = 4
TRIMMED = 2
ENOUGH = 12
GRAINS = (4, 12, 48)
STEPS = (40, 40, 2_000)
WORTH = -SCALE // 20


@dataclass
class Pool:
    """The columns known so far, each once, in the order they came."""

    columns: list[Column] = field(default_factory=list)
    known: set[tuple[int, tuple[int, ...], tuple[bool, ...]]] = field(default_factory=set)

    def add(self, columns: Iterable[Column]) -> list[Column]:
        """Keep what is new, and return it."""
        new = []
        for column in columns:
            key = (column.lane, column.nodes, column.by_home)
            if key not in self.known:
                self.known.add(key)
                new.append(column)
        self.columns += new
        return new


@dataclass(frozen=True, slots=True)
class Priced:
    """One pricing pass: columns worth having, and the bound these duals prove."""

    columns: tuple[Column, ...]
    bound: int
    least: Ints
    labels: Labels


@dataclass(frozen=True, slots=True)
class Generated:
    """Outcome of column generation: the best bound, its duals, and how it ended."""

    bound: int
    duals: Duals
    value: float
    rounds: int
    converged: bool


class Generator:
    """Column generation under one set of weights; several may share a pool."""

    def __init__(self, roads: Roads, rows: Rows, weights: Weights, pool: Pool) -> None:
        self.rows, self.weights, self.pool = rows, weights, pool
        self.weighted = Weighted(roads.arcs, weights.fen * SCALE)
        self.roads = roads
        self.grain = 0
        self.meters = [Meter(self.weighted, steps) for steps in GRAINS]

    def run(self, *, more: Callable[[], bool], rounds: int) -> Generated:
        """Until nothing is worth adding, `more` says no, or the rounds are used up."""
        master = Master(self.weighted, self.rows, self.weights)
        self.pool.add(self._must())
        master.add(self.pool.columns)
        best = Generated(-NEVER, Duals(np.zeros_like(self.rows.right)), 0.0, 0, False)
        for k in range(1, rounds + 1):
            try:
                lp = master.solve()
            except EngineFailed:
                break
            here = Duals.of(lp.duals, self.rows.equal)
            trial = here if k == 1 else _between(here, best.duals, SMOOTHING)
            new, best = self._round(trial, best, lp.value, k)
            if not new and trial is not here:
                new, best = self._round(here, best, lp.value, k)
            while not new and self.grain + 1 < len(GRAINS):
                self.grain += 1
                new, best = self._round(here, best, lp.value, k)
            master.add(new)
            if not new or best.bound >= np.ceil(lp.value - 1e-6):
                return _ended(best, lp.value)
            if not more():
                break
        return best

    def _round(
        self, duals: Duals, best: Generated, value: float, k: int
    ) -> tuple[list[Column], Generated]:
        priced = self.price(duals)
        if priced.bound > best.bound:
            best = Generated(priced.bound, duals, value, k, False)
        else:
            best = Generated(best.bound, best.duals, value, k, False)
        return self.pool.add(priced.columns), best

    def price(self, duals: Duals) -> Priced:
        """Columns of negative reduced cost in every lane, and the bound."""
        graph = self.weighted.arcs.graph
        reward, charge = duals.reward(self.rows), duals.charge(self.rows)
        labels = price(self.weighted, self.meters[self.grain], reward, charge)
        least = labels.entry.min(axis=1, initial=NEVER)
        found: list[Column] = []
        open_lanes = []
        for lane in np.flatnonzero(least < WORTH).tolist():
            columns, whole = self._free(labels, lane, duals)
            found += columns
            open_lanes += [] if whole else [lane]
        if self.grain == len(GRAINS) - 1 or len(found) < ENOUGH:
            for lane in open_lanes:
                search = Search(
                    self.weighted, self.roads, labels, lane, (reward, int(charge[lane]))
                )
                closer = search.best(0, A_LANE, STEPS[self.grain])
                found += [column for _, column in closer.columns]
                least[lane] = closer.least
        bound = lagrangian(graph, self.rows, self.weights, duals, least)
        return Priced(tuple(found), bound, least, labels)

    def _free(self, labels: Labels, lane: int, duals: Duals) -> tuple[list[Column], bool]:
        """Columns read off the labels, and whether the cheapest path was within the limits."""
        entry = labels.entry[lane]
        order = np.argsort(entry, kind="stable")[:A_LANE]
        columns, whole = [], True
        for rank, node in enumerate(order):
            if entry[node] >= WORTH:
                break
            path = labels.path(lane, int(node))
            column = column_of(self.weighted, self.roads, lane, path)
            whole &= rank > 0 or column is not None
            if column is not None:
                columns.append(column)
            elif rank < TRIMMED:
                columns += self._trimmed(lane, path, duals)
        return columns, whole

    def _trimmed(self, lane: int, path: tuple[int, ...], duals: Duals) -> list[Column]:
        """The best part of a path that is too long, if it is worth having."""
        if self.weighted.arcs.graph.lanes[lane].run >= 0:
            return []
        parts = [path[:k] for k in range(1, len(path))] + [path[k:] for k in range(1, len(path))]
        parts += [(*path[:k], *path[k + 1 :]) for k in range(1, len(path) - 1)]
        found = [column_of(self.weighted, self.roads, lane, part) for part in parts]
        fine = [(self.reduced(c, duals), c) for c in found if c is not None]
        value, column = min(fine, key=lambda pair: pair[0], default=(0, None))
        return [column] if column is not None and value < WORTH else []

    def reduced(self, column: Column, duals: Duals) -> int:
        """Reduced cost of a column."""
        used = rows_used(self.weighted, self.rows, column)
        return column.fen * self.weighted.weight - int(duals.rows[used].sum())

    def _must(self) -> list[Column]:
        """For each run a column, so that the LP has a solution."""
        graph = self.weighted.arcs.graph
        found = []
        for i, lane in enumerate(graph.lanes):
            own = np.flatnonzero(self.weighted.own[i])
            if lane.run >= 0:
                found.append(column_of(self.weighted, self.roads, i, [int(n) for n in own]))
        return [column for column in found if column is not None]


def _between(here: Duals, there: Duals, share: float) -> Duals:
    mixed = (1 - share) * here.rows + share * there.rows
    return Duals(np.rint(mixed).astype(np.int64))


def _ended(best: Generated, value: float) -> Generated:
    return Generated(best.bound, best.duals, value, best.rounds, True)
