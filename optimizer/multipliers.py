"""Duals under the names that a certificate has for them."""

from optimizer.bound import Duals
from optimizer.lanes import Graph
from optimizer.plan import Certificate
from optimizer.problem import Window
from optimizer.rows import Rows, Weights


def certificate_of(
    graph: Graph, rows: Rows, weights: Weights, duals: Duals, bound: int
) -> Certificate:
    """What proves `bound`, which counts the way home of idle cars too.

    Nothing is relaxed: where the engine's pricing gave up, it took a lower bound of the least
    reduced cost under all limits, so exact pricing proves no less.
    """
    of = duals.rows.tolist()
    tasks = graph.problem.tasks
    return Certificate(
        weights.fen,
        weights.rental,
        weights.unserved,
        bound,
        tasks=tuple((tasks[j].id, of[r]) for j, r in enumerate(rows.of_task.tolist()) if r >= 0),
        cars=tuple(
            (slot.car.id, _window(slot.car.windows, slot.from_s), of[row])
            for row, family in zip(rows.of_cars, graph.car_families, strict=True)
            for slot in family
        ),
        drivers=tuple(
            (slot.driver.id, _window(slot.driver.windows, slot.from_s), of[row])
            for row, family in zip(rows.of_drivers, graph.driver_families, strict=True)
            for slot in family
        ),
        runs=tuple(
            (run.slot.car.id, run.tasks[0].id, of[row])
            for row, run in zip(rows.of_run, graph.runs, strict=True)
        ),
        lending=tuple((pool, of[row]) for pool, row in rows.of_pool.items()),
        firms=tuple((*key, of[row]) for key, row in rows.of_day.items()),
        quotas=tuple((*key, of[row]) for key, row in rows.of_quota.items()),
    )


def _window(windows: tuple[Window, ...], from_s: int) -> int:
    """Start of the window that a slot is in, which may begin later than it."""
    return next(w.start_s for w in windows if w.start_s <= from_s < w.end_s)
