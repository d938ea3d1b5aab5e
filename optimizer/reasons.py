"""The first rule each car breaks for a task, with its facts."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from optimizer.board import Board
from optimizer.doorstep import FACT, WHY, WHY_AT, WHY_CHAIN, WHY_START
from optimizer.ground import Bools, Ints
from optimizer.plan import Refused
from optimizer.problem import Problem, Task, Vehicle
from optimizer.walk import (
    BEGINS,
    BREAK,
    BUSY,
    CHARGE,
    ENDS,
    GONE,
    HOURS,
    LATE,
    MISSED,
    NOW,
    OUTSIDE,
    REACH,
    RESERVE,
    SPAN,
)

Facts = dict[str, int | str]
Rule = Literal[
    "not-lendable", "lending-refused", "class", "seats", "quota", "no-window", "no-driver",
    "outside-window", "busy", "reserve", "left-for-home", "charge-too-short", "too-late",
    "before-now", "window-begins", "window-ends", "next-task-missed", "driving-time", "break",
    "range", "span",
]  # fmt: skip
"""Every code of a reason; who shows reasons to people has words for each."""


def reasons(board: Board, task: Task, found: Ints, unable: Bools) -> tuple[Refused, ...]:
    """One reason for every car (row) that is not able, in the problem's order.

    The rules of the car itself come first; else it is the reason of the place that came
    furthest, and of equals the one that misses least.
    """
    result = []
    for row in np.flatnonzero(unable).tolist():
        car = board.problem.vehicles[row]
        always = next(_car_rules(board.problem, car, task), None)
        rule, facts = always or _place_rule(board, task, car, found[row])
        result.append(Refused(car.id, rule, facts))
    return tuple(result)


def quota_reasons(board: Board, task: Task, allowed: int) -> tuple[Refused, ...]:
    """Where a unit's quota is used up, no car may serve it."""
    rule: Rule = "quota"
    facts: Facts = {"unit": task.unit, "tasks": allowed}
    return tuple(Refused(car.id, rule, facts) for car in board.problem.vehicles)


def _car_rules(problem: Problem, car: Vehicle, task: Task) -> Iterator[tuple[Rule, Facts]]:
    if car.pool != task.pool and not car.lendable:
        yield "not-lendable", {"pool": car.pool, "confidential": int(car.confidential)}
    if car.pool != task.pool and (car.pool, task.pool) in problem.refused:
        yield "lending-refused", {"lender": car.pool, "payer": task.pool}
    if task.classes and car.vehicle_class not in task.classes:
        yield "class", {"has": car.vehicle_class, "needs": "|".join(task.classes)}
    if task.passengers > car.passenger_seats:
        yield "seats", {"seats": car.passenger_seats, "passengers": task.passengers}


def _place_rule(board: Board, task: Task, car: Vehicle, found: Ints) -> tuple[Rule, Facts]:
    code, fact, c, at, start_s = (int(found[k]) for k in (WHY, FACT, WHY_CHAIN, WHY_AT, WHY_START))
    if code == 0:
        if car.id not in board.of_car:
            return "no-window", {}
        return "no-driver", {"pool": car.pool, "licence": car.licence}
    if code == RESERVE:
        return "reserve", {"pool": car.pool, "most": board.problem.lending_limit[car.pool]}
    if code == BUSY:
        return "busy", _busy(board, c, fact, start_s)
    beside = {LATE: at - 1, GONE: at - 1, MISSED: at}.get(code, -1)
    visits = board.chains[c].visits
    other = visits[beside].ids[0] if 0 <= beside < len(visits) else -1
    return _named(board, car, code, fact, other)


def _named(board: Board, car: Vehicle, code: int, fact: int, other: int) -> tuple[Rule, Facts]:
    problem = board.problem
    hours = problem.hours
    known: dict[int, tuple[Rule, Facts]] = {
        OUTSIDE: ("outside-window", {"start_s": fact}),
        GONE: ("left-for-home", {"after_task": other}),
        CHARGE: ("charge-too-short", {"standing_s": fact, "least_s": problem.min_charge_s}),
        LATE: ("too-late", {"late_s": fact, "after_task": other}),
        NOW: ("before-now", {"leave_s": fact, "now_s": board.land.now_s}),
        BEGINS: ("window-begins", {"leave_s": fact}),
        ENDS: ("window-ends", {"home_s": fact}),
        MISSED: ("next-task-missed", {"next_task": other, "late_s": fact}),
        HOURS: ("driving-time", {"driving_s": fact}),
        BREAK: ("break", {"driving_s": fact, "most_s": hours.break_after_s or 0}),
        REACH: ("range", {"short_m": fact, "most_m": car.range_m or 0}),
        SPAN: ("span", {"span_s": fact, "most_s": hours.span_s or 0}),
    }
    return known[code]


def _busy(board: Board, c: int, at: int, start_s: int) -> Facts:
    """What the car does then; `at` is the first visit that has not ended by the start."""
    chain = board.chains[c]
    if at < len(chain.visits):
        visit = chain.visits[at]
        if visit.start_s <= start_s:
            return {"until_s": visit.end_s, "task": visit.ids[0]}
        if start_s >= chain.slot.free_s:
            return {"from_s": visit.start_s, "task": visit.ids[0]}
    return {"until_s": chain.slot.free_s, "task": -1}
