"""A part of a day decided anew, quickly: column generation from what is decided now."""

import time
from dataclasses import dataclass

from optimizer.baseline import Decisions
from optimizer.check import judge
from optimizer.engine import Engine
from optimizer.problem import Problem
from optimizer.rows import Weights

# Relative gap of the LP at which a part is decided: closer costs more than it brings.
NEAR = 0.002
# The integer program seldom finds more after this.
CHOOSE_S = 3.0


@dataclass(frozen=True, slots=True)
class Improved:
    """What was found.

    Attributes:
        duals: by task id, in 1/1000 of the weighted objective's unit.
        bound: on the weighted objective.
    """

    decisions: Decisions
    duals: dict[int, int]
    bound: int
    rounds: int
    converged: bool


def improve(
    problem: Problem,
    start: Decisions,
    *,
    seconds: float,
    rounds: int = 60,
    seed: int = 1,
    weights: Weights | None = None,
) -> Improved:
    """Decide a small problem, beginning with a valid plan of it.

    What comes back is for the caller to judge; the same rounds give the same, if the
    seconds suffice. `seed` is not used: nothing is drawn.
    """
    levels = judge(problem, start.duties, start.rentals, start.unserved).levels
    engine = Engine(problem, start, levels, time.perf_counter() + seconds, weights=weights)
    generated = engine.generate(rounds, 0.7, near=NEAR)
    engine.deadline = min(engine.deadline, time.perf_counter() + CHOOSE_S)
    decisions = engine.choose(share=0.9)
    reward = generated.duals.reward(engine.rows).tolist()
    duals = {task.id: worth for task, worth in zip(problem.tasks, reward, strict=True)}
    found = (decisions or start, duals, generated.bound, generated.rounds, generated.converged)
    return Improved(*found)
