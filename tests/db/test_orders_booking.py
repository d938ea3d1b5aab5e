"""Booking against a real database: races, constraints, releases, isolation."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from dispatch import orders, requests
from dispatch.kernel.errors import NotAllowed, NotFound, Refused
from dispatch.orders.errors import (
    CarDoesNotFit,
    DriverTaken,
    OrderNotOpen,
    OwnCarFits,
    RequestNotOpen,
    Stale,
    VehicleTaken,
)
from tests import orders_city as city
from tests.orders_city import CITY, DISPATCHER, GUQUAN, NG_DISPATCHER, NINGGUO, SUNDAY_NOON, ask, at


async def test_a_request_goes_from_asking_to_a_car(conn):
    await city.found(conn)
    request = await city.approved(conn)
    assert (request.state, request.promised_at) == ("approved", SUNDAY_NOON)
    order = await city.assigned(conn, request, 1, 1, by=DISPATCHER)
    assert order.order_no == "XZ202603010001"
    assert (order.state, order.settlement_fen) == ("sent", 0)
    [(vehicle, driver, start, end)] = await city.legs(conn)
    assert (vehicle, driver) == (1, 1)
    assert start < at("08:50")
    assert end > at("11:00")
    kinds = [r["kind"] for r in await conn.fetch("SELECT kind FROM outbox ORDER BY id")]
    assert kinds == ["request.submitted", "request.approved", "order.assigned"]


async def test_forty_dispatchers_race_for_one_car(conn, pool):
    await city.found(conn, city_cars=2, county_cars=2, drivers=(40, 2))
    racers = 40
    for round_ in range(2):
        wanted = [
            await city.approved(
                conn, ask("09:00", "11:00", day=city.MONDAY + timedelta(days=round_))
            )
            for _ in range(racers)
        ]

        async def race(request, driver):
            async with pool.acquire() as mine, mine.transaction():
                return await orders.assign(
                    mine, request.id, orders.Choice(1, driver), CITY, SUNDAY_NOON
                )

        async with asyncio.timeout(60):
            ends = await asyncio.gather(
                *(race(request, n + 1) for n, request in enumerate(wanted)), return_exceptions=True
            )
        winners = [e for e in ends if isinstance(e, orders.Order)]
        losers = [e for e in ends if isinstance(e, VehicleTaken)]
        assert len(winners) == 1
        assert len(losers) == racers - 1, {type(e) for e in ends}
        assert {e.by_order for e in losers} == {winners[0].order_no}
        assert all(e.best_candidate["vehicle_id"] != 1 for e in losers)
    assert await conn.fetchval(city.OVERLAPS) == 0
    numbers = [r[0] for r in await conn.fetch("SELECT order_no FROM dispatch_order ORDER BY id")]
    assert numbers == ["XZ202603010001", "XZ202603010002"]


async def test_many_race_for_few_cars_and_drivers_without_a_deadlock(conn, pool):
    await city.found(conn, city_cars=4, county_cars=0, drivers=(4, 0))
    wanted = [
        await city.approved(conn, ask(f"{8 + n % 5:02}:30", f"{10 + n % 5:02}:00"))
        for n in range(24)
    ]

    async def race(n, request):
        choice = orders.Choice(1 + n % 4, 1 + (n * 3 + n // 4) % 4)
        async with pool.acquire() as mine, mine.transaction():
            return await orders.assign(mine, request.id, choice, CITY, SUNDAY_NOON)

    async with asyncio.timeout(60):
        ends = await asyncio.gather(
            *(race(n, r) for n, r in enumerate(wanted)), return_exceptions=True
        )
    allowed = (orders.Order, VehicleTaken, DriverTaken)
    assert [e for e in ends if not isinstance(e, allowed)] == []
    assert sum(isinstance(e, orders.Order) for e in ends) >= 4
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_the_constraints_hold_without_the_locks(conn):
    """Negative control: what the locks prevent, the database refuses."""
    await city.found(conn)
    await city.assigned(conn, await city.approved(conn), 1, 1)
    [(_, _, start, end)] = await city.legs(conn)
    other = await city.approved(conn, ask("14:00", "15:00"))
    order = await city.assigned(conn, other, 2, 2)
    for vehicle, driver in ((1, 3), (3, 1)):
        with pytest.raises(asyncpg.ExclusionViolationError):
            await conn.execute(
                "INSERT INTO leg (order_id, vehicle_id, driver_id, kind, status, during, planned) "
                "VALUES ($1, $2, $3, 'trip', 'assigned', tstzrange($4, $5), tstzrange($4, $5))",
                order.id, vehicle, driver, start, end,
            )  # fmt: skip


async def test_a_driver_is_one_person(conn):
    await city.found(conn)
    first = await city.assigned(conn, await city.approved(conn), 1, 1)
    with pytest.raises(DriverTaken) as refused:
        await city.assigned(conn, await city.approved(conn), 2, 1)
    assert refused.value.by_order == first.order_no


async def test_a_request_gets_one_car(conn):
    await city.found(conn)
    request = await city.approved(conn)
    first = await city.assigned(conn, request, 1, 1)
    with pytest.raises(RequestNotOpen) as refused:
        await city.assigned(conn, request, 2, 2)
    assert refused.value.by_order == first.order_no


async def test_a_stale_version_is_told(conn):
    await city.found(conn)
    request = await city.approved(conn)
    with pytest.raises(Stale):
        async with conn.transaction():
            await orders.assign(
                conn,
                request.id,
                orders.Choice(1, 1),
                CITY,
                SUNDAY_NOON,
                version=request.version - 1,
            )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE vehicle SET seats = 2 WHERE id = 1", "H15"),
        ("UPDATE vehicle SET inspection_until = '2026-03-01' WHERE id = 1", "H14"),
        ("UPDATE vehicle SET category = 'LAW_ENFORCEMENT' WHERE id = 1", "H17"),
        ("UPDATE vehicle SET class = 'midibus' WHERE id = 1", "licence"),
    ],
)
async def test_a_car_that_may_not_is_refused_with_the_rule(conn, change, rule):
    await city.found(conn)
    request = await city.approved(conn)
    await conn.execute(change)
    with pytest.raises(CarDoesNotFit) as refused:
        await city.assigned(conn, request, 1, 1)
    assert refused.value.rule == rule
    async with conn.transaction():
        found = await orders.candidates(conn, request.id, CITY, SUNDAY_NOON)
    rules = {r.vehicle_id: r.rule for r in found.ineligible}
    assert rules[1] == {"licence": "no-driver"}.get(rule, rule)


async def test_a_lent_car_is_settled_by_tariff_and_a_driver_stays_with_their_platform(conn):
    await city.found(conn)
    request = await city.approved(conn)
    with pytest.raises(CarDoesNotFit) as refused:
        await city.assigned(conn, request, 4, 1)
    assert refused.value.rule == "driver_pool"
    order = await city.assigned(conn, request, 4, 4)
    assert order.settlement_fen == (2 * request.distance_m * 180 + 500) // 1000
    await conn.execute("UPDATE vehicle SET category = 'CONFIDENTIAL_COMMS' WHERE id = 5")
    with pytest.raises(CarDoesNotFit) as refused:
        await city.assigned(conn, await city.approved(conn), 5, 5)
    assert refused.value.rule == "H16"


async def test_trips_are_chained_where_there_is_no_time_to_go_home(conn):
    await city.found(conn, city_cars=1, county_cars=0, drivers=(2, 0))
    there = await city.approved(conn, ask("08:30", "09:10", kind="drop_off", to_place=NINGGUO))
    back = await city.approved(
        conn, ask("09:30", "10:10", kind="drop_off", from_place=NINGGUO, to_place=GUQUAN)
    )
    await city.assigned(conn, there, 1, 1)
    with pytest.raises(VehicleTaken):
        await city.assigned(conn, back, 1, 2)  # another driver cannot take over on the road
    await city.assigned(conn, back, 1, 1)
    (_, _, _, first_end), (_, _, second_start, _) = await city.legs(conn)
    assert at("09:10") <= first_end == second_start <= at("09:20")


async def test_what_is_withdrawn_waits_again_and_its_neighbour_goes_home(conn):
    await city.found(conn, city_cars=1, county_cars=0, drivers=(1, 0))
    there = await city.approved(conn, ask("08:30", "09:10", kind="drop_off", to_place=NINGGUO))
    back = await city.approved(
        conn, ask("09:30", "10:10", kind="drop_off", from_place=NINGGUO, to_place=GUQUAN)
    )
    await city.assigned(conn, there, 1, 1)
    second = await city.assigned(conn, back, 1, 1)
    async with conn.transaction():
        await orders.withdraw(conn, second.id, "不需要了", CITY, SUNDAY_NOON)
    [(_, _, _, end)] = await city.legs(conn, "assigned")
    assert end > at("09:30")
    assert (await requests.get(conn, back.id)).state == "approved"
    again = await city.assigned(conn, back, 1, 1)
    assert again.id != second.id


async def test_an_order_gets_another_car_and_keeps_its_number(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    async with conn.transaction():
        moved = await orders.reassign(conn, order.id, orders.Choice(4, 4), CITY, SUNDAY_NOON)
    assert moved.order_no == order.order_no
    assert moved.settlement_fen > 0
    assert [(v, d) for v, d, *_ in await city.legs(conn, "assigned")] == [(4, 4)]
    # the car that was given back can be had
    await city.assigned(conn, await city.approved(conn), 1, 1)


async def test_a_cancelled_request_gives_its_car_back(conn):
    await city.found(conn)
    request = await city.approved(conn)
    await city.assigned(conn, request, 1, 1)
    async with conn.transaction():
        gone = await orders.cancel_request(conn, request.id, city.CLERK, SUNDAY_NOON)
    assert gone.state == "cancelled"
    assert await city.legs(conn, "assigned", "running") == []


async def test_nothing_is_rented_while_an_own_car_fits(conn):
    await city.found(conn, city_cars=1, county_cars=1)
    request = await city.approved(conn)
    other = await city.approved(conn)
    third = await city.approved(conn)
    await city.assigned(conn, request, 1, 1)

    async def rent(firm):
        async with conn.transaction():
            return await orders.rent(conn, third.id, firm, "无车可用", DISPATCHER, SUNDAY_NOON)

    with pytest.raises(OwnCarFits) as refused:
        await rent(1)
    assert refused.value.vehicle_id == 2
    await city.assigned(conn, other, 2, 2)
    order = await rent(1)
    assert order.rental_firm_id == 1
    proof = await conn.fetchval("SELECT rental_proof FROM dispatch_order WHERE id = $1", order.id)
    assert [(r["vehicle_id"], r["rule"]) for r in proof["refused"]] == [(1, "busy"), (2, "busy")]
    assert (await requests.get(conn, third.id)).state == "assigned"


async def test_every_candidate_can_be_booked_at_the_cost_it_names(conn):
    await city.found(conn)
    request = await city.approved(conn)
    async with conn.transaction():
        found = await orders.candidates(conn, request.id, DISPATCHER, SUNDAY_NOON)
    assert len(found.alternatives) == 5
    costs = [a.cost_fen for a in found.alternatives]
    assert costs == sorted(costs)
    assert [a.cross_pool for a in found.alternatives] == [False] * 3 + [True] * 2
    for alternative in found.alternatives:
        async with conn.transaction():
            trial = conn.transaction()
            await trial.start()
            choice = orders.Choice(alternative.vehicle_id, alternative.driver_id)
            order = await orders.assign(conn, request.id, choice, DISPATCHER, SUNDAY_NOON)
            assert order.settlement_fen == alternative.split.settlement_fen
            await trial.rollback()


async def test_a_reserve_is_kept_from_other_platforms(conn):
    await city.found(conn, city_cars=0, county_cars=2)
    await conn.execute("UPDATE pool SET reserve_vehicles = 1 WHERE id = 2")
    await city.assigned(conn, await city.approved(conn), 1, 1)
    request = await city.approved(conn)
    async with conn.transaction():
        found = await orders.candidates(conn, request.id, CITY, SUNDAY_NOON)
    assert {r.vehicle_id: r.rule for r in found.ineligible} == {1: "busy", 2: "reserve"}
    assert request.promised_at is None
    own = await city.approved(conn, ask(unit_id=2, from_place=NINGGUO, to_place=GUQUAN))
    assert own.promised_at == SUNDAY_NOON


async def test_no_more_is_promised_than_there_are_cars(conn):
    await city.found(conn, city_cars=1, county_cars=1)
    promised = [(await city.approved(conn)).promised_at is not None for _ in range(3)]
    assert promised == [True, True, False]
    reason = await conn.fetchval("SELECT queue_reason FROM trip_request ORDER BY id DESC LIMIT 1")
    assert reason == {"busy": 2}


FOREIGN = {
    "candidates": lambda conn, r, o: orders.candidates(conn, r, NG_DISPATCHER, SUNDAY_NOON),
    "assign": lambda conn, r, o: orders.assign(
        conn, r, orders.Choice(4, 4), NG_DISPATCHER, SUNDAY_NOON
    ),
    "rent": lambda conn, r, o: orders.rent(conn, r, 1, "无车", NG_DISPATCHER, SUNDAY_NOON),
    "reassign": lambda conn, r, o: orders.reassign(
        conn, o, orders.Choice(4, 4), NG_DISPATCHER, SUNDAY_NOON
    ),
    "withdraw": lambda conn, r, o: orders.withdraw(conn, o, "无", NG_DISPATCHER, SUNDAY_NOON),
    "approve": lambda conn, r, o: orders.approve(
        conn, r, "approved", city.NG_APPROVER, SUNDAY_NOON
    ),
    "cancel": lambda conn, r, o: orders.cancel_request(conn, r, city.NG_CLERK, SUNDAY_NOON),
    "show request": lambda conn, r, o: orders.show_request(conn, NG_DISPATCHER, r),
    "show order": lambda conn, r, o: orders.show_order(conn, NG_DISPATCHER, o),
}


@pytest.mark.parametrize("act", FOREIGN.values(), ids=FOREIGN.keys())
async def test_another_platform_neither_reads_nor_changes(conn, act):
    await city.found(conn)
    request = await city.approved(conn)
    order = await city.assigned(conn, request, 1, 1)
    before = await conn.fetch("SELECT * FROM trip_request, dispatch_order, leg")
    with pytest.raises((NotFound, NotAllowed)):
        async with conn.transaction():
            await act(conn, request.id, order.id)
    assert await conn.fetch("SELECT * FROM trip_request, dispatch_order, leg") == before
    assert await orders.list_requests(conn, NG_DISPATCHER, orders.RequestFilter()) == []
    assert await orders.list_orders(conn, NG_DISPATCHER, orders.OrderFilter()) == []
    cars = await orders.gantt(conn, NG_DISPATCHER, city.MONDAY, None)
    busy = [leg for car in cars for leg in car["legs"]]
    assert [(leg["order_no"], leg["driver_name"]) for leg in busy] == [(None, None)]


async def test_a_lending_platform_sees_the_order_but_not_who_asked_why(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 4, 4)
    shown = await orders.show_order(conn, NG_DISPATCHER, order.id)
    assert shown["plate"] == "皖P10004"
    assert (shown["request"], shown["lead_passenger"], shown["approvals"]) == (None, None, [])


async def test_a_driving_order_is_not_taken_back(conn):
    await city.found(conn)
    order = await city.assigned(conn, await city.approved(conn), 1, 1)
    async with conn.transaction():
        tap = orders.Tap("key-depart", "depart", at("08:40"), 1, 1_000)
        await orders.check_in(conn, order.id, 1, tap, at("08:40"))
    with pytest.raises(OrderNotOpen):
        async with conn.transaction():
            await orders.withdraw(conn, order.id, "不要", CITY, at("08:41"))
    with pytest.raises(Refused):
        async with conn.transaction():
            await orders.cancel_request(conn, order.request_id, city.CLERK, at("08:41"))
