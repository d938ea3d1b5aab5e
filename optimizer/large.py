"""Planning a large day: as a whole where it fits, and by neighbourhoods, with an ascent beside."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimizer.ascent import Ascent
from optimizer.balance import Reals
from optimizer.baseline import Decisions
from optimizer.broad import Broad
from optimizer.check import judge
from optimizer.entire import MOST_WAYS, WAYS_A_SECOND, Entire, ways_of
from optimizer.helper import Helper
from optimizer.ledger import Ledger
from optimizer.limits import MOST_PARTIES
from optimizer.local import Order
from optimizer.outline import MILLI, RELAXED, outline_of
from optimizer.plan import Bound, Certificate, Levels
from optimizer.pooling import parties_listed
from optimizer.problem import Problem
from optimizer.progress import Phase, Stop
from optimizer.rows import Weights
from optimizer.runs import idle_fen_of
from optimizer.scale import LEFT_SIZES, ROUNDS_A_PART, Found, Search

# The first share of the time, or of the rounds, is for the plan alone.
PLAN_SHARE = 0.6
# Without a bound so many times more ways fit into memory, and so many a second into the time
# beyond the least; sooner parts find more.
BROAD, BROAD_WAYS_A_SECOND, BROAD_LEAST_S = 40, 4_000_000, 10.0
# Of the time, for the plan as a whole; the rest is for parts of it.
BROAD_SHARE = 0.85
# About as long as a part takes beside it: so many nodes are priced in all.
NODES_A_PART = 12_000
# The bound is left alone when it has grown by less than this, relatively, so many times in a row.
LITTLE, QUIET = 0.0002, 3
Tell = Callable[[Phase, Found, Bound], None]
KIND = "lagrangian of the outline: " + ", ".join(RELAXED)


@dataclass(frozen=True, slots=True)
class Limits:
    """When to end: `until` is a moment of `time.monotonic`; `rounds` counts parts.

    With `bound_s` the bound is looked for after the plan, in so many seconds more.
    """

    began: float
    until: float
    rounds: int
    processes: int
    stop: Stop
    bound_s: float = 0.0

    def more(self, tried: int, share: float = 1.0) -> bool:
        """Whether a share of the time and of the rounds is not used up yet."""
        moment = self.began + share * (self.until - self.began)
        return time.monotonic() < moment and tried < share * self.rounds and not self.stop()


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
    with Helper(apart=limits.processes > 1) as helper:
        started = time.monotonic()
        whole = _whole(problem, search.found, limits, most_ways, tell)
        if whole is not None:
            search.sweeps = 0.0
        apart = 1.0 if limits.bound_s else PLAN_SHARE
        while whole is None and limits.more(search.found.tried, apart):
            if not search.step(helper):
                break
            tell("neighbourhoods", search.found, nothing)
        started = started if isinstance(whole, Entire) else time.monotonic()
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


def _settle(bounds: "Entire | Broad | Bounds", found: Found, limits: Limits, tell: Tell) -> None:
    """The bound alone, after the plan."""
    while not bounds.settled and time.monotonic() < limits.until and not limits.stop():
        bounds.improve()
        tell("bound", found, bounds.at(found.levels))


def _whole(
    problem: Problem, found: Found, limits: Limits, most_ways: int, tell: Tell
) -> Entire | Broad | None:
    """The day as a whole, if it is not too large: to the end, or as far as the time goes."""
    left_s = max(0.0, limits.until - time.monotonic())
    ways = ways_of(problem)

    def stop() -> bool:
        tell("columns", found, Bound("none"))
        return limits.stop()

    if ways <= min(most_ways, WAYS_A_SECOND * left_s):
        return _entire(problem, found, limits, stop)
    if ways <= min(BROAD * most_ways, BROAD_WAYS_A_SECOND * (left_s - BROAD_LEAST_S)):
        return _broad(problem, found, limits, stop)
    return None


def _entire(problem: Problem, found: Found, limits: Limits, stop: Stop) -> Entire | None:
    """The day as a whole, after what it finds; None: its bound is too far from it."""
    entire = Entire(problem, found.decisions, found.levels, limits.until, stop)
    entire.generate(limits.rounds)
    _keep(problem, found, entire.choose())
    return entire if entire.useful else None


def _broad(problem: Problem, found: Found, limits: Limits, stop: Stop) -> Broad:
    """The day as a whole, where only a bound that is near takes too long."""
    left_s = max(0.0, limits.until - time.monotonic())
    until = limits.until - (1 - BROAD_SHARE) * left_s
    broad = Broad(problem, found.decisions, found.levels, until, stop)
    _keep(problem, found, broad.choose(limits.rounds))
    return broad


def _keep(problem: Problem, found: Found, anew: Decisions | None) -> None:
    """Take a plan that is valid, and better than what was found before."""
    if anew is None:
        return
    verdict = judge(problem, anew.duties, anew.rentals, anew.unserved)
    if not verdict.violations and verdict.levels < found.levels:
        found.decisions, found.levels = anew, verdict.levels


class Bounds:
    """The bound of a day, where its outline can be drawn: nothing is fixed."""

    def __init__(self, problem: Problem, found: Found, limits: Limits) -> None:
        self._problem, self._limits = problem, limits
        self._levels = found.levels
        self._idle_fen = sum(idle_fen_of(problem, car) for car in problem.vehicles)
        self._ascent: Ascent | None = None
        self._quiet = 0
        listed = parties_listed(problem)
        self._rides = "" if listed >= MOST_PARTIES else f" (rides of at most {listed} parties)"
        if any(task.fixed for task in problem.tasks):
            return
        outline = outline_of(problem)
        self._ledger = Ledger(outline, found.levels)
        first = _first(problem, self._ledger, found)
        self._ascent = Ascent(outline, self._ledger, first, threads=1)

    @property
    def settled(self) -> bool:
        """Whether the time is better spent on parts: there is no bound, or it hardly grows."""
        return self._ascent is None or self._quiet >= QUIET

    def improve(self) -> bool:
        """Some rounds; false if there is no bound to improve."""
        if self._ascent is None:
            return False
        before = self._ascent.best.bound
        nodes = max(1, len(self._ascent.outline.nodes))
        for _ in range(max(2, min(16, NODES_A_PART // nodes))):
            if self._limits.more(0):
                self._ascent.round()
        little = self._ascent.best.bound - before <= LITTLE * abs(before)
        self._quiet = self._quiet + 1 if little else 0
        return True

    def at(self, levels: Levels) -> Bound:
        """What no plan whose first two levels are not above these goes below."""
        if self._ascent is None:
            return Bound("none")
        best, ledger = self._ascent.best, self._ledger
        total = best.bound + ledger.moved(best.price, levels) + MILLI * self._idle_fen
        least = -(-total // MILLI)
        proven = levels.unserved == 0 and levels.rentals == 0
        return Bound(KIND + self._rides, fen=least if proven else None, at_levels=least)

    def certificates(self, levels: Levels) -> tuple[Certificate, ...]:
        """The multipliers behind it."""
        if self._ascent is None or self._rides:
            return ()
        bound = self.at(levels).at_levels or 0
        return (self._ledger.certificate(self._ascent.best.price, bound, levels),)


def _weights(problem: Problem, levels: Levels) -> Weights:
    """A rental outweighs what it saves, a point of priority outweighs a rental."""
    mean = levels.fen // max(1, len(problem.tasks))
    rent = [firm.day_fen + 300 * firm.fen_per_km for firm in problem.firms]
    rental = 6 * max([mean, *rent])
    return Weights(1, rental, 2 * rental)


def _first(problem: Problem, ledger: Ledger, found: Found) -> Reals:
    """What the parts said that tasks are worth; else what a task as long as it costs."""
    price = np.zeros(len(ledger.right))
    lasts = sum(task.duration_s for task in problem.tasks) or 1
    by_second = found.levels.fen * MILLI / lasts
    usual = by_second * lasts / max(1, len(problem.tasks))
    for j, task in enumerate(problem.tasks):
        alike = by_second * task.duration_s
        price[j] = min(found.duals.get(task.id, alike), 1.3 * alike + 0.3 * usual)
    ledger.start(price, 10 * usual)
    return price
