"""The cheapest path of every lane under given prices, exactly, in whole numbers.

Backward labels over the task graph, all lanes at once. Range and driving time are left
out here, so a label is a lower bound; `limited` closes the difference where it matters.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.arcs import Arcs
from optimizer.ground import NEVER, Bools, Ints

MUST = 1 << 50


@dataclass(frozen=True)
class Weighted:
    """The graph's costs times a weight, with what cannot be marked NEVER.

    The nodes of a lane's fixed run earn MUST each, so that every cheapest path has them all.
    """

    arcs: Arcs
    weight: int

    @cached_property
    def own(self) -> Bools:
        """(lanes, nodes): the node belongs to the lane's run."""
        graph = self.arcs.graph
        rows = [
            graph.nodes.fixed & graph.may[i] if lane.run >= 0 else np.zeros(len(graph.nodes), bool)
            for i, lane in enumerate(graph.lanes)
        ]
        return np.array(rows, dtype=bool).reshape(graph.may.shape)

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

    def _times(self, fen: Ints) -> Ints:
        return np.where(fen >= NEVER, NEVER, fen * self.weight)


@dataclass(frozen=True, slots=True)
class Labels:
    """Result of one pass.

    Attributes:
        entry: (lanes, nodes) reduced cost of the cheapest path that begins with the node.
        onward: (lanes, nodes) the same from the node on, without setting out.
        then: (lanes, nodes) the next node, -1: home.
    """

    entry: Ints
    onward: Ints
    then: Ints

    def path(self, lane: int, node: int) -> tuple[int, ...]:
        """The cheapest path of a lane that begins with the node."""
        found = [node]
        while (node := int(self.then[lane, node])) >= 0:
            found.append(node)
        return tuple(found)


def price(weighted: Weighted, reward: Ints, charge: Ints) -> Labels:
    """Cheapest paths when serving task j earns reward[j] and using lane l costs charge[l].

    All in weighted fen. A path's reduced cost includes base, charge and MUST's return.
    """
    arcs = weighted.arcs
    lanes, n = weighted.serve.shape
    gain = reward[arcs.graph.nodes.task]
    onward = np.full((lanes, n), NEVER, dtype=np.int64)
    then = np.full((lanes, n), -1, dtype=np.int64)
    row = np.arange(lanes)
    for i in range(n - 1, -1, -1):
        best = weighted.last[:, i]
        after = int(arcs.after[i])
        if after < n:
            ways = weighted.between[i][arcs.kind] + onward[:, after:]
            pick = ways.argmin(axis=1)
            least = ways[row, pick]
            then[:, i] = np.where(least < best, pick + after, -1)
            best = np.minimum(least, best)
        onward[:, i] = np.minimum(best + weighted.serve[:, i] - gain[i], NEVER)
    whole = weighted.first + onward + (weighted.base + charge + weighted.must)[:, None]
    return Labels(np.minimum(whole, NEVER), onward, then)
