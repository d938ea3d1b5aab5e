"""The cheapest duties of every lane under given multipliers, in whole numbers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from optimizer.arcs import Arcs
from optimizer.completions import Bounded, Completions, ways_between
from optimizer.forward import Prices, paths_below
from optimizer.labels import Work, work_of
from optimizer.nodes import Ints
from optimizer.paths import Column
from optimizer.traces import traced

WORTH = -50
MOST_LABELS = 400_000
# How much of the cheapest completion's cost is looked at, before all below 0 is.
SHARES = (0.99, 0.95, 0.9, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1, 0.05)
BEAM = 4
# Traces of a shape.
TRACES = 8
# Shapes are priced side by side: the kernels hold no lock.
THREADS = 2
_POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="pricing")


@dataclass(frozen=True, slots=True)
class Priced:
    """One pass.

    Attributes:
        columns: the cheapest few of each lane, of negative reduced cost.
        least: (lanes,) no duty of the lane has a smaller reduced cost; never above 0.
        whole: in no lane were there too many labels, so that it might have missed columns.
    """

    columns: tuple[Column, ...]
    least: Ints
    whole: bool


class Pricer:
    """Prices under one weight of a fen.

    Attributes:
        worth: reduced costs that are not below this are not worth a column.
        traces: how many paths of a shape are read off at most.
        nearby: where paths are only read off, those that cost more than so much of the
            cheapest without limits are not looked at.
    """

    def __init__(self, arcs: Arcs, weight: int) -> None:
        self.arcs, self.weight = arcs, weight
        self.worth = WORTH if weight else -1
        self.traces = TRACES
        self.nearby = 0.0
        self._works: SimpleQueue[Work] = SimpleQueue()
        for _ in range(THREADS):
            self._works.put(work_of(len(arcs.graph.nodes), MOST_LABELS + 2, ways_between(arcs)))
        self._completions = Completions(arcs, weight, _POOL)
        shapes = range(len(arcs.chosen))
        self._lanes_of = [np.flatnonzero(arcs.shape == s).astype(np.int64) for s in shapes]

    def price(self, reward: Ints, charge: Ints, *, a_lane: int, most: int) -> Priced:
        """Serving task j earns reward[j], using lane l costs charge[l].

        There are up to `most` labels; with 0 paths are only read off the backward pass.
        """
        least = np.zeros(len(charge), dtype=np.int64)
        columns: list[Column] = []
        whole = True

        def searched(s: int) -> tuple[int, bool, list[Column]]:
            cheapest = int(charge[self._lanes_of[s]].min())
            share = 0.0 if most else self.nearby
            it = self._completions.of(s, gain, cheapest, self.worth, share)
            if it.bound >= self.worth:
                return it.bound, True, []
            work = self._works.get()
            try:
                low, full, done = self._search(it, most, work)
                return low, full, self._columns(s, done, a_lane, extras[s], work)
            finally:
                self._works.put(work)

        extras = [charge[lanes] - charge[lanes].min() for lanes in self._lanes_of]
        gain = self.arcs.graph.nodes.total(reward)
        order = self._order() if len(gain) else []
        for s, (low, full, found) in zip(order, _POOL.map(searched, order), strict=True):
            least[self._lanes_of[s]] = np.minimum(low + extras[s], 0)
            whole &= full
            columns += found
        return Priced(tuple(columns), least, whole)

    def below(
        self, reward: Ints, charge: Ints, gaps: Ints, most: int
    ) -> Iterator[list[Column] | None]:
        """For each shape all columns whose reduced cost is below gaps[lane]; None: too many."""
        work = self._works.get()
        try:
            yield from self._below(reward, charge, gaps, (most, work))
        finally:
            self._works.put(work)

    def _below(
        self, reward: Ints, charge: Ints, gaps: Ints, limits: tuple[int, Work]
    ) -> Iterator[list[Column] | None]:
        most, work = limits
        gain = self.arcs.graph.nodes.total(reward)
        for s in self._order() if len(gain) else ():
            lanes = self._lanes_of[s]
            cheapest = int(charge[lanes].min())
            room = gaps[lanes] - (charge[lanes] - cheapest)
            below = int(room.max(initial=0))
            it = self._completions.of(s, gain, cheapest, below)
            if it.bound >= below:
                continue
            done = self._paths(it.shape, it.prices, below, (most, -1), work)
            if done < 0:
                yield None
                return
            yield [
                column
                for k in range(done)
                for column in self._column(int(work.done[k]), lanes[work.done_cost[k] < room], work)
            ]

    def _order(self) -> list[int]:
        """The shapes, those of one kind together."""
        kind = self.arcs.kind[self.arcs.chosen]
        return [int(s) for s in np.argsort(kind, kind="stable")]

    def _search(self, it: Bounded, most: int, work: Work) -> tuple[int, bool, int]:
        """A bound on reduced cost, whether columns may be missing, and how many were found.

        Paths read off the backward pass; where they break limits all labels near the bound,
        further and further from it; if those are too many a few labels at each node.
        """
        bound, prices = it.bound, it.prices
        if not most:
            return bound, False, self._traced(it, work)
        for share in (*SHARES, 0.0):
            below = min(int(share * it.bound), self.worth)
            done = self._paths(it.shape, prices, below, (most, 0), work)
            if done > 0:
                return int(work.done_cost[:done].min()), True, done
            if done < 0:
                break
            bound = below
        else:
            return self.worth, True, 0
        done = self._traced(it, work)
        if done:
            return bound, False, done
        return bound, False, self._paths(it.shape, prices, self.worth, (MOST_LABELS, BEAM), work)

    def _paths(
        self, shape: int, prices: Prices, below: int, limits: tuple[int, int], work: Work
    ) -> int:
        graph = self.arcs.graph
        car = graph.lanes[int(self.arcs.chosen[shape])].car
        return int(paths_below(graph.field, car, prices, work, below, *limits)[0])

    def _traced(self, it: Bounded, work: Work) -> int:
        graph, prices = self.arcs.graph, it.prices
        car = graph.lanes[int(self.arcs.chosen[it.shape])].car
        order = np.argsort(it.least, kind="stable")
        firsts = prices.reach.nodes[order[prices.base + it.least[order] < self.worth]]
        used = np.zeros(len(prices.earned), dtype=np.bool_)
        return int(traced(graph.field, car, prices, work, firsts, self.worth, self.traces, used))

    def _columns(self, s: int, done: int, a_lane: int, extra: Ints, work: Work) -> list[Column]:
        """The cheapest paths, one for each last node, in the lanes where they are worth it."""
        order = np.argsort(work.done_cost[: max(done, 0)], kind="stable")
        ends: set[int] = set()
        found: list[Column] = []
        for k in order.tolist():
            end, cost = int(work.node[work.done[k]]), int(work.done_cost[k])
            if cost >= self.worth or len(ends) >= a_lane:
                break
            if end not in ends:
                lanes = self._lanes_of[s][cost + extra < self.worth]
                found += self._column(int(work.done[k]), lanes[: 2 if ends else None], work)
                ends.add(end)
        return found

    def _column(self, label: int, lanes: Ints, work: Work) -> list[Column]:
        arcs = self.arcs
        fen, nodes, ways = int(work.fen[label]), [], []
        while label >= 0:
            nodes.append(int(work.node[label]))
            ways.append(int(work.way[label]))
            label = int(work.back[label])
        path, by = tuple(nodes[::-1]), tuple(ways[::-1])
        if len(lanes):
            lane = int(lanes[0])
            fen += int(arcs.base[lane] + arcs.ends.cost[arcs.shape[lane], 1, path[-1]])
            fen += int(arcs.serve[lane, nodes].sum())
        return [Column(lane, path, by, fen) for lane in lanes.tolist()]
