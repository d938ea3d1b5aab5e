"""Quickest ways through a graph, by Dijkstra in batches."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from optimizer.problem import Matrix

BATCH = 32


@dataclass(frozen=True, slots=True)
class Road:
    """One direction of a road between two nodes."""

    start: int
    end: int
    metres: float
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Seconds, metres and fen of toll of arcs, or of pairs of places; inf: no way."""

    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    toll_fen: NDArray[np.float64]


class Unreachable(ValueError):
    """No road leads from one place to another; `pairs` has the first of them."""

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        super().__init__(f"no road between places {list(pairs)[:5]}")
        self.pairs = tuple(pairs)


def road_matrix(
    nodes: int, roads: Sequence[Road], places: Sequence[int], *, time_factor: float = 1.0
) -> Matrix:
    """Seconds and metres of the quickest routes between places.

    Args:
        nodes: how many nodes the graph has.
        roads: each direction by itself.
        places: the node each place is at.
        time_factor: of the hour planned for; 1.2 means a fifth slower.

    Raises:
        Unreachable: some place cannot be reached from another.
        ValueError: a road is not longer than nothing, or leaves the graph.
    """
    if any(r.metres <= 0 or r.seconds <= 0 for r in roads):
        raise ValueError("a road must have more than 0 metres and seconds")
    if any(not 0 <= node < nodes for r in roads for node in (r.start, r.end)):
        raise ValueError("a road leaves the graph")
    arcs = np.array([(r.start, r.end) for r in roads], dtype=np.int64).reshape(-1, 2).T
    lengths = np.array([(r.seconds, r.metres) for r in roads]).reshape(-1, 2).T
    per_arc = Ways(lengths[0], lengths[1], np.zeros(len(roads)))
    ways = ways_between(nodes, (arcs[0], arcs[1]), per_arc, np.array(places, dtype=np.int64))
    lost = [(int(a), int(b)) for a, b in np.argwhere(~np.isfinite(ways.seconds))]
    if lost:
        raise Unreachable(lost)
    whole_s, whole_m = np.ceil(ways.seconds * time_factor), np.rint(ways.metres)
    version = _version(nodes, roads, places, time_factor)
    return Matrix(whole_s.astype(np.uint32), whole_m.astype(np.uint32), version)


def ways_between(
    nodes: int,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    arcs: Ways,
    places: NDArray[np.int64],
) -> Ways:
    """(n, n) quickest ways between places.

    Args:
        nodes: how many there are.
        ends: (arcs,) where each arc begins and ends; of parallel ones the quickest counts.
        arcs: (arcs,) what each takes; seconds above 0.
        places: (n,) the node of each place.
    """
    # Of parallel arcs the quickest, then the shortest; sorted by (start, end), as CSR has them.
    order = np.lexsort((arcs.metres, arcs.seconds, ends[1], ends[0]))
    start, end = ends[0][order], ends[1][order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(start) != 0) | (np.diff(end) != 0)
    order, start, end = order[first], start[first], end[first]
    seconds = csr_matrix((arcs.seconds[order], (start, end)), shape=(nodes, nodes))
    key = start * nodes + end
    n = len(places)
    found = Ways(*(np.zeros((n, n)) for _ in range(3)))
    for begin in range(0, n, BATCH):
        sources = places[begin : begin + BATCH]
        reach, before = dijkstra(seconds, indices=sources, return_predecessors=True)
        rows = slice(begin, begin + len(sources))
        found.seconds[rows] = reach[:, places]
        on_tree = before >= 0
        arc = order[np.searchsorted(key, (before * nodes + np.arange(nodes))[on_tree], side="left")]
        for total, part in ((found.metres, arcs.metres), (found.toll_fen, arcs.toll_fen)):
            steps = np.zeros(before.shape)
            steps[on_tree] = part[arc]
            total[rows] = _along(steps, before)[:, places]
    return found


def _along(steps: NDArray[np.float64], before: NDArray[np.int32]) -> NDArray[np.float64]:
    """(sources, nodes) sums of the steps from the source on, by jumping twice as far each time."""
    own = np.arange(before.shape[1])
    jump = np.where(before >= 0, before, own)
    total = steps.copy()
    while True:
        further = np.take_along_axis(jump, jump, axis=1)
        if (further == jump).all():
            return total
        total += np.take_along_axis(total, jump, axis=1)
        jump = further


def _version(nodes: int, roads: Sequence[Road], places: Sequence[int], time_factor: float) -> str:
    digest = hashlib.sha256(repr((nodes, time_factor, list(places))).encode())
    for road in sorted(roads, key=lambda r: (r.start, r.end, r.seconds, r.metres)):
        digest.update(repr((road.start, road.end, road.metres, road.seconds)).encode())
    return f"roads-{digest.hexdigest()[:16]}"
