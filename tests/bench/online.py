"""One more request, and a car that breaks down."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

import optimizer as o
from tests.bench.apart import solve
from tests.bench.figures import at_most
from tests.bench.instances import day, full
from tests.bench.running import served, under_way
from tests.bench.scales import Scale
from tests.bench.terms import ALL

NOON_S = 12 * 3600
PLAN_S = 10.0
MOVED_FEN = 5_000
ONE_EACH = replace(ALL, shared=0.0)
"""A ride that has begun is one task to whoever plans again: here parties ride alone."""


def insertion(scale: Scale) -> Iterator[dict[str, object]]:
    """Best insertion among 1,000 cars with most of a day's work, every constraint kept."""
    problem = day(full(1000, 1800), 1)
    board = o.Board.of(problem, o.greedy_plan(problem).duties)
    new = [replace(t, id=t.id + 1_000_000, published=None) for t in day(full(1000, 600), 2).tasks]
    o.insert(board, new[0], explain=False)  # what is compiled is loaded
    spent, busy, found = [], [], 0
    for task in new:
        began, cpu = time.perf_counter(), time.thread_time()
        found += bool(o.insert(board, task, explain=False).options)
        spent.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - cpu) * 1000)
    p50, p99 = np.percentile(spent, [50, 99])
    says = f"{len(new)} requests, {found} of them fit; median {p50:.2f} ms"
    says += f"; processor's p99 {np.percentile(busy, 99):.2f} ms"
    yield at_most("best insertion, 1,000 cars, p99", float(p99), "ms", 5, says)


@dataclass(frozen=True)
class Broken:
    """What a breakdown moved: what the car had left, what made room for it, anything else."""

    seconds: float
    displaced: int
    made_room: int
    others: int
    hired: int


def breakdown(scale: Scale) -> Iterator[dict[str, object]]:
    """A car with work left breaks down at noon: 200 cars, 600 requests."""
    problem = day(full(200, 600, terms=ONE_EACH), 1)
    plan = solve(problem, seconds=PLAN_S, seed=1)
    tried = [_broken(problem, plan, vehicle) for vehicle in _busiest(problem, plan, scale)]
    middle_s = median(one.seconds for one in tried)
    says = f"{len(tried)} breakdowns at noon, one at a time; median {middle_s:.2f} s"
    name = "re-plan after a breakdown, 200 cars, 600 requests"
    yield at_most(f"{name}: seconds", max(one.seconds for one in tried), "s", 3, says)
    says = f"{sum(one.displaced for one in tried)} had to move"
    says += f", {sum(one.made_room for one in tried)} made room"
    says += f", {sum(one.hired for one in tried)} more rentals"
    yield at_most(f"{name}: others moved", sum(one.others for one in tried), "tasks", 0, says)


def _busiest(problem: o.Problem, plan: o.Plan, scale: Scale) -> list[int]:
    """The cars with most tasks left at noon."""
    left = {d.vehicle: sum(stop.start_s > NOON_S for stop in d.stops) for d in plan.duties}
    return sorted(left, key=lambda v: (-left[v], v))[: scale.breakdowns]


def _broken(problem: o.Problem, plan: o.Plan, vehicle: int) -> Broken:
    """Break a car down.

    Raises:
        ValueError: the checker objects, or the car still serves.
    """
    now = replace(problem, horizon=replace(problem.horizon, now_s=NOON_S))
    now = replace(now, tasks=_announced(problem, plan))
    began = time.perf_counter()
    answer = o.replan(now, plan, {vehicle: (NOON_S, now.horizon.length_s)}, moved_fen=MOVED_FEN)
    seconds = time.perf_counter() - began
    verdict = o.check(answer.problem, answer.plan)
    if verdict.violations:
        raise ValueError(f"the checker objects: {verdict.violations[:3]}")
    before, after = served(plan.duties), served(answer.plan.duties)
    moved = {t for t, was in before.items() if after.get(t) != was}
    room = {move.task for room in answer.rooms for move in room.moves}
    if any(after.get(t, (0, 0))[0] == vehicle for t in answer.displaced):
        raise ValueError("the broken car still serves")
    others = moved - set(answer.displaced) - room
    hired = len(answer.plan.rentals) - len(plan.rentals)
    return Broken(seconds, len(answer.displaced), len(room), len(others), hired)


def _announced(problem: o.Problem, plan: o.Plan) -> tuple[o.Task, ...]:
    """What cars have left for is fixed, everything else of the plan is published."""
    known = served(plan.duties)
    drivers = {d.vehicle: d.driver for d in plan.duties}
    legs = (under_way(o.timetable(problem, d).legs, NOON_S) for d in plan.duties)
    left = {leg.task for begun in legs for leg in begun}
    tasks = []
    for task in problem.tasks:
        if task.id not in known:
            tasks.append(task)
            continue
        vehicle, start_s = known[task.id]
        fixed = o.Fixed(vehicle, drivers[vehicle], start_s)
        published = o.Published(vehicle, start_s, MOVED_FEN)
        done = task.id in left
        tasks.append(
            replace(task, fixed=fixed if done else None, published=None if done else published)
        )
    return tuple(tasks)
