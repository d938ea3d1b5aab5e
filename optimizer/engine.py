"""One run of column generation on one problem: plan, bound, and what is proven of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from optimizer.arcs import arcs_of
from optimizer.baseline import Decisions
from optimizer.bound import SCALE, Duals
from optimizer.choice import Start, choose
from optimizer.columns import Generated, Generator, Pool
from optimizer.descent import Descent
from optimizer.handout import columns_from, decisions_of
from optimizer.lanes import graph_of
from optimizer.links import links_of, unlimited
from optimizer.master import rows_used
from optimizer.multipliers import certificate_of
from optimizer.nodes import Ints
from optimizer.paths import Column
from optimizer.plan import Certificate, Levels
from optimizer.plunge import plunge
from optimizer.pricing import MOST_LABELS
from optimizer.problem import Problem
from optimizer.progress import Stop, never
from optimizer.rows import Weights, rows_of, with_rentals
from optimizer.runs import idle_fen_of
from optimizer.steady import Steady
from optimizer.streams import Streams
from optimizer.terrain import NEVER

MOST_COLUMNS = 60_000
MOST_CHOICES = 6_000


class Engine:
    """Holds what the passes share: task graph, rows, and the pool of columns.

    With `steady` columns are generated as hundreds of tasks need it.

    Attributes:
        certificates: of the bounds that were found, the one on the weighted fen first.
        rounds: pricing rounds so far.
        generated: the outcome of `generate`.
    """

    def __init__(
        self,
        problem: Problem,
        plain: Decisions,
        levels: Levels,
        deadline: float,
        *,
        weights: Weights | None = None,
        stop: Stop = never,
        steady: bool = False,
    ) -> None:
        self.problem, self.deadline = problem, deadline
        self._stop = stop
        self.arcs = arcs_of(graph_of(problem))
        self.rows = rows_of(self.arcs.graph)
        self.pool = Pool()
        self.weights = _weights(problem, levels) if weights is None else weights
        self.links = links_of(self.arcs) if unlimited(problem) else None
        self.generator = self._generating(self.weights, steady=steady)
        self._known = len(self.pool.add(columns_from(self.arcs, plain.duties)))
        self.generated: Generated | None = None
        self.idle_fen = sum(idle_fen_of(problem, car) for car in problem.vehicles)
        self.certificates: list[Certificate] = []
        self.rounds = 0
        self._gap, self._landed = NEVER, float(NEVER)
        self._start: Start | None = None

    def _generating(self, weights: Weights, *, steady: bool = False) -> Generator:
        if steady:
            return Steady(self.arcs, self.rows, weights, self.pool)
        if self.links is None:
            return Generator(self.arcs, self.rows, weights, self.pool)
        return Streams(self.arcs, self.rows, weights, self.pool, self.links)

    def left(self) -> float:
        """Seconds until the deadline; none once it was told to stop."""
        return 0.0 if self._stop() else self.deadline - time.perf_counter()

    def generate(self, rounds: int, share: float, *, near: float = 0.0) -> Generated:
        """Columns and the bound on the weighted objective, in a share of what is left."""
        until = time.perf_counter() + share * max(self.left(), 0.0)
        generated = self.generator.run(more=self._before(until), rounds=rounds, near=near)
        self.rounds += generated.rounds
        self.generated = generated
        self.certificates.append(self.certificate(generated))
        return generated

    def plunge(self, share: float) -> Decisions | None:
        """A plan of the duties that the LP knows, soon; the rest as for `descend`."""
        until = time.perf_counter() + share * max(self.left(), 0.0)
        landed = plunge(self.generator.master, self._before(until))
        if landed is None:
            return None
        return self._landing([self.pool.columns[k] for k in landed.columns], landed.value)

    def descend(self, share: float, columns: int = MOST_CHOICES) -> Decisions | None:
        """A plan near the bound, in a share of what is left, from so many columns on.

        `choose` begins from it, with the duties that were found on the way, and does not look
        at those that are in no better plan.
        """
        until = time.perf_counter() + share * max(self.left(), 0.0)
        descent = Descent(self.generator, self.promising(columns))
        landed = descent.down(lambda: min(self.left(), until - time.perf_counter()))
        if landed is None:
            return None
        self.pool.add(landed.seen)
        return self._landing(list(landed.columns), landed.value)

    def _landing(self, used: list[Column], value: float) -> Decisions | None:
        """The plan of duties that share nothing; `choose` begins from the best of them."""
        # Duties around fixed tasks may clash, which the LP does not know.
        used += self.generator.must()
        found = choose(self.arcs, self.rows, self.weights, used, seconds=1.0)
        if found is None:
            return None
        if value < self._landed:
            self._landed = value
            self._start = Start(frozenset(used[k] for k in found.columns), found.otherwise)
            if self.generated is not None and self.generated.converged:
                self._gap = int(min((value - self.generated.bound + 1) * SCALE, NEVER))
        return decisions_of(self.arcs, self.rows, used, found)

    def choose(
        self,
        most: Levels | None = None,
        *,
        share: float = 0.6,
        gap: float = 0.0,
        nodes: int = 0,
        columns: int = MOST_CHOICES,
        explain: bool = True,
    ) -> Decisions | None:
        """The best plan over the columns there are, in a share of what time is left.

        `most` bounds its first two levels; for `gap` and `nodes` see `choice.choose`; of more
        than so many `columns` the most promising are looked at; with `explain` what is
        unserved gets its reason.
        """
        limits = None if most is None else (most.unserved, most.rentals)
        below = self._gap if most is None else NEVER
        picked, seconds = self.promising(columns, below), max(0.5, share * self.left())
        found = choose(
            self.arcs,
            self.rows,
            self.weights,
            picked,
            seconds=seconds,
            limits=limits,
            gap=gap,
            nodes=nodes,
            start=self._start if most is None else None,
        )
        if found is None:
            return None
        return decisions_of(self.arcs, self.rows, picked, found, explain=explain)

    def promising(self, most: int, below: int = NEVER) -> list[Column]:
        """The columns that a better plan is likely to hold: what was known, and the cheapest.

        None of those has a reduced cost of `below` or more, where that says something of it.
        """
        columns, known = self.pool.columns, self._known
        if self.generated is None or (len(columns) <= most and below >= NEVER):
            return columns
        left = self.reduced(columns, self.generated)
        # The multipliers of a run say nothing of which of its duties is the cheapest.
        runs = [self.arcs.graph.lanes[c.lane].run >= 0 for c in columns]
        left[np.array(runs, dtype=bool)] = np.iinfo(np.int64).min
        left[:known] = np.iinfo(np.int64).min
        order = np.argsort(left, kind="stable")
        order = order[: max(most, known)]
        return [columns[k] for k in order[left[order] < below].tolist()]

    def reduced(self, columns: Sequence[Column], generated: Generated) -> Ints:
        """Reduced costs under the multipliers that prove the bound."""
        rows, duals = self.rows, generated.duals.rows
        scale = self.weights.fen * SCALE
        used = ((scale * c.fen, rows_used(self.arcs, rows, c)) for c in columns)
        return np.array([fen - int(duals[which].sum()) for fen, which in used], dtype=np.int64)

    def generated_for(self, weights: Weights, rounds: int, share: float) -> Generated:
        """Columns and the bound under other weights, in a share of what is left."""
        until = time.perf_counter() + share * max(self.left(), 0.0)
        generated = self._generating(weights).run(more=self._before(until), rounds=rounds)
        self.rounds += generated.rounds
        self.certificates.append(self.certificate(generated, weights))
        return generated

    def require(self, rentals: int, rounds: int, share: float) -> Generated:
        """The same bound for plans with so many rentals at least, in a share of what is left.

        Where that many are proven, the LP must not rent by halves: what the last of them would
        save is taken off a rental's weight, so that the bound on fen at these levels rises.
        """
        was = self.generated
        if was is None:
            raise ValueError("there is no bound yet")
        pricer, self.rows = self.generator.pricer, with_rentals(self.rows, rentals)
        self.generator = self._generating(self.weights)
        self.generator.pricer = pricer
        until = time.perf_counter() + share * max(self.left(), 0.0)
        now = self.generator.run(more=self._before(until), rounds=rounds)
        self.rounds += now.rounds
        # A certificate has whole weights.
        price = now.duals.rows.copy()
        saved = min(-int(price[-1]) // SCALE, self.weights.rental)
        price[-1] = -saved * SCALE
        bound = self.generator.price(Duals(price))[1]
        if bound <= was.bound:
            self.generated = replace(was, duals=Duals(np.append(was.duals.rows, 0)))
            return self.generated
        self.generated = replace(now, bound=bound, duals=Duals(price))
        weights = replace(self.weights, rental=self.weights.rental - saved)
        proven = replace(self.generated, bound=bound - saved * rentals)
        self.certificates.append(self.certificate(proven, weights))
        return self.generated

    def fen_bound(self, generated: Generated, levels: Levels) -> int:
        """Least fen of any plan with these first two levels."""
        above = self.weights.unserved * levels.unserved + self.weights.rental * levels.rentals
        return generated.bound - above + self.idle_fen

    def near(self, levels: Levels, share: float) -> bool:
        """Whether no plan with these first two levels is cheaper by more than a share."""
        it = self.generated
        return it is not None and levels.fen <= (1 + share) * self.fen_bound(it, levels)

    def complete(self, generated: Generated, levels: Levels) -> Decisions | None:
        """The optimum at these levels, proven: over every duty that could be in a better plan.

        A duty whose reduced cost is not below the gap is in no plan that is better than
        this one. None: too many such duties, or not enough time.
        """
        gap = (levels.fen - self.fen_bound(generated, levels)) * SCALE
        every = self._every(generated, gap)
        if every is None:
            return None
        limits, seconds = (levels.unserved, levels.rentals), max(0.5, 0.8 * self.left())
        best = choose(self.arcs, self.rows, self.weights, every, seconds=seconds, limits=limits)
        if best is None or not best.optimal:
            return None
        return decisions_of(self.arcs, self.rows, every, best)

    def _every(self, generated: Generated, gap: int) -> list[Column] | None:
        """Of each lane and set of tasks the cheapest duty with reduced cost below the gap."""
        rows, duals, lanes = self.rows, generated.duals, self.arcs.graph.lanes
        reward, charge = duals.reward(rows), duals.charge(rows)
        least = self.generator.price(duals)[0].least
        runs = np.array([lane.run >= 0 for lane in lanes], dtype=bool)
        gaps = gap + np.where(runs, least, 0)
        best: dict[tuple[object, ...], Column] = {}
        for found in self.generator.pricer.below(reward, charge, gaps, MOST_LABELS):
            if found is None or self.left() < 0.5 or len(best) > MOST_COLUMNS:
                return None
            for column in found:
                key = self._alike(column)
                if key not in best or column.fen < best[key].fen:
                    best[key] = column
        return list(best.values())

    def _alike(self, column: Column) -> tuple[object, ...]:
        """Columns that the integer program could exchange; around fixed tasks none."""
        if self.arcs.graph.lanes[column.lane].run >= 0:
            return (column.lane, column.nodes, column.ways)
        items = self.arcs.graph.nodes.items
        return (column.lane, frozenset(j for i in column.nodes for j in items[i].tasks))

    def certificate(self, generated: Generated, weights: Weights | None = None) -> Certificate:
        """The multipliers behind a bound, by default one under the weights of the plan."""
        weights = weights or self.weights
        bound = generated.bound + weights.fen * self.idle_fen
        graph, duals = self.arcs.graph, generated.duals
        return certificate_of(graph, self.rows, weights, duals, bound)

    def _before(self, moment: float) -> Callable[[], bool]:
        return lambda: time.perf_counter() < moment and not self._stop()


def _weights(problem: Problem, levels: Levels) -> Weights:
    """A rental outweighs what it saves, an unserved task outweighs rentals.

    The smaller the weights, the sooner the multipliers settle; `least_levels` says whether
    they were large enough.
    """
    mean = levels.fen // max(1, len(problem.tasks))
    rent = [firm.day_fen + 300 * firm.fen_per_km for firm in problem.firms]
    rental = 2 * max([mean, *rent])
    least = min((task.priority for task in problem.tasks), default=1)
    return Weights(1, rental, 3 * rental // least)
