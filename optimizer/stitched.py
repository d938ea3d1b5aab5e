"""A bound on a whole large day from what its parts have said, by exact pricing of all of it.

The multipliers of the parts are put together and balanced over the duties that the parts
found promising; what the whole has beyond the parts is priced anew, round by round.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from typing import cast

import numpy as np

from optimizer.baseline import Decisions
from optimizer.bound import Duals
from optimizer.columns import Generated
from optimizer.engine import Engine
from optimizer.handout import columns_from
from optimizer.multipliers import certificate_of
from optimizer.plan import Bound, Certificate, Duty, Levels
from optimizer.problem import Problem
from optimizer.progress import Stop
from optimizer.rows import Weights
from optimizer.steady import Steady

KIND = "lagrangian"
SHARES = (1.0, 0.97, 0.9)
SWEEPS = 120
LITTLE, QUIET = 0.0002, 6


class Stitched:
    """The bound of one day; nothing of it is made before it is asked for.

    Args:
        problem: what to plan.
        levels: of a valid plan of it.
        weights: those of the parts.
        until: moment of `time.monotonic` by which it must be done.
        stop: asked now and then.
    """

    def __init__(
        self, problem: Problem, levels: Levels, weights: Weights, until: float, stop: Stop
    ) -> None:
        deadline = time.perf_counter() + until - time.monotonic()
        nothing = Decisions((), (), ())
        self._engine = Engine(
            problem, nothing, levels, deadline, weights=weights, stop=stop, steady=True
        )
        self._steady = cast("Steady", self._engine.generator)
        self._best: Generated | None = None
        self._quiet = 0

    @property
    def settled(self) -> bool:
        """Whether it hardly grows any more."""
        return self._quiet >= QUIET

    def begin(self, certificates: Iterable[Certificate], duties: Iterable[Duty]) -> None:
        """From the multipliers and duties of parts, the latest last."""
        it = self._engine
        columns = it.pool.add(columns_from(it.arcs, tuple(duties)))
        begun = self._steady.begin(stitched(it, certificates), SHARES)
        self._best, self._climb = begun, self._steady.climbing()
        self._climb.sweeps = SWEEPS
        del columns

    def improve(self) -> bool:
        """One more round."""
        if self._best is None or self._engine.left() <= 0:
            return False
        before = self._best.bound
        self._best = self._steady.stride(self._best, self._climb)
        little = self._best.bound - before <= LITTLE * abs(before)
        self._quiet = self._quiet + 1 if little else 0
        return True

    def at(self, levels: Levels) -> Bound:
        """What no plan whose first two levels are not above these goes below."""
        if self._best is None:
            return Bound("none")
        least = self._engine.fen_bound(self._best, levels)
        proven = levels.unserved == 0 and levels.rentals == 0
        return Bound(KIND, fen=least if proven else None, at_levels=least)

    def certificates(self, levels: Levels) -> tuple[Certificate, ...]:
        """The multipliers behind it, the same for all levels."""
        del levels
        if self._best is None:
            return ()
        it = self._engine
        bound = self._best.bound + it.weights.fen * it.idle_fen
        return (certificate_of(it.arcs.graph, it.rows, it.weights, self._best.duals, bound),)


def stitched(engine: Engine, certificates: Iterable[Certificate]) -> Duals:
    """Multipliers of all rows: of tasks the latest, of what parts share the mean."""
    rows, graph = engine.rows, engine.arcs.graph
    tasks: dict[int, int] = {}
    shared: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for it in certificates:
        tasks.update(it.tasks)
        for name in ("cars", "drivers", "lending", "firms", "quotas"):
            for *key, worth in getattr(it, name):
                shared[name, *key[:2]].append(worth)
    price = np.zeros_like(rows.right)
    for j, row in enumerate(rows.of_task.tolist()):
        if row >= 0:
            price[row] = tasks.get(graph.problem.tasks[j].id, 0)
    # A car's windows may have been cut in a part: all that was said of it counts.
    of_car, of_driver = _by_id(shared, "cars"), _by_id(shared, "drivers")
    for row, cars in zip(rows.of_cars, graph.car_families, strict=True):
        price[row] = _mean([w for slot in cars for w in of_car.get(slot.car.id, ())])
    for row, drivers in zip(rows.of_drivers, graph.driver_families, strict=True):
        price[row] = _mean([w for slot in drivers for w in of_driver.get(slot.driver.id, ())])
    for name, of in (("lending", rows.of_pool), ("firms", rows.of_day), ("quotas", rows.of_quota)):
        for key, row in of.items():
            names = key if isinstance(key, tuple) else (key,)
            price[row] = _mean(shared.get((name, *names), []))
    return Duals(np.where(rows.equal, price, np.minimum(price, 0)))


def _by_id(shared: dict[tuple[object, ...], list[int]], name: str) -> dict[object, list[int]]:
    found: dict[object, list[int]] = defaultdict(list)
    for (what, who, *_), worths in shared.items():
        if what == name:
            found[who] += worths
    return found


def _mean(worths: list[int]) -> int:
    return int(np.mean(worths)) if worths else 0
