"""Plans of several days: all their requests in one problem, trips over night on one car throughout."""

from datetime import timedelta
from itertools import pairwise

import pytest

import optimizer
from dispatch import orders, requests
from dispatch.kernel.calendar import business_day
from dispatch.kernel.errors import Invalid
from dispatch.orders import plans
from dispatch.orders.day_problem import day_problem
from tests import orders_city as city
from tests.db.test_orders_plans import grant
from tests.orders_city import CITY, HEFEI, MONDAY, SUNDAY_NOON, ask, at

DAYS = [MONDAY + timedelta(days=n) for n in range(4)]
TEN_HOURS = 10 * 3600


async def over_night(conn, depart="08:00", back="17:00", *, first=0, last=1, **more):
    """Approved, from one of the days to another."""
    more = {"kind": "multi_day", "to_place": HEFEI, "return_at": at(back, DAYS[last])} | more
    return await city.approved(conn, ask(depart, "23:00", day=DAYS[first], **more))


async def planned(pool, *, days=3, apply=False, may_move=False, seconds=5):
    async with pool.acquire() as conn:
        async with conn.transaction():
            plan_id = await orders.ask_plan(
                conn, MONDAY, CITY, SUNDAY_NOON, budget_s=seconds, apply=apply, days=days,
                may_move=may_move,
            )  # fmt: skip
        assert await plans.plan_next(pool, lambda: SUNDAY_NOON)
        return await orders.show_plan(conn, plan_id, CITY)


async def rested(conn):
    """Between two trips of a driver that began on different days lie ten hours."""
    held = sorted(await city.legs(conn, "assigned"), key=lambda leg: leg[2])
    for driver in {leg[1] for leg in held}:
        for before, after in pairwise(leg for leg in held if leg[1] == driver):
            same_day = business_day(before[2]) == business_day(after[2])
            assert same_day or (after[2] - before[3]).total_seconds() >= TEN_HOURS


def cars_of(shown):
    return {one["request_id"]: one["vehicle_id"] for one in shown["assignments"]}


async def test_requests_of_three_days_are_one_plan_and_drivers_rest_between(conn, pool):
    """One car and one driver, of whom each day asks, late and early."""
    await city.found(conn, city_cars=1, county_cars=0)
    await grant(conn, 5, "city_dispatcher")
    late = await city.approved(conn, ask("15:00", "23:50", to_place=HEFEI))
    early = await city.approved(conn, ask("08:00", "09:00", day=DAYS[1]))
    noon = await city.approved(conn, ask("12:00", "14:00", day=DAYS[1]))
    last = await city.approved(conn, ask("09:00", "11:00", day=DAYS[2]))
    beyond = await city.approved(conn, ask("09:00", "11:00", day=DAYS[3]))
    shown = await planned(pool, apply=True)
    assert (shown["state"], shown["days"], shown["tasks"]) == ("done", 3, 4)
    assert shown["bound"]["kind"].startswith("lagrangian")
    assert set(cars_of(shown)) == {noon.id, last.id} | ({late.id, early.id} & set(cars_of(shown)))
    assert len(cars_of(shown)) == 3, "home at midnight, nobody leaves at half past seven"
    assert beyond.id not in {t["request_id"] for t in shown["trips"]}
    await rested(conn)
    assert (await requests.get(conn, beyond.id)).state == "approved"


async def test_a_trip_over_night_is_on_one_car_throughout(conn, pool):
    await city.found(conn, city_cars=3, county_cars=0)
    await grant(conn, 5, "city_dispatcher")
    long = [await over_night(conn), await over_night(conn, "13:00", "12:00", first=0, last=2)]
    short = [
        await city.approved(conn, ask(f"{hour:02}:00", f"{hour + 1:02}:30", day=day))
        for day in DAYS[:3]
        for hour in (9, 14)
    ]
    shown = await planned(pool, apply=True)
    assert (shown["unserved"], shown["rentals"], shown["outcome"]["conflicts"]) == (0, 0, [])
    cars = cars_of(shown)
    assert cars.keys() == {r.id for r in (*long, *short)}
    assert cars[long[0].id] != cars[long[1].id]
    assert shown["bound"]["kind"].startswith("none:"), (
        "only some cars may carry them: nothing is proven"
    )
    assert len(await city.legs(conn, "assigned")) == 8
    assert await conn.fetchval(city.OVERLAPS) == 0
    await rested(conn)
    # planned again, they stay
    day = await day_problem(conn, MONDAY, SUNDAY_NOON, days=3)
    assert all(t.fixed for t in day.problem.tasks)
    plan = optimizer.solve(day.problem, seconds=1)
    assert optimizer.check(day.problem, plan).violations == ()


