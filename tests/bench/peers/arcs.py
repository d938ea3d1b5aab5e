"""What the peers are given: numbers in a file, and routes back; needs numpy alone."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Fen = NDArray[np.int32]
Routes = list[tuple[int, list[int]]]
"""Family of the car, and the tasks in order."""

OVER_FEN = 1_000_000
"""What one rental weighs more than fen, where a solver has one sum: 10,000 yuan."""


@dataclass(frozen=True)
class Arcs:
    """A reduced problem as numbers; K families of cars, n tasks in order of start; fen, or -1.

    Attributes:
        first: (K, n) from home to the task, with the car's use.
        between: (K, n, n) from one task to a later one.
        last: (K, n) from the task home.
        serve: (K, n) the task itself; -1: the family cannot.
        count: (K,) cars.
        rent: (n,) the cheapest firm's price.
        start_s, end_s: (n,).
        drive_s: (n, n) the way from one task to another with the buffer before it.
    """

    first: Fen
    between: Fen
    last: Fen
    serve: Fen
    count: Fen
    rent: Fen
    start_s: Fen
    end_s: Fen
    drive_s: Fen

    def route_fen(self, family: int, tasks: Sequence[int]) -> int:
        """What a route costs; it must be feasible."""
        k, fen = family, int(self.first[family, tasks[0]] + self.last[family, tasks[-1]])
        fen += sum(int(self.serve[k, i]) for i in tasks)
        return fen + sum(int(self.between[k, i, j]) for i, j in pairwise(tasks))

    def holds(self, family: int, tasks: Sequence[int]) -> bool:
        """A car of the family can drive the route."""
        k = family
        ways = [int(self.first[k, tasks[0]]), int(self.last[k, tasks[-1]])]
        ways += [int(self.serve[k, i]) for i in tasks]
        ways += [int(self.between[k, i, j]) for i, j in pairwise(tasks)]
        return min(ways) >= 0

    def cheap_enough(self) -> int:
        """More than any way of serving a task is worth, and far from the end of int32."""
        return 2 * (OVER_FEN + int(self.rent.max()))

    def full(self, family: int, never: int) -> NDArray[np.int64]:
        """(n + 1, n + 1) fen with home as node 0; what serves a task is on the way to it."""
        k, n = family, len(self.rent)
        table = np.full((n + 1, n + 1), never, dtype=np.int64)
        can = self.serve[k] >= 0
        way = np.concatenate([self.first[k][None], self.between[k]])
        fits = (way >= 0) & can[None, :]
        table[:, 1:] = np.where(fits, way.astype(np.int64) + self.serve[k], never)
        table[1:, 0] = np.where(self.last[k] >= 0, self.last[k], never)
        table[0, 0] = 0
        return table

    def parted(self, routes: Routes) -> Routes:
        """Routes that can be driven: a task that its route cannot hold is left out."""
        fine = []
        for family, tasks in routes:
            kept: list[int] = []
            for task in sorted(tasks):
                if self.holds(family, [*kept, task]):
                    kept.append(task)
            if kept:
                fine.append((family, kept))
        return fine


def save(arcs: Arcs, file: Path) -> None:
    np.savez(file, **{f.name: getattr(arcs, f.name) for f in fields(arcs)})


def load(file: Path) -> Arcs:
    with np.load(file) as held:
        return Arcs(**{f.name: held[f.name] for f in fields(Arcs)})


def run(solver: Callable[[Arcs, float, int], Routes]) -> None:
    """The process of a peer: ARCS.npz SECONDS SEED on the command line, routes as JSON out."""
    arcs = load(Path(sys.argv[1]))
    began = time.perf_counter()
    routes = arcs.parted(solver(arcs, float(sys.argv[2]), int(sys.argv[3])))
    json.dump({"seconds": time.perf_counter() - began, "routes": routes}, sys.stdout)
