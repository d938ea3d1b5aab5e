"""Large days: neighbourhoods of the best plan so far, each decided by column generation.

Source: B. Pepin, G. Desaulniers, A. Hertz, D. Huisman, "A comparison of five heuristics for
the multiple depot vehicle scheduling problem", J. Scheduling 12 (2009) 17.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from optimizer.baseline import Decisions
from optimizer.helper import Helper
from optimizer.local import Answer, Order, settle
from optimizer.neighbourhood import Neighbourhoods, Taken
from optimizer.parts import Part, Whole, part_of
from optimizer.plan import Levels
from optimizer.problem import Problem

# Sizes of the parts, in (task, start) pairs, one after the other: small ones improve a greedy
# plan as much in a second, and are soon done with it; then large ones find what they do not.
SMALL_SIZES, LARGE_SIZES = (120, 160, 120, 250), (600, 450, 800, 450)
# After a day was decided as a whole, where little is left to find, and beside a bound.
LEFT_SIZES = (600, 300, 450, 250)
# How often each task is in a small one, about.
SMALL_SWEEPS = 4
# Pairs of a part that is decided in a third of so many seconds, about; it grows with their square.
PAIRS, PAIRS_S = 800, 60.0
ROUNDS_A_PART = 400
MOST_S = 100.0
LATE_S = 2.0


@dataclass
class Found:
    """The best decisions so far, and what the parts said each task is worth, by its id."""

    decisions: Decisions
    levels: Levels
    duals: dict[int, int] = field(default_factory=dict)
    tried: int = 0


class Search:
    """Improves a valid plan step by step; it stays valid and never becomes worse.

    Attributes:
        sweeps: how often the small parts are still to go over all tasks.
        sizes: of the parts after those.
    """

    def __init__(self, problem: Problem, plain: Decisions, levels: Levels, order: Order) -> None:
        self.whole, self._order = Whole(problem), order
        self.found, self.sweeps = Found(plain, levels), float(SMALL_SWEEPS)
        self.sizes, self._steps = LARGE_SIZES, 0
        self._nearby = Neighbourhoods(self.whole, order.seed)

    def step(self, helper: Helper, beside: Callable[[], object] | None = None) -> bool:
        """Decide a part at the helper, and meanwhile do something beside; or another part.

        Without a helper one after the other, with the same outcome.

        Returns:
            False if there is no part to decide.
        """
        # Both of a size: the time that a part takes grows with its square at least.
        taken, size = Taken(), self._size(SMALL_SIZES if self.sweeps > 0 else self.sizes)
        first = self._draw(size, taken)
        if first is None:
            return False
        second = self._draw(size, taken) if beside is None and helper.works else None
        order = self._soon()
        away = (second is not None or beside is not None) and helper.begin(first, order)
        if second is not None:
            self._keep(second, settle(second, order))
        if beside is not None:
            beside()
        late_s = order.until + LATE_S - time.monotonic()
        self._keep(first, helper.end(first, late_s) if away else settle(first, order))
        return True

    def step_away(self, helper: Helper) -> bool:
        """Decide a small part at the helper alone; false: there is none, or nobody to do it."""
        part = self._draw(self._size(SMALL_SIZES), Taken())
        if part is None:
            return False
        order = self._soon()
        if not helper.begin(part, order):
            return False
        self._keep(part, helper.end(part, order.until + LATE_S - time.monotonic()))
        return True

    def _soon(self) -> Order:
        return replace(self._order, until=min(self._order.until, time.monotonic() + MOST_S))

    def _size(self, sizes: Sequence[int]) -> int:
        """Of the next parts: one that is cut off by the time gains nothing."""
        left_s = max(0.0, self._order.until - time.monotonic())
        self._steps += 1
        return min(sizes[self._steps % len(sizes)], int(PAIRS * (left_s / PAIRS_S) ** 0.5))

    def _draw(self, size: int, taken: Taken) -> Part | None:
        choice = self._nearby.draw(self.found.decisions, size, taken)
        if choice is None:
            return None
        self.found.tried += 1
        part = part_of(self.whole, self.found.decisions, choice)
        self.sweeps -= len(part.problem.tasks) / len(self.whole.problem.tasks)
        return part

    def _keep(self, part: Part, answer: Answer) -> None:
        found, gain = self.found, answer.gain
        found.duals.update(answer.duals)
        if answer.decisions is part.inside:
            return
        anew = part.put(found.decisions, answer.decisions)
        if self.whole.overdrawn(anew):
            return
        was = found.levels
        found.decisions = anew
        found.levels = Levels(
            was.unserved - gain.unserved, was.rentals - gain.rentals, was.fen - gain.fen
        )
