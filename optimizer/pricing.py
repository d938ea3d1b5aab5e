"""The cheapest path of every lane under given prices, in whole numbers.

Backward labels over the task graph, all lanes at once. Range or driving time, whichever
is scarcer in the lane, is counted in `steps` steps, each part of a path rounded down: so
every label is a lower bound, and the finer the steps the closer. `search` closes the rest.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.arcs import Arcs
from optimizer.ground import NEVER, Bools, Ints

MUST = 1 << 50
MOST_KEPT = 40_000_000


@dataclass(frozen=True)
class Weighted:
    """The graph's costs times a weight, with what cannot be marked NEVER.

    The nodes of a lane's fixed run earn MUST each, so that every cheapest path has them all.
    Lanes that differ only in their rows share a shape, and are priced once.
    """

    arcs: Arcs
    weight: int

    @cached_property
    def own(self) -> Bools:
        """(lanes, nodes): the node belongs to the lane's run."""
        graph = self.arcs.graph
        runs = np.array([lane.run >= 0 for lane in graph.lanes], dtype=bool)
        return np.asarray(graph.nodes.fixed & graph.may & runs[:, None])

    @cached_property
    def must(self) -> Ints:
        """(lanes,) what the runs' nodes earn together."""
        return np.asarray(self.own.sum(axis=1), dtype=np.int64) * MUST

    @cached_property
    def between(self) -> tuple[Ints, ...]:
        """For each node (kinds, later nodes)."""
        return tuple(self._times(fen) for fen in self.arcs.between)

    @cached_property
    def first(self) -> Ints:
        """(lanes, nodes)."""
        return self._times(self.arcs.first)

    @cached_property
    def last(self) -> Ints:
        """(lanes, nodes)."""
        return self._times(self.arcs.last)

    @cached_property
    def serve(self) -> Ints:
        """(lanes, nodes), NEVER where the lane may not."""
        fen = self._times(self.arcs.serve) - self.own * MUST
        return np.where(self.arcs.graph.may, fen, NEVER)

    @cached_property
    def base(self) -> Ints:
        """(lanes,)."""
        return self.arcs.base * self.weight

    @cached_property
    def shapes(self) -> tuple[Ints, Ints]:
        """(shapes,) one lane of each shape, and (lanes,) the shape of each lane."""
        known: dict[tuple[object, ...], int] = {}
        chosen, of_lane = [], []
        for i, lane in enumerate(self.arcs.graph.lanes):
            rows = (self.first[i], self.last[i], self.serve[i])
            limits = (int(self.arcs.kind[i]), lane.most_m, lane.most_driving_s)
            key = (*limits, *(row.tobytes() for row in rows))
            if key not in known:
                known[key] = len(known)
                chosen.append(i)
            of_lane.append(known[key])
        return np.array(chosen, dtype=np.int64), np.array(of_lane, dtype=np.int64)

    def _times(self, fen: Ints) -> Ints:
        return np.where(fen >= NEVER, NEVER, fen * self.weight)


