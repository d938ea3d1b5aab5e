"""Down to whole duties for thousands of tasks: fewer, longer steps than a `Descent`.

Each step solves an LP of the most promising duties from its inside, prices new ones, and holds
those that the LP uses most. What a step gives away is small, and parts of the plan are decided
anew afterwards.
"""

from collections.abc import Callable, Sequence

import numpy as np

from optimizer.balance import Columns, Reals
from optimizer.bound import Duals
from optimizer.descent import MOST_LABELS, Descent
from optimizer.interior import Inner, solved
from optimizer.master import EngineFailed, rows_used
from optimizer.nodes import Bools, Ints
from optimizer.paths import Column
from optimizer.steady import Steady
from optimizer.terrain import NEVER

# Duties that are used so much are held at once, and in any case so many, by their tasks.
MUCH, SOME_SHARE = 0.7, 0.15
UNUSED = 1e-6
# No more than this at a step, however little time is left; so much of it is for these steps.
MOST_SHARE, STEPS_SHARE = 0.4, 0.8
# Duties of an LP for each row.
KEPT_A_ROW = 32
# Pricing rounds at a step, first where there is time; only one where the LP costs hardly more than
# at the last step, relatively, and no more once a round has hardly gained.
ROUNDS, FEW_ROUNDS, LITTLE = 4, 2, 0.0015
# Of a step that costs more than this, relatively, the half that was used less is let go of once,
# where there is time.
TOO_MUCH = 0.0025
# While more tasks are left their multipliers are drawn towards those of the step before:
# where few duties are known the LP exaggerates, and pricing takes long.
STEADY_TASKS, STEADY_SHARE = 1_200, 0.5
# The rest is for a `Descent`, with so many duties for each row.
REST_TASKS, REST_A_ROW = 600, 10


