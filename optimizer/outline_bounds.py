"""The bound of a day that is planned by parts: its outline's, climbed beside the plan."""

import numpy as np

from optimizer.ascent import Ascent
from optimizer.balance import Reals
from optimizer.budget import Limits
from optimizer.ledger import Ledger
from optimizer.limits import MOST_PARTIES
from optimizer.outline import MILLI, RELAXED, outline_of
from optimizer.plan import Bound, Certificate, Levels
from optimizer.pooling import parties_listed
from optimizer.problem import Problem
from optimizer.runs import idle_fen_of
from optimizer.scale import Found

# About as long as a part takes beside it: so many nodes are priced in all.
NODES_A_PART = 12_000
# The bound is left alone when it has grown by less than this, relatively, so many times in a row.
LITTLE, QUIET = 0.0002, 3
KIND = "lagrangian of the outline: " + ", ".join(RELAXED)


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
