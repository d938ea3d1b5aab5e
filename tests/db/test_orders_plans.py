"""Day plans against a real database: planned apart, checked, applied, and honest about it."""

import traceback
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from structlog.testing import capture_logs

import optimizer
from dispatch import orders, requests
from dispatch.orders import plans
from dispatch.orders.apply import apply_decisions
from dispatch.orders.errors import NoSuchPlan, PlanNotDone
from tests import orders_city as city
from tests.orders_city import (
    CITY,
    DISPATCHER,
    GUQUAN,
    MONDAY,
    NG_DISPATCHER,
    NINGGUO,
    SUNDAY_NOON,
    ask,
)


def now():
    return SUNDAY_NOON


async def a_busy_day(conn, trips=12):
    """More trips of platform 1 than its cars and drivers can serve, some one way to Ningguo."""
    made = []
    for n in range(trips):
        hour = 8 + n % 5
        more = {"kind": "drop_off", "to_place": NINGGUO} if n % 3 == 0 else {}
        made.append(
            await city.approved(conn, ask(f"{hour:02}:00", f"{hour + 1 + n % 2:02}:30", **more))
        )
    return made


async def planned(pool, who=CITY, *, apply=True):
    async with pool.acquire() as conn:
        async with conn.transaction():
            plan_id = await orders.ask_plan(conn, MONDAY, who, SUNDAY_NOON, budget_s=5, apply=apply)
        assert await plans.plan_next(pool, now)
        return await orders.show_plan(conn, plan_id, who)


async def test_a_day_is_planned_checked_and_applied(conn, pool):
    await city.found(conn, city_cars=3, county_cars=3, drivers=(3, 2))
    await grant(conn, 5, "city_dispatcher")
    await a_busy_day(conn)
    shown = await planned(pool)
    assert (shown["state"], shown["error"]) == ("done", None)
    assert shown["tasks"] == 12
    assert shown["unserved"] == 0
    assert shown["bound_fen"] <= shown["cost_fen"] <= shown["greedy_fen"]
    outcome = shown["outcome"]
    assert outcome["conflicts"] == []
    assert outcome["assigned"] + outcome["rented"] + outcome["own_after_all"] == 12
    assert any(a["vehicle_pool_id"] != a["pool_id"] for a in shown["assignments"]), "cars are lent"
    assert await conn.fetchval(city.OVERLAPS) == 0
    assert await conn.fetchval("SELECT count(*) FROM trip_request WHERE state = 'assigned'") == 12
    # the orders lie where the plan put them: planned again, all is fixed and valid
    day = await plans.day_problem(conn, MONDAY, SUNDAY_NOON)
    assert all(t.fixed is not None for t in day.problem.tasks)
    verdict = optimizer.check(day.problem, optimizer.solve(day.problem, seconds=1))
    assert verdict.violations == ()


async def test_an_own_car_found_after_all_waits_where_it_is_cheaper(conn):
    """It is in Ningguo already, with time to go home and come again, and stays."""
    await city.found(conn, city_cars=1, county_cars=0, drivers=(1, 0))
    there = await city.approved(conn, ask("08:30", "09:10", kind="drop_off", to_place=NINGGUO))
    back = await city.approved(
        conn, ask("12:30", "13:10", kind="drop_off", from_place=NINGGUO, to_place=GUQUAN)
    )
    await city.assigned(conn, there, 1, 1)
    rented = [{"request_id": back.id, "pool_id": 1, "firm_id": 1, "bound": {}, "refused": []}]
    async with conn.transaction():
        done = await apply_decisions(
            conn, 1, {"assignments": [], "rented": rented}, CITY.person_id, SUNDAY_NOON
        )
    assert (done["own_after_all"], done["conflicts"]) == (1, [])
    (_, _, _, first_end), (_, _, second_start, _) = await city.legs(conn)
    assert first_end == second_start


