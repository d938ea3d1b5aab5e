"""How little of one level a large day can have: a climb of its own, that counts nothing else.

It begins from nothing, which proves that there is none at least, with all duties that were
gathered for the plan. The bound on rentals holds for plans that leave so much unserved, and
that is to be proven first.
"""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.arcs import Arcs
from optimizer.bound import SCALE, Duals
from optimizer.columns import Generated, Pool
from optimizer.interior import solved
from optimizer.master import EngineFailed
from optimizer.multipliers import certificate_of
from optimizer.plan import Certificate
from optimizer.rows import Rows, Weights
from optimizer.steady import MOST_LABELS, Climb, Steady
from optimizer.terrain import NEVER

# One counts so much, so that multipliers are fine enough for thousands of rows; among rentals what
# is unserved a little more, or the bound would not be one on rentals.
ONE = 1_000
UNSERVED, RENTALS = Weights(0, 0, ONE), Weights(0, ONE, 3 * ONE)
# In those: how far a multiplier moves for a row that is missing, first and at most.
STEP, LONGEST = 0.1, 20.0
# Steps without any gain until it is left alone; so many that do not even hope for a whole one
# more, until the LP is asked whether there is one.
QUIET, IDLE = 12, 2
# The LP's own tolerance.
LITTLE = 1e-3 * ONE


@dataclass(frozen=True, slots=True)
class _State:
    """The best bound, where the climb to it is, and how it stands still.

    Attributes:
        quiet: steps without any gain.
        idle: steps in a row that did not even hope for a whole one more.
        most: what the LP over the known duties has, above which no bound can come.
    """

    best: Generated
    climb: Climb
    quiet: int = 0
    idle: int = 0
    most: float = NEVER


class Fewest:
    """Improves a bound on what is unserved, or on the rentals of a day, step by step.

    Args:
        arcs: of the day.
        rows: of its master problem.
        pool: duties to begin with, all of them: with the forty thousand cheapest ones of a day of
            3,000 the climb took three times as long. It grows.
        weights: `UNSERVED` counts points of priority, `RENTALS` rentals.
        unserved: of rentals: points of priority that no plan leaves fewer of.
    """

    def __init__(
        self, arcs: Arcs, rows: Rows, pool: Pool, weights: Weights = RENTALS, unserved: int = 0
    ) -> None:
        self._steady = Steady(arcs, rows, weights, pool)
        self._weights, self._above = weights, weights.unserved * unserved
        self._state: _State | None = None

    @property
    def least(self) -> int:
        """No plan has fewer; of rentals: none that leaves no more unserved than it must."""
        return 0 if self._state is None else max(0, self._whole(self._state.best.bound))

    def settled(self, known: int) -> bool:
        """Whether as many as a plan has are proven, or no more can be."""
        it = self._state
        if it is None:
            return known <= 0
        return self.least >= min(known, self._whole(it.most - LITTLE)) or it.quiet >= QUIET

    def _whole(self, weighted: float) -> int:
        """How many there must be."""
        return int(-(-(weighted - self._above) // ONE))

    def improve(self) -> None:
        """One step up."""
        was = self._state
        if was is None:
            self._state = self._begun()
        elif was.idle < IDLE:
            self._state = self._up(was)
        else:
            self._state = self._ceiling(was)

    def _up(self, was: _State) -> _State:
        _, best, seen = self._steady.step_up(was.best, was.climb)
        idle = self._whole(was.best.bound + max(seen, 0.0)) <= self._whole(best.bound)
        quiet = was.quiet + 1 if best.bound <= was.best.bound else 0
        return replace(was, best=best, quiet=quiet, idle=idle * (was.idle + 1))

    def _ceiling(self, was: _State) -> _State:
        """See what the LP has, and try its multipliers."""
        it, rows = self._steady, self._steady.rows
        columns = it.stock.columns()
        try:
            lp = solved(columns, np.arange(len(columns.cost)), rows.right, rows.equal)
        except EngineFailed:
            return replace(was, idle=0)
        best = it.tried(Duals.of(lp.duals, rows.equal), was.best)
        return replace(was, best=best, idle=0, most=lp.value)

    def _begun(self) -> _State:
        it = self._steady
        best = it.begun([Duals(np.zeros_like(it.rows.right))])
        it.labels = MOST_LABELS
        whole = ONE * SCALE
        return _State(best, Climb(np.zeros(0), STEP * whole, LONGEST * whole))

    def certificate(self) -> Certificate | None:
        """The multipliers behind it, if they prove anything."""
        if self._state is None or not self.least:
            return None
        it, best = self._steady, self._state.best
        return certificate_of(it.arcs.graph, it.rows, self._weights, best.duals, best.bound)
