"""Trips soon after midnight: their cars leave home the day before."""

from datetime import timedelta

import pytest

from dispatch import orders
from dispatch.orders.errors import OwnCarFits
from tests import orders_city as city
from tests.orders_city import (
    CITY,
    DISPATCHER,
    GUQUAN,
    HEFEI,
    MONDAY,
    NINGGUO,
    SUNDAY_NOON,
    XUANCHENG,
    ask,
    at,
)

TUESDAY = MONDAY + timedelta(days=1)
MIDNIGHT = at("00:00", TUESDAY)


def night(depart="00:30", back="02:00", **more):
    """From Ningguo, most of an hour away from the city's cars."""
    return ask(depart, back, day=TUESDAY, **{"from_place": NINGGUO, "to_place": NINGGUO} | more)


async def candidates(conn, request, now=SUNDAY_NOON):
    async with conn.transaction():
        return await orders.candidates(conn, request.id, CITY, now)


async def test_a_car_leaves_before_midnight_for_a_trip_after_it(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    made = await city.approved(conn, night())
    assert made.promised_at is not None
    [best] = (await candidates(conn, made)).alternatives
    await city.assigned(conn, made, best.vehicle_id, best.driver_id)
    [(_, _, leaves, home)] = await city.legs(conn)
    assert leaves < MIDNIGHT < home
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_nothing_is_rented_at_night_while_such_a_car_can_come(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    made = await city.approved(conn, night())
    with pytest.raises(OwnCarFits):
        async with conn.transaction():
            await orders.rent(conn, made.id, 1, "夜间无车", DISPATCHER, SUNDAY_NOON)


@pytest.mark.parametrize(
    ("day", "hours", "found"),
    [
        pytest.param(MONDAY, ("09:00", "16:00"), False, id="worked by day"),
        pytest.param(MONDAY, ("17:00", "19:00"), True, id="one duty with the evening"),
        pytest.param(TUESDAY, ("09:00", "11:00"), False, id="works in the morning"),
        pytest.param(TUESDAY, ("16:00", "17:00"), True, id="works after a rest"),
    ],
)
async def test_a_driver_keeps_their_rest_around_the_night(conn, day, hours, found):
    await city.found(conn, city_cars=2, county_cars=0, drivers=(1, 0))
    held = await city.approved(conn, ask(*hours, day=day))
    await city.assigned(conn, held, 1, 1)
    made = await city.approved(conn, night(back="01:30"))
    assert (made.promised_at is not None) == found
    assert bool((await candidates(conn, made)).alternatives) == found


async def test_a_promised_journey_holds_its_car_in_the_first_hour_of_its_second_day(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    journey = await city.approved(
        conn, ask("09:00", return_at=at("16:00", TUESDAY), to_place=HEFEI)
    )
    assert journey.promised_at is not None
    early = await city.approved(
        conn, night("00:20", "01:00", from_place=XUANCHENG, to_place=GUQUAN, kind="drop_off")
    )
    assert early.promised_at is None


async def test_papers_that_end_at_midnight_keep_the_car_from_leaving_for_it(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    await conn.execute("UPDATE vehicle SET inspection_until = $1", MONDAY)
    made = await city.approved(conn, night())
    assert made.promised_at is None
    found = await candidates(conn, made)
    assert [one.rule for one in found.ineligible] == ["H14"]
    evening = await city.approved(conn, ask("20:00", "21:00"))
    assert evening.promised_at is not None


async def test_who_asks_minutes_before_midnight_gets_a_car_that_can_still_come(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    made = await city.approved(conn, night("01:30", "03:00"))
    by = MIDNIGHT - timedelta(minutes=10)
    assert (await candidates(conn, made, by)).alternatives
    late = MIDNIGHT + timedelta(minutes=80)
    [no] = (await candidates(conn, made, late)).ineligible
    assert no.rule == "too-late"
