"""Promises and candidates by the optimizer's insertion: every rule kept, and the database agrees."""

import asyncio
import random
from contextlib import suppress
from datetime import timedelta

import pytest

from dispatch import orders, requests
from dispatch.orders import boards, keeping
from dispatch.orders.errors import RequestNotOpen
from tests import orders_city as city
from tests.orders_city import CITY, GUQUAN, HEFEI, NINGGUO, SUNDAY_NOON, XUANCHENG, ask, at

TUESDAY = city.MONDAY + timedelta(days=1)


async def candidates(conn, request, *, now=SUNDAY_NOON):
    async with conn.transaction():
        return await orders.candidates(conn, request.id, CITY, now)


@pytest.mark.parametrize(("back", "promised"), [("14:35", False), ("15:30", True)])
async def test_a_break_is_needed_between_two_long_drives(conn, back, promised):
    await city.found(conn, city_cars=1, county_cars=0)
    made = await city.approved(conn, ask("08:00", back, day=TUESDAY, to_place=HEFEI))
    assert 3 * 3600 < made.drive_s < 4 * 3600
    assert (made.promised_at is not None) == promised
    [reason] = await conn.fetchrow("SELECT queue_reason FROM trip_request")
    assert reason == (None if promised else {"H10": 1})


async def test_what_is_promised_makes_room_for_what_is_asked(conn):
    await city.found(conn, city_cars=2, county_cars=0)
    await conn.execute(
        "UPDATE vehicle SET class = 'mpv', seats = 8, norm_ml_per_100km = 1000 WHERE id = 2"
    )
    first = await city.approved(conn)
    large = await city.submitted(conn, ask(passengers=6))
    room = await orders.room_for(conn, large.id, city.APPROVER, SUNDAY_NOON)
    assert room.fits
    assert [(m.request_id, m.from_plate, m.to_plate) for m in room.moves] == [
        (first.id, "皖P10002", "皖P10001")
    ]
    assert room.moves[0].fen > 0
    async with conn.transaction():
        made = await orders.approve(conn, large.id, "approved", city.APPROVER, SUNDAY_NOON)
    assert made.promised_at is not None
    assert (await city.approved(conn)).promised_at is None
    with pytest.raises(requests.NoSuchRequest):
        await orders.room_for(conn, large.id, city.NG_APPROVER, SUNDAY_NOON)


async def test_drivers_change_at_the_depot(conn):
    await city.found(conn, city_cars=1, county_cars=0, drivers=(2, 0))
    await city.assigned(conn, await city.approved(conn, ask("08:00", "09:00")), 1, 1)
    await conn.execute(
        "INSERT INTO leg (driver_id, kind, status, during, planned) "
        "VALUES (1, 'leave', 'held', tstzrange($1, $2), tstzrange($1, $2))", at("11:00"), at("23:00"),
    )  # fmt: skip
    later = await city.approved(conn, ask("13:00", "15:00"))
    [other] = (await candidates(conn, later)).alternatives
    assert (other.vehicle_id, other.driver_id, other.chain) == (1, 2, False)
    await city.assigned(conn, later, other.vehicle_id, other.driver_id)


async def test_a_driver_who_changes_cars_keeps_their_hours(conn):
    await city.found(conn, city_cars=2, county_cars=0, drivers=(1, 0))
    await city.assigned(conn, await city.approved(conn, ask("07:30", "08:30")), 1, 1)
    late = await city.approved(conn, ask("19:00", "20:45"))
    found = await candidates(conn, late)
    assert {one.rule for one in found.ineligible} <= {"no-driver", "H11"}
    assert found.alternatives == ()
    early = await city.approved(conn, ask("16:00", "17:00"))
    assert {a.vehicle_id for a in (await candidates(conn, early)).alternatives} == {1}


