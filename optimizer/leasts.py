"""What a day that was planned as a whole costs at least, level by level."""

from dataclasses import dataclass

from optimizer.columns import Generated
from optimizer.engine import Engine
from optimizer.fewest import RENTALS, UNSERVED, Fewest
from optimizer.plan import Bound, Certificate, Levels
from optimizer.scale import Found
from optimizer.steady import MOST_LABELS, Climb, Steady

KIND = "lagrangian"
# The bound on fen is settled when so many steps in a row gain less than this, relatively.
QUIET, LITTLE = 8, 0.0002
# Nodes that are priced before there is something to tell: of smaller days several steps.
NODES_A_TURN, MOST_STEPS = 12_000, 16


@dataclass
class _Level:
    """What is proven of the first or the second level.

    Attributes:
        least: so many there must be.
        counted: no more can be proven.
        certificate: None: nothing is proven.
    """

    least: int = 0
    counted: bool = False
    certificate: Certificate | None = None


class Leasts:
    """Bounds on what is unserved, on rentals and then on fen, from what was generated for a plan.

    Args:
        engine: has generated columns; what it prices with is let go of while something is
            counted, or there would be two of it in memory.
        best: the best bound on the weighted fen so far; None: there is none.
        climb: where the climb to it is; None: it does not grow any more.
        found: the plan, which may become better meanwhile.
    """

    def __init__(
        self, engine: Engine, best: Generated | None, climb: Climb | None, found: Found
    ) -> None:
        self._engine, self._found = engine, found
        self._best, self._climb, self._quiet = best, climb, 0
        self._on_fen = None if best is None else engine.certificate(best)
        self._steps = max(1, min(MOST_STEPS, NODES_A_TURN // max(1, len(engine.arcs.graph.nodes))))
        self._unserved, self._rentals = _Level(), _Level()
        self._counter: tuple[_Level, Fewest] | None = None

    @property
    def climbs(self) -> bool:
        """The bound on fen still grows."""
        return self._climb is not None

    @property
    def _counts(self) -> _Level | None:
        """The level that is still to be counted: rentals, once what is unserved is proven."""
        levels = self._found.levels
        if self._best is None:
            return None
        if levels.unserved > self._unserved.least:
            return None if self._unserved.counted else self._unserved
        more = levels.rentals > self._rentals.least and not self._rentals.counted
        return self._rentals if more else None

    @property
    def settled(self) -> bool:
        """Nothing more is to be expected."""
        return self._counts is None and not self.climbs

    def improve(self) -> bool:
        """Some steps up; false: there is nothing to improve."""
        if self.settled:
            return False
        for _ in range(self._steps):
            level = self._counts
            if level is not None:
                self._count(level)
            elif self._best is not None and self._climb is not None:
                self._up(self._best, self._climb)
        return True

    def _count(self, level: _Level) -> None:
        it, levels = self._counter_of(level), self._found.levels
        it.improve()
        level.least, level.certificate = it.least, it.certificate()
        level.counted = it.settled(levels.unserved if level is self._unserved else levels.rentals)

    def _counter_of(self, level: _Level) -> Fewest:
        if self._counter is not None and self._counter[0] is level:
            return self._counter[1]
        engine = self._engine
        if self._counter is None:
            del engine.generator
        self._counter = None
        first = level is self._unserved
        weights, unserved = (UNSERVED, 0) if first else (RENTALS, self._unserved.least)
        it = Fewest(engine.arcs, engine.rows, engine.pool, weights, unserved)
        self._counter = level, it
        return it

    def _up(self, was: Generated, climb: Climb) -> None:
        _, self._best, _ = self._steady(was).step_up(was, climb)
        self._on_fen = self._engine.certificate(self._best)
        gained = self._best.bound - was.bound
        self._quiet = self._quiet + 1 if gained < LITTLE * abs(was.bound) else 0
        if self._quiet >= QUIET:
            self._climb = None

    def _steady(self, best: Generated) -> Steady:
        """What the climb to the bound on fen prices with; anew after others were counted."""
        engine = self._engine
        if self._counter is not None:
            self._counter = None
            it = Steady(engine.arcs, engine.rows, engine.weights, engine.pool)
            it.begun([best.duals])
            it.labels = MOST_LABELS
            engine.generator = it
        if not isinstance(engine.generator, Steady):
            raise TypeError("the engine was asked for calm multipliers")
        return engine.generator

    def at(self, levels: Levels) -> Bound:
        """What no plan whose first two levels are not above these goes below."""
        it = self._on_fen
        if it is None:
            return Bound("none")
        fen = it.bound - it.unserved * levels.unserved - it.rental * levels.rentals
        unserved = min(self._unserved.least, levels.unserved)
        rentals = self._rentals.least if levels.unserved == unserved else 0
        proven = (levels.unserved, levels.rentals) == (unserved, rentals)
        return Bound(KIND, unserved, rentals, fen if proven else None, fen)

    def certificates(self, levels: Levels) -> tuple[Certificate, ...]:
        """The multipliers behind it, the same for all levels."""
        del levels
        found = (self._on_fen, self._unserved.certificate, self._rentals.certificate)
        return tuple(it for it in found if it is not None)
