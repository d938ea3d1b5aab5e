"""Down from the LP to whole duties, with new duties at every step.

Duties that the LP uses most are held; for the tasks that are left the columns are generated
anew, so that what remains is never short of duties that fit together.
Source: A. Pepin, G. Desaulniers, A. Hertz, D. Huisman, "A comparison of five heuristics for the
multiple depot vehicle scheduling problem", Journal of Scheduling 12 (2009) 17, on truncated
column generation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.balance import Reals
from optimizer.bound import Duals
from optimizer.columns import Generator
from optimizer.master import EngineFailed, Master, rows_used
from optimizer.paths import Column
from optimizer.terrain import NEVER

WHOLE = 1e-6
# Duties that the LP uses so much are held at once; else some of those that it uses most, but
# only one that it does not use by half: what few use is often in no plan that is whole.
MUCH, HALF, SOME_SHARE, TASKS_A_DUTY = 0.8, 0.5, 0.06, 3
# Who has time for so few steps more holds at each its part of what is left, however little used.
FEW_STEPS = 8
# A step that costs more than this, relatively, is taken back by halves, so often in a row.
TOO_MUCH, MOST_BACK = 0.0015, 4
# Pricing rounds at a step, and the gain of the LP, relatively, below which there are no more.
ROUNDS, LITTLE = 4, 2e-5
MOST_LABELS = 20_000
A_LANE = 4


@dataclass(frozen=True, slots=True)
class Landed:
    """Whole duties, the LP's value with them, and the duties that its LPs knew."""

    columns: tuple[Column, ...]
    value: float
    seen: tuple[Column, ...]


