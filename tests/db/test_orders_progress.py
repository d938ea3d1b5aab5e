"""A plan that is being made says how far it is, and ends when somebody asks."""

import asyncio
from datetime import timedelta

import pytest

import optimizer
from dispatch import orders
from dispatch.orders import plans
from dispatch.orders.errors import NoSuchPlan, NotDispatching, PlanOver
from dispatch.orders.progress import as_json, told
from optimizer.worker import plan_bytes
from tests import orders_city as city
from tests.orders_city import CITY, DISPATCHER, MONDAY, NG_DISPATCHER, SUNDAY_NOON, ask
from tests.website import until


def now():
    return SUNDAY_NOON


def until_told(problem, seconds, seed, rounds, report, stop):
    """Make the plan again and again until somebody says stop."""
    while True:
        answer = plan_bytes(problem, seconds, seed, rounds, report, stop)
        if stop():
            return answer


async def asked(conn, who=DISPATCHER):
    await city.found(conn)
    for hour in ("08:00", "09:00", "13:00"):
        await city.approved(conn, ask(hour, f"{int(hour[:2]) + 2:02}:30"))
    async with conn.transaction():
        return await orders.ask_plan(conn, MONDAY, who, SUNDAY_NOON, budget_s=5, apply=False)


async def test_a_plan_in_the_making_says_how_far_it_is_and_stops_when_asked(conn, pool):
    plan_id = await asked(conn)
    day = await plans.day_problem(conn, MONDAY, SUNDAY_NOON)

    async def heard():
        shown = await orders.show_plan(conn, plan_id, DISPATCHER)
        word = shown["progress"]
        return shown if word and word["phase"] not in ("starting", "greedy") else None

    with optimizer.PlanningProcess() as process:
        async with told(pool, plan_id, now, process) as last:
            making = asyncio.create_task(
                asyncio.to_thread(
                    process.plan, day.problem, seconds=60, start_s=100, work=until_told, report=last
                )
            )
            shown = await until(heard, within_s=100)
            assert (shown["state"], shown["stopping"]) == ("running", False)
            assert shown["progress"]["fen"] > 0
            async with conn.transaction():
                await orders.stop_plan(conn, plan_id, DISPATCHER, SUNDAY_NOON)
            assert (await orders.show_plan(conn, plan_id, DISPATCHER))["stopping"]
            plan = await making
    assert plan.fallback is None, "it was told to stop, and did not wait for its time"


async def test_only_who_asked_or_dispatches_for_the_city_may_stop_it(conn, pool):
    plan_id = await asked(conn)
    with pytest.raises(NotDispatching):
        await orders.stop_plan(conn, plan_id, NG_DISPATCHER, SUNDAY_NOON)
    with pytest.raises(NoSuchPlan):
        await orders.stop_plan(conn, plan_id + 1, CITY, SUNDAY_NOON)
    await orders.stop_plan(conn, plan_id, CITY, SUNDAY_NOON)
    assert await plans.plan_next(pool, now)
    shown = await orders.show_plan(conn, plan_id, DISPATCHER)
    assert (shown["state"], shown["progress"]) == ("done", None)
    with pytest.raises(PlanOver):
        await orders.stop_plan(conn, plan_id, CITY, SUNDAY_NOON + timedelta(minutes=1))


def test_the_gap_is_told_where_a_bound_is_known():
    levels = optimizer.Levels(0, 1, 10_500)
    word = optimizer.Progress("bound", levels, optimizer.Bound("none"), 0.25, 7)
    assert as_json(word, 1.25)["gap"] is None
    word = optimizer.Progress("proofs", levels, optimizer.Bound("x", fen=10_000), 0.25, 7)
    assert as_json(word, 1.25)["gap"] == pytest.approx(0.05)
    assert as_json(word, 1.25)["seconds"] == 1.2, "of now, not of the word"
    assert as_json(None, 0.5) == {"phase": "starting", "seconds": 0.5}
