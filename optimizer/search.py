"""The cheapest path of one lane when range and driving time count too.

Best-first search over partial paths, guided by the exact labels of `pricing`: the first
complete path that comes out is the cheapest, and wherever the search stops, the front of
its queue is a lower bound.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from optimizer.ground import Bools, Ints
from optimizer.paths import Column
from optimizer.pricing import Labels, Weighted
from optimizer.roads import Roads, Ways


@dataclass(frozen=True, slots=True)
class Found:
    """Cheapest columns of a lane, each with its reduced cost, best first.

    `least`: no column of the lane has a smaller reduced cost.
    """

    columns: tuple[tuple[int, Column], ...]
    least: int


@dataclass(frozen=True, slots=True, order=True)
class _State:
    """A path so far; `bound` is the least that any completion costs."""

    bound: int
    tie: int
    sofar: int
    nodes: tuple[int, ...]
    by_home: tuple[bool, ...]
    metres: int
    driving_s: int
    own_only: bool
    done: bool


class Search:
    """One lane under given prices; see `price` for their meaning."""

    def __init__(
        self, weighted: Weighted, roads: Roads, labels: Labels, lane: int, prices: tuple[Ints, int]
    ) -> None:
        self.weighted, self.roads, self.labels, self.lane = weighted, roads, labels, lane
        arcs = weighted.arcs
        self._limits = arcs.graph.lanes[lane]
        reward, charge = prices
        self._base = int(weighted.base[lane]) + charge + int(weighted.must[lane])
        self._earned = weighted.serve[lane] - reward[arcs.graph.nodes.task]
        self._task = arcs.graph.nodes.task
        home = arcs.way_home(lane, np.arange(len(arcs.graph.nodes)))
        self._home_m, self._home_s = home.metres, home.driving_s
        self._own = weighted.own[lane]
        self._tie = count()

    def best(self, below: int, most: int, steps: int) -> Found:
        """Up to `most` columns with reduced cost under `below`, looking at `steps` paths."""
        heap = list(self._begin(below))
        heapq.heapify(heap)
        found: list[tuple[int, Column]] = []
        seen: dict[int, list[tuple[int, int, int]]] = {}
        while heap and len(found) < most and steps:
            state = heapq.heappop(heap)
            steps -= 1
            if state.done:
                found.append((state.bound, self._column(state)))
            elif not self._dominated(state, seen):
                for child in self._onward(state, below):
                    heapq.heappush(heap, child)
        least = found[0][0] if found else (heap[0].bound if heap else below)
        return Found(tuple(found), least)

    def complete(self, below: int, most: int) -> tuple[Column, ...] | None:
        """Every column with reduced cost under `below`; None if that is too much work."""
        heap = list(self._begin(below))
        found: list[Column] = []
        steps = 20 * most
        while heap and steps and len(found) <= most:
            state = heap.pop()
            steps -= 1
            if state.done:
                found.append(self._column(state))
            else:
                heap.extend(self._onward(state, below))
        return None if heap else tuple(found)

    def _dominated(self, state: _State, seen: dict[int, list[tuple[int, int, int]]]) -> bool:
        """Whether a path got here that cost no more and used no more.

        Paths come in the order of what their completions cost at least, which is another.

        A path that could come back to one of its tasks dominates nothing, nor does one
        whose fixed tasks alone may break the limits.
        """
        front = seen.setdefault(state.nodes[-1], [])
        here = (state.sofar, state.metres, state.driving_s)
        if any(all(a <= b for a, b in zip(past, here, strict=True)) for past in front):
            return True
        if not self.roads.twice[list(state.nodes)].any():
            front.append(here)
        return False

    def _begin(self, below: int) -> Iterator[_State]:
        start = _State(self._base, 0, self._base, (), (), 0, 0, own_only=True, done=False)
        yield from self._children(start, self.roads.onward(self.lane, -1), below)

    def _onward(self, state: _State, below: int) -> Iterator[_State]:
        i = state.nodes[-1]
        bound = state.sofar + int(self.weighted.last[self.lane, i])
        metres = state.metres + int(self._home_m[i])
        driving_s = state.driving_s + int(self._home_s[i])
        if bound < below and (state.own_only or self._fits(metres, driving_s)):
            yield _State(
                bound,
                next(self._tie),
                bound,
                state.nodes,
                state.by_home,
                metres,
                driving_s,
                own_only=state.own_only,
                done=True,
            )
        yield from self._children(state, self.roads.onward(self.lane, i), below)

    def _children(self, state: _State, ways: Ways, below: int) -> Iterator[_State]:
        fen = ways.fen * self.weighted.weight
        metres, driving_s = state.metres + ways.metres, state.driving_s + ways.driving_s
        bound = state.sofar + fen + self.labels.guide(self.lane, metres, driving_s, ways.node)
        fits = self._fits(metres, driving_s)
        own = self._own[ways.node]
        for k in np.flatnonzero((bound < below) & (fits | own)).tolist():
            j = int(ways.node[k])
            if any(self._task[i] == self._task[j] for i in state.nodes):
                continue
            yield _State(
                int(bound[k]),
                next(self._tie),
                state.sofar + int(fen[k]) + int(self._earned[j]),
                (*state.nodes, j),
                (*state.by_home, bool(ways.by_home[k])),
                int(metres[k]),
                int(driving_s[k]),
                own_only=state.own_only and bool(own[k]),
                done=False,
            )

    def _fits(self, metres: Ints | int, driving_s: Ints | int) -> Bools:
        within = np.asarray(metres) <= self._limits.most_m
        return np.asarray(within & (np.asarray(driving_s) <= self._limits.most_driving_s))

    def _column(self, state: _State) -> Column:
        fen = self.roads.fen(self.lane, state.nodes, state.by_home)
        return Column(self.lane, state.nodes, state.by_home, fen)
