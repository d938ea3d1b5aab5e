"""The cheapest duties of every lane under given multipliers, in whole numbers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from optimizer.allowance import (
    Reach,
    allowance_of,
    fill_classes,
    fill_free,
    fill_promises,
    fill_steps,
    sift,
)
from optimizer.arcs import Arcs
from optimizer.forward import Prices, paths_below
from optimizer.labels import Work, work_of
from optimizer.moves import AT, HOME_CHARGE
from optimizer.nodes import Ints
from optimizer.passes import NO_WAYS, Between, between_of
from optimizer.paths import Column
from optimizer.roads import Roads, kept_roads, reckoned_roads
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
    """A shape under the multipliers of a round: no path costs less than the `bound`.

    `least` is of the paths that begin with each node in reach, without the base.
    """

    shape: int
    prices: Prices
    least: Ints
    bound: int
    cheapest: int


class Pricer:
    """Prices under one weight of a fen; the nodes of a run earn MUST each, so all are on it."""

    def __init__(self, arcs: Arcs, weight: int) -> None:
        self.arcs, self.weight = arcs, weight
        self.worth = WORTH if weight else -1
        self.traces = TRACES
        self._many = AT + len(arcs.graph.field.chargers)
        self._works: SimpleQueue[Work] = SimpleQueue()
        for _ in range(THREADS):
            self._works.put(work_of(len(arcs.graph.nodes), MOST_LABELS + 2, self._many))
        own = arcs.own[arcs.chosen]
        self._serve = _times(arcs.serve[arcs.chosen], weight) - own * MUST
        self._ends = _times(arcs.ends.cost, weight)
        self._must = own.sum(axis=1).astype(np.int64) * MUST
        self._between: dict[int, Between] = {}
        self._roads: dict[tuple[int, bool], Roads] = {}
        self._kept = len(arcs.kinds) * int(arcs.offset[-1]) <= MOST_KEPT
        if self._kept:
            list(_POOL.map(self.between, range(len(arcs.kinds))))
        shapes = range(len(arcs.chosen))
        self._lanes_of = [np.flatnonzero(arcs.shape == s).astype(np.int64) for s in shapes]
        self._may = [allowance_of(arcs, int(lane)) for lane in arcs.chosen]
        self._reach = [self._coming(s) for s in shapes]

    def _coming(self, s: int) -> Reach:
        """What a shape may serve."""
        lane = int(self.arcs.chosen[s])
        nodes = np.flatnonzero(self._serve[s] < NEVER).astype(np.int64)
        roads = self.roads(int(self.arcs.kind[lane]), by_metres=self._may[s].by_metres)
        return Reach.of(nodes, self.arcs.graph.nodes.after, roads)

    def roads(self, kind: int, *, by_metres: bool) -> Roads:
        """The least ways of a kind: by tables if those of all kinds fit into memory."""
        found = self._roads.get((kind, by_metres))
        if found is None:
            arcs, car = self.arcs, self.arcs.kinds[kind]
            if self._kept:
                found = kept_roads(arcs, car, self.between(kind), by_metres=by_metres)
            else:
                found = reckoned_roads(arcs, car, self.weight, by_metres=by_metres)
            self._roads[kind, by_metres] = found
        return found

    def between(self, kind: int) -> Between:
        """Weighted ways of a kind."""
        found = self._between.get(kind)
        if found is None:
            arcs = self.arcs
            found = between_of(arcs.graph.field, arcs.kinds[kind], arcs.offset, self.weight)
            self._between[kind] = found
        return found

    def price(self, reward: Ints, charge: Ints, *, a_lane: int, most: int) -> Priced:
        """Serving task j earns reward[j], using lane l costs charge[l].

        There are up to `most` labels; with 0 paths are only read off the backward pass.
        """
        least = np.zeros(len(charge), dtype=np.int64)
        columns: list[Column] = []
        whole = True

        def searched(s: int) -> tuple[int, bool, list[Column]]:
            it = self._lane(s, gain, int(charge[self._lanes_of[s]].min()), self.worth)
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
            it = self._lane(s, gain, cheapest, below)
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

    def _lane(self, s: int, gain: Ints, cheapest: int, below: int) -> _Lane:
        """A shape under the multipliers of a round, with its tables filled in.

        Paths that cost `below` or more are not looked at.
        """
        lane = int(self.arcs.chosen[s])
        base = int(self.arcs.base[lane]) * self.weight + cheapest + int(self._must[s])
        arcs, may, reach = self.arcs, self._may[s], self._reach[s]
        (first, last), n, below = self._ends[s], len(gain), below - base
        earned = np.minimum(self._serve[s] - gain, NEVER)
        nodes = reach.nodes[earned[reach.nodes] < NEVER]
        f, car = arcs.graph.field, reach.roads.car
        reach = Reach.of(nodes, f.after, reach.roads)
        ways = self._between.get(int(arcs.kind[lane]), NO_WAYS)
        free = np.empty_like(earned)
        fill_free(f, reach, last, earned, free)
        whole = int((first[nodes] + free[nodes]).min(initial=NEVER))
        left = sift(f, reach, first, earned, free, below, np.empty_like(earned))
        reach = Reach.of(reach.nodes[:left], f.after, reach.roads)
        onward, ahead = np.empty((2, n * may.classes), dtype=np.int64)
        fill_classes(f, may, reach, last, earned, onward, ahead)
        within = np.empty(n * may.steps if may.steps > 1 else 0, dtype=np.int64)
        if may.steps > 1 and left:
            fill_steps(f, may, reach, last, earned, within)
        least = np.empty(left, dtype=np.int64)
        fill_promises(may, reach.nodes, first, earned, ahead, within, least)
        bound = min(int(least.min(initial=NEVER)), below)
        bound = base + max(bound, whole)
        prices = Prices(
            reach=reach,
            at=ways.at,
            ways=ways.ways,
            fens=ways.fens,
            many=self._many if car.charge_m > 0 else HOME_CHARGE,
            first=first,
            last=last,
            earned=earned,
            onward=onward,
            ahead=ahead,
            within=within,
            may=may,
            own=arcs.own[lane],
            base=base,
            weight=self.weight,
            late_s=self._late_s(lane),
        )
        return _Lane(s, prices, least, min(bound, NEVER), cheapest)

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
        bound, prices = it.bound, it.prices
        if not most:
            return bound, False, self._traced(it, work)
        for share in (*SHARES, 0.0):
            below = min(int(share * bound), self.worth)
            done = self._paths(it.shape, prices, below, (most, 0), work)
            if done > 0:
                return int(work.done_cost[:done].min()), True, done
            if done < 0:
                break
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

    def _traced(self, it: _Lane, work: Work) -> int:
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


def _times(fen: Ints, weight: int) -> Ints:
    return np.where(fen >= NEVER, NEVER, fen * weight)
