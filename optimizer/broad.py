"""A large day as a whole: the bound climbs, and from what it finds a plan glides down."""

import time
from collections.abc import Callable

from optimizer.baseline import Decisions, completed
from optimizer.choice import choose
from optimizer.columns import Generated
from optimizer.engine import Engine
from optimizer.entire import weights_of
from optimizer.glide import Glide
from optimizer.handout import decisions_of
from optimizer.leasts import Leasts
from optimizer.plan import Levels, Unserved
from optimizer.problem import Problem
from optimizer.progress import Stop
from optimizer.scale import Found
from optimizer.steady import Climb, Steady

# Of the time: for the climb; the rest is for the way down.
GATHER_SHARE = 0.45


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
        # Duties around fixed tasks may clash, which the LP does not know.
        duties = [*glide.held, *(it.must() if whole else glide.missing())]
        found = choose(engine.arcs, engine.rows, engine.weights, duties, seconds=1.0)
        if found is None:
            return None
        plan = decisions_of(engine.arcs, engine.rows, duties, found)
        if whole:
            return plan
        left = (*plan.unserved, *(Unserved(rental.task, "no-car") for rental in plan.rentals))
        return completed(engine.problem, Decisions(plan.duties, (), left))

    def leasts(self, found: Found) -> Leasts:
        """Where the climb to the bound is, which goes on."""
        if self._best is None or self._climb is None:
            self._best, self._climb = self._steady.begun(), self._steady.foot()
        return Leasts(self._engine, self._best, self._climb, found)

    @property
    def _steady(self) -> Steady:
        it = self._engine.generator
        if not isinstance(it, Steady):
            raise TypeError("the engine was asked for calm multipliers")
        return it

    def _before(self, moment: float) -> Callable[[], bool]:
        return lambda: time.monotonic() < moment and not self._stop()