class Descent:
    """One way down from some columns, with others held from the beginning.

    Attributes:
        held: the duties so far.
    """

    def __init__(
        self, generator: Generator, columns: Sequence[Column], held: Sequence[Column] = ()
    ) -> None:
        self._generator, self._seen = generator, list(columns)
        self._known = {(c.lane, c.nodes, c.ways) for c in columns}
        self.held: list[Column] = []
        self._gone = np.zeros(len(generator.arcs.graph.problem.tasks), dtype=bool)
        self._left = generator.rows.right.astype(np.int64).copy()
        # The LP before the last step; how many more there is time for; the last one itself, how
        # often it was taken back, and the duty that is tried without, with the LP that it leads to.
        self._value, self._more_steps = np.inf, np.inf
        self._last: list[Column] = []
        self._back = 0
        self._without: tuple[Column, float] | None = None
        self._barred: set[tuple[int, ...]] = set()
        for column in held:
            self._keep(column)
        self._begin(self._seen)

    def down(self, left_s: Callable[[], float]) -> Landed | None:
        """Hold duties until all is whole, in about as many seconds as are left.

        None: there were none left before that, or the LP has no solution whatever is taken back.
        """
        while left_s() > 0:
            before_s = left_s()
            try:
                value, shares = self._settle()
            except EngineFailed:
                value, shares = np.inf, np.zeros(0)
            self._more_steps = left_s() / max(1e-9, before_s - left_s())
            if self._better_with(value):
                continue
            if self._dear(value):
                self._take_back(value)
                continue
            if value == np.inf:
                return None
            part = (shares > WHOLE) & (shares < 1 - WHOLE)
            if not part.any():
                whole = (self._columns[k] for k in np.flatnonzero(shares >= 1 - WHOLE))
                return Landed((*self.held, *whole), value, tuple(self._seen))
            self._value, self._back = value, 0
            self._hold(shares)
        return None

    def _begin(self, columns: Sequence[Column]) -> None:
        """An LP of what is left."""
        it = self._generator
        self._columns = [column for column in columns if self._fits(column)]
        rows = replace(it.rows, right=self._left)
        self._master = Master(it.arcs, rows, it.weights)
        self._master.add(self._columns)

    def _settle(self) -> tuple[float, Reals]:
        """The LP of what is left, with new duties; its value is of the whole."""
        paid = float(sum(self._generator.weights.fen * c.fen for c in self.held))
        lp = self._master.solve()
        for _ in range(ROUNDS):
            new = self._priced(Duals.of(lp.duals, self._generator.rows.equal))
            if not new:
                break
            self._master.add(new)
            self._columns += new
            self._seen += new
            was, lp = lp.value, self._master.solve()
            if was - lp.value < LITTLE * (paid + abs(was)):
                break
        return paid + lp.value, self._master.shares()

    def _priced(self, duals: Duals) -> list[Column]:
        it = self._generator
        reward = np.where(self._gone, -NEVER, duals.reward(it.rows))
        charge = duals.charge(it.rows)
        for k, used in enumerate(it.rows.of_lane):
            if any(self._left[r] <= 0 for r in used):
                charge[k] = NEVER
        priced = it.pricer.price(reward, charge, a_lane=A_LANE, most=MOST_LABELS)
        new = []
        for column in priced.columns:
            key = (column.lane, column.nodes, column.ways)
            if key not in self._known and self._fits(column):
                self._known.add(key)
                new.append(column)
        return new

    def _dear(self, value: float) -> bool:
        """Whether the last step cost too much, and there is another one.

        What is fixed must be in some duty: there may be no other for it.
        """
        if not self._last or self._back >= MOST_BACK:
            return False
        lane = self._generator.arcs.graph.lanes[self._last[0].lane]
        if len(self._last) == 1 and lane.run >= 0:
            return False
        in_time = value == np.inf or self._more_steps >= FEW_STEPS
        return in_time and value > self._value + TOO_MUCH * abs(self._value)

    def _hold(self, shares: Reals) -> None:
        """Hold what is used whole or much; at least some, or one."""
        soon = self._more_steps < FEW_STEPS
        share = 1 / max(1.0, self._more_steps) if soon else SOME_SHARE
        least = max(1, int(share * (~self._gone).sum() / TASKS_A_DUTY))
        self._last = []
        for k in np.argsort(-shares, kind="stable").tolist():
            most = least if soon or shares[k] >= HALF else 1
            if shares[k] <= WHOLE or (shares[k] < MUCH and len(self._last) >= most):
                break
            column = self._columns[k]
            if self._fits(column):
                self._keep(column)
                self._last.append(column)
        self._begin(self._columns)

    def _take_back(self, value: float) -> None:
        """Let go of the half of the last step that was used less, or try without its one duty."""
        self._back += 1
        half = len(self._last) // 2
        for column in self._last[half:]:
            self._release(column)
        if not half:
            self._without = self._last[0], value
            self._barred.add(self._last[0].nodes)
        self._last = self._last[:half]
        self._begin(self._seen)

    def _better_with(self, value: float) -> bool:
        """Hold the duty after all that was tried without, if the LP is dearer still."""
        without, self._without = self._without, None
        if without is None or value <= without[1] or without[1] == np.inf:
            return False
        self._barred.discard(without[0].nodes)
        self._keep(without[0])
        self._begin(self._seen)
        return True

    def _keep(self, column: Column) -> None:
        self._gone[self._tasks(column)] = True
        self._left[rows_used(self._generator.arcs, self._generator.rows, column)] -= 1
        self.held.append(column)

    def _release(self, column: Column) -> None:
        self._gone[self._tasks(column)] = False
        self._left[rows_used(self._generator.arcs, self._generator.rows, column)] += 1
        self.held.remove(column)

    def _fits(self, column: Column) -> bool:
        it = self._generator
        if column.nodes in self._barred or self._gone[self._tasks(column)].any():
            return False
        return all(self._left[r] >= 1 for r in rows_used(it.arcs, it.rows, column))

    def _tasks(self, column: Column) -> list[int]:
        items = self._generator.arcs.graph.nodes.items
        return [j for i in column.nodes for j in items[i].tasks]
