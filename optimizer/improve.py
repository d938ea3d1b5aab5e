"""A short run of column generation on a small problem, for searches that make many of them."""

import time
from dataclasses import dataclass

from optimizer.baseline import Decisions
from optimizer.check import judge
from optimizer.engine import Engine
from optimizer.nodes import nodes_of
from optimizer.plan import Certificate
from optimizer.problem import Problem
from optimizer.rows import Weights

NEAR = 0.001
NODES = 100
# With more nodes than this.
LARGE = 150
COLUMNS_SHARE, DOWN_SHARE = 0.5, 0.95
# Columns of the integer program for each task: the optimum is nearly always among those of the
# least reduced cost, and with all of them it took longer than all the pricing.
CHOICES_A_TASK = 8
# Beyond this the integer program finds little more.
CHOOSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Improved:
    """What a short run found.

    Attributes:
        decisions: the plan, never worse than the one it began with in the engine's weights;
            what nobody could take in the end is unserved.
        certificate: its multipliers, by name, and the bound that they prove.
        rounds: of pricing.
        converged: the bound is as close to the LP as it was asked to be.
    """

    decisions: Decisions
    certificate: Certificate
    rounds: int
    converged: bool

    @property
    def duals(self) -> dict[int, int]:
        """What serving each task earns, in 1/1000 of the weighted unit."""
        return dict(self.certificate.tasks)

    @property
    def bound(self) -> int:
        """Least weighted objective of any plan."""
        return self.certificate.bound


def improve(
    problem: Problem,
    start: Decisions,
    *,
    seconds: float,
    rounds: int = 60,
    seed: int = 1,
    weights: Weights | None = None,
    near: float = NEAR,
) -> Improved:
    """Column generation from a plan, and the integer program over what it found.

    Where the seconds suffice, the outcome depends on the rounds alone: nothing is drawn at
    random, so `seed` changes nothing, and the integer program is bounded by nodes.

    Args:
        problem: up to some hundred tasks.
        start: a valid plan of it.
        seconds: aim of wall time.
        rounds: most pricing rounds.
        seed: taken for the sake of callers that pass one on.
        weights: of the levels; problems with the same ones have multipliers of one kind.
        near: relative gap between LP and bound that is good enough.
    """
    del seed
    levels = judge(problem, start.duties, start.rentals, start.unserved).levels
    deadline = time.perf_counter() + seconds
    large = len(nodes_of(problem)) > LARGE
    engine = Engine(problem, start, levels, deadline, weights=weights, steady=large)
    if large:
        return _down(engine, start, rounds, near)
    generated = engine.generate(rounds, 0.7, near=near)
    engine.deadline = min(engine.deadline, time.perf_counter() + CHOOSE_S)
    columns = CHOICES_A_TASK * len(problem.tasks)
    found = engine.choose(share=0.9, gap=near, nodes=NODES, columns=columns, explain=False)
    return Improved(
        start if found is None else found,
        engine.certificates[0],
        generated.rounds,
        generated.converged,
    )


def _down(engine: Engine, start: Decisions, rounds: int, near: float) -> Improved:
    """Of so many nodes the integer program finds little; the way down from the LP does."""
    generated = engine.generate(rounds, COLUMNS_SHARE, near=near)
    tasks = len(engine.problem.tasks)
    found = engine.descend(DOWN_SHARE, CHOICES_A_TASK * tasks)
    return Improved(
        start if found is None else found,
        engine.certificates[0],
        generated.rounds,
        generated.converged,
    )