class Meter:
    """How many steps of the scarcer limit each part of a path uses, rounded down."""

    def __init__(self, weighted: Weighted, steps: int) -> None:
        arcs, self.steps = weighted.arcs, steps
        lanes = [arcs.graph.lanes[i] for i in weighted.shapes[0]]
        nodes, ground = arcs.graph.nodes, arcs.graph.ground
        speed = ground.metres.sum() / max(1, ground.seconds.sum())
        self.by_metres: Bools = np.array(
            [lane.most_m < lane.most_driving_s * speed for lane in lanes], dtype=bool
        )
        most = np.array(
            [
                x.most_m if m else x.most_driving_s
                for x, m in zip(lanes, self.by_metres, strict=True)
            ]
        )
        self.width: Ints = np.maximum(1, -(-most // steps)).astype(np.int64)
        self.whole: Ints = np.minimum(most // self.width, steps).astype(np.int64)
        self.most: Ints = most.astype(np.int64)
        self.after = arcs.after
        # A run's fixed tasks are done whatever they use.
        free = np.array([lane.run < 0 for lane in lanes], dtype=np.int64)
        place = np.where(self.by_metres[:, None, None], ground.metres, ground.seconds)
        self._place = place * free[:, None, None]
        task = np.where(self.by_metres[:, None], nodes.loaded_m, nodes.driving_s)
        self._task, self._nodes = task * free[:, None], nodes
        row = np.arange(len(lanes))[:, None]
        homes = np.array([lane.slot.car.home for lane in lanes], dtype=np.int64)[:, None]
        stands = np.array([lane.slot.place for lane in lanes], dtype=np.int64)[:, None]
        width = self.width[:, None]
        self.home: Ints = self._place[row, nodes.destination, homes] // width
        begun = self._place[row, stands, nodes.origin] + self._task
        self.first: Ints = self.whole[:, None] - begun // width
        self._left: dict[int, Ints] = {}
        self._keeps = len(lanes) * (steps + 1) * len(nodes) ** 2 < MOST_KEPT

    def left(self, i: int) -> Ints:
        """(shapes, steps + 1, later nodes) where to look in flat `onward` after going on."""
        found = self._left.get(i)
        if found is None:
            after, nodes = int(self.after[i]), self._nodes
            way = self._place[:, nodes.destination[i], nodes.origin[after:]]
            used = (way + self._task[:, after:]) // self.width[:, None]
            rest = np.arange(self.steps + 1)[None, :, None] - used[:, None, :]
            shape = np.arange(len(used))[:, None, None] * (self.steps + 2)
            row = np.where(rest < 0, self.steps + 1, rest) + shape
            found = row * len(nodes) + np.arange(after, len(nodes))
            if self._keeps:
                self._left[i] = found
        return found

    def step(self, shape: int, steps: int, i: int, j: int) -> int:
        """Steps left after going from i on to j and serving it."""
        flat = int(self.left(i)[shape, steps, j - int(self.after[i])])
        return flat // len(self._nodes) - shape * (self.steps + 2)


@dataclass(frozen=True, slots=True)
class Labels:
    """Result of one pass.

    Attributes:
        entry: (lanes, nodes) reduced cost of the cheapest path that begins with the node.
        onward: (shapes, steps + 2, nodes) the same from the node on with so many steps
            left, without setting out; the last row is NEVER.
        then: (shapes, steps + 1, nodes) the next node, -1: home.
    """

    entry: Ints
    onward: Ints
    then: Ints
    meter: Meter
    shape: Ints
    run: Bools

    def path(self, lane: int, node: int) -> tuple[int, ...]:
        """The cheapest path of a lane that begins with the node."""
        shape, meter = int(self.shape[lane]), self.meter
        steps = int(meter.first[shape, node])
        found = [node]
        while (then := int(self.then[shape, steps, node])) >= 0:
            steps = meter.step(shape, steps, node, then)
            node = then
            found.append(node)
        return tuple(found)

    def guide(self, lane: int, metres: Ints, driving_s: Ints, nodes: Ints) -> Ints:
        """Least that any completion costs, when so much is used on arrival at the nodes."""
        shape, meter = int(self.shape[lane]), self.meter
        used = metres if meter.by_metres[shape] else driving_s
        left = (int(meter.most[shape]) - used) // int(meter.width[shape])
        row = np.where(left < 0, meter.steps + 1, np.minimum(left, meter.steps))
        if self.run[lane]:
            row = np.where(left < 0, 0, row)
        return np.asarray(self.onward[shape, row, nodes])


def price(weighted: Weighted, meter: Meter, reward: Ints, charge: Ints) -> Labels:
    """Cheapest paths when serving task j earns reward[j] and using lane l costs charge[l].

    All in weighted fen. A path's reduced cost includes base, charge and MUST's return.
    """
    arcs, steps = weighted.arcs, meter.steps
    chosen, of_lane = weighted.shapes
    gain = reward[arcs.graph.nodes.task]
    n, kind = len(gain), arcs.kind[chosen]
    earned = weighted.serve[chosen] - gain
    onward = np.full((len(chosen), steps + 2, n), NEVER, dtype=np.int64)
    then = np.full((len(chosen), steps + 1, n), -1, dtype=np.int64)
    flat, step = onward.reshape(-1), np.arange(steps + 1)[None, :]
    for i in range(n - 1, -1, -1):
        reach = meter.home[:, i][:, None] <= step
        best = np.where(reach, weighted.last[chosen, i][:, None], NEVER)
        after = int(arcs.after[i])
        if after < n:
            ways = flat.take(meter.left(i))
            ways += weighted.between[i][kind][:, None, :]
            pick = ways.argmin(axis=2)
            least = ways.min(axis=2)
            then[:, :, i] = np.where(least < best, pick + after, -1)
            best = np.minimum(least, best)
        onward[:, :-1, i] = np.minimum(best + earned[:, i][:, None], NEVER)
    first = np.where(meter.first < 0, steps + 1, meter.first)
    begun = onward[np.arange(len(chosen))[:, None], first, np.arange(n)[None, :]]
    whole = weighted.first + begun[of_lane] + (weighted.base + charge + weighted.must)[:, None]
    run = np.asarray(weighted.must > 0)
    return Labels(np.minimum(whole, NEVER), onward, then, meter, of_lane, run)
