"""What a plan changes against the plan of the same day before it, and what it saves."""

import asyncio
from collections.abc import Mapping, Sequence

import optimizer
from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel.calendar import day_bounds
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.orders import store
from dispatch.orders.views import Row
from dispatch.orders.why import SQL, made_plan, payers, riders, trips_of

MOST_TASKS = 600
"""A day of more is not planned again by insertion just to say what was saved."""

Where = tuple[str, int, int]
"""("car", vehicle, start) or ("firm", firm, 0) or ("none", 0, 0)."""


async def plan_changes(conn: Conn, plan_id: int, who: Principal) -> Row:
    """What is kept, moved, new and gone against the plan before, and what planning anew saves.

    Args:
        conn: any.
        plan_id: a finished plan.
        who: sees the moves of the platforms they read; the counts are of all.

    Returns:
        `before`: None where there is no earlier plan of the day, and then nothing else counts.
        `saves`: against leaving all where it was and inserting what came since, less is better
        for all three levels; None for days that are too large to try.

    Raises:
        NoSuchPlan, PlanNotDone, PlanShed: as they say.
    """
    run, problem = await made_plan(conn, plan_id)
    earlier = await conn.fetchrow(SQL["before"], run["day"], plan_id, run["days"])
    if earlier is None:
        return {"before": None}
    plan, before = (optimizer.decode_plan(one["solution"]) for one in (run, earlier))
    here = _places(plan, problem, riders(run["plan"]))
    there = _places(before, None, riders(earlier["plan"]))
    moved = [i for i in here if i in there and here[i] != there[i]]
    saves = None
    if len(problem.tasks) <= MOST_TASKS:
        saves = await asyncio.to_thread(_saves, problem, plan, before)
    fleet = await store.fleet(conn, day_bounds(run["day"])[0])
    plates = {int(car.id): car.plate for car in fleet.cars}
    firms = {int(firm.id): firm.name for firm in fleet.firms}
    pools = set(requests.reach(who, requests.READERS)[0])
    pool_of = {task.id: task.pool for task in problem.tasks} | payers(run["plan"])
    mine: list[dict[str, Json]] = [
        {"request_id": i, "pool_id": pool_of[i]} for i in moved if pool_of.get(i) in pools
    ]
    return {
        "before": earlier["id"],
        "asked_at": earlier["asked_at"],
        "kept": sum(here[i] == there.get(i) for i in here),
        "moved": len(moved),
        "new": sum(i not in there for i in here),
        "gone": sum(i not in here for i in there),
        "saves": saves,
        "moves": [
            {
                "request_id": one["request_id"],
                "here": _said(here[int(str(one["request_id"]))], plates, firms),
                "there": _said(there[int(str(one["request_id"]))], plates, firms),
            }
            for one in mine
        ],
        "trips": await trips_of(conn, {"moved": mine}, pools),
    }


def _places(
    plan: optimizer.Plan, problem: optimizer.Problem | None, riding: Mapping[int, Sequence[int]]
) -> dict[int, Where]:
    """Where each request is that the plan decided on; of an earlier plan, all that it names."""
    found: dict[int, Where] = {unserved.task: ("none", 0, 0) for unserved in plan.unserved}
    found |= {rental.task: ("firm", rental.firm, 0) for rental in plan.rentals}
    for duty in plan.duties:
        for stop in duty.stops:
            found |= dict.fromkeys(stop.tasks, ("car", duty.vehicle, stop.start_s))
    if problem is not None:
        found = {i: where for i, where in found.items() if problem.task_of[i].fixed is None}
    for first, others in riding.items():
        if first in found:
            found |= dict.fromkeys(others, found[first])
    return found


def _saves(
    problem: optimizer.Problem, plan: optimizer.Plan, before: optimizer.Plan
) -> dict[str, Json]:
    other = optimizer.carried(problem, before).levels
    return {
        "unserved": other.unserved - plan.levels.unserved,
        "rentals": other.rentals - plan.levels.rentals,
        "fen": other.fen - plan.levels.fen,
    }


def _said(where: Where, plates: Mapping[int, str], firms: Mapping[int, str]) -> dict[str, Json]:
    kind, number, start_s = where
    names = plates if kind == "car" else firms
    name = None if kind == "none" else names.get(number, f"#{number}")
    return {"kind": kind, "name": name, "start_s": start_s if kind == "car" else None}
