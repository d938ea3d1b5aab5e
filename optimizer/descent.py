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
# Duties that the LP uses so much are held at once; else some of those that it uses most.
MUCH, SOME_SHARE, TASKS_A_DUTY = 0.8, 0.06, 3
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
        for column in held:
            self._keep(column)
        self._begin(self._seen)

    def down(self, more: Callable[[], bool]) -> Landed | None:
        """None: `more` said no before all was whole, or the LP has no solution any more."""
        try:
            while more():
                value, shares = self._settle()
                part = (shares > WHOLE) & (shares < 1 - WHOLE)
                if not part.any():
                    whole = (self._columns[k] for k in np.flatnonzero(shares >= 1 - WHOLE))
                    return Landed((*self.held, *whole), value, tuple(self._seen))
                self._hold(shares)
        except EngineFailed:
            pass
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

    def _hold(self, shares: Reals) -> None:
        """Hold what is used whole or much; at least some."""
        least = max(1, int(SOME_SHARE * (~self._gone).sum() / TASKS_A_DUTY))
        now = 0
        for k in np.argsort(-shares, kind="stable").tolist():
            if shares[k] <= WHOLE or (shares[k] < MUCH and now >= least):
                break
            column = self._columns[k]
            if self._fits(column):
                self._keep(column)
                now += 1
        self._begin(self._columns)

    def _keep(self, column: Column) -> None:
        self._gone[self._tasks(column)] = True
        self._left[rows_used(self._generator.arcs, self._generator.rows, column)] -= 1
        self.held.append(column)

    def _fits(self, column: Column) -> bool:
        it = self._generator
        used = rows_used(it.arcs, it.rows, column)
        return all(self._left[r] >= 1 for r in used) and not self._gone[self._tasks(column)].any()

    def _tasks(self, column: Column) -> list[int]:
        items = self._generator.arcs.graph.nodes.items
        return [j for i in column.nodes for j in items[i].tasks]