async def test_what_is_rented_has_a_reason_for_every_car(conn, pool):
    await city.found(conn, city_cars=1, county_cars=1)
    await grant(conn, 5, "city_dispatcher")
    await conn.execute("UPDATE vehicle SET category = 'LAW_ENFORCEMENT' WHERE id = 2")
    for _ in range(3):
        await city.approved(conn)
    shown = await planned(pool)
    assert (shown["rentals"], shown["outcome"]["rented"]) == (2, 2)
    proofs = await conn.fetch(
        "SELECT rental_proof FROM dispatch_order WHERE rental_firm_id IS NOT NULL"
    )
    assert len(proofs) == 2
    for (proof,) in proofs:
        assert {r["vehicle_id"]: r["rule"] for r in proof["refused"]} == {1: "busy", 2: "H17"}
        assert proof["bound"]["rentals"] == 2
    prices = await conn.fetch(
        "SELECT rental_price_fen FROM dispatch_order WHERE rental_firm_id = 1"
    )
    assert all(p[0] > 45_000 for p in prices)


async def test_a_conflict_is_reported_and_the_rest_holds(conn, pool):
    await city.found(conn, city_cars=3, county_cars=0)
    await grant(conn, 5, "city_dispatcher")
    made = [await city.approved(conn) for _ in range(3)]
    shown = await planned(pool, apply=False)
    assert shown["outcome"] is None
    taken = shown["assignments"][0]
    other = next(a for a in shown["assignments"] if a["request_id"] != taken["request_id"])
    await city.assigned(
        conn, await requests.get(conn, taken["request_id"]), other["vehicle_id"], other["driver_id"]
    )
    async with conn.transaction():
        await orders.apply_plan(conn, shown["id"], CITY, SUNDAY_NOON)
    outcome = (await orders.show_plan(conn, shown["id"], CITY))["outcome"]
    assert outcome["assigned"] == 1
    assert {c["code"] for c in outcome["conflicts"]} == {"request-not-open", "vehicle-taken"}
    states = [(await requests.get(conn, r.id)).state for r in made]
    assert sorted(states) == ["approved", "assigned", "assigned"]


async def test_a_platform_applies_and_sees_its_own_part(conn, pool):
    await city.found(conn)
    ours = await city.approved(conn)
    theirs = await city.approved(conn, ask(unit_id=2, from_place=NINGGUO, to_place=NINGGUO))
    shown = await planned(pool, apply=False)
    assert len(shown["assignments"]) == 2
    async with conn.transaction():
        await orders.apply_plan(conn, shown["id"], DISPATCHER, SUNDAY_NOON)
    assert (await requests.get(conn, ours.id)).state == "assigned"
    assert (await requests.get(conn, theirs.id)).state == "approved"
    seen = await orders.show_plan(conn, shown["id"], NG_DISPATCHER)
    assert [a["request_id"] for a in seen["assignments"]] == [theirs.id]


async def test_a_plan_that_cannot_be_made_is_set_aside_with_its_reason(conn, pool):
    await city.found(conn)
    await city.approved(conn)
    await conn.execute("UPDATE vehicle SET range_m = 9000000, powertrain = 'bev' WHERE id = 1")
    with capture_logs() as logged:
        shown = await planned(pool, apply=False)
    assert (shown["state"], shown["error"]) == ("failed", "InvalidProblem")
    [told] = [line for line in logged if line["event"] == "plan failed"]
    assert told["exc_info"]
    assert not await plans.plan_next(pool, now)
    with pytest.raises(PlanNotDone):
        async with conn.transaction():
            await orders.apply_plan(conn, shown["id"], CITY, SUNDAY_NOON)
    with pytest.raises(NoSuchPlan):
        async with conn.transaction():
            await orders.apply_plan(conn, 999, CITY, SUNDAY_NOON)


