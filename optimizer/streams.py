"""Column generation where duties are any paths: dozens of duties apart from each other a round.

With few lanes, a few duties a round make the LP crawl: hundreds of duties balance one another
in a solution, and multipliers swing. So every lane gives a set of duties that share no task,
as if it were to serve the whole day, and they are priced between the best multipliers known
and the LP's.
Source: smoothing as in A. Pessoa, R. Sadykov, E. Uchoa, F. Vanderbeck, "Automation and
combination of linear-programming based stabilization techniques in column generation",
INFORMS Journal on Computing 30 (2018) 339; duties apart as in N. Touati Moungla, L. Letocart,
A. Nagih, "Solutions diversification in a column generation algorithm", Algorithmic Operations
Research 5 (2010) 86.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise

import numpy as np

from optimizer.arcs import Arcs
from optimizer.bound import SCALE, Duals, lagrangian
from optimizer.columns import SMOOTHING, Generated, Generator, Pool
from optimizer.link_paths import Through, apart, passes
from optimizer.links import Links, weighted
from optimizer.master import Master
from optimizer.nodes import Ints
from optimizer.outset import Outset
from optimizer.paths import Column
from optimizer.pricing import Priced
from optimizer.rows import Rows, Weights
from optimizer.terrain import NEVER

LEAST_SHARE = 0.1
# Of so few tasks the LP is quick from the first.
FEW_TASKS = 60
# Relative gap between LP and bound at which a dive goes on.
SETTLED = 1e-6


class Streams(Generator):
    """A generator whose duties have no limits; `tables` may leave out links of `links`."""

    def __init__(self, arcs: Arcs, rows: Rows, weights: Weights, pool: Pool, links: Links) -> None:
        super().__init__(arcs, rows, weights, pool)
        self.links, self._weight = links, weights.fen * SCALE
        self.tables = weighted(links.fen, self._weight)
        self._serve = np.where(links.serve >= NEVER, NEVER, links.serve * self._weight)
        n = links.serve.shape[1]
        self._through = Through(np.zeros(n, np.int64), np.zeros(n, np.int64))
        self._flat, self._at = np.zeros(n, np.int64), np.zeros(n + 1, np.int64)

    def run(self, *, more: Callable[[], bool], rounds: int, near: float = 0.0) -> Generated:
        """Until nothing is worth adding; of many tasks, from multipliers that are balanced."""
        self._begin = (self._spread(), -NEVER)
        if len(self.rows.of_task) > FEW_TASKS:
            outset = Outset(self.arcs, self.rows, self.weights, self._begin[0])
            outset.climb(self.pool.columns, self._columns, more)
            self._begin = (outset.duals, outset.bound)
            self.pool.add(outset.columns())
        return super().run(more=more, rounds=rounds, near=near)

    def _columns(self, duals: Duals) -> tuple[tuple[Column, ...], int]:
        priced, bound = self.price(duals)
        return priced.columns, bound

    def narrowed(self, columns: Sequence[Column]) -> "Streams":
        """Another with a pool and an LP of its own, that begins with these columns."""
        other = copy(self)
        other.pool, other.master = Pool(), Master(self.arcs, self.rows, self.weights)
        other.master.add(other.pool.add(columns))
        return other

    def settle(self, rounds: int) -> float:
        """The LP's value after so many rounds at most; `master.shares` are its."""
        lp = self.master.solve()
        here = Duals.of(lp.duals, self.rows.equal)
        best = Generated(-NEVER, here, lp.value, 0, converged=False)
        for _ in range(rounds):
            new, best = self._closer(here, best, lp.value)
            if not new:
                break
            self.master.add(new)
            lp = self.master.solve()
            here = Duals.of(lp.duals, self.rows.equal)
            if best.bound >= lp.value - SETTLED * abs(lp.value):
                break
        return lp.value

    def _step(
        self, here: Duals, best: Generated, value: float, k: int
    ) -> tuple[list[Column], Generated]:
        if k == 1:
            best = replace(best, duals=self._begin[0], bound=self._begin[1])
        return self._closer(here, best, value, k)

    def _closer(
        self, here: Duals, best: Generated, value: float, k: int = 0
    ) -> tuple[list[Column], Generated]:
        """New columns, priced ever nearer to the LP's multipliers until there are some."""
        share = SMOOTHING
        while True:
            new, best = self._round(here.between(best.duals, share), best, value, k)
            if new or share == 0.0:
                return new, best
            share = share / 2 if share > LEAST_SHARE else 0.0

    def _spread(self) -> Duals:
        """Multipliers that share out what the duties known so far cost."""
        duals = np.zeros_like(self.rows.right)
        items = self.arcs.graph.nodes.items
        for column in self.pool.columns:
            rows = self.rows.of_task[[j for i in column.nodes for j in items[i].tasks]]
            duals[rows] = column.fen * self._weight // len(rows)
        return Duals(duals)

    def price(self, duals: Duals) -> tuple[Priced, int]:
        """For every lane duties of negative reduced cost that share no task, and the bound."""
        gain = self.arcs.graph.nodes.total(duals.reward(self.rows))
        charge = duals.charge(self.rows).tolist()
        least = np.zeros(len(charge), dtype=np.int64)
        columns: list[Column] = []
        for lane, paid in enumerate(charge):
            low, found = self._lane(lane, np.minimum(self._serve[lane] - gain, NEVER), paid)
            least[lane] = min(low, 0)
            columns += found
        bound = lagrangian(self.arcs.graph, self.rows, self.weights, duals, least)
        return Priced(tuple(columns), least, whole=True), bound

    def _lane(self, lane: int, earned: Ints, paid: int) -> tuple[int, list[Column]]:
        """The least reduced cost of any duty of the lane, and the duties."""
        ways, below = self._through, self.pricer.worth - paid
        passes(self.tables, lane, earned, ways)
        promise = ways.before + ways.onward - earned
        low = int(promise.min(initial=NEVER))
        if low >= below:
            return low + paid, []
        order = np.argsort(promise, kind="stable")
        room = (self._flat, self._at)
        count = apart(self.tables, lane, earned, ways, below, order, *room)
        ends = self._at[: count + 1].tolist()
        return low + paid, [self._column(lane, self._flat[a:b]) for a, b in pairwise(ends)]

    def _column(self, lane: int, path: Ints) -> Column:
        it, kind = self.links, self.links.fen.kind[lane]
        fen = it.fen.first[lane, path[0]] + it.fen.last[lane, path[-1]]
        fen += it.serve[lane, path].sum() + it.fen.follow[kind, path[:-1], path[1:]].sum()
        ways = [int(it.first_way[lane, path[0]]), *it.way[kind, path[:-1], path[1:]].tolist()]
        return Column(lane, tuple(path.tolist()), tuple(ways), int(fen))
