"""The rows of a whole large day, and the bound that multipliers of them prove.

All in 1/1000 fen. Beside tasks, cars, drivers, lending, firms' days and quotas there are two
rows for the first two levels of a plan: a plan that is no worse there keeps them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.balance import Reals
from optimizer.outline import MILLI, RELAXED, Ints, Lane, Outline
from optimizer.plan import Certificate, Levels
from optimizer.problem import Problem, Task, Window
from optimizer.rows import DAY_S, days_of, firm_fits, rent_fen


@dataclass(frozen=True, slots=True)
class Other:
    """What can become of a task without a car, or of a quota: cost, rows, shares in them."""

    cost: int
    rows: tuple[int, ...]
    shares: tuple[int, ...]
    most: int = 1


class Ledger:
    """Numbers the rows: tasks first, as the problem has them, then all that is "at most"."""

    def __init__(self, outline: Outline, levels: Levels) -> None:
        self.outline, self.levels = outline, levels
        problem = outline.problem
        self.tasks = len(problem.tasks)
        self._right: list[int] = [int(t.fixed is None) for t in problem.tasks]
        self._cars = [self._row(len(family)) for family in outline.cars]
        self._drivers = [self._row(len(family)) for family in outline.drivers]
        self._pools = {pool: self._row(most) for pool, most in problem.lending_limit.items()}
        self._firms = {
            (firm.id, day): self._row(firm.vehicles)
            for firm in problem.firms
            for day in sorted({day for task in problem.tasks for day in days_of(task)})
        }
        asked = Counter((t.unit, t.earliest_s // DAY_S) for t in problem.tasks)
        self._quotas = {
            (q.unit, q.day): self._row(q.tasks - asked[q.unit, q.day]) for q in problem.quotas
        }
        self._rented, self._unserved = self._row(levels.rentals), self._row(levels.unserved)
        self.right: Reals = np.array(self._right, dtype=np.float64)
        self.exactly = np.arange(len(self._right)) < self.tasks
        self.others = tuple(self._others(problem))

    def _row(self, right: int) -> int:
        self._right.append(right)
        return len(self._right) - 1

    def car_row(self, lane: Lane) -> int:
        """The row that counts the lane's cars."""
        return self._cars[lane.cars]

    def lane_rows(self, lane: Lane) -> tuple[int, ...]:
        """All rows that a duty of the lane uses, beside its tasks'."""
        rows = (self._cars[lane.cars], self._drivers[lane.drivers])
        if lane.lends and lane.pool in self._pools:
            return (*rows, self._pools[lane.pool])
        return rows

    def charge(self, price: Ints, lane: Lane) -> int:
        """What a duty of the lane pays for its driver and for being lent."""
        return -sum(int(price[row]) for row in self.lane_rows(lane)[1:])

    def whole(self, price: Reals) -> Ints:
        """Whole multipliers; those of "at most" rows not above 0, of the levels whole fen."""
        found = np.rint(price).astype(np.int64)
        found = np.where(self.exactly, found, np.minimum(found, 0))
        for row in (self._rented, self._unserved):
            found[row] = -(-int(found[row]) // MILLI) * MILLI
        return found

    def bound(self, price: Ints, least: Ints) -> int:
        """What no plan whose first two levels are not worse goes below, but for idle cars.

        Args:
            price: multipliers, see `whole`.
            least: (car families,) at most 0 and the least reduced cost of any of their duties,
                which pay for drivers and lending but not for the car.
        """
        right, own = self._right, set(self._cars)
        total = sum(n * int(price[r]) for r, n in enumerate(right) if r not in own)
        total += sum(n * int(v) for n, v in zip(self._counts(), least, strict=True))
        best: dict[int, int] = {}
        for other in self.others:
            value = other.cost
            for row, share in zip(other.rows, other.shares, strict=True):
                value -= share * int(price[row])
            best[other.rows[0]] = min(best.get(other.rows[0], 0), value * other.most)
        return total + sum(best.values())

    def moved(self, price: Ints, levels: Levels) -> int:
        """How the bound changes when the first two levels are these."""
        return int(price[self._rented]) * (levels.rentals - self.levels.rentals) + int(
            price[self._unserved]
        ) * (levels.unserved - self.levels.unserved)

    def start(self, price: Reals, dear: float) -> None:
        """Let a rental cost about what `dear` says, and a point of priority as much."""
        price[self._rented], price[self._unserved] = -dear / 4, -dear

    def certificate(self, price: Ints, at_levels: int, levels: Levels) -> Certificate:
        """The multipliers as all can check them; the two levels' are its weights."""
        of = price.tolist()
        rental, unserved = -of[self._rented] // MILLI, -of[self._unserved] // MILLI
        day, problem = self.outline, self.outline.problem
        return Certificate(
            1,
            rental,
            unserved,
            at_levels + rental * levels.rentals + unserved * levels.unserved,
            relaxed=RELAXED,
            tasks=tuple((t.id, of[j]) for j, t in enumerate(problem.tasks) if t.fixed is None),
            drivers=tuple(
                (slot.driver.id, window_start(slot.driver.windows, slot.from_s), of[row])
                for row, family in zip(self._drivers, day.drivers, strict=True)
                for slot in family
            ),
            lending=tuple((pool, of[row]) for pool, row in self._pools.items()),
            firms=tuple((*key, of[row]) for key, row in self._firms.items()),
            quotas=tuple((*key, of[row]) for key, row in self._quotas.items()),
        )

    def _counts(self) -> list[int]:
        return [self._right[row] for row in self._cars]

    def _others(self, problem: Problem) -> Iterator[Other]:
        for j, task in enumerate(problem.tasks):
            if task.fixed is None:
                yield from self._instead(problem, j, task)
        for quota in problem.quotas:
            row = self._quotas[quota.unit, quota.day]
            if quota.over_fen is not None and self._right[row] < 0:
                yield Other(quota.over_fen * MILLI, (row,), (-1,), -self._right[row])

    def _instead(self, problem: Problem, j: int, task: Task) -> Iterator[Other]:
        moved = MILLI * (task.published.moved_fen if task.published else 0)
        quota = self._quotas.get((task.unit, task.earliest_s // DAY_S))
        short = () if quota is None else (quota,)
        rows, shares = (j, self._unserved, *short), (1, task.priority, *(-1 for _ in short))
        yield Other(moved, rows, shares)
        for firm in problem.firms:
            if firm_fits(firm, task):
                days = tuple(self._firms[firm.id, day] for day in days_of(task))
                fen = rent_fen(firm, task) * MILLI + moved
                yield Other(fen, (j, self._rented, *days), (1,) * (2 + len(days)))


def window_start(windows: tuple[Window, ...], from_s: int) -> int:
    """Start of the window that a slot is in, which may begin later than it."""
    return next(w.start_s for w in windows if w.start_s <= from_s < w.end_s)