async def test_who_leaves_only_now_comes_as_late_as_the_way_is_long(conn):
    await city.found(conn, city_cars=1, county_cars=1)
    now = at("09:00")
    made = await city.submitted(conn, ask("09:05", "11:00", emergency=True), now=now)
    found = {a.vehicle_id: a for a in (await candidates(conn, made, now=now)).alternatives}
    assert at("09:10") < found[1].start_at < found[2].start_at < at("11:05")
    order = await city.assigned(conn, made, 2, found[2].driver_id, now=now)
    [(_, _, leaves, _)] = await city.legs(conn)
    assert (order.state, leaves) == ("sent", now)


ALL = ("assign", "withdraw", "cancel", "nothing", "nothing")


async def a_random_day(conn, rng, acts=ALL, trips=14):
    """Approved requests of all kinds, some of them on cars, some withdrawn or called off."""
    made = []
    for _ in range(trips):
        hour, places = rng.randint(7, 17), rng.sample((XUANCHENG, NINGGUO, GUQUAN), 2)
        wanted = ask(
            f"{hour:02}:{rng.choice((0, 30)):02}", f"{hour + rng.randint(2, 3):02}:45",
            kind=rng.choice(("drop_off", "wait_and_return")),
            from_place=places[0], to_place=places[1], passengers=rng.choice((1, 2, 4)),
        )  # fmt: skip
        made.append(await city.approved(conn, wanted))
        await something(conn, rng.choice(acts), rng.choice(made))
    return made


async def something(conn, act, request):
    """What people do with a request meanwhile, if they may."""
    with suppress(RequestNotOpen, requests.NotAwaiting):
        async with conn.transaction():
            if act == "assign":
                found = (await orders.candidates(conn, request.id, CITY, SUNDAY_NOON)).alternatives
                if found:
                    choice = orders.Choice(
                        found[0].vehicle_id, found[0].driver_id, found[0].start_at, found[0].chain
                    )
                    await orders.assign(conn, request.id, choice, CITY, SUNDAY_NOON)
            elif act == "cancel":
                await orders.cancel_request(conn, request.id, city.CLERK, SUNDAY_NOON)
            elif act == "withdraw" and (row := await conn.fetchval(
                "SELECT id FROM dispatch_order WHERE request_id = $1 AND state = 'sent'", request.id
            )):  # fmt: skip
                await orders.withdraw(conn, row, "不需要了", CITY, SUNDAY_NOON)


@pytest.mark.parametrize("seed", range(4))
async def test_boards_that_are_kept_answer_as_those_made_anew(conn, seed):
    rng = random.Random(seed)
    await city.found(conn, city_cars=3, county_cars=2, drivers=(3, 2))
    made = await a_random_day(conn, rng)
    asked = await city.approved(conn, ask("10:00", "12:00"))
    kept = await candidates(conn, asked)
    boards.forget()
    assert await candidates(conn, asked) == kept
    assert made


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_promised_can_be_assigned(conn, seed):
    rng = random.Random(seed)
    await city.found(conn, city_cars=3, county_cars=2, drivers=(3, 2))
    await a_random_day(conn, rng, ("cancel", "nothing", "nothing"), trips=24)
    last = await city.approved(conn, ask("12:00", "13:30"))
    table = await boards.boards_for(conn, last, SUNDAY_NOON)
    await keeping.keep_promises(conn, table, 0, SUNDAY_NOON)
    waiting = await conn.fetch(
        "SELECT id FROM trip_request WHERE state = 'approved' AND promised_at IS NOT NULL"
    )
    places = {
        stop.task: orders.Choice(
            duty.vehicle, duty.driver, table.day.at(stop.start_s), n > 0 and not stop.via_home
        )
        for duty in table.full.duties()
        for n, stop in enumerate(duty.stops)
    }
    assert waiting
    for row in sorted(waiting, key=lambda row: places[row["id"]].start_at):
        async with conn.transaction():
            await orders.assign(conn, row["id"], places[row["id"]], CITY, SUNDAY_NOON)
    assert await conn.fetchval(city.OVERLAPS) == 0


