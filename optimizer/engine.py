"""One run of column generation on one problem: plan, bound, and what is proven of it."""

import time
from collections.abc import Callable

from optimizer.arcs import arcs_of
from optimizer.baseline import Decisions
from optimizer.bound import SCALE
from optimizer.columns import Generated, Generator, Pool
from optimizer.handout import columns_from, decisions_of
from optimizer.lanes import graph_of
from optimizer.master import Chosen, choose
from optimizer.paths import Column
from optimizer.plan import Bound, Levels
from optimizer.problem import Problem
from optimizer.roads import Roads
from optimizer.rows import Weights, rows_of
from optimizer.search import Search

MOST_COLUMNS = 20_000


class Engine:
    """Holds what the passes share: task graph, rows, and the pool of columns."""

    def __init__(self, problem: Problem, plain: Decisions, levels: Levels, deadline: float) -> None:
        self.problem, self.deadline = problem, deadline
        self.roads = Roads(arcs_of(graph_of(problem)))
        self.rows = rows_of(self.roads.arcs.graph)
        self.pool = Pool()
        self.weights = _weights(problem, levels)
        self.generator = Generator(self.roads, self.rows, self.weights, self.pool)
        self.pool.add(columns_from(self.generator.weighted, self.roads, plain.duties))
        self.idle_fen = _idle_fen(problem)
        self.rounds = 0

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.perf_counter()

    def generate(self, rounds: int, share: float) -> Generated:
        """Columns and the bound on the weighted objective, in a share of what is left."""
        until = time.perf_counter() + share * max(self.left(), 0.0)
        generated = self.generator.run(more=_before(until), rounds=rounds)
        self.rounds += generated.rounds
        return generated

    def choose(self, most: Levels | None = None, *, share: float = 0.6) -> Decisions | None:
        """The best plan over the columns there are, in a share of what time is left.

        `most` bounds its first two levels.
        """
        limits = None if most is None else (most.unserved, most.rentals)
        weighted = self.generator.weighted
        seconds = max(0.5, share * self.left())
        columns = self.pool.columns
        found = choose(weighted, self.rows, self.weights, columns, seconds=seconds, limits=limits)
        return None if found is None else decisions_of(weighted, self.rows, columns, found)

    def prove_levels(self, levels: Levels, rounds: int) -> tuple[Bound, Levels]:
        """Bounds of the first two levels, and the best that the columns can do there."""
        n = len(self.problem.tasks)
        if not levels.unserved and not levels.rentals:
            return Bound("lagrangian"), levels
        weights = Weights(0, 1, n + 1)
        generator = Generator(self.roads, self.rows, weights, self.pool)
        until = time.perf_counter() + 0.5 * max(self.left(), 0.0)
        generated = generator.run(more=_before(until), rounds=rounds)
        self.rounds += generated.rounds
        least = max(0, generated.bound)
        reached = levels
        if least < levels.unserved * (n + 1) + levels.rentals:
            columns, seconds = self.pool.columns, max(0.5, 0.3 * self.left())
            found = choose(generator.weighted, self.rows, weights, columns, seconds=seconds)
            reached = min(levels, self._levels(found)) if found else levels
        unserved = max(0, -(-(least - n) // (n + 1)))
        rentals = max(0, least - unserved * (n + 1)) if unserved == reached.unserved else 0
        return Bound("lagrangian", unserved, rentals), reached

    def fen_bound(self, generated: Generated, levels: Levels) -> int:
        """Least fen of any plan with these first two levels."""
        above = self.weights.unserved * levels.unserved + self.weights.rental * levels.rentals
        return generated.bound - above + self.idle_fen

    def complete(self, generated: Generated, levels: Levels) -> Decisions | None:
        """The optimum at these levels, proven: over every duty that could be in a better plan.

        A duty whose reduced cost is not below the gap is in no plan that is better than
        this one. None: too many such duties, or not enough time.
        """
        gap = (levels.fen - self.fen_bound(generated, levels)) * SCALE
        priced = self.generator.price(generated.duals)
        rows, duals = self.rows, generated.duals
        reward, charge = duals.reward(rows), duals.charge(rows)
        every: list[Column] = []
        for lane in range(len(self.roads.arcs.graph.lanes)):
            prices = (reward, int(charge[lane]))
            search = Search(self.generator.weighted, self.roads, priced.labels, lane, prices)
            least = int(priced.least[lane])
            run = self.roads.arcs.graph.lanes[lane].run >= 0
            found = search.complete(gap + (least if run else 0), MOST_COLUMNS - len(every))
            if found is None or self.left() < 0.5:
                return None
            every += found
        limits = (levels.unserved, levels.rentals)
        weighted, seconds = self.generator.weighted, max(0.5, 0.8 * self.left())
        best = choose(weighted, rows, self.weights, every, seconds=seconds, limits=limits)
        if best is None or not best.optimal:
            return None
        return decisions_of(weighted, rows, every, best)

    def _levels(self, chosen: Chosen) -> Levels:
        others = [self.rows.otherwise[i] for i in chosen.otherwise]
        missing = sum(self.problem.tasks[o.task].priority for o in others if o.firm < 0)
        return Levels(missing, sum(o.firm >= 0 for o in others), 0)


def _weights(problem: Problem, levels: Levels) -> Weights:
    """A rental outweighs what it saves, a point of priority outweighs a rental."""
    mean = levels.fen // max(1, len(problem.tasks))
    rent = [firm.day_fen + 300 * firm.fen_per_km for firm in problem.firms]
    rental = 6 * max([mean, *rent])
    return Weights(1, rental, 2 * rental)


def _before(moment: float) -> Callable[[], bool]:
    return lambda: time.perf_counter() < moment


def _idle_fen(problem: Problem) -> int:
    metres = problem.matrix.metres
    return sum((int(metres[v.at, v.home]) * v.fen_per_km + 500) // 1000 for v in problem.vehicles)
