"""Completion bounds: what the duties of a shape of lanes cost at least under given multipliers.

A shape's tables are filled in from the last node to the first, and hold for all of a round's
labels. Nodes that are on no path below the threshold are left out of them.
"""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from optimizer.allowance import allowance_of, fill_limits, fill_promises
from optimizer.arcs import Arcs
from optimizer.forward import Prices
from optimizer.moves import AT, HOME_CHARGE
from optimizer.nodes import Ints
from optimizer.passes import NO_WAYS, Between, between_of
from optimizer.reach import Reach, Sifted, fill_free, sift
from optimizer.roads import Roads, kept_roads, reckoned_roads
from optimizer.spots import grid_of
from optimizer.terrain import NEVER, NO_LIMIT, hourly
from optimizer.waits import Waits, fill_waits, sift_waits, waits_of

# The nodes of a run earn so much each, so that all are on its duty.
MUST = 1 << 50
# Entries of tables of ways that are kept between rounds.
MOST_KEPT = 4_000_000
# With fewer ways from a node for each place it is sooner done node by node.
PAIRS_A_PLACE = 0.2


@dataclass(frozen=True, slots=True)
class Bounded:
    """A shape under the multipliers of a round: no path costs less than the `bound`.

    `least` is of the paths that begin with each node in reach, without the base. Paths that
    cost `below` or more were not looked at.
    """

    shape: int
    prices: Prices
    least: Ints
    bound: int
    below: int


@dataclass(frozen=True, slots=True)
class _Within:
    """Which paths are looked at: below a threshold, and a share of the cheapest, with the base."""

    base: int
    below: int
    share: float

    def of(self, cheapest: int) -> int:
        """The threshold where the cheapest path without limits costs so much."""
        if not self.share:
            return self.below
        return min(self.below, int(self.share * min(0, self.base + cheapest)) - self.base)


