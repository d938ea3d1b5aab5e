"""Days replayed with what nobody planned, against a planner who knew it all before.

Requests are inserted as they come; at each hour of REPLANS the rest of the day is planned
again, what is announced at a price and what is frozen not at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from statistics import median

import optimizer as o
from tests.bench.apart import each, solve
from tests.bench.figures import at_most, figure
from tests.bench.instances import day, full
from tests.bench.lateness import buffers
from tests.bench.running import FROZEN_S, MOVED_FEN, PUBLISHED_S, Counts, Running, cut, served
from tests.bench.scales import Scale
from tests.bench.terms import ALL
from tests.bench.upsets import drawn

REPLANS = tuple(h * 3600 for h in (6, 9, 12, 15))
CITY = full(249, 217, terms=replace(ALL, charging=False, shared=0.0, quotas=0.0))
"""Without what a fixed task cannot carry on: charges on the way, and rides shared."""
EVENING_S, CLAIRVOYANT_S = 3.0, 5.0


@dataclass(frozen=True)
class Replayed:
    """A day: what it came to, and the least it could have."""

    levels: o.Levels
    best: o.Levels
    bound_fen: int | None
    bound: o.Bound
    counts: Counts


def figures(scale: Scale) -> Iterator[dict[str, object]]:
    """Regret, moves and buffers."""
    rows = list(each(replayed, [(seed, scale.replan_s) for seed in range(1, scale.days + 1)]))
    if rows:
        yield from _regret(rows)
    yield from buffers(scale.buffer_days)


def _regret(rows: list[Replayed]) -> Iterator[dict[str, object]]:
    name = f"days replayed, 249 cars, 217 requests, {len(rows)} days"
    known = [row.levels.fen / row.bound_fen - 1 for row in rows if (row.bound_fen or 0) > 0]
    says = f"rentals {sum(r.levels.rentals for r in rows)}"
    says += f", clairvoyant {sum(r.best.rentals for r in rows)}"
    says += f" (>= {sum(r.bound.rentals for r in rows)})"
    says += f"; unserved {sum(r.levels.unserved for r in rows)}"
    says += f", clairvoyant {sum(r.best.unserved for r in rows)}; bound on {len(known)} days"
    regret = 100 * median(known) if known else None
    yield figure(f"{name}: regret against the clairvoyant bound, median", regret, "%", says)
    against = [row.levels.fen / row.best.fen - 1 for row in rows]
    yield figure(f"{name}: against the clairvoyant plan, median", 100 * median(against), "%")
    counts = [row.counts for row in rows]
    replans = f"{sum(c.replans for c in counts)} re-plans, {sum(c.refused for c in counts)} refused"
    yield figure(
        f"{name}: published tasks moved by choice", _sum(counts, "chosen"), "tasks", replans
    )
    yield figure(f"{name}: published tasks that had to move", _sum(counts, "forced"), "tasks")
    lost = f"{_sum(counts, 'frozen_lost')} could no longer be met"
    violated = _sum(counts, "frozen_violated")
    yield at_most(f"{name}: frozen tasks violated", violated, "tasks", 0, lost)


def _sum(counts: list[Counts], name: str) -> int:
    return sum(getattr(c, name) for c in counts)


def replayed(asked: tuple[int, float]) -> Replayed:
    """One day from the evening before to its end."""
    seed, replan_s = asked
    problem = day(CITY, seed)
    upsets = drawn(problem, seed)
    tasks = {t.id: t for t in problem.tasks if t.id in upsets.known}
    run = Running(problem, tasks)
    plan = solve(run.current(), seconds=EVENING_S, seed=seed)
    run.duties, run.rentals, run.unserved = plan.duties, plan.rentals, plan.unserved
    waiting = [(u.at_s, 1, u.kind, u.subject) for u in upsets.upsets]
    waiting += [(at_s, 2, "replan", 0) for at_s in REPLANS]
    waiting.append((problem.horizon.length_s, 3, "end", 0))
    heapify(waiting)
    longer_s = dict(upsets.longer_s)
    while waiting:
        at_s, order, kind, subject = heappop(waiting)
        first = run.end_of(longer_s)
        if first is not None and first[0] <= at_s:
            heappush(waiting, (at_s, order, kind, subject))
            (at_s, subject), kind = first, "overrun"
        run.go_on(at_s)
        if kind == "replan":
            _replan(run, replan_s, seed)
        else:
            _happens(run, kind, subject, longer_s)
    return _judged(run, seed)


def _happens(run: Running, kind: str, subject: int, longer_s: dict[int, int]) -> None:
    if kind == "request":
        run.tasks[subject] = run.problem.task_of[subject]
    elif kind == "cancel" and subject in run.tasks and subject not in run.fixed:
        del run.tasks[subject]
    elif kind == "breakdown":
        run.break_down(subject)
    elif kind == "overrun":
        was = run.tasks[subject]
        run.tasks[subject] = replace(was, duration_s=was.duration_s + longer_s.pop(subject))
    run.settle()


def _replan(run: Running, seconds: float, seed: int) -> None:
    """Plan again what is not frozen; hired cars for the next hours stay hired."""
    now_s, before = run.now_s, served(run.duties)
    soon = {r.task for r in run.rentals if run.tasks[r.task].earliest_s <= now_s + PUBLISHED_S}
    ahead = replace_run(run, now_s + FROZEN_S)
    tasks = []
    for task in (t for t in run.tasks.values() if t.id not in soon):
        vehicle, start_s = before.get(task.id, (0, 0))
        told = vehicle and task.id not in ahead.fixed and start_s <= now_s + PUBLISHED_S
        published = o.Published(vehicle, start_s, MOVED_FEN) if told else None
        tasks.append(replace(task, published=published))
    held = [r for r in run.rentals if r.task in soon]
    problem = replace(ahead.current(tasks), firms=_left(run.problem, held))
    problem = replace(problem, horizon=replace(problem.horizon, now_s=now_s))
    run.counts.replans += 1
    try:
        plan = solve(problem, seconds=seconds, seed=seed)
    except o.EngineFailed as error:
        run.counts.refused += 1
        print("  refused:", error, flush=True)
        return
    rest = tuple(r for r in run.rentals if r.task not in soon)
    today = o.judge(problem, run.duties, rest, run.unserved)
    if plan.levels >= today.levels:
        return
    after = served(plan.duties)
    for task in tasks:
        moved = task.published is not None and after.get(task.id) != before[task.id]
        run.counts.chosen += moved
        frozen = task.id in ahead.fixed and after.get(task.id) != before[task.id]
        run.counts.frozen_violated += frozen
    run.duties, run.unserved = plan.duties, plan.unserved
    run.rentals = (*held, *plan.rentals)


def replace_run(run: Running, until_s: int) -> Running:
    """The same day with everything fixed that leaves before then."""
    ahead = replace(run, fixed=dict(run.fixed), counts=Counts())
    ahead.go_on(until_s)
    return ahead


def _left(problem: o.Problem, held: list[o.Rental]) -> tuple[o.RentalFirm, ...]:
    used = [r.firm for r in held]
    return tuple(replace(f, vehicles=max(0, f.vehicles - used.count(f.id))) for f in problem.firms)


def _judged(run: Running, seed: int) -> Replayed:
    """What the day came to; the clairvoyant has the same cars, and knows every end."""
    verdict = o.judge(run.current(), run.duties, run.rentals, run.unserved)
    if verdict.violations:
        raise ValueError(f"the checker objects to what happened: {verdict.violations[:3]}")
    ends = {}
    for duty in run.duties:
        times = o.timetable(run.current(), duty)
        ends[duty.vehicle] = max(ends.get(duty.vehicle, 0), times.home_s)
    cars = (
        cut(v, max(run.broken[v.id], ends.get(v.id, 0))) if v.id in run.broken else v
        for v in run.problem.vehicles
    )
    known = replace(run.problem, vehicles=tuple(cars), tasks=tuple(run.tasks.values()), quotas=())
    best = solve(known, seconds=CLAIRVOYANT_S, seed=seed)
    fen = best.bound.fen if best.bound.fen is not None else getattr(best.bound, "at_levels", None)
    return Replayed(verdict.levels, best.levels, fen, best.bound, run.counts)
