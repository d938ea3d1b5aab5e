"""A large day as a whole: the bound climbs, and from what it finds a plan glides down."""

import time
from collections.abc import Callable

from optimizer.baseline import Decisions, completed
from optimizer.choice import choose
from optimizer.columns import Generated
from optimizer.engine import Engine
from optimizer.entire import KIND, weights_of
from optimizer.glide import Glide
from optimizer.handout import decisions_of
from optimizer.plan import Bound, Certificate, Levels, Unserved
from optimizer.problem import Problem
from optimizer.progress import Stop
from optimizer.steady import Climb, Steady

# Of the time: for the climb; the rest is for the way down.
GATHER_SHARE = 0.45
# The bound is settled when so many steps in a row gain less than this, relatively.
QUIET, LITTLE = 8, 0.0002


class Broad:
    """Duties of all of a day.

    Args:
        problem: what to plan.
        plain: a valid plan of it.
        levels: of that plan.
        until: moment of `time.monotonic` by which `choose` must be done.
        stop: asked now and then.
    """

    def __init__(
        self, problem: Problem, plain: Decisions, levels: Levels, until: float, stop: Stop
    ) -> None:
        self._until, self._stop = until, stop
        self._began = time.monotonic()
        deadline = time.perf_counter() + until - self._began
        weights = weights_of(problem, levels)
        self._engine = Engine(problem, plain, levels, deadline, weights=weights, steady=True)
        self._best: Generated | None = None
        self._climb: Climb | None = None
        self._quiet = 0

    def gather(self, rounds: int) -> None:
        """Duties, in so many rounds of pricing at most."""
        enough = self._began + GATHER_SHARE * (self._until - self._began)
        self._best, self._climb = self._steady.gather(more=self._before(enough), rounds=rounds)

    def choose(self) -> Decisions | None:
        """A plan of what was gathered.

        Where the time was too short, tasks that are left go one by one where there is room;
        None: not even what is fixed could be kept.
        """
        engine, it = self._engine, self._steady
        if self._best is None:
            return None
        glide = Glide(it, self._best.duals)
        whole = glide.down(lambda: 0.0 if self._stop() else self._until - time.monotonic())
        duties = glide.held if whole else [*glide.held, *glide.missing()]
        found = choose(engine.arcs, engine.rows, engine.weights, duties, seconds=1.0)
        if found is None:
            return None
        plan = decisions_of(engine.arcs, engine.rows, duties, found)
        if whole:
            return plan
        left = (*plan.unserved, *(Unserved(rental.task, "no-car") for rental in plan.rentals))
        return completed(engine.problem, Decisions(plan.duties, (), left))

    @property
    def settled(self) -> bool:
        """Its bound hardly grows any more."""
        return self._quiet >= QUIET

    def improve(self) -> bool:
        """One step up."""
        it = self._steady
        if self._best is None or self._climb is None:
            self._best, self._climb = it.begun(), it.foot()
        was = self._best.bound
        _, self._best, _ = it.step_up(self._best, self._climb)
        gained = self._best.bound - was
        self._quiet = self._quiet + 1 if gained < LITTLE * abs(was) else 0
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
        return (self._engine.certificate(self._best),)

    @property
    def _steady(self) -> Steady:
        it = self._engine.generator
        if not isinstance(it, Steady):
            raise TypeError("the engine was asked for calm multipliers")
        return it

    def _before(self, moment: float) -> Callable[[], bool]:
        return lambda: time.monotonic() < moment and not self._stop()
