"""A day begins with what earlier trips leave: where cars are, their charge, drivers' hours, loans."""

from datetime import timedelta

import pytest

import optimizer
from dispatch.orders import plans
from tests import orders_city as city
from tests.orders_city import HEFEI, MONDAY, SUNDAY_NOON, ask, at

TUESDAY = MONDAY + timedelta(days=1)
HOUR = 3600


async def over_night(conn, vehicle, driver, back="12:00", **more):
    """From Monday morning to Tuesday."""
    wanted = ask(
        "08:00", "17:00", kind="multi_day", to_place=HEFEI, return_at=at(back, TUESDAY), **more
    )
    made = await city.approved(conn, wanted)
    return await city.assigned(conn, made, vehicle, driver)


async def tuesday(conn, now=SUNDAY_NOON):
    return await plans.day_problem(conn, TUESDAY, now)


def cars(day):
    return {v.id: v for v in day.problem.vehicles}


def free_from(day, driver):
    found = next(d for d in day.problem.drivers if d.id == driver)
    return found.windows[0].start_s if found.windows else None


async def test_a_trip_of_several_days_that_ends_at_noon_holds_its_car_till_then(conn):
    await city.found(conn, city_cars=1, county_cars=0, drivers=(2, 0))
    await over_night(conn, 1, 1)
    early = await city.approved(conn, ask("09:00", "11:00", day=TUESDAY))
    late = await city.approved(conn, ask("14:00", "16:00", day=TUESDAY))
    day = await tuesday(conn)
    [(_, _, _, home)] = await city.legs(conn)
    assert cars(day)[1].windows[0].start_s == day.second(home) > 12 * HOUR
    plan = optimizer.solve(day.problem, seconds=2)
    [duty] = plan.duties
    assert [s.task for s in duty.stops] == [late.id]
    assert duty.driver == 2, "who drove over night rests first"
    assert early.id in {r.task for r in plan.rentals} | {u.task for u in plan.unserved}
    assert free_from(day, 1) == day.second(home) + 10 * HOUR


async def test_who_came_home_after_midnight_rests_ten_hours(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    made = await city.approved(conn, ask("16:00", "23:58", to_place=HEFEI))
    await city.assigned(conn, made, 1, 1)
    day = await tuesday(conn)
    [(_, _, _, home)] = await city.legs(conn)
    assert 0 < day.second(home) < HOUR
    assert free_from(day, 1) == day.second(home) + 10 * HOUR


async def test_what_was_driven_today_counts_for_the_rest_of_it(conn):
    """Out from seven to ten: a break, then home within twelve hours of leaving."""
    await city.found(conn, city_cars=1, county_cars=0)
    made = await city.approved(conn, ask("07:00", "10:00"))
    await city.assigned(conn, made, 1, 1)
    await conn.execute("UPDATE leg SET status = 'done'")
    day = await plans.day_problem(conn, MONDAY, at("11:00"))
    [(_, _, leaves, home)] = await city.legs(conn)
    [driver] = day.problem.drivers
    last = driver.windows[-1]
    assert last.start_s == day.second(home) + 20 * 60
    assert last.end_s == day.second(leaves) + 12 * HOUR
    way_s = (home - leaves).total_seconds() - 3 * HOUR - 600
    assert driver.max_driving_s == 8 * HOUR - 2 * made.drive_s - way_s


async def test_a_leave_is_no_duty_to_rest_from(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    await conn.execute(
        "INSERT INTO leg (driver_id, kind, status, during, planned) VALUES "
        "(1, 'leave', 'held', tstzrange($1, $2), tstzrange($1, $2))",
        at("00:00"), at("00:00", TUESDAY),
    )  # fmt: skip
    assert free_from(await tuesday(conn), 1) == 0


async def test_an_electric_car_comes_back_with_what_its_trip_left(conn):
    await city.found(conn, city_cars=2, county_cars=0)
    await conn.execute(
        "UPDATE vehicle SET powertrain = 'bev', range_m = 600000, norm_wh_per_100km = 14000"
    )
    order = await over_night(conn, 1, 1)
    await city.approved(conn, ask("14:30", "16:00", day=TUESDAY))
    day = await tuesday(conn)
    [(_, _, _, home)] = await city.legs(conn)
    way_m = await conn.fetchval(
        "SELECT distance_m FROM trip_request WHERE id = $1", order.request_id
    )
    waits_s = day.second(at("14:30", TUESDAY)) - day.second(home)
    gained_m = 50_000 * waits_s // 3600
    charged_m = cars(day)[1].charged_m
    assert charged_m is not None
    assert charged_m < 600_000 - 2 * way_m + gained_m
    assert charged_m == pytest.approx(600_000 - 2 * way_m + gained_m, abs=10_000)
    assert cars(day)[2].charged_m is None


async def test_a_car_that_stands_elsewhere_must_come_home_first(conn):
    """Nothing holds it, and its terminal is in Ningguo."""
    await city.found(conn, city_cars=2, county_cars=0)
    now = at("08:00")
    for car, lon, lat in ((1, 118.9784, 30.629), (2, 118.7421, 30.9331)):
        await stands(conn, car, lon, lat, now)
    day = await plans.day_problem(conn, MONDAY, now)
    away, home = (cars(day)[i].windows[0].start_s for i in (1, 2))
    assert (away - 8 * HOUR) in range(HOUR, 5 * HOUR // 4)
    assert home == 0
    # what it was told before its last trip ended says nothing
    made = await city.approved(conn, ask("08:30", "09:30"), now=at("06:00"))
    await city.assigned(conn, made, 1, 1, now=at("06:00"))
    await conn.execute("UPDATE leg SET status = 'done'")
    [(_, _, _, ended)] = await city.legs(conn)
    day = await plans.day_problem(conn, MONDAY, ended + timedelta(hours=1))
    assert cars(day)[1].windows[0].start_s == day.second(ended)


async def stands(conn, car, lon, lat, when):
    await conn.execute(
        "INSERT INTO device (id, name, kind, token_digest) VALUES ($1::int4, 'T' || $1::int4, 'terminal', sha256($2))",
        car, b"x",
    )  # fmt: skip
    await conn.execute(
        "INSERT INTO binding (device_id, vehicle_id, during) VALUES ($1, $1, tstzrange($2, NULL))",
        car, city.SINCE,
    )  # fmt: skip
    await conn.execute(
        "INSERT INTO live_position (device_id, ts, received_at, digest, lon, lat, speed_dkmh) "
        "VALUES ($1, $2, $2, 0, $3, $4, 0)",
        car, when, round(lon * 1e7), round(lat * 1e7),
    )  # fmt: skip


@pytest.mark.parametrize(("reserve", "lent"), [(0, 2), (1, 1), (2, 0)])
async def test_a_car_on_loan_is_not_there_to_be_lent_again(conn, reserve, lent):
    """Three cars of the county: one is with the city until noon."""
    await city.found(conn, city_cars=0, county_cars=3, drivers=(0, 3))
    await over_night(conn, 1, 1)
    await conn.execute("UPDATE pool SET reserve_vehicles = $1 WHERE id = 2", reserve)
    for _ in range(3):
        await city.approved(conn, ask("14:00", "17:00", day=TUESDAY))
    day = await tuesday(conn)
    plan = optimizer.solve(day.problem, seconds=2)
    assert len(plan.duties) == lent
