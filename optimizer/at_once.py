"""A large day as a whole, where it is not too large for that, and parts of it meanwhile."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from optimizer.baseline import Decisions
from optimizer.broad import Broad
from optimizer.budget import Limits
from optimizer.check import judge
from optimizer.entire import WAYS_A_SECOND, Entire, ways_of
from optimizer.helper import Helper
from optimizer.leasts import Leasts
from optimizer.meanwhile import meanwhile
from optimizer.plan import Bound
from optimizer.problem import Problem
from optimizer.progress import Phase, Stop
from optimizer.scale import Found, Search

# Without a bound so many times more ways fit into memory, and so many a second into the time
# beyond the least; sooner parts find more.
BROAD, BROAD_WAYS_A_SECOND, BROAD_LEAST_S = 40, 4_000_000, 10.0
# Of the time, for the plan as a whole; the rest is for parts of it.
BROAD_SHARE = 0.85
# Of the time, for parts before: of thousands of tasks there is long no plan as a whole.
FIRST_SHARE = 0.04
Tell = Callable[[Phase, Found, Bound], None]
Alone = Callable[[], None]
Way = Callable[
    [Problem, Found, Limits, Stop, Alone], tuple["Entire | Broad | None", "Decisions | None"]
]


def way_of(problem: Problem, limits: Limits, most_ways: int) -> Way | None:
    """How to plan a day as a whole in this time and memory; None: it is too large."""
    left_s, ways = max(0.0, limits.until - time.monotonic()), ways_of(problem)
    if ways <= min(most_ways, WAYS_A_SECOND * left_s):
        return _entire
    if ways <= min(BROAD * most_ways, BROAD_WAYS_A_SECOND * (left_s - BROAD_LEAST_S)):
        return _broad
    return None


def at_once(
    way: Way, problem: Problem, search: Search, limits: Limits, tell: Tell
) -> Leasts | None:
    """Improve what is found as far as the time goes; None: the bound is to be another one."""
    nothing = Bound("none")

    def stop() -> bool:
        tell("columns", search.found, nothing)
        return limits.stop()

    with Helper(apart=limits.processes > 1) as helper:
        first = FIRST_SHARE if way is _broad else 0.0
        while limits.more(search.found.tried, first) and search.sweeps > 0:
            if not search.step(helper):
                break
            tell("neighbourhoods", search.found, nothing)
        # Parts change what is found while the whole is planned.
        begun = replace(search.found)
        with meanwhile(search, helper) if limits.meanwhile else nullcontext(helper.close) as alone:
            whole, anew = way(problem, begun, limits, stop, alone)
    _keep(problem, search.found, anew)
    return None if whole is None else whole.leasts(search.found)


def _entire(
    problem: Problem, found: Found, limits: Limits, stop: Stop, alone: Alone
) -> tuple[Entire | None, Decisions | None]:
    """The day as a whole, and a plan; None: its bound is too far from what it finds."""
    entire = Entire(problem, found.decisions, found.levels, limits.until, stop)
    entire.generate(limits.rounds)
    alone()
    anew = entire.choose()
    return entire if entire.useful else None, anew


def _broad(
    problem: Problem, found: Found, limits: Limits, stop: Stop, alone: Alone
) -> tuple[Broad, Decisions | None]:
    """The day as a whole, where only a bound that is near takes too long."""
    left_s = max(0.0, limits.until - time.monotonic())
    until = limits.until - (1 - BROAD_SHARE) * left_s
    broad = Broad(problem, found.decisions, found.levels, until, stop)
    broad.gather(limits.rounds)
    alone()
    return broad, broad.choose()


def _keep(problem: Problem, found: Found, anew: Decisions | None) -> None:
    """Take a plan that is valid, and better than what was found before."""
    if anew is None:
        return
    verdict = judge(problem, anew.duties, anew.rentals, anew.unserved)
    if not verdict.violations and verdict.levels < found.levels:
        found.decisions, found.levels = anew, verdict.levels