class Completions:
    """The tables of all shapes under one weight of a fen; those of ways are made side by side."""

    def __init__(
        self,
        arcs: Arcs,
        weight: int,
        side_by_side: Executor,
        most_kept: int = MOST_KEPT,
        pairs_a_place: float = PAIRS_A_PLACE,
    ) -> None:
        self._arcs, self._weight = arcs, weight
        own = arcs.own[arcs.chosen]
        self._serve = _times(arcs.serve[arcs.chosen], weight) - own * MUST
        self._ends = _times(arcs.ends.cost, weight)
        self._must = own.sum(axis=1).astype(np.int64) * MUST
        self._may = [allowance_of(arcs, int(lane)) for lane in arcs.chosen]
        self._between: dict[int, Between] = {}
        if len(arcs.kinds) * int(arcs.offset[-1]) <= most_kept:
            kinds = range(len(arcs.kinds))
            self._between = dict(zip(kinds, side_by_side.map(self._ways, kinds), strict=True))
        self._roads: dict[tuple[int, bool], Roads] = {}
        self._grid = grid_of(arcs.graph.field, hourly(arcs.graph.problem))
        self._waits: dict[int, Waits] = {}
        self._reach = [self._coming(s) for s in range(len(arcs.chosen))]
        self._by_places = [self._pays(s, pairs_a_place) for s in range(len(arcs.chosen))]

    def _ways(self, kind: int) -> Between:
        """Weighted ways of a kind."""
        arcs = self._arcs
        return between_of(arcs.graph.field, arcs.kinds[kind], arcs.offset, self._weight)

    def _coming(self, shape: int) -> Reach:
        """What a shape may serve."""
        kind = int(self._arcs.kind[self._arcs.chosen[shape]])
        key = kind, self._may[shape].by_metres
        if key not in self._roads:
            self._roads[key] = self._roads_of(*key)
        nodes = np.flatnonzero(self._serve[shape] < NEVER).astype(np.int64)
        return Reach.of(nodes, self._arcs.graph.nodes.after, self._roads[key])

    def _roads_of(self, kind: int, by_metres: bool) -> Roads:
        """The least ways of a kind: by tables if those of all kinds fit into memory."""
        arcs, car = self._arcs, self._arcs.kinds[kind]
        if kind in self._between:
            return kept_roads(arcs, car, self._between[kind], by_metres=by_metres)
        return reckoned_roads(arcs, car, self._weight, by_metres=by_metres)

    def _pays(self, shape: int, pairs_a_place: float) -> bool:
        """Whether completions without limits are sooner found place by place.

        What is fixed may be late, so that no run's are.
        """
        arcs, reach = self._arcs, self._reach[shape]
        lane, kind = int(arcs.chosen[shape]), int(arcs.kind[arcs.chosen[shape]])
        if reach.roads.kept or arcs.graph.lanes[lane].run >= 0:
            return False
        many = len(reach.nodes)
        pairs = many * many - int(reach.begin[reach.nodes].sum())
        if pairs < pairs_a_place * many * len(self._grid.begin.places):
            return False
        if kind not in self._waits:
            self._waits[kind] = waits_of(arcs.graph.field, self._grid, reach.roads)
        return True

    def _near(
        self, shape: int, reach: Reach, ends: tuple[Ints, Ints], earned: Ints, within: "_Within"
    ) -> tuple[Reach, Sifted]:
        """The nodes on paths that may cost less than a threshold."""
        f, nodes, (first, last) = self._arcs.graph.field, reach.nodes, ends
        gone, free = np.empty((2, len(earned)), dtype=np.int64)
        if not self._by_places[shape]:
            fill_free(f, reach, last, earned, free)
            below = within.of(int((first[nodes] + free[nodes]).min(initial=NEVER)))
            nodes = nodes.copy()
            # What is left is in front.
            many = sift(f, reach._replace(nodes=nodes), first, earned, free, below, gone)
            return Reach.of(nodes[:many], f.after, reach.roads), Sifted(gone, free, below)
        grid, waits = self._grid, self._waits[int(self._arcs.kind[self._arcs.chosen[shape]])]
        low = np.empty(max(len(grid.begin.at_s), len(grid.end.at_s)), dtype=np.int64)
        tree, kept = np.empty(len(earned) + 1, np.int64), np.empty(len(earned), np.bool_)
        fill_waits(f, grid, waits, last, earned, free, low, tree)
        below = within.of(int((first[nodes] + free[nodes]).min(initial=NEVER)))
        sift_waits(f, grid, waits, first, earned, free, below, gone, low, tree, kept)
        return Reach.of(nodes[kept[nodes]], f.after, reach.roads), Sifted(gone, free, below)

    def of(self, shape: int, gain: Ints, cheapest: int, below: int, share: float = 0.0) -> Bounded:
        """A shape whose nodes earn `gain` each, and whose cheapest lane is charged so much.

        Paths that cost `below` or more are not looked at, nor those that cost more than a
        share of the cheapest without limits.
        """
        arcs, may, reach = self._arcs, self._may[shape], self._reach[shape]
        lane, f, roads = int(arcs.chosen[shape]), arcs.graph.field, reach.roads
        base = int(arcs.base[lane]) * self._weight + cheapest + int(self._must[shape])
        (first, last), n = self._ends[shape], len(gain)
        earned = np.minimum(self._serve[shape] - gain, NEVER)
        earned[self._serve[shape] >= NEVER] = NEVER
        nodes = reach.nodes[earned[reach.nodes] < NEVER]
        reach, sifted = self._near(
            shape,
            Reach.of(nodes, f.after, roads),
            (first, last),
            earned,
            _Within(base, below - base, share),
        )
        whole = int((first[nodes] + sifted.free[nodes]).min(initial=NEVER))
        onward, ahead = np.empty((2, n * may.classes), dtype=np.int64)
        within = np.empty(n * may.steps if may.steps > 1 else 0, dtype=np.int64)
        fill_limits(f, may, reach, last, earned, sifted, onward, ahead, within)
        least = np.empty(len(reach.nodes), dtype=np.int64)
        fill_promises(may, reach.nodes, first, earned, ahead, within, least)
        bound = min(int(least.min(initial=NEVER)), sifted.below)
        bound = base + max(bound, whole)
        ways = self._between.get(int(arcs.kind[lane]), NO_WAYS)
        prices = Prices(
            reach=reach,
            at=ways.at,
            ways=ways.ways,
            fens=ways.fens,
            many=ways_between(arcs) if roads.car.charge_m > 0 else HOME_CHARGE,
            first=first,
            last=last,
            earned=earned,
            onward=onward,
            ahead=ahead,
            within=within,
            may=may,
            own=arcs.own[lane],
            base=base,
            weight=self._weight,
            late_s=self._late_s(lane),
        )
        return Bounded(shape, prices, least, min(bound, NEVER), base + sifted.below)

    def _late_s(self, lane: int) -> int:
        """From when on who leaves home is home in time by the end of the lane's window."""
        span_s, it = self._arcs.graph.field.span_s, self._arcs.graph.lanes[lane]
        if span_s >= NO_LIMIT:
            return -1
        return NO_LIMIT if it.run >= 0 else it.car.until_s - span_s


def ways_between(arcs: Arcs) -> int:
    """How many ways there are from one node to the next at most."""
    return AT + len(arcs.graph.field.chargers)


def _times(fen: Ints, weight: int) -> Ints:
    return np.where(fen >= NEVER, NEVER, fen * weight)