async def test_a_plan_that_meets_a_deadlock_waits_and_is_made_again(conn, pool):
    await city.found(conn)
    await city.approved(conn)
    async with conn.transaction():
        plan_id = await orders.ask_plan(conn, MONDAY, CITY, SUNDAY_NOON, budget_s=5, apply=False)
    await conn.execute(
        """
        CREATE SEQUENCE tries;
        CREATE FUNCTION deadlock_once() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('tries') = 1 THEN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER once BEFORE UPDATE ON plan_run FOR EACH ROW EXECUTE FUNCTION deadlock_once();
        """
    )
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await plans.plan_next(pool, now)
    assert (await orders.show_plan(conn, plan_id, CITY))["state"] in ("waiting", "running")
    assert await plans.plan_next(pool, now)
    assert (await orders.show_plan(conn, plan_id, CITY))["state"] == "done"


async def test_a_traceback_of_long_ago_is_told_to_nobody(conn, pool):
    await city.found(conn)
    shown = await planned(pool, apply=False)
    try:
        optimizer.decode_problem('{"horizon": "secret"}')
    except optimizer.InvalidProblem:
        told = traceback.format_exc()
    await conn.execute("UPDATE plan_run SET state = 'failed', error = $1", told)
    seen = [await orders.show_plan(conn, shown["id"], CITY), *await orders.list_plans(conn, None)]
    assert [one["error"] for one in seen] == ["InvalidProblem"] * 2


async def test_what_runs_is_planned_around(conn, pool):
    await city.found(conn, city_cars=1, county_cars=0)
    first = await city.assigned(conn, await city.approved(conn), 1, 1)
    async with conn.transaction():
        tap = orders.Tap("key-depart", "depart", city.at("08:40"), 1, 1_000)
        await orders.check_in(conn, first.id, 1, tap, city.at("08:40"))
    await city.approved(conn, ask("10:00", "12:00"))
    await city.approved(conn, ask("13:00", "15:00"))
    now = city.at("08:45")
    day = await plans.day_problem(conn, MONDAY, now)
    plan = optimizer.solve(day.problem, seconds=2)
    assert optimizer.check(day.problem, plan).violations == ()
    assert (plan.levels.rentals, sum(len(d.stops) for d in plan.duties)) == (1, 1)
    [duty] = plan.duties
    assert day.at(duty.stops[0].start_s) == city.at("13:00")


async def grant(conn, person_id, role):
    await conn.execute(
        "INSERT INTO role_grant (person_id, role, during) VALUES ($1, $2, tstzrange($3, NULL))",
        person_id, role, city.SINCE - timedelta(days=1),
    )  # fmt: skip


async def test_insertion_here_and_in_the_optimizer_find_the_same(conn):
    """A day as plans see it, less what waits, has the candidates' cars, metres and money."""
    await city.found(conn, city_cars=3, county_cars=3, drivers=(3, 2))
    for wanted in (ask("08:00", "09:30"), ask("13:00", "14:30", kind="drop_off", to_place=NINGGUO)):
        made = await city.approved(conn, wanted)
        async with conn.transaction():
            found = await orders.candidates(conn, made.id, CITY, SUNDAY_NOON)
        day = await plans.day_problem(conn, MONDAY, SUNDAY_NOON)
        task = next(t for t in day.problem.tasks if t.id == made.id)
        rest = replace(day.problem, tasks=tuple(t for t in day.problem.tasks if t.fixed))
        answer = optimizer.insert(optimizer.Board.of(rest), task, limit=10)
        theirs = {
            o.vehicle: (o.deadhead_m, o.costs.loaded_fen, o.costs.use_fen) for o in answer.options
        }
        ours = {
            a.vehicle_id: (a.deadhead_m, a.split.loaded_fen, a.split.use_fen)
            for a in found.alternatives
        }
        assert theirs == ours
        assert {r.vehicle for r in answer.refused} == {r.vehicle_id for r in found.ineligible}
        best = found.alternatives[0]
        await city.assigned(conn, made, best.vehicle_id, best.driver_id)
