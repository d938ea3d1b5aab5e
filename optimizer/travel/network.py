"""Place matrices from lines of roads: junctions are found, places are snapped."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from optimizer.problem import MOST_METRES, Matrix
from optimizer.travel.circles import EARTH_RADIUS_M, great_circle_metres
from optimizer.travel.graph import Ways, ways_between

ACCESS_MPS = 25 / 3.6
"""From a place to its road, and where roads are no quicker."""
ACCESS_DETOUR = 1.35
FAR_M = 10_000.0
"""A place so far from all roads is not on this network."""
_GRID = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A road, driven both ways unless `one_way`: (k, 2) lon and lat in degrees WGS-84, k >= 2."""

    lon_lat: NDArray[np.float64]
    speed_mps: float
    toll_fen_per_km: int = 0
    one_way: bool = False


class Network:
    """Lines that meet where they share a position (to a tenth of a metre)."""

    def __init__(self, lines: Sequence[Line]) -> None:
        if not lines:
            raise ValueError("a network has at least one line")
        self.lines = tuple(lines)
        sizes = [len(line.lon_lat) for line in lines]
        self._at = np.concatenate([line.lon_lat for line in lines]).astype(np.float64)
        self._of = np.repeat(np.arange(len(lines)), sizes)
        whole = np.rint(self._at / _GRID).astype(np.int64)
        _, node, times = np.unique(whole, axis=0, return_inverse=True, return_counts=True)
        self._node = node.reshape(-1)
        ends = np.zeros(len(self._at), dtype=bool)
        last = np.cumsum(sizes) - 1
        ends[last] = ends[last - np.array(sizes) + 1] = True
        self._junction = ends | (times[self._node] > 1)
        step = np.zeros(len(self._at))
        step[1:] = great_circle_metres(self._at[:-1], self._at[1:])
        self._along = np.cumsum(np.where(np.diff(self._of, prepend=-1) > 0, 0.0, step))

    @cached_property
    def version(self) -> str:
        """A digest of all lines."""
        digest = hashlib.sha256(np.ascontiguousarray(self._at).tobytes())
        for line in self.lines:
            said = (len(line.lon_lat), line.speed_mps, line.toll_fen_per_km, line.one_way)
            digest.update(repr(said).encode())
        return f"roads-{digest.hexdigest()[:16]}"

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(_on_sphere(self._at))

    def matrix(self, points: NDArray[np.float64]) -> Matrix:
        """Quickest ways between (n, 2) positions, in whole seconds, metres and fen of toll.

        Each place is reached from its nearest road position. Pairs without a way, and pairs
        for which a straight drive is quicker, go by great circle; the version says how many
        of the former there are.
        """
        points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        # Farther than can be planned is as far as can be: it must not spoil the others.
        straight_m = great_circle_metres(points[:, None], points[None, :]) * ACCESS_DETOUR
        straight_m = np.minimum(straight_m, MOST_METRES)
        ways = self._ways(points)
        lost = ~np.isfinite(ways.seconds) & ~np.eye(len(points), dtype=bool)
        direct = lost | (straight_m / ACCESS_MPS <= ways.seconds)
        seconds = np.where(direct, straight_m / ACCESS_MPS, ways.seconds)
        metres = np.where(direct, straight_m, ways.metres)
        toll = np.where(direct, 0.0, ways.toll_fen)
        for layer in (seconds, metres, toll):
            np.fill_diagonal(layer, 0.0)
        digest = hashlib.sha256(np.ascontiguousarray(points).tobytes()).hexdigest()[:8]
        missing = f", {int(lost.sum())} pairs by great circle" if lost.any() else ""
        return Matrix(
            np.ceil(seconds).astype(np.uint32),
            np.rint(metres).astype(np.uint32),
            f"{self.version}-{digest}{missing}",
            np.rint(toll).astype(np.uint32),
        )

    def _ways(self, points: NDArray[np.float64]) -> Ways:
        """As the roads have it, with the ways to and from the roads; inf where there is none."""
        chord, near = self._tree.query(_on_sphere(points))
        access_m = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2, 1.0)) * ACCESS_DETOUR
        access_m = np.where(access_m > FAR_M, np.inf, access_m)
        ends, arcs = self._pieces(near)
        nodes = int(self._node.max()) + 1
        ways = ways_between(nodes, ends, arcs, self._node[near])
        both_m = access_m[:, None] + access_m[None, :]
        total_s = ways.seconds + both_m / ACCESS_MPS
        return Ways(total_s, ways.metres + np.where(np.isfinite(both_m), both_m, 0), ways.toll_fen)

    def _pieces(
        self, near: NDArray[np.intp]
    ) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], Ways]:
        """Directed arcs between neighbouring junctions and snapped positions of each line."""
        kept = self._junction.copy()
        kept[near] = True
        at = np.flatnonzero(kept)
        a, b = at[:-1], at[1:]
        same = self._of[a] == self._of[b]
        a, b = a[same], b[same]
        of = self._of[a]
        metres = np.maximum(self._along[b] - self._along[a], 0.01)
        speed = np.array([line.speed_mps for line in self.lines])[of]
        toll = np.array([line.toll_fen_per_km for line in self.lines])[of] * metres / 1000
        back = ~np.array([line.one_way for line in self.lines])[of]
        begin = np.concatenate([self._node[a], self._node[b][back]])
        end = np.concatenate([self._node[b], self._node[a][back]])
        parts = [np.concatenate([x, x[back]]) for x in (metres / speed, metres, toll)]
        return (begin, end), Ways(*parts)


def _on_sphere(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors: the nearest by chord is the nearest by great circle."""
    lon, lat = np.radians(lon_lat).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