async def waits_and_one_car_is_left(conn):
    """Promised a and b of two cars, one of which is then out: a keeps the other, b has none."""
    await city.found(conn, city_cars=2, county_cars=0)
    a, b = await city.approved(conn), await city.approved(conn)
    assert a.promised_at is not None
    assert b.promised_at is not None
    await conn.execute(
        "INSERT INTO leg (vehicle_id, kind, status, during, planned) "
        "VALUES (2, 'maintenance', 'held', tstzrange($1, $2), tstzrange($1, $2))", at("07:00"), at("20:00"),
    )  # fmt: skip
    assert (await city.approved(conn)).promised_at is None
    return a, b


async def test_a_promise_that_found_no_place_is_put_back_before_another_is_given(conn):
    a, b = await waits_and_one_car_is_left(conn)
    async with conn.transaction():
        await orders.cancel_request(conn, a.id, city.CLERK, SUNDAY_NOON)
    assert (await city.approved(conn)).promised_at is None
    async with conn.transaction():
        await orders.cancel_request(conn, b.id, city.CLERK, SUNDAY_NOON)
    assert (await city.approved(conn)).promised_at is not None


async def test_a_promise_that_found_no_place_has_the_car_that_is_back(conn):
    await waits_and_one_car_is_left(conn)
    await conn.execute("DELETE FROM leg WHERE vehicle_id = 2")
    assert (await city.approved(conn)).promised_at is None


WEDNESDAY = TUESDAY + timedelta(days=1)
LONG = ("09:00", "16:00")


@pytest.mark.parametrize(
    ("first", "second", "promised"),
    [
        ((city.MONDAY, TUESDAY, *LONG), (TUESDAY, TUESDAY, "09:00", "11:00"), False),
        ((TUESDAY, TUESDAY, "09:00", "11:00"), (city.MONDAY, TUESDAY, *LONG), False),
        ((city.MONDAY, TUESDAY, *LONG), (city.MONDAY, city.MONDAY, "13:00", "15:00"), False),
        ((city.MONDAY, WEDNESDAY, *LONG), (TUESDAY, TUESDAY, "09:00", "11:00"), False),
        ((city.MONDAY, TUESDAY, *LONG), (TUESDAY, TUESDAY, "18:00", "20:00"), True),
        ((city.MONDAY, TUESDAY, *LONG), (WEDNESDAY, WEDNESDAY, "09:00", "11:00"), True),
        ((WEDNESDAY, WEDNESDAY, "09:00", "11:00"), (city.MONDAY, TUESDAY, *LONG), True),
    ],
)
async def test_a_promise_counts_on_every_day_that_it_touches(conn, first, second, promised):
    await city.found(conn, city_cars=1, county_cars=0)
    made = [
        await city.approved(
            conn,
            ask(
                depart,
                back,
                day=on,
                return_at=at(back, last),
                to_place=HEFEI if last > on else GUQUAN,
            ),
        )
        for on, last, depart, back in (first, second)
    ]
    assert [one.promised_at is not None for one in made] == [True, promised]


async def test_promises_of_two_days_need_one_car_beside_a_journey_of_both(conn):
    await city.found(conn, city_cars=2, county_cars=0)
    for day in (city.MONDAY, TUESDAY):
        assert (await city.approved(conn, ask("08:00", "18:00", day=day))).promised_at is not None
    for promised in (True, False):
        made = await city.approved(conn, ask(return_at=at("16:00", TUESDAY), to_place=HEFEI))
        assert (made.promised_at is not None) == promised


async def test_one_board_is_asked_many_questions_at_the_same_time(conn, pool):
    await city.found(conn, city_cars=3, county_cars=2, drivers=(3, 2))
    made = await a_random_day(conn, random.Random(1), ("nothing",), trips=30)

    async def room(request):
        async with pool.acquire() as mine:
            return await orders.room_for(mine, request.id, city.APPROVER, SUNDAY_NOON)

    answers = await asyncio.gather(*map(room, made))
    assert sum(answer.fits for answer in answers) >= len(made) // 4
