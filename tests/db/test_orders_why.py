"""A finished plan explains each of its decisions to whoever dispatches the request."""

import pytest

from dispatch import orders, requests
from dispatch.orders import plans
from dispatch.orders.errors import NoSuchPlan, PlanNotDone
from tests import orders_city as city
from tests.orders_city import (
    CITY,
    CLERK,
    DISPATCHER,
    MONDAY,
    NG_DISPATCHER,
    NINGGUO,
    SUNDAY_NOON,
    ask,
)  # fmt: skip


def now():
    return SUNDAY_NOON


async def planned(conn, pool, who=CITY):
    async with conn.transaction():
        plan_id = await orders.ask_plan(conn, MONDAY, who, SUNDAY_NOON, budget_s=5, apply=False)
    assert await plans.plan_next(pool, now)
    return await orders.show_plan(conn, plan_id, who)


async def test_each_car_has_its_costs_or_its_reason(conn, pool):
    await city.found(conn, city_cars=3, county_cars=1, drivers=(3, 1))
    first = await city.approved(conn, ask("08:00", "10:00"))
    await city.approved(conn, ask("09:00", "11:00"))
    await conn.execute("UPDATE vehicle SET category = 'LAW_ENFORCEMENT' WHERE id = 3")
    shown = await planned(conn, pool)
    found = await orders.explain_request(conn, shown["id"], first.id, CITY)
    mine = next(a for a in shown["assignments"] if a["request_id"] == first.id)
    [chosen] = [one for one in found["alternatives"] if one["chosen"]]
    assert (chosen["vehicle_id"], chosen["plate"], chosen["driver_name"]) == (
        mine["vehicle_id"],
        mine["plate"],
        mine["driver_name"],
    )
    assert all(sum(one["costs"].values()) == one["fen"] for one in found["alternatives"])
    assert {one["vehicle_id"]: one["rule"] for one in found["refused"]}[3] == "not_shared"
    cars = [one["vehicle_id"] for one in (*found["alternatives"], *found["refused"])]
    assert sorted(cars) == [1, 2, 3, 4], "each car once"
    trip = next(t for t in shown["trips"] if t["request_id"] == first.id)
    assert (trip["unit_name"], trip["to_name"]) == ("市直单位", "古泉镇")


async def test_a_rental_is_proven_in_three_parts(conn, pool):
    await city.found(conn, city_cars=1, county_cars=1)
    await conn.execute("UPDATE vehicle SET category = 'LAW_ENFORCEMENT' WHERE id = 2")
    made = [await city.approved(conn) for _ in range(2)]
    shown = await planned(conn, pool)
    [rented] = shown["rented"]
    found = await orders.explain_request(conn, shown["id"], rented["request_id"], CITY)
    other = next(r.id for r in made if r.id != rented["request_id"])
    assert (found["served_by"], found["is_rented"], found["alternatives"]) == (None, True, [])
    [car, barred] = found["refused"]
    assert (car["rule"], car["facts"]["task"], barred["rule"]) == ("busy", other, "not_shared")
    assert (found["rentals"], found["least_rentals"], found["forced"]) == (1, 1, None)
    assert [(o["request_id"], o["unit_name"]) for o in found["others"]] == [(other, "市直单位")]


async def test_the_costs_by_kind_the_bound_and_its_kind_are_told(conn, pool):
    await city.found(conn)
    await city.approved(conn)
    shown = await planned(conn, pool)
    assert sum(shown["costs"].values()) == shown["cost_fen"]
    assert shown["bound"]["fen"] == shown["bound_fen"] == shown["cost_fen"]
    assert shown["bound"]["kind"].startswith("lagrangian")


async def test_another_platform_s_requests_are_not_explained(conn, pool):
    await city.found(conn)
    ours = await city.approved(conn)
    theirs = await city.approved(conn, ask(unit_id=2, from_place=NINGGUO, to_place=NINGGUO))
    shown = await planned(conn, pool)
    assert await orders.explain_request(conn, shown["id"], ours.id, DISPATCHER)
    for request_id, who in ((theirs.id, DISPATCHER), (ours.id, NG_DISPATCHER), (999, CITY)):
        with pytest.raises(requests.NoSuchRequest):
            await orders.explain_request(conn, shown["id"], request_id, who)
    seen = await orders.show_plan(conn, shown["id"], NG_DISPATCHER)
    assert [t["request_id"] for t in seen["trips"]] == [theirs.id]


async def test_other_platforms_trips_have_no_names_in_reasons(conn, pool):
    await city.found(conn, city_cars=1, county_cars=1)
    ours = await city.approved(conn)
    theirs = await city.approved(conn, ask(unit_id=2, from_place=NINGGUO, to_place=NINGGUO))
    shown = await planned(conn, pool)
    told = {
        who: await orders.explain_request(conn, shown["id"], ours.id, who)
        for who in (CITY, DISPATCHER)
    }
    for who, request_id, unit in ((CITY, theirs.id, "宁国乡镇"), (DISPATCHER, -2, None)):
        [busy] = told[who]["refused"]
        assert (busy["plate"], busy["facts"]["task"]) == ("皖P10002", request_id)
        [other] = told[who]["others"]
        assert tuple(other.values()) == (request_id, theirs.depart_at, unit)


async def test_what_is_not_finished_explains_nothing(conn, pool):
    await city.found(conn)
    made = await city.approved(conn)
    async with conn.transaction():
        plan_id = await orders.ask_plan(conn, MONDAY, CITY, SUNDAY_NOON, budget_s=1, apply=False)
    with pytest.raises(PlanNotDone):
        await orders.explain_request(conn, plan_id, made.id, CITY)
    with pytest.raises(NoSuchPlan):
        await orders.explain_request(conn, plan_id + 1, made.id, CITY)


async def test_a_second_plan_says_what_it_keeps_moves_and_saves(conn, pool):
    await city.found(conn, city_cars=2, county_cars=0, drivers=(2, 0))
    first = await city.approved(conn, ask("08:00", "10:00"))
    gone = await city.approved(conn, ask("13:00", "15:00"))
    before = await planned(conn, pool)
    assert await orders.plan_changes(conn, before["id"], CITY) == {"before": None}
    async with conn.transaction():
        await orders.cancel_request(conn, gone.id, CLERK, SUNDAY_NOON)
    await city.approved(conn, ask("16:00", "18:00"))
    after = await planned(conn, pool)
    said = await orders.plan_changes(conn, after["id"], CITY)
    counts = {kind: said[kind] for kind in ("before", "kept", "moved", "new", "gone")}
    assert counts == {"before": before["id"], "kept": 1, "moved": 0, "new": 1, "gone": 1}
    assert said["saves"] == {"unserved": 0, "rentals": 0, "fen": 0}
    await conn.execute("UPDATE vehicle SET category = 'LAW_ENFORCEMENT' WHERE id = $1",
                       after["assignments"][0]["vehicle_id"])  # fmt: skip
    third = await planned(conn, pool)
    said = await orders.plan_changes(conn, third["id"], CITY)
    move = next(m for m in said["moves"] if m["request_id"] == first.id)
    assert move["there"]["name"] == after["assignments"][0]["plate"] != move["here"]["name"]
    assert {t["request_id"] for t in said["trips"]} == {m["request_id"] for m in said["moves"]}
    theirs = await orders.plan_changes(conn, third["id"], NG_DISPATCHER)
    assert (theirs["moved"], theirs["moves"], theirs["trips"]) == (said["moved"], [], [])
