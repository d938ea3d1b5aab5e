"""Place matrices from a road graph, by Dijkstra in batches."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from optimizer.problem import Matrix

BATCH = 64


@dataclass(frozen=True, slots=True)
class Road:
    """One direction of a road between two nodes."""

    start: int
    end: int
    metres: float
    seconds: float


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
    quick = _quickest(roads)
    rows, cols = [r.start for r in quick], [r.end for r in quick]
    seconds = csr_matrix(([r.seconds for r in quick], (rows, cols)), shape=(nodes, nodes))
    metres = {(r.start, r.end): r.metres for r in quick}
    n = len(places)
    out_s, out_m = np.zeros((n, n)), np.zeros((n, n))
    for begin in range(0, n, BATCH):
        sources = list(places[begin : begin + BATCH])
        reach, before = dijkstra(seconds, indices=sources, return_predecessors=True)
        for k, source in enumerate(sources):
            out_s[begin + k] = reach[k][list(places)]
            out_m[begin + k] = _along(reach[k], before[k], metres, source)[list(places)]
    _refuse_unreachable(out_s)
    whole_s, whole_m = np.ceil(out_s * time_factor), np.rint(out_m)
    version = _version(nodes, quick, places, time_factor)
    return Matrix(whole_s.astype(np.uint32), whole_m.astype(np.uint32), version)


def _quickest(roads: Sequence[Road]) -> list[Road]:
    """Of parallel roads the quickest, then the shortest."""
    best: dict[tuple[int, int], Road] = {}
    for road in sorted(roads, key=lambda r: (r.seconds, r.metres)):
        best.setdefault((road.start, road.end), road)
    return [best[key] for key in sorted(best)]


def _along(
    reach: NDArray[np.float64],
    before: NDArray[np.int32],
    metres: dict[tuple[int, int], float],
    source: int,
) -> NDArray[np.float64]:
    """Metres of the quickest route to every node, nearest nodes first."""
    total = np.zeros(len(reach))
    for node in np.argsort(reach, kind="stable").tolist():
        if node != source and before[node] >= 0:
            total[node] = total[before[node]] + metres[int(before[node]), node]
    return total


def _refuse_unreachable(seconds: NDArray[np.float64]) -> None:
    pairs = [(int(a), int(b)) for a, b in np.argwhere(~np.isfinite(seconds))]
    if pairs:
        raise Unreachable(pairs)


def _version(nodes: int, roads: Sequence[Road], places: Sequence[int], time_factor: float) -> str:
    digest = hashlib.sha256(repr((nodes, time_factor, list(places))).encode())
    for road in roads:
        digest.update(repr((road.start, road.end, road.metres, road.seconds)).encode())
    return f"roads-{digest.hexdigest()[:16]}"