async def test_who_was_away_over_night_rests_and_the_car_does_not(conn, pool):
    """Back at eleven; at noon its car goes on with another driver."""
    await city.found(conn, city_cars=1, county_cars=0, drivers=(2, 0))
    await grant(conn, 5, "city_dispatcher")
    long = await over_night(conn, "12:00", "11:00")
    after = await city.approved(conn, ask("14:00", "16:00", day=DAYS[1]))
    shown = await planned(pool, apply=True)
    assert cars_of(shown) == {long.id: 1, after.id: 1}
    assert len({one["driver_id"] for one in shown["assignments"]}) == 2
    await rested(conn)


async def test_days_together_know_what_a_day_alone_does_not(conn, pool):
    """The cheaper car is the only large one, and is needed on the second day."""
    await city.found(conn, city_cars=2, county_cars=0)
    await grant(conn, 5, "city_dispatcher")
    await conn.execute(
        "UPDATE vehicle SET class = 'mpv', seats = 8, norm_ml_per_100km = 5000 WHERE id = 1"
    )
    long = await over_night(conn)
    many = await city.approved(
        conn, ask("09:00", "15:00", day=DAYS[1], passengers=6, vehicle_class="mpv")
    )
    alone = await planned(pool, days=1)
    assert cars_of(alone) == {long.id: 1}
    together = await planned(pool)
    assert cars_of(together) == {long.id: 2, many.id: 1}
    assert (together["rentals"], together["unserved"]) == (0, 0)
    explained = await orders.explain_request(conn, together["id"], long.id, CITY)
    assert explained["served_by"] == 2
    assert [(one["vehicle_id"], one["rule"]) for one in explained["refused"]] == [
        (1, "home-at-night")
    ]
    changes = await orders.plan_changes(conn, together["id"], CITY)
    assert changes["before"] is None, "a plan of one day is no plan of three"
    again = await planned(pool)
    changes = await orders.plan_changes(conn, again["id"], CITY)
    assert (changes["before"], changes["kept"], changes["moved"]) == (together["id"], 2, 0)


async def test_what_is_held_over_a_night_stays_and_what_is_sent_may_move(conn, pool):
    await city.found(conn, city_cars=3, county_cars=0)
    await grant(conn, 5, "city_dispatcher")
    long = await over_night(conn)
    await city.assigned(conn, long, 1, 1)
    sent = await city.approved(conn, ask("09:00", "11:00", day=DAYS[2]))
    await city.assigned(conn, sent, 2, 2)
    await city.approved(conn, ask("09:00", "11:00", day=DAYS[1]))
    day = await day_problem(conn, MONDAY, SUNDAY_NOON, days=3, may_move=True)
    assert list(day.movable) == [sent.id]
    assert long.id not in day.problem.task_of
    [free] = [v.windows for v in day.problem.vehicles if v.id == 1]
    [(_, _, leaves, home), _] = await city.legs(conn)
    assert all(w.end_s <= day.second(leaves) or w.start_s >= day.second(home) for w in free)
    shown = await planned(pool, apply=True, may_move=True)
    assert shown["outcome"]["conflicts"] == []
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_a_plan_of_three_days_is_kept_by_its_last(conn, pool):
    await city.found(conn)
    await city.approved(conn)
    shown = await planned(pool)
    keep = timedelta(days=90)
    on_last = at("00:00", DAYS[2]) + keep
    assert await orders.shed_plans(conn, on_last, keep, None) == 0
    assert await orders.shed_plans(conn, on_last + timedelta(days=1), keep, None) == 1
    assert (await orders.show_plan(conn, shown["id"], CITY))["days"] == 3


@pytest.mark.parametrize("days", [0, 4])
async def test_no_other_number_of_days_is_planned(conn, days):
    await city.found(conn)
    with pytest.raises(Invalid):
        async with conn.transaction():
            await orders.ask_plan(
                conn, MONDAY, CITY, SUNDAY_NOON, budget_s=5, apply=False, days=days
            )


async def test_papers_that_end_keep_a_car_in_from_then_on(conn):
    await city.found(conn, city_cars=2, county_cars=0)
    await conn.execute("UPDATE vehicle SET insurance_until = $1 WHERE id = 1", DAYS[1])
    await city.approved(conn)
    day = await day_problem(conn, MONDAY, SUNDAY_NOON, days=3)
    windows = {v.id: len(v.windows) for v in day.problem.vehicles}
    assert windows == {1: 2, 2: 3}
