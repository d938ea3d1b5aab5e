"""Planning a large day: as a whole where it fits, and by neighbourhoods, with an ascent beside."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from optimizer.at_once import Tell, at_once, way_of
from optimizer.baseline import Decisions
from optimizer.budget import Limits
from optimizer.entire import MOST_WAYS
from optimizer.helper import Helper
from optimizer.leasts import Leasts
from optimizer.local import Order
from optimizer.outline_bounds import Bounds
from optimizer.plan import Bound, Certificate, Levels
from optimizer.problem import Problem
from optimizer.rows import Weights
from optimizer.scale import LEFT_SIZES, ROUNDS_A_PART, Found, Search

# The first share of the time, or of the rounds, is for the plan alone.
PLAN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Large:
    """What was found of a large day."""

    decisions: Decisions
    bound_of: Callable[[Levels], Bound]
    certificates_of: Callable[[Levels], tuple[Certificate, ...]]
    tried: int
    bound_seconds: float


def plan_large(
    problem: Problem,
    plain: Decisions,
    levels: Levels,
    limits: Limits,
    *,
    seed: int,
    tell: Tell,
    most_ways: int = MOST_WAYS,
) -> Large:
    """Improve the plan, then the bound beside it, until a limit is reached.

    Args:
        problem: what to plan.
        plain: a valid plan of it.
        levels: of that plan.
        limits: when to end.
        seed: of what is drawn.
        tell: called now and then with the phase, the plan and the bound so far.
        most_ways: with more ways from task to task it is not looked at as a whole.
    """
    order = Order(_weights(problem, levels), ROUNDS_A_PART, seed, limits.until)
    search, nothing = Search(problem, plain, levels, order), Bound("none")
    started = time.monotonic()
    way = way_of(problem, limits, most_ways)
    whole = None if way is None else at_once(way, problem, search, limits, tell)
    with Helper(apart=limits.processes > 1) as helper:
        if whole is not None:
            search.sweeps = 0.0
        apart = 1.0 if limits.bound_s else PLAN_SHARE
        while whole is None and limits.more(search.found.tried, apart):
            if not search.step(helper):
                break
            tell("neighbourhoods", search.found, nothing)
        started = started if whole and not whole.climbs else time.monotonic()
        # While a large part is decided the bound would wait.
        search.sizes = LEFT_SIZES
        bounds = None if limits.bound_s else whole or Bounds(problem, search.found, limits)
        while limits.more(search.found.tried):
            known = nothing if bounds is None else bounds.at(search.found.levels)
            tell("bound" if bounds else "neighbourhoods", search.found, known)
            beside = None if bounds is None or bounds.settled else bounds.improve
            if not search.step(helper, beside=beside) and not (bounds and bounds.improve()):
                break
    if bounds is None:
        started = time.monotonic()
        later = replace(limits, until=limits.until + limits.bound_s)
        bounds = whole or Bounds(problem, search.found, later)
        _settle(bounds, search.found, later, tell)
    found = search.found
    spent = time.monotonic() - started
    return Large(found.decisions, bounds.at, bounds.certificates, found.tried, spent)


def _settle(bounds: "Leasts | Bounds", found: Found, limits: Limits, tell: Tell) -> None:
    """The bound alone, after the plan."""
    while not bounds.settled and time.monotonic() < limits.until and not limits.stop():
        bounds.improve()
        tell("bound", found, bounds.at(found.levels))


def _weights(problem: Problem, levels: Levels) -> Weights:
    """A rental outweighs what it saves, a point of priority outweighs a rental."""
    mean = levels.fen // max(1, len(problem.tasks))
    rent = [firm.day_fen + 300 * firm.fen_per_km for firm in problem.firms]
    rental = 6 * max([mean, *rent])
    return Weights(1, rental, 2 * rental)
