"""Ways between the nodes of a lane, remembered: the same cars ask again in every round."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from optimizer.arcs import Arcs
from optimizer.ground import NEVER, Bools, Ints, Move


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways on from one node, both kinds one after the other, dominated ones left out."""

    node: Ints
    by_home: Bools
    fen: Ints
    metres: Ints
    driving_s: Ints


@dataclass(frozen=True, slots=True)
class Cheapest:
    """The cheapest way from one node to each node from `after` on."""

    after: int
    fen: list[int]
    by_home: list[bool]
    metres: list[int]
    driving_s: list[int]


class Roads:
    """Ways on from each node, worked out when first asked for; node -1 is setting out."""

    def __init__(self, arcs: Arcs) -> None:
        self.arcs = arcs
        self._known: dict[tuple[int, int], Ways] = {}
        self._cheapest: dict[tuple[int, int], Cheapest] = {}
        self._home: dict[int, Move] = {}
        nodes = arcs.graph.nodes
        tasks = arcs.graph.problem.tasks
        slack = np.array([t.latest_s - t.earliest_s - t.duration_s for t in tasks], np.int64)
        self.twice: Bools = slack[nodes.task] >= 0

    def onward(self, lane: int, i: int) -> Ways:
        """From node i of the lane, or from where it begins."""
        kind = lane if i < 0 else -1 - int(self.arcs.kind[lane])
        if (kind, i) not in self._known:
            self._known[kind, i] = self._ways(lane, i)
        return self._known[kind, i]

    def cheapest(self, lane: int, i: int) -> Cheapest:
        """The same, only the cheapest of each; without what the node itself uses."""
        kind = lane if i < 0 else -1 - int(self.arcs.kind[lane])
        if (kind, i) not in self._cheapest:
            after, (straight, home) = self._both(lane, i)
            via = home.fen < straight.fen
            self._cheapest[kind, i] = Cheapest(
                after,
                np.where(via, home.fen, straight.fen).tolist(),
                via.tolist(),
                np.where(via, home.metres, straight.metres).tolist(),
                np.where(via, home.driving_s, straight.driving_s).tolist(),
            )
        return self._cheapest[kind, i]

    def home(self, lane: int) -> Move:
        """The way home from every node."""
        if lane not in self._home:
            every = np.arange(len(self.arcs.graph.nodes))
            self._home[lane] = self.arcs.way_home(lane, every)
        return self._home[lane]

    def fen(self, lane: int, nodes: tuple[int, ...], by_home: tuple[bool, ...]) -> int:
        """What a duty costs."""
        arcs = self.arcs
        fen = int(arcs.base[lane]) + int(arcs.last[lane, nodes[-1]])
        fen += sum(int(arcs.serve[lane, j]) for j in nodes)
        first = arcs.ways_first(lane, np.array(nodes[:1]))[by_home[0]]
        fen += int(first.fen[0])
        for (i, j), via in zip(pairwise(nodes), by_home[1:], strict=True):
            fen += int(arcs.ways_between(lane, i, np.array([j]))[via].fen[0])
        return fen

    def _both(self, lane: int, i: int) -> tuple[int, tuple[Move, Move]]:
        arcs, nodes = self.arcs, self.arcs.graph.nodes
        after = 0 if i < 0 else int(arcs.after[i])
        j = np.arange(after, len(nodes))
        ways = arcs.ways_first(lane, j) if i < 0 else arcs.ways_between(lane, i, j)
        return after, ways

    def _ways(self, lane: int, i: int) -> Ways:
        nodes = self.arcs.graph.nodes
        after, (straight, home) = self._both(lane, i)
        j = np.arange(after, len(nodes))
        worse = (home.fen >= straight.fen) & (home.metres >= straight.metres)
        worse &= home.driving_s >= straight.driving_s
        keep = np.concatenate([straight.fen < NEVER, (home.fen < NEVER) & ~worse])
        node = np.concatenate([j, j])[keep]
        return Ways(
            node,
            np.repeat([False, True], len(j))[keep],
            np.concatenate([straight.fen, home.fen])[keep],
            np.concatenate([straight.metres, home.metres])[keep] + nodes.loaded_m[node],
            np.concatenate([straight.driving_s, home.driving_s])[keep] + nodes.driving_s[node],
        )
