"""What a day that was planned as a whole costs at least, level by level."""

from optimizer.columns import Generated
from optimizer.engine import Engine
from optimizer.fewest import Fewest
from optimizer.plan import Bound, Certificate, Levels
from optimizer.scale import Found
from optimizer.steady import MOST_LABELS, Climb, Steady

KIND = "lagrangian"
# The bound on fen is settled when so many steps in a row gain less than this, relatively.
QUIET, LITTLE = 8, 0.0002
# Nodes that are priced before there is something to tell: of smaller days several steps.
NODES_A_TURN, MOST_STEPS = 12_000, 16


class Leasts:
    """Bounds on rentals, and then on fen, from what was generated for a plan.

    Args:
        engine: has generated columns; what it prices with is let go of while rentals are
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
        self._fewest: Fewest | None = None
        self._least, self._counted = 0, False
        self._on_rentals: Certificate | None = None

    @property
    def climbs(self) -> bool:
        """The bound on fen still grows."""
        return self._climb is not None

    @property
    def _counts(self) -> bool:
        """Whether there are rentals to be looked at still."""
        levels = self._found.levels
        known = self._best is None or self._counted or levels.unserved > 0
        return not known and levels.rentals > self._least

    @property
    def settled(self) -> bool:
        """Nothing more is to be expected."""
        return not self._counts and not self.climbs

    def improve(self) -> bool:
        """Some steps up; false: there is nothing to improve."""
        if self.settled:
            return False
        for _ in range(self._steps):
            if self._counts:
                self._count()
            elif self._best is not None and self._climb is not None:
                self._up(self._best, self._climb)
        return True

    def _count(self) -> None:
        engine = self._engine
        if self._fewest is None:
            del engine.generator
            self._fewest = Fewest(engine.arcs, engine.rows, engine.pool)
        it = self._fewest
        it.improve()
        self._least, self._on_rentals = it.least, it.certificate()
        self._counted = it.settled(self._found.levels.rentals)

    def _up(self, was: Generated, climb: Climb) -> None:
        _, self._best, _ = self._steady(was).step_up(was, climb)
        self._on_fen = self._engine.certificate(self._best)
        gained = self._best.bound - was.bound
        self._quiet = self._quiet + 1 if gained < LITTLE * abs(was.bound) else 0
        if self._quiet >= QUIET:
            self._climb = None

    def _steady(self, best: Generated) -> Steady:
        """What the climb to the bound on fen prices with; anew after rentals were counted."""
        engine = self._engine
        if self._fewest is not None:
            self._fewest = None
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
        rentals = 0 if levels.unserved else self._least
        proven = levels.unserved == 0 and levels.rentals == rentals
        return Bound(KIND, rentals=rentals, fen=fen if proven else None, at_levels=fen)

    def certificates(self, levels: Levels) -> tuple[Certificate, ...]:
        """The multipliers behind it, the same for all levels."""
        del levels
        return tuple(it for it in (self._on_fen, self._on_rentals) if it is not None)
