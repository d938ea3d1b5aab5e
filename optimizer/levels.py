"""The first two levels by themselves: how few rentals, how little unserved any plan can have."""

from optimizer.choice import Chosen, choose
from optimizer.engine import Engine
from optimizer.plan import Bound, Levels
from optimizer.problem import Problem
from optimizer.rows import Weights


def least_levels(engine: Engine, levels: Levels, rounds: int) -> Bound:
    """Bounds of both, by column generation that counts nothing else.

    That of rentals holds for plans that leave no more unserved than the first. Where `levels`
    cannot be better, there is nothing to find.
    """
    if not levels.unserved and not levels.rentals:
        return Bound("lagrangian")
    weights, n = _weights(engine.problem), len(engine.problem.tasks)
    generated = engine.generated_for(weights, rounds, 0.5)
    least = max(0, generated.bound)
    unserved = max(0, -(-(least - n) // (n + 1)))
    return Bound("lagrangian", unserved, max(0, least - unserved * (n + 1)))


def reached(engine: Engine, levels: Levels, least: Bound) -> Levels:
    """The best that the columns can do there, if it is better than `levels`."""
    if (levels.unserved, levels.rentals) <= (least.unserved, least.rentals):
        return levels
    columns, seconds = engine.pool.columns, max(0.5, 0.3 * engine.left())
    weights = _weights(engine.problem)
    found = choose(engine.arcs, engine.rows, weights, columns, seconds=seconds)
    return levels if found is None else min(levels, _levels(engine, found))


def _weights(problem: Problem) -> Weights:
    return Weights(0, 1, len(problem.tasks) + 1)


def _levels(engine: Engine, chosen: Chosen) -> Levels:
    others = [engine.rows.otherwise[i] for i in chosen.otherwise]
    tasks = engine.problem.tasks
    missing = sum(tasks[o.task].priority for o in others if o.firm < 0)
    return Levels(missing, sum(o.firm >= 0 for o in others), 0)
