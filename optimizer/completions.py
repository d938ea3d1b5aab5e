"""Completion bounds: what the duties of a shape of lanes cost at least under given multipliers.

A shape's tables are filled in from the last node to the first, and hold for all of a round's
labels. Nodes that are on no path below the threshold are left out of them.
"""

from concurrent.futures import Executor
from dataclasses import dataclass

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
from optimizer.forward import Prices
from optimizer.moves import AT, HOME_CHARGE
from optimizer.nodes import Ints
from optimizer.passes import NO_WAYS, Between, between_of
from optimizer.roads import Roads, kept_roads, reckoned_roads
from optimizer.terrain import NEVER, NO_LIMIT

# The nodes of a run earn so much each, so that all are on its duty.
MUST = 1 << 50
# Entries of tables of ways that are kept between rounds.
MOST_KEPT = 4_000_000


@dataclass(frozen=True, slots=True)
class Bounded:
    """A shape under the multipliers of a round: no path costs less than the `bound`.

    `least` is of the paths that begin with each node in reach, without the base.
    """

    shape: int
    prices: Prices
    least: Ints
    bound: int


class Completions:
    """The tables of all shapes under one weight of a fen; those of ways are made side by side."""

    def __init__(
        self, arcs: Arcs, weight: int, side_by_side: Executor, most_kept: int = MOST_KEPT
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
        self._reach = [self._coming(s) for s in range(len(arcs.chosen))]

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

    def of(self, shape: int, gain: Ints, cheapest: int, below: int) -> Bounded:
        """A shape whose nodes earn `gain` each, and whose cheapest lane is charged so much.

        Paths that cost `below` or more are not looked at.
        """
        arcs, may, reach = self._arcs, self._may[shape], self._reach[shape]
        lane, f, roads = int(arcs.chosen[shape]), arcs.graph.field, reach.roads
        base = int(arcs.base[lane]) * self._weight + cheapest + int(self._must[shape])
        (first, last), n, below = self._ends[shape], len(gain), below - base
        earned = np.minimum(self._serve[shape] - gain, NEVER)
        nodes = reach.nodes[earned[reach.nodes] < NEVER]
        reach = Reach.of(nodes, f.after, roads)
        free = np.empty_like(earned)
        fill_free(f, reach, last, earned, free)
        whole = int((first[nodes] + free[nodes]).min(initial=NEVER))
        # What is left is in front.
        left = sift(f, reach, first, earned, free, below, np.empty_like(earned))
        reach = Reach.of(nodes[:left], f.after, roads)
        onward, ahead = np.empty((2, n * may.classes), dtype=np.int64)
        fill_classes(f, may, reach, last, earned, onward, ahead)
        within = np.empty(n * may.steps if may.steps > 1 else 0, dtype=np.int64)
        if may.steps > 1:
            fill_steps(f, may, reach, last, earned, within)
        least = np.empty(left, dtype=np.int64)
        fill_promises(may, reach.nodes, first, earned, ahead, within, least)
        bound = min(int(least.min(initial=NEVER)), below)
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
        return Bounded(shape, prices, least, min(bound, NEVER))

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
