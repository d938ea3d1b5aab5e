"""A large day as a whole: columns and an exact bound for all of it at once, then its plan."""

import time

from optimizer.baseline import Decisions
from optimizer.engine import Engine
from optimizer.lanes import starts_of
from optimizer.leasts import Leasts
from optimizer.plan import Levels
from optimizer.problem import Problem
from optimizer.progress import Stop
from optimizer.rows import Weights
from optimizer.scale import Found

# LP and bound are near enough for the integer program to decide the rest.
NEAR = 0.0003
# Beyond this a bound says little, and the rest of the time is for one without limits.
FAR = 0.05
# Of the time that is left: for the columns, for the way down from them.
COLUMNS_SHARE, DOWN_SHARE = 0.6, 0.9
CHOICES_A_TASK = 10
# With more, their tables take more memory and time than a plan has.
MOST_WAYS = 40_000_000
# In less time than these take there is no plan of the whole, and parts have lost it.
WAYS_A_SECOND = 2_000_000


def ways_of(problem: Problem) -> int:
    """About how many ways there are from task to task, for all kinds of cars together."""
    open_tasks = [task for task in problem.tasks if task.fixed is None]
    starts = sum(len(starts_of(problem, task)) for task in open_tasks)
    cars = problem.vehicles
    kinds = {(v.home, v.fen_per_km, v.toll_percent, v.charge_m_per_hour > 0) for v in cars}
    return len(kinds) * starts * (starts + 1) // 2


class Entire:
    """One run of column generation on all of a day.

    Args:
        problem: what to plan.
        plain: a valid plan of it.
        levels: of that plan.
        until: moment of `time.monotonic` by which it must be done.
        stop: asked now and then.
    """

    def __init__(
        self, problem: Problem, plain: Decisions, levels: Levels, until: float, stop: Stop
    ) -> None:
        deadline = time.perf_counter() + until - time.monotonic()
        weights = weights_of(problem, levels)
        self._tasks = len(problem.tasks)
        self._engine = Engine(
            problem, plain, levels, deadline, weights=weights, stop=stop, steady=True
        )

    def generate(self, rounds: int) -> None:
        """Columns, until the bound is near what the best plan could cost."""
        self._engine.generate(rounds, COLUMNS_SHARE, near=NEAR)

    @property
    def useful(self) -> bool:
        """Its bound is not far from the LP over its columns."""
        it = self._engine.generated
        return it is not None and it.value > 0 and it.bound >= (1 - FAR) * it.value

    def choose(self) -> Decisions | None:
        """A plan near the bound, on the way down from the most promising columns."""
        return self._engine.descend(DOWN_SHARE, CHOICES_A_TASK * self._tasks)

    def leasts(self, found: Found) -> Leasts:
        """The bound that was found on the way, and what is still to be proven of a plan."""
        return Leasts(self._engine, self._engine.generated, None, found)


def weights_of(problem: Problem, levels: Levels) -> Weights:
    """A rental outweighs what it saves: what a task costs elsewhere, or what firms ask.

    The smaller the weights, the sooner the multipliers settle.
    """
    mean = levels.fen // max(1, len(problem.tasks))
    rental = max([mean, *(firm.day_fen + 300 * firm.fen_per_km for firm in problem.firms)])
    least = min((task.priority for task in problem.tasks), default=1)
    return Weights(1, rental, 3 * rental // least)
