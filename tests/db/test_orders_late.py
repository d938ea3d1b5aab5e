"""Check-ins and lateness against a real database: what was driven always wins."""

import asyncio
import random
from datetime import timedelta
from itertools import permutations

import pytest

from dispatch import orders, requests
from dispatch.kernel.db import KeyReused
from dispatch.orders.errors import NoSuchOrder, OrderNotOpen
from tests import orders_city as city
from tests.orders_city import CITY, SUNDAY_NOON, ask, at


async def tap(conn, order, kind, clock, counter, *, driver=1, key=None, now=None, **more):
    taken = at(clock) if isinstance(clock, str) else clock
    async with conn.transaction():
        return await orders.check_in(
            conn,
            order.id,
            driver,
            orders.Tap(key or f"key-{order.id}-{counter}", kind, taken, counter, **more),
            now or taken,
        )


DAY = [
    ("accept", "08:00", 1, {}),
    ("depart", "08:40", 2, {"odometer_m": 1_000_000}),
    ("onboard", "09:00", 3, {}),
    ("arrive", "09:40", 4, {}),
    ("return", "11:30", 5, {"odometer_m": 1_060_000}),
]


async def outcome(conn, order):
    """Everything that a day of taps decides about one order."""
    row = await conn.fetchrow(
        "SELECT o.state, r.state AS request, l.status, lower(l.during) AS a, upper(l.during) AS b "
        "FROM dispatch_order o JOIN trip_request r ON r.id = o.request_id JOIN leg l ON l.order_id = o.id "
        "WHERE o.id = $1",
        order.id,
    )
    return tuple(row)


async def test_any_order_of_arrival_ends_the_same(conn):
    await city.found(conn, city_cars=30, county_cars=0)
    chance = random.Random(4)
    orders_of_taps = [DAY, DAY[::-1], *chance.sample(list(permutations(DAY)), 18)]
    ends = set()
    for n, taps in enumerate(orders_of_taps, start=1):
        order = await city.assigned(conn, await city.approved(conn), n, n)
        for kind, clock, counter, more in taps:
            await tap(conn, order, kind, clock, counter, driver=n, now=at("23:00"), **more)
        ends.add(await outcome(conn, order))
    assert ends == {("completed", "completed", "done", at("08:40"), at("11:30"))}