class Glide:
    """One way down from the columns of a generator's pool.

    Attributes:
        held: the duties so far; they share nothing.
    """

    def __init__(self, generator: Steady, price: Duals, rest_tasks: int = REST_TASKS) -> None:
        self._it, self._stock, self._price = generator, generator.stock, price
        self._rest_tasks = rest_tasks
        self._left = generator.rows.right.astype(np.int64).copy()
        self._gone = np.zeros(len(generator.arcs.graph.problem.tasks), dtype=np.bool_)
        self._last = np.inf
        self._new: list[Column] = []
        self.held: list[Column] = []

    @property
    def left(self) -> int:
        """How many tasks are neither fixed nor in what is held."""
        return int((~self._gone & (self._it.rows.of_task >= 0)).sum())

    def down(self, left_s: Callable[[], float]) -> bool:
        """Hold duties, in about as many seconds as are left.

        False: it was not whole in time; what is held shares nothing all the same. An LP that
        fails is the last one from inside.
        """
        share, rest_s = SOME_SHARE, (1 - STEPS_SHARE) * left_s()
        while self.left > self._rest_tasks and left_s() > 0:
            before_s = left_s()
            try:
                if not self._step(share):
                    break
            except EngineFailed:
                break
            share = self._share(before_s - left_s(), left_s() - rest_s)
        if left_s() <= 0:
            return False
        columns = self._stock.columns()
        which = self._which(columns, REST_A_ROW)[self._stock.others :]
        pool = self._it.pool.columns
        rest = [pool[k - self._stock.others] for k in which.tolist()]
        descent = Descent(self._it, rest, self.held)
        landed = descent.down(left_s)
        self.held = list(descent.held if landed is None else landed.columns)
        return landed is not None

    def missing(self) -> list[Column]:
        """For each run that is not held a duty that there is room for."""
        it, of_run = self._it, set(self._it.rows.of_run)
        left, found = it.rows.right.copy(), []
        for column in self.held:
            left[rows_used(it.arcs, it.rows, column)] -= 1
        for column in it.pool.columns if of_run else ():
            used = rows_used(it.arcs, it.rows, column)
            if of_run.intersection(used) and (left[used] >= 1).all():
                left[used] -= 1
                found.append(column)
        return found

    def _step(self, share: float) -> bool:
        """False: the LP uses no duty any more that there is room for."""
        before = np.inf
        for _ in range(FEW_ROUNDS if share > SOME_SHARE else ROUNDS):
            columns = self._stock.columns()
            which = self._which(columns, KEPT_A_ROW)
            lp = solved(columns, which, self._left, self._it.rows.equal)
            self._price_anew(lp)
            value = lp.value + self._paid
            if value <= (1 + LITTLE) * self._last or before - value <= LITTLE * value:
                break
            before = value
        half = -(-len(self._new) // 2)
        if self._new[half:] and share <= SOME_SHARE and value > (1 + TOO_MUCH) * self._last:
            self._let_go(self._new[half:])
            return True
        self._last = value
        return self._hold(which[self._stock.others :] - self._stock.others, lp, share) > 0

    def _share(self, step_s: float, left_s: float) -> float:
        """How much must be held at a step that takes about as long, to end in time."""
        part = 1 - self._rest_tasks / max(1, self.left)
        return max(SOME_SHARE, min(MOST_SHARE, step_s * part / max(1e-9, left_s)))

    @property
    def _paid(self) -> float:
        """For the duties so far."""
        return float(sum(self._it.weights.fen * column.fen for column in self.held))

    def _which(self, columns: Columns, a_row: int) -> Ints:
        """The cheapest duties of each row for which there is room, and all other ends of tasks.

        Those that are cheapest of all are too much alike: with them alone the LP leaves out
        rows that it need not.
        """
        others = self._stock.others
        reduced = self._stock.reduced(columns, self._price.rows)[others:]
        reduced[self._runs(len(reduced))] = -np.inf
        room = np.minimum.reduceat(self._left[columns.row], columns.at[:-1])[others:] >= 1
        column = np.repeat(np.arange(len(reduced)), np.diff(columns.at[others:]))
        row, column = columns.row[columns.at[others] :][room[column]], column[room[column]]
        order = np.lexsort((reduced[column], row))
        row, column = row[order], column[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        chosen = np.unique(column[rank < a_row])
        return np.concatenate([np.arange(others), others + chosen])

    def _runs(self, count: int) -> Bools:
        """(columns,) which ones do a run, that has to be done."""
        lanes, pool = self._it.arcs.graph.lanes, self._it.pool.columns[:count]
        return np.array([lanes[column.lane].run >= 0 for column in pool], dtype=np.bool_)

    def _price_anew(self, lp: Inner) -> None:
        """New duties for what is left."""
        it, here = self._it, Duals.of(lp.duals, self._it.rows.equal)
        calm = self.left > STEADY_TASKS
        trial = here.between(self._price, STEADY_SHARE) if calm else here
        self._price = trial
        reward = np.where(self._gone, -NEVER, trial.reward(it.rows))
        charge = np.where(self._taken(), NEVER, trial.charge(it.rows))
        priced = it.pricer.price(reward, charge, a_lane=it.pricer.traces, most=MOST_LABELS)
        self._stock.add(it.pool.add(priced.columns))

    def _taken(self) -> Bools:
        """(lanes,) whether nothing is left of a row that a lane uses."""
        rows = self._it.rows.of_lane
        return np.array([any(self._left[r] <= 0 for r in used) for used in rows], dtype=np.bool_)

    def _hold(self, which: Ints, lp: Inner, share: float) -> int:
        """Hold what is used much, or most; and how many that are."""
        shares: Reals = lp.shares[self._stock.others :]
        least, tasks, self._new = max(1, int(share * self.left)), 0, []
        for k in np.argsort(-shares, kind="stable").tolist():
            if shares[k] <= UNUSED or (shares[k] < MUCH and tasks >= least):
                break
            column = self._it.pool.columns[which[k]]
            used = rows_used(self._it.arcs, self._it.rows, column)
            if all(self._left[r] >= 1 for r in used):
                self._left[used] -= 1
                tasks += self._keep(column)
                self._new.append(column)
        return len(self._new)

    def _keep(self, column: Column) -> int:
        tasks = self._tasks(column)
        self._gone[tasks] = True
        self.held.append(column)
        return len(tasks)

    def _let_go(self, columns: Sequence[Column]) -> None:
        self._new = []
        for column in columns:
            self._gone[self._tasks(column)] = False
            self._left[rows_used(self._it.arcs, self._it.rows, column)] += 1
            self.held.remove(column)

    def _tasks(self, column: Column) -> list[int]:
        items = self._it.arcs.graph.nodes.items
        return [j for i in column.nodes for j in items[i].tasks]
