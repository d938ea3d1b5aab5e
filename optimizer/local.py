"""One part of a plan decided anew by column generation, or left as it is."""

import time
from dataclasses import dataclass, field

from optimizer.baseline import Decisions
from optimizer.check import judge
from optimizer.improve import improve
from optimizer.parts import Part
from optimizer.plan import Levels
from optimizer.problem import Problem
from optimizer.rows import Weights


@dataclass(frozen=True, slots=True)
class Order:
    """How a part is to be decided: the same order and part give the same answer.

    Attributes:
        rounds: most pricing rounds.
        until: moment of `time.monotonic`, the machine's, by which it must be done.
    """

    weights: Weights
    rounds: int
    seed: int
    until: float


NOTHING = Levels(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """The part's decisions, never worse than before, and what serving a task is worth.

    Attributes:
        gain: how much less than before at each level.
        duals: by task id, in 1/1000 of the weighted objective's unit.
    """

    decisions: Decisions
    gain: Levels = NOTHING
    duals: dict[int, int] = field(default_factory=dict)


def settle(part: Part, order: Order) -> Answer:
    """Decide the part; equal levels may still mean other duties."""
    before = part.inside
    seconds = order.until - time.monotonic()
    if seconds <= 0:
        return Answer(before)
    found = improve(
        part.problem,
        before,
        seconds=seconds,
        rounds=order.rounds,
        seed=order.seed,
        weights=order.weights,
    )
    was, now = _judged(part.problem, before), _judged(part.problem, found.decisions)
    if was is None or now is None or now > was:
        return Answer(before, duals=found.duals)
    gain = Levels(was.unserved - now.unserved, was.rentals - now.rentals, was.fen - now.fen)
    return Answer(found.decisions, gain, found.duals)


def _judged(problem: Problem, it: Decisions) -> Levels | None:
    """The levels, None if the checker objects."""
    verdict = judge(problem, it.duties, it.rentals, it.unserved)
    return None if verdict.violations else verdict.levels