async def test_the_same_tap_twice_is_one_tap_and_another_under_its_key_is_refused(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    first = await tap(conn, order, "depart", "08:40", 2, odometer_m=5)
    again = await tap(conn, order, "depart", "08:40", 2, odometer_m=5, now=at("10:00"))
    assert (first.status, again.status) == (201, 200)
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(KeyReused):
        await tap(conn, order, "depart", "08:40", 2, odometer_m=6)
    assert await conn.fetchval("SELECT count(*) FROM check_in") == 1


async def test_both_times_are_kept(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    await tap(conn, order, "accept", "08:00", 1, now=at("12:34"), lon=118.7, lat=30.9)
    row = await conn.fetchrow("SELECT taken_at, received_at, lon FROM check_in")
    assert tuple(row) == (at("08:00"), at("12:34"), 1_187_000_000)


async def test_a_foreign_driver_has_no_such_order(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    with pytest.raises(NoSuchOrder):
        await tap(conn, order, "accept", "08:00", 1, driver=2)


async def test_declining_gives_the_request_back_and_excludes_driving(conn):
    await city.found(conn)
    request = await city.approved(conn)
    order = await city.assigned(conn, request, 1, 1)
    await tap(conn, order, "decline", "08:00", 1, note="发烧")
    assert (await requests.get(conn, request.id)).state == "approved"
    assert await city.legs(conn, "assigned", "running") == []
    with pytest.raises(OrderNotOpen):
        await tap(conn, order, "depart", "08:40", 2)
    other = await city.assigned(conn, request, 1, 2)
    await tap(conn, other, "depart", "08:40", 1, driver=2)
    with pytest.raises(OrderNotOpen):
        await tap(conn, other, "decline", "08:45", 2, driver=2)


async def test_a_tap_after_the_order_was_taken_back_is_refused_and_one_before_is_kept(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    async with conn.transaction():
        await orders.withdraw(conn, order.id, "不需要了", CITY, at("08:30"))
    for n, kind in enumerate(("accept", "decline", "depart", "return", "receipt"), start=1):
        with pytest.raises(OrderNotOpen, match="撤回"):
            await tap(conn, order, kind, "08:31", n)
    late = await tap(conn, order, "accept", "08:00", 9, now=at("08:40"))
    assert (late.status, late.body["state"]) == (201, "aborted")
    assert await conn.fetch("SELECT kind, taken_at FROM check_in") == [("accept", at("08:00"))]
    assert (await outcome(conn, order))[:3] == ("aborted", "approved", "cancelled")


async def test_who_drove_before_a_reassignment_taps_no_more(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    async with conn.transaction():
        await orders.reassign(conn, order.id, orders.Choice(2, 2), CITY, at("08:00"))
    with pytest.raises(OrderNotOpen, match="改派"):
        await tap(conn, order, "accept", "08:05", 1)
    answer = await tap(conn, order, "accept", "08:05", 1, driver=2, key="key-of-the-new")
    assert answer.body["state"] == "accepted"


async def test_the_odometer_going_backwards_is_noted_not_refused(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    await tap(conn, order, "depart", "08:40", 1, odometer_m=1_000)
    answer = await tap(conn, order, "return", "11:00", 2, odometer_m=900)
    assert answer.body == {"state": "returned", "notes": ["odometer_backwards"]}


async def test_a_late_return_displaces_what_follows_and_keeps_its_promise(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    first = await city.assigned(conn, await city.approved(conn, ask("08:30", "10:00")), 1, 1)
    later = await city.approved(conn, ask("13:00", "14:00"))
    second = await city.assigned(conn, later, 1, 1)
    other = await city.approved(conn, ask("14:00", "15:00"))
    await tap(conn, first, "depart", "08:00", 1, odometer_m=1)
    await tap(conn, first, "return", "13:30", 2, odometer_m=2)
    assert (await outcome(conn, first))[2:] == ("done", at("08:00"), at("13:30"))
    assert (await outcome(conn, second))[:3] == ("displaced", "approved", "displaced")
    assert (await requests.get(conn, later.id)).promised_at is not None
    event = await conn.fetchrow("SELECT data, pool_id FROM outbox WHERE kind = 'order.displaced'")
    assert event["data"]["order_no"] == second.order_no
    queue = await orders.list_requests(conn, CITY, orders.RequestFilter(queue=True))
    assert [r["id"] for r in queue] == [later.id, other.id]
    # the car can be booked for it again, later
    again = await city.assigned(conn, later, 1, 1, now=at("13:31"))
    assert again.state == "sent"


async def test_a_late_leg_ends_where_one_begins_that_runs_already(conn):
    await city.found(conn, city_cars=1, county_cars=0, drivers=(2, 0))
    first = await city.assigned(conn, await city.approved(conn, ask("08:30", "09:30")), 1, 1)
    second = await city.assigned(conn, await city.approved(conn, ask("11:00", "12:00")), 1, 2)
    await tap(conn, first, "depart", "08:00", 1)
    await tap(conn, second, "depart", "10:40", 1, driver=2)
    await tap(conn, first, "return", "11:15", 2)
    assert (await outcome(conn, first))[2:] == ("done", at("08:00"), at("10:40"))
    assert (await outcome(conn, second))[0] == "departed"
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_maintenance_gives_way_too(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn, ask("08:30", "10:00")), 1, 1)
    await conn.execute(
        "INSERT INTO leg (vehicle_id, kind, status, during, planned) "
        "VALUES (1, 'maintenance', 'assigned', tstzrange($1, $2), tstzrange($1, $2))",
        at("11:00"),
        at("12:00"),
    )
    await tap(conn, order, "depart", "08:10", 1)
    await tap(conn, order, "return", "11:30", 2)
    assert await conn.fetchval("SELECT status FROM leg WHERE kind = 'maintenance'") == "displaced"


async def test_a_running_leg_past_its_end_is_extended_in_steps_of_five_minutes(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    first = await city.assigned(conn, await city.approved(conn, ask("08:30", "10:00")), 1, 1)
    second = await city.assigned(conn, await city.approved(conn, ask("12:00", "13:00")), 1, 1)
    await tap(conn, first, "depart", "08:10", 1)
    assert await orders.extend_overdue(conn, at("09:00")) == []
    now = at("11:00")
    while now <= at("12:00"):
        await orders.extend_overdue(conn, now)
        (_, _, _, end) = (await city.legs(conn, "running"))[0]
        assert now < end <= now + timedelta(minutes=5)
        now += timedelta(minutes=5)
    assert (await outcome(conn, second))[0] == "displaced"
    await tap(conn, first, "return", "12:03", 2)
    assert (await outcome(conn, first))[2:] == ("done", at("08:10"), at("12:03"))
    # a phone that died is not waited for without end
    third = await city.assigned(conn, await city.approved(conn, ask("15:00", "16:00")), 1, 1)
    await tap(conn, third, "depart", "14:40", 1)
    assert await orders.extend_overdue(conn, at("10:00", city.MONDAY + timedelta(days=1))) == []


async def test_lateness_never_fails_while_others_book(conn, pool):
    """Late returns and bookings on the same cars at once: no error but a clear refusal."""
    await city.found(conn, city_cars=3, county_cars=0)
    running = []
    for car in (1, 2, 3):
        order = await city.assigned(
            conn, await city.approved(conn, ask("08:30", "09:30")), car, car
        )
        await tap(conn, order, "depart", "08:10", 1, driver=car)
        running.append((order, car))
    waiting = [
        await city.approved(conn, ask(f"{11 + n % 6}:00", f"{12 + n % 6}:00")) for n in range(18)
    ]

    async def return_late(order, car):
        async with pool.acquire() as mine:
            return await tap(
                mine, order, "return", f"{12 + car}:10", 2, driver=car, now=at("16:00")
            )

    async def take(n, request):
        async with pool.acquire() as mine, mine.transaction():
            choice = orders.Choice(1 + n % 3, 1 + n % 3)
            return await orders.assign(mine, request.id, choice, CITY, SUNDAY_NOON)

    async with asyncio.timeout(60):
        ends = await asyncio.gather(
            *(take(n, r) for n, r in enumerate(waiting[:9])),
            *(return_late(*one) for one in running),
            *(take(n, r) for n, r in enumerate(waiting[9:])),
            return_exceptions=True,
        )
    late = ends[9:12]
    assert [type(e).__name__ for e in late] == ["Answer"] * 3
    assert {type(e).__name__ for e in ends} <= {"Answer", "Order", "VehicleTaken", "DriverTaken"}
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_nobody_waits_for_ever(conn, pool):
    await city.found(conn)
    request = await city.approved(conn)
    async with conn.transaction():
        assert await requests.expire_overdue(conn, at("09:29")) == []
        assert await requests.expire_overdue(conn, at("09:31")) == [request.id]
    assert (await requests.get(conn, request.id)).state == "expired"


async def test_an_emergency_leaves_before_its_paper_work(conn):
    await city.found(conn)
    now = at("02:00")
    wanted = ask("02:10", "04:00", emergency=True, purpose="EMERGENCY")
    request = await city.submitted(conn, wanted, now=now)
    order = await city.assigned(conn, request, 1, 1, now=now)
    [(_, _, start, _)] = await city.legs(conn)
    assert start == now, "it leaves at once, and is late"
    for decider in (city.APPROVER, city.REVIEWER):
        async with conn.transaction():
            got = await orders.approve(conn, request.id, "approved", decider, at("09:00"))
        assert got.state == "assigned"
    assert (await requests.get(conn, request.id)).state == "assigned"
    assert order.state == "sent"


async def test_a_delay_that_the_next_trip_can_absorb_displaces_nothing(conn):
    await city.found(conn, city_cars=1, county_cars=0)
    first = await city.assigned(conn, await city.approved(conn, ask("08:30", "10:00")), 1, 1)
    second = await city.assigned(conn, await city.approved(conn, ask("12:00", "13:00")), 1, 1)
    planned = (await outcome(conn, second))[3]
    await tap(conn, first, "depart", "08:10", 1)
    late = planned + timedelta(minutes=14)
    await tap(conn, first, "return", late, 2)
    assert (await outcome(conn, first))[3:] == (at("08:10"), late)
    assert (await outcome(conn, second))[2:4] == ("assigned", late)
    await tap(conn, second, "depart", late + timedelta(minutes=1), 3)
    assert (await outcome(conn, second))[0] == "departed"


async def test_a_phone_whose_clock_was_set_back_does_not_hold_the_car_for_years(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    [planned] = await city.legs(conn)
    await tap(conn, order, "depart", at("08:40") - timedelta(days=20_000), 1, now=at("08:40"))
    assert await city.legs(conn) == [planned]
    await tap(conn, order, "return", at("11:00"), 2, now=at("11:00"))
    [(_, _, start, end)] = await city.legs(conn)
    assert (start, end) == (planned[2], at("11:00"))
