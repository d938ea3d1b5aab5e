"""Column generation for days of many tasks, whose multipliers must not jump about.

First they climb: each round draws them from the duties known so far near the best ones yet
(`balance.py`), so that they stay low where little is known, and pricing stays cheap. Then the
LP over the promising duties takes over, smoothed towards the best, and closes the gap.
Sources: K. C. Kiwiel, "Proximity control in bundle methods for convex nondifferentiable
minimization", Mathematical Programming 46 (1990) 105; P. Wentges, "Weighted Dantzig-Wolfe
decomposition", Int. Trans. in Operational Research 4 (1997) 151.
"""

from collections.abc import Callable, Iterable, Iterator
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
# Of what a rental weighs: how far a row's multiplier moves for one that is missing, first and at
# most. Longer steps take more sweeps than there are, and promise less for want of them.
STEP_SHARE, MOST_SHARE = 0.05, 0.8
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
# Duties that are gathered of a shape in a round: with half as many the LP is 2 % higher after
# the same time.
GATHERED_A_LANE = 48
# New duties of a round for each row, below which labels are looked at; what the known duties
# promise beyond the bound, relatively, below which there are enough for the way down.
ENOUGH_A_ROW, PROMISING = 0.6, 0.005
# Of the cheapest duty of a shape: what costs more is not looked at while so many are new.
NEARBY, MANY_A_ROW = 0.3, 2.2
# Duties of the LP for each of its rows: to begin with, and of those that it misses.
KEPT_A_ROW, MISSED_A_ROW = 6, 3


@dataclass
class Climb:
    """Where the climb is: how often each column is used, how far a step goes, and may go."""

    used: Reals
    step: float
    longest: float
    sweeps: int = SWEEPS

    def learn(self, seen: float, gained: float) -> None:
        """From what a step hoped for, and what it gained."""
        far = self.step >= self.longest and gained > KEPT * seen
        if seen <= 0 or far:
            self.sweeps = min(2 * self.sweeps, MOST_SWEEPS)
        elif gained > KEPT * seen:
            self.step = min(LONGER * self.step, self.longest)
        if gained <= 0:
            self.step *= SHORTER


class Steady(Generator):
    """Column generation as `Generator`, for hundreds of tasks and more.

    Attributes:
        stock: what the pool holds, as arrays.
    """

    stock: Stock

    def run(self, *, more: Callable[[], bool], rounds: int, near: float = 0.0) -> Generated:
        """Until LP and bound are near, `more` says no, or the rounds are used up."""
        best = self._climb(self.begun(), more, rounds)
        return self._close(best, more, rounds, near)

    def gather(self, *, more: Callable[[], bool], rounds: int) -> tuple[Generated, Climb]:
        """Duties, until those that are known promise little beyond the bound.

        They are read off the backward pass as long as many of them are new, then of labels.

        Returns:
            The best bound, and where the climb to it is.
        """
        self.pricer.traces, self.pricer.nearby = GATHERED_A_LANE, NEARBY
        best, climb, height = self.begun(), self.foot(), len(self.rows.right)
        while best.rounds < rounds and more():
            new, best, seen = self.step_up(best, climb)
            if new < MANY_A_ROW * height:
                self.pricer.nearby = 0.0
            if self.labels and 0 < seen < PROMISING * abs(best.bound):
                break
            if not self.labels and new < ENOUGH_A_ROW * height and not self.pricer.nearby:
                self.labels, climb = MOST_LABELS, self.foot()
        self.pricer.nearby, self.labels = 0.0, MOST_LABELS
        return best, climb

    def begun(self, first: Iterable[Duals] = ()) -> Generated:
        """The first bound, under the weights as they are, with all duties that are known.

        It is the best of `first`, or of what tasks are worth that pay for their time as those
        of the known duties do.
        """
        self.pool.add(self.must())
        self.stock = Stock(self.arcs, self.rows, self.weights)
        self.stock.add(self.pool.columns)
        self.labels = 0
        self.pricer.traces = max(self.pricer.traces, A_LANE)
        best = Generated(-NEVER, Duals(np.zeros_like(self.rows.right)), 0.0, 0, converged=False)
        for duals in first or self._paid():
            best = self._priced(duals, best)[1]
        return best

    def _paid(self) -> Iterator[Duals]:
        """What tasks are worth that pay for their time, as a whole and in part."""
        tasks, items = self.arcs.graph.problem.tasks, self.arcs.graph.nodes.items
        done = [j for c in self.pool.columns for i in c.nodes for j in items[i].tasks]
        paid = sum(c.fen for c in self.pool.columns)
        rate = self.weights.fen * SCALE * paid / max(1, sum(tasks[j].duration_s for j in done))
        for share in FIRST_SHARES:
            price = np.zeros_like(self.rows.right)
            for j, row in enumerate(self.rows.of_task.tolist()):
                if row >= 0:
                    price[row] = int(share * rate * tasks[j].duration_s)
            yield Duals(price)

    def _priced(self, duals: Duals, best: Generated) -> tuple[int, Generated]:
        """How many columns are new, and the better one of two bounds."""
        new, best = self._round(duals, best, best.value, best.rounds + 1)
        self.stock.add(new)
        return len(new), best

    def foot(self) -> Climb:
        """Where a climb begins."""
        whole = max(1, self.weights.rental) * SCALE
        return Climb(np.zeros(0), STEP_SHARE * whole, MOST_SHARE * whole)

    def _climb(self, best: Generated, more: Callable[[], bool], rounds: int) -> Generated:
        climb = self.foot()
        while best.rounds < rounds and more() and climb.step >= LEAST_STEP:
            new, best, seen = self.step_up(best, climb)
            if not self.labels:
                if new < FEW:
                    self.labels = MOST_LABELS
            elif 0 < seen < NEAR * abs(best.bound):
                break
        self.labels = MOST_LABELS
        return best

    def step_up(self, best: Generated, climb: Climb) -> tuple[int, Generated, float]:
        """How many duties are new, the better bound, and the gain that was hoped for."""
        trial, hope = self._trial(best.duals.rows, climb)
        new, after = self._priced(trial, best)
        seen, gained = hope - best.bound, after.bound - best.bound
        climb.learn(seen, gained)
        return new, after, seen

    def tried(self, duals: Duals, best: Generated) -> Generated:
        """The better bound of these multipliers and the best."""
        return self._priced(duals, best)[1]

    def _trial(self, centre: Ints, climb: Climb) -> tuple[Duals, float]:
        """Multipliers near the centre, and the bound that they hope for."""
        columns, right = self.stock.columns(), self.rows.right.astype(np.float64)
        climb.used = np.append(climb.used, np.zeros(len(columns.cost) - len(climb.used)))
        often = np.where(self.rows.equal, 1.0, np.maximum(1.0, np.sqrt(np.abs(right))))
        rows = Rows(right, self.rows.equal, climb.step / often)
        price = sweeps(columns, rows, centre.astype(np.float64), climb.used, climb.sweeps)
        trial = Duals.of(price / SCALE, self.rows.equal)
        return trial, self.stock.hopes(columns, trial.rows)

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
        reduced = self.stock.reduced(self.stock.columns(), price)[self.stock.others :]
        inside = np.append(inside, np.zeros(len(reduced) - len(inside), dtype=np.bool_))
        order = np.argsort(np.where(inside, np.inf, reduced), kind="stable")[:most]
        order = order[(reduced[order] < below) & ~inside[order]]
        inside[order] = True
        master.add([self.pool.columns[k] for k in order.tolist()])
        return inside, len(order)
