"""One more request, and a car that breaks down."""

import time
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

import numpy as np

import optimizer as o
from tests.bench.apart import solve
from tests.bench.figures import at_most
from tests.bench.instances import day, full
from tests.bench.scales import Scale

NOON_S = 12 * 3600
PLAN_S = 10.0
MOVED_FEN = 5_000


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


def breakdown(scale: Scale) -> Iterator[dict[str, object]]:
    """A car with work left breaks down at noon: 200 cars, 600 requests."""
    problem = day(full(200, 600), 1)
    plan = solve(problem, seconds=PLAN_S, seed=1)
    tried = [_broken(problem, plan, vehicle) for vehicle in _busiest(problem, plan, scale)]
    says = f"{len(tried)} breakdowns at noon, one at a time; median {median(s for s, _, _ in tried):.2f} s"
    name = "re-plan after a breakdown, 200 cars, 600 requests"
    yield at_most(f"{name}: seconds", max(s for s, _, _ in tried), "s", 3, says)
    says = f"{sum(stranded for _, stranded, _ in tried)} had to move"
    yield at_most(f"{name}: others moved", sum(m for _, _, m in tried), "tasks", 0, says)


def _busiest(problem: o.Problem, plan: o.Plan, scale: Scale) -> list[int]:
    """The cars with most tasks left at noon."""
    left = {d.vehicle: sum(stop.start_s > NOON_S for stop in d.stops) for d in plan.duties}
    return sorted(left, key=lambda v: (-left[v], v))[: scale.breakdowns]


def _broken(problem: o.Problem, plan: o.Plan, vehicle: int) -> tuple[float, int, int]:
    """(seconds, tasks that had to move, others that moved).

    Raises:
        ValueError: the checker objects, or the car still serves.
    """
    now = replace(problem, horizon=replace(problem.horizon, now_s=NOON_S))
    now = replace(now, tasks=_announced(problem, plan))
    began = time.perf_counter()
    answer = o.replan(now, plan, broken=(vehicle,))
    seconds = time.perf_counter() - began
    before, after = served(plan.duties), served(answer.plan.duties)
    stranded = [t for t, (v, start_s) in before.items() if v == vehicle and start_s > NOON_S]
    if any(after.get(t, (0, 0))[0] == vehicle for t in stranded):
        raise ValueError("the broken car still serves")
    moved = [t for t, was in before.items() if t not in stranded and after.get(t) != was]
    return seconds, len(stranded), len(moved)


def _announced(problem: o.Problem, plan: o.Plan) -> tuple[o.Task, ...]:
    """What cars have left for is fixed, everything else of the plan is published."""
    known = served(plan.duties)
    drivers = {d.vehicle: d.driver for d in plan.duties}
    left = {
        leg.task
        for d in plan.duties
        for leg in o.timetable(problem, d).legs
        if leg.leave_s <= NOON_S
    }
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


def served(duties: tuple[o.Duty, ...]) -> dict[int, tuple[int, int]]:
    """Car and start of every task on a car."""
    return {t: (d.vehicle, s.start_s) for d in duties for s in d.stops for t in s.tasks}
