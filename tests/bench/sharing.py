"""What shared rides save: the same days with a tenth of the tasks poolable, shared and not.

A poolable party rides straight from place to place, may leave up to half an hour later, and
rides half as long again and a quarter of an hour at most. Both plans have those windows.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

import optimizer as o
from tests.bench.apart import each, solve
from tests.bench.figures import figure
from tests.bench.instances import day, full
from tests.bench.joining import Sum, summed
from tests.bench.scales import Scale

CARS, REQUESTS, SECONDS = 249, 217, 20.0
POOLABLE = 0.1
SLACK_S = 1800


def figures(scale: Scale) -> Iterator[dict[str, object]]:
    """Totals over the days."""
    days = range(1, scale.city + 1)
    alone, shared, rides = Sum(), Sum(), 0
    for one, other, together in each(both, days):
        alone, shared, rides = alone + one, shared + other, rides + together
    name = f"shared rides, {CARS} cars, {REQUESTS} requests, 10 % poolable, {len(days)} days"
    for what, of_alone, of_shared, unit, per in (
        ("kilometres saved", alone.metres, shared.metres, "km", 1000),
        ("fen saved", alone.fen, shared.fen, "fen", 1),
        ("rentals saved", alone.rentals, shared.rentals, "rentals", 1),
    ):
        saved = of_alone - of_shared
        share = f"{100 * saved / of_alone:.2f} % of {of_alone // per}" if of_alone else "of 0"
        yield figure(f"{name}: {what}", saved / per, unit, share)
    yield figure(f"{name}: rides shared", rides, "rides")


def both(seed: int) -> tuple[Sum, Sum, int]:
    """A day without and with sharing, and how many rides were shared."""
    problem = poolable(day(full(CARS, REQUESTS), seed), seed)
    alone = replace(problem, tasks=tuple(replace(t, share=None) for t in problem.tasks))
    plan = solve(problem, seconds=SECONDS, seed=seed)
    rides = sum(bool(stop.ride) for duty in plan.duties for stop in duty.stops)
    other = solve(alone, seconds=SECONDS, seed=seed)
    return summed(alone, other), summed(problem, plan), rides


def poolable(problem: o.Problem, seed: int) -> o.Problem:
    """A tenth of the tasks may share: as many of those straight from place to place as it takes."""
    rng = np.random.default_rng([seed, 2])
    straight = [i for i, t in enumerate(problem.tasks) if t.origin != t.destination]
    wanted = min(len(straight), round(POOLABLE * len(problem.tasks)))
    chosen = set(rng.choice(straight, wanted, replace=False).tolist())
    tasks = (
        _party(t) if i in chosen else replace(t, share=None) for i, t in enumerate(problem.tasks)
    )
    return replace(problem, tasks=tuple(tasks))


def _party(task: o.Task) -> o.Task:
    return replace(
        task,
        latest_s=task.earliest_s + SLACK_S,
        share=o.Share(task.driving_s * 3 // 2 + 900),
    )
