"""Column generation for days of many tasks, whose multipliers must not jump about.

First they climb: each round draws them from the duties known so far near the best ones yet
(`balance.py`), so that they stay low where little is known, and pricing stays cheap. Then the
LP over the promising duties takes over, smoothed towards the best, and closes the gap.
Sources: K. C. Kiwiel, "Proximity control in bundle methods for convex nondifferentiable
minimization", Mathematical Programming 46 (1990) 105; P. Wentges, "Weighted Dantzig-Wolfe
decomposition", Int. Trans. in Operational Research 4 (1997) 151.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimizer.balance import Reals, Rows, sweeps
from optimizer.bound import SCALE, Duals
from optimizer.columns import Generated, Generator
from optimizer.master import EngineFailed, Master
from optimizer.nodes import Bools, Ints
from optimizer.stock import Stock
from optimizer.terrain import NEVER

# Multipliers that are too low prove something, those that are too high nothing at all.
FIRST_SHARES = (1.0, 0.6, 0.3)
# Of what a rental weighs: how far a row's multiplier moves for one that is missing.
STEP_SHARE = 0.05
SWEEPS, MOST_SWEEPS = 30, 240
# A step that keeps so much of what it hopes for is followed by a longer one.
KEPT, LONGER, SHORTER = 0.2, 2.0, 0.8
# A shorter one moves no multiplier any more.
LEAST_STEP = 1.0
# Paths are read off while so many are new; then labels are looked at.
FEW = 100
MOST_LABELS = 100_000
A_LANE = 24
# The climb ends when it hopes for less than this, relatively.
NEAR = 0.02
SMOOTHING = 0.5
# Duties of the LP for each of its rows: to begin with, and of those that it misses.
KEPT_A_ROW, MISSED_A_ROW = 6, 3


@dataclass
class _Climb:
    """Where the climb is: how often each column is used, how far a step goes."""

    used: Reals
    step: float
    sweeps: int = SWEEPS


class Steady(Generator):
    """Column generation as `Generator`, for hundreds of tasks and more."""

    def run(self, *, more: Callable[[], bool], rounds: int, near: float = 0.0) -> Generated:
        """Until LP and bound are near, `more` says no, or the rounds are used up."""
        self.pool.add(self._must())
        self._stock = Stock(self.arcs, self.rows, self.weights)
        self._stock.add(self.pool.columns)
        self._labels = 0
        self.pricer.traces = max(self.pricer.traces, A_LANE)
        best = self._climb(self._first(), more, rounds)
        return self._close(best, more, rounds, near)

    def _first(self) -> Generated:
        """What tasks are worth that pay for their time as those of the known duties do."""
        tasks, items = self.arcs.graph.problem.tasks, self.arcs.graph.nodes.items
        done = [j for c in self.pool.columns for i in c.nodes for j in items[i].tasks]
        paid = sum(c.fen for c in self.pool.columns)
        rate = self.weights.fen * SCALE * paid / max(1, sum(tasks[j].duration_s for j in done))
        best = Generated(-NEVER, Duals(np.zeros_like(self.rows.right)), 0.0, 0, converged=False)
        for share in FIRST_SHARES:
            price = np.zeros_like(self.rows.right)
            for j, row in enumerate(self.rows.of_task.tolist()):
                if row >= 0:
                    price[row] = int(share * rate * tasks[j].duration_s)
            best = self._priced(Duals(price), best)[1]
        return best

    def _priced(self, duals: Duals, best: Generated) -> tuple[int, Generated]:
        """How many columns are new, and the better one of two bounds."""
        new, best = self._round(duals, best, best.value, best.rounds + 1)
        self._stock.add(new)
        return len(new), best

    def _climb(self, best: Generated, more: Callable[[], bool], rounds: int) -> Generated:
        climb = _Climb(np.zeros(0), STEP_SHARE * max(1, self.weights.rental) * SCALE)
        while best.rounds < rounds and more() and climb.step >= LEAST_STEP:
            trial, hope = self._trial(best.duals.rows, climb)
            was = best.bound
            seen, new, before = hope - was, 0, best
            new, best = self._priced(trial, best)
            gained = best.bound - was
            if seen <= 0:
                climb.sweeps = min(2 * climb.sweeps, MOST_SWEEPS)
            elif gained > KEPT * seen:
                climb.step *= LONGER
            elif best is before or gained <= 0:
                climb.step *= SHORTER
            if not self._labels:
                if new < FEW:
                    self._labels = MOST_LABELS
            elif 0 < seen < NEAR * abs(best.bound):
                break
        self._labels = MOST_LABELS
        return best

    def _trial(self, centre: Ints, climb: _Climb) -> tuple[Duals, float]:
        """Multipliers near the centre, and the bound that they hope for."""
        columns, right = self._stock.columns(), self.rows.right.astype(np.float64)
        climb.used = np.append(climb.used, np.zeros(len(columns.cost) - len(climb.used)))
        often = np.where(self.rows.equal, 1.0, np.maximum(1.0, np.sqrt(np.abs(right))))
        rows = Rows(right, self.rows.equal, climb.step / often)
        price = sweeps(columns, rows, centre.astype(np.float64), climb.used, climb.sweeps)
        trial = Duals.of(price / SCALE, self.rows.equal)
        return trial, self._stock.hopes(columns, trial.rows)

    def _close(
        self, best: Generated, more: Callable[[], bool], rounds: int, near: float
    ) -> Generated:
        """The LP over promising duties, and those that it misses."""
        master, height = Master(self.arcs, self.rows, self.weights), len(self.rows.right)
        inside = np.zeros(0, dtype=np.bool_)
        inside, _ = self._enter(master, inside, best.duals.rows, KEPT_A_ROW * height, np.inf)
        while best.rounds < rounds and more():
            try:
                lp = master.solve()
            except EngineFailed:
                break
            best, here = replace(best, value=lp.value), Duals.of(lp.duals, self.rows.equal)
            worth, most = float(self.pricer.worth), MISSED_A_ROW * height
            inside, missed = self._enter(master, inside, here.rows, most, worth)
            if missed > FEW:
                continue
            new, best = self._priced(here.between(best.duals, SMOOTHING), best)
            if not new:
                new, best = self._priced(here, best)
            close = best.bound >= np.ceil(lp.value - 1e-6) - near * abs(lp.value)
            if close or not new:
                return replace(best, converged=close or self._whole)
            inside, _ = self._enter(master, inside, here.rows, most, worth)
        return best

    def _enter(
        self, master: Master, inside: Bools, price: Ints, most: int, below: float
    ) -> tuple[Bools, int]:
        """Give the LP the cheapest of the duties that it does not have; and how many."""
        reduced = self._stock.reduced(self._stock.columns(), price)[self._stock.others :]
        inside = np.append(inside, np.zeros(len(reduced) - len(inside), dtype=np.bool_))
        order = np.argsort(np.where(inside, np.inf, reduced), kind="stable")[:most]
        order = order[(reduced[order] < below) & ~inside[order]]
        inside[order] = True
        master.add([self.pool.columns[k] for k in order.tolist()])
        return inside, len(order)
