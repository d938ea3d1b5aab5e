"""The cheapest duties of every lane under given multipliers, in whole numbers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from optimizer.arcs import Arcs
from optimizer.forward import Prices, paths_below
from optimizer.labels import Work, work_of
from optimizer.limit_price import LimitPrice
from optimizer.nodes import Ints
from optimizer.passes import Between, between_of, completions
from optimizer.paths import Column
from optimizer.terrain import NEVER, NO_LIMIT
from optimizer.traces import traced

MUST = 1 << 50
WORTH = -50
MOST_LABELS = 400_000
# Entries of tables of ways that are kept between rounds.
MOST_KEPT = 12_000_000
# How much of the cheapest completion's cost is looked at, before all below 0 is.
SHARES = (0.99, 0.9, 0.5)
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


@dataclass(frozen=True, slots=True)
class _Lane:
    """A shape under the multipliers of a round: `bound` is the least cost without limits."""

    shape: int
    prices: Prices
    ways: Between
    bound: int
    cheapest: int


class Pricer:
    """Prices under one weight of a fen; the nodes of a run earn MUST each, so all are on it."""

    def __init__(self, arcs: Arcs, weight: int) -> None:
        self.arcs, self.weight = arcs, weight
        self.worth = WORTH if weight else -1
        self.traces = TRACES
        self._works: SimpleQueue[Work] = SimpleQueue()
        for _ in range(THREADS):
            self._works.put(work_of(len(arcs.graph.nodes), MOST_LABELS + 2))
        own = arcs.own[arcs.chosen]
        self._serve = _times(arcs.serve[arcs.chosen], weight) - own * MUST
        self._ends = _times(arcs.ends.cost[arcs.chosen], weight)
        self._must = own.sum(axis=1).astype(np.int64) * MUST
        self._between: dict[int, Between] = {}
        shapes = range(len(arcs.chosen))
        self._lanes_of = [np.flatnonzero(arcs.shape == s).astype(np.int64) for s in shapes]
        self._limits = [LimitPrice(arcs, int(lane)) for lane in arcs.chosen]

    def between(self, kind: int) -> Between:
        """Weighted ways of a kind, kept if those of all kinds fit into memory."""
        found = self._between.get(kind)
        if found is None:
            arcs = self.arcs
            found = between_of(arcs.graph.field, arcs.kinds[kind], arcs.offset, self.weight)
            if len(arcs.kinds) * len(found.cost) <= MOST_KEPT:
                self._between[kind] = found
        return found

    def price(self, reward: Ints, charge: Ints, *, a_lane: int, most: int) -> Priced:
        """Serving task j earns reward[j], using lane l costs charge[l].

        There are up to `most` labels; with 0 paths are only read off the backward pass.
        """
        least = np.zeros(len(charge), dtype=np.int64)
        columns: list[Column] = []
        whole = True

        def searched(it: _Lane) -> tuple[int, bool, list[Column]]:
            if it.bound >= self.worth:
                return it.bound, True, []
            work = self._works.get()
            try:
                low, full, done = self._search(it, most, work)
                extra = charge[self._lanes_of[it.shape]] - it.cheapest
                return low, full, self._columns(it.shape, done, a_lane, extra, work)
            finally:
                self._works.put(work)

        lanes = list(self._lanes(reward, charge))
        for it, (low, full, found) in zip(lanes, _POOL.map(searched, lanes), strict=True):
            extra = charge[self._lanes_of[it.shape]] - it.cheapest
            least[self._lanes_of[it.shape]] = np.minimum(low + extra, 0)
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
        for it in self._lanes(reward, charge):
            lanes = self._lanes_of[it.shape]
            room = gaps[lanes] - (charge[lanes] - it.cheapest)
            below = int(room.max(initial=0))
            if it.bound >= below:
                continue
            _, prices = self._limits[it.shape].best(it.prices, it.ways, it.bound)
            done = self._paths(it.shape, prices, below, (most, -1), work)
            if done < 0:
                yield None
                return
            yield [
                column
                for k in range(done)
                for column in self._column(int(work.done[k]), lanes[work.done_cost[k] < room], work)
            ]

    def _lanes(self, reward: Ints, charge: Ints) -> Iterator[_Lane]:
        """Each shape under these multipliers, those of one kind together."""
        arcs, graph = self.arcs, self.arcs.graph
        gain = graph.nodes.total(reward)
        order = np.argsort(arcs.kind[arcs.chosen], kind="stable").tolist()
        for s in order if len(gain) else ():
            lane, cheapest = int(arcs.chosen[s]), int(charge[self._lanes_of[s]].min())
            ways = self.between(int(arcs.kind[lane]))
            earned = np.minimum(self._serve[s] - gain, NEVER)
            first, last = self._ends[s]
            onward, ahead = np.empty((2, len(gain)), dtype=np.int64)
            here = (first, last, earned, 0, onward, ahead)
            least = completions(arcs.offset, ways.cost, ways.driving_s, *here)
            base = int(arcs.base[lane]) * self.weight + cheapest + int(self._must[s])
            prices = Prices(
                offset=arcs.offset,
                between=ways.cost,
                at=ways.at,
                ways=ways.ways,
                fens=ways.fens,
                use=ways.driving_s,
                first=first,
                last=last,
                earned=earned,
                onward=onward,
                priced_first=first,
                priced_last=last,
                priced_earned=earned,
                priced=onward,
                ahead=ahead,
                priced_ahead=ahead,
                own=arcs.own[lane],
                base=base,
                weight=self.weight,
                rate=0,
                by_metres=False,
                late_s=self._late_s(lane),
            )
            yield _Lane(int(s), prices, ways, min(base + least, NEVER), cheapest)

    def _late_s(self, lane: int) -> int:
        """From when on who leaves home is home in time by the end of the lane's window."""
        span_s, it = self.arcs.graph.field.span_s, self.arcs.graph.lanes[lane]
        if span_s >= NO_LIMIT:
            return -1
        return NO_LIMIT if it.run >= 0 else it.car.until_s - span_s

    def _search(self, it: _Lane, most: int, work: Work) -> tuple[int, bool, int]:
        """A bound on reduced cost, whether columns may be missing, and how many were found.

        Paths read off the backward pass; where they break limits all labels near the bound,
        further and further from it; if those are too many a few labels at each node.
        """
        bound, prices = self._limits[it.shape].best(it.prices, it.ways, it.bound)
        if bound >= self.worth:
            return bound, True, 0
        if not most:
            return bound, False, self._traced(it.shape, prices, work)
        for share in (*SHARES, 0.0):
            below = min(int(share * bound), self.worth)
            done = self._paths(it.shape, prices, below, (most, 0), work)
            if done > 0:
                return int(work.done_cost[:done].min()), True, done
            if done < 0:
                break
        else:
            return self.worth, True, 0
        done = self._traced(it.shape, prices, work)
        if done:
            return bound, False, done
        return bound, False, self._paths(it.shape, prices, self.worth, (MOST_LABELS, BEAM), work)

    def _paths(
        self, shape: int, prices: Prices, below: int, limits: tuple[int, int], work: Work
    ) -> int:
        graph = self.arcs.graph
        car = graph.lanes[int(self.arcs.chosen[shape])].car
        return int(paths_below(graph.field, car, prices, work, below, *limits)[0])

    def _traced(self, shape: int, prices: Prices, work: Work) -> int:
        graph = self.arcs.graph
        car = graph.lanes[int(self.arcs.chosen[shape])].car
        promise = prices.priced_first + prices.priced_earned + prices.priced
        firsts = np.argsort(promise, kind="stable")
        firsts = firsts[prices.base + promise[firsts] < self.worth]
        used = np.zeros(len(promise), dtype=np.bool_)
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
            fen += int(arcs.base[lane] + arcs.ends.cost[lane, 1, path[-1]])
            fen += int(arcs.serve[lane, nodes].sum())
        return [Column(lane, path, by, fen) for lane in lanes.tolist()]


def _times(fen: Ints, weight: int) -> Ints:
    return np.where(fen >= NEVER, NEVER, fen * weight)
