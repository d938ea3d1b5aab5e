"""A car breaks down: what is proposed is what is done, and nothing else moves."""

import pytest

from dispatch import orders
from dispatch.orders.errors import NotDispatching
from tests import orders_city as city
from tests.orders_city import CITY, NG_DISPATCHER, ask, at

DAWN = at("06:00")


async def a_morning(conn, *, city_cars=3, drivers=(3, 2)):
    """Two trips of car 1 and one of car 2."""
    await city.found(conn, city_cars=city_cars, county_cars=1, drivers=drivers)
    made = []
    for vehicle, hours in (
        (1, ("08:00", "09:30")),
        (1, ("13:00", "14:30")),
        (2, ("08:00", "09:30")),
    ):
        request = await city.approved(conn, ask(*hours))
        made.append(await city.assigned(conn, request, vehicle, vehicle))
    return made


async def legs(conn):
    rows = await conn.fetch(
        "SELECT o.order_no, l.vehicle_id, l.kind, l.status FROM leg l "
        "LEFT JOIN dispatch_order o ON o.id = l.order_id WHERE l.status IN ('held', 'assigned')"
    )
    return {(row["order_no"] or row["kind"]): row["vehicle_id"] for row in rows}


async def test_the_orders_of_a_broken_car_move_and_the_others_stay(conn):
    first, second, other = await a_morning(conn)
    until = at("20:00")
    found = await orders.propose_breakdown(conn, 1, until, CITY, DAWN)
    assert [m.order_no for m in found.moves] == [first.order_no, second.order_no]
    assert all(m.vehicle_id not in (None, 1) for m in found.moves)
    assert (found.kept, found.stranded) == (1, ())
    assert await legs(conn) == {first.order_no: 1, second.order_no: 1, other.order_no: 2}
    async with conn.transaction():
        done = await orders.apply_breakdown(conn, 1, until, CITY, DAWN)
    assert done == {"moved": [first.order_no, second.order_no], "waiting": [], "stranded": []}
    assert await legs(conn) == {
        "maintenance": 1,
        other.order_no: 2,
        **{m.order_no: m.vehicle_id for m in found.moves},
    }
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_what_finds_no_car_waits_again(conn):
    first, second, other = await a_morning(conn, city_cars=2, drivers=(2, 0))
    async with conn.transaction():
        done = await orders.apply_breakdown(conn, 1, at("20:00"), CITY, DAWN)
    assert done == {"moved": [second.order_no], "waiting": [first.order_no], "stranded": []}
    assert await legs(conn) == {"maintenance": 1, second.order_no: 2, other.order_no: 2}
    state = "SELECT state FROM trip_request WHERE id = $1"
    assert await conn.fetchval(state, first.request_id) == "approved"


async def test_only_who_dispatches_for_the_car_may_take_it_out(conn):
    await a_morning(conn)
    with pytest.raises(NotDispatching):
        await orders.propose_breakdown(conn, 1, at("20:00"), NG_DISPATCHER, DAWN)
