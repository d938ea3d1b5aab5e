"""A car breaks down: what is proposed is what is done, and nothing else moves."""

from datetime import timedelta

import pytest

from dispatch import orders
from dispatch.kernel.errors import Invalid
from dispatch.orders.errors import NotDispatching, NotOut, ProposalChanged
from tests import orders_city as city
from tests.orders_city import CITY, GUQUAN, MONDAY, NG_DISPATCHER, NINGGUO, ask, at

DAWN = at("06:00")
TUESDAY = MONDAY + timedelta(days=1)


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


async def out(conn, until, now=DAWN, **more):
    async with conn.transaction():
        return await orders.apply_breakdown(conn, 1, until, CITY, now, **more)


async def test_said_twice_is_done_once(conn):
    await a_morning(conn)
    await out(conn, at("20:00"))
    before = await legs(conn)
    assert await out(conn, at("20:00")) == {"moved": [], "waiting": [], "stranded": []}
    assert await legs(conn) == before
    assert await conn.fetchval("SELECT count(*) FROM leg WHERE kind = 'maintenance'") == 1


async def test_who_is_out_longer_than_was_thought_is_out_until_then(conn):
    await a_morning(conn)
    await out(conn, at("09:00"))
    await out(conn, at("20:00"))
    ends = await conn.fetchval("SELECT max(upper(during)) FROM leg WHERE kind = 'maintenance'")
    assert ends == at("20:00")
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_orders_of_tomorrow_move_as_well_if_it_is_out_so_long(conn):
    await city.found(conn, city_cars=2, county_cars=0, drivers=(2, 0))
    request = await city.approved(conn, ask("09:00", "10:30", day=TUESDAY))
    made = await city.assigned(conn, request, 1, 1)
    done = await out(conn, at("12:00", TUESDAY), now=at("14:00"))
    assert done == {"moved": [made.order_no], "waiting": [], "stranded": []}
    assert await legs(conn) == {"maintenance": 1, made.order_no: 2}


async def test_a_trip_whose_car_must_leave_before_it_is_back_moves_too(conn):
    first, second, _ = await a_morning(conn)
    leaves = await conn.fetchval(
        "SELECT lower(during) FROM leg WHERE order_id = $1", second.id
    )  # the empty way to the party
    assert leaves < at("13:00")
    done = await out(conn, at("12:59"))
    assert done["moved"] == [first.order_no, second.order_no]


async def test_a_trip_that_should_have_left_already_waits_at_the_head_of_the_queue(conn):
    first, second, _ = await a_morning(conn)
    done = await out(conn, at("20:00"), now=at("08:10"))
    assert done == {"moved": [second.order_no], "waiting": [first.order_no], "stranded": []}
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_what_a_person_confirms_is_what_is_done_or_nothing(conn):
    first, second, _ = await a_morning(conn)
    seen = await orders.propose_breakdown(conn, 1, at("20:00"), CITY, DAWN)
    agreed = {m.order_id: m.vehicle_id for m in seen.moves}
    elsewhere = {**agreed, second.id: None}
    before = await legs(conn)
    with pytest.raises(ProposalChanged):
        await out(conn, at("20:00"), agreed=elsewhere)
    assert await legs(conn) == before
    done = await out(conn, at("20:00"), agreed=agreed)
    assert done["moved"] == [first.order_no, second.order_no]


@pytest.mark.parametrize("until", [DAWN, at("05:00"), DAWN + timedelta(days=15)])
async def test_out_until_then_must_lie_ahead_and_not_too_far(conn, until):
    await a_morning(conn)
    with pytest.raises(Invalid):
        await orders.propose_breakdown(conn, 1, until, CITY, DAWN)


async def test_a_car_that_may_not_drive_at_all_can_be_taken_out_too(conn):
    first, *_ = await a_morning(conn)
    await conn.execute("UPDATE vehicle SET insurance_until = '2026-03-01' WHERE id = 1")
    done = await out(conn, at("20:00"))
    assert first.order_no in [*done["moved"], *done["waiting"]]
    assert (await legs(conn))["maintenance"] == 1


async def fit(conn, now, who=CITY):
    async with conn.transaction():
        return await orders.end_breakdown(conn, 1, who, now)


async def test_a_car_that_is_fit_again_is_free_at_once_and_nothing_moves_by_itself(conn):
    await a_morning(conn)
    await out(conn, at("20:00"))
    before = {k: v for k, v in (await legs(conn)).items() if k != "maintenance"}
    done = await fit(conn, at("10:00"))
    assert done.until == at("20:00")
    assert await legs(conn) == before
    over = await conn.fetchrow("SELECT status, during FROM leg WHERE kind = 'maintenance'")
    assert (over["status"], over["during"].upper) == ("done", at("10:00"))
    request = await city.approved(conn, ask("15:00", "16:30"), now=at("10:00"))
    await city.assigned(conn, request, 1, 1, now=at("10:00"))
    assert await conn.fetchval(city.OVERLAPS) == 0


async def test_former_orders_that_would_be_cheaper_on_it_are_named(conn):
    """Car 1 goes out and its trips go to the other platform's car, an hour away."""
    await city.found(conn, city_cars=1, county_cars=1, drivers=(1, 1))
    request = await city.approved(conn, ask("13:00", "14:30"))
    made = await city.assigned(conn, request, 1, 1)
    assert (await out(conn, at("20:00")))["moved"] == [made.order_no]
    [back] = (await fit(conn, at("08:00"))).back
    assert (back.order_no, back.plate, back.driver_name) == (made.order_no, "皖P10002", "驾驶员1")
    assert back.saves_fen > 0
    assert await legs(conn) == {made.order_no: 2}
    async with conn.transaction():
        choice = orders.Choice(1, back.driver_id)
        await orders.reassign(conn, back.order_id, choice, CITY, at("08:00"))
    assert await legs(conn) == {made.order_no: 1}


@pytest.mark.parametrize(
    ("departs", "returns", "waits"), [("12:30", "13:10", True), ("17:00", "17:40", False)]
)
async def test_a_former_order_comes_back_the_way_it_is_cheaper(conn, departs, returns, waits):
    """Car 1 is in Ningguo, where the order begins, an hour or a working day later."""
    await city.found(conn, city_cars=2, county_cars=0, drivers=(2, 0))
    there = await city.approved(conn, ask("08:30", "09:10", kind="drop_off", to_place=NINGGUO))
    await city.assigned(conn, there, 1, 1)
    made = await city.assigned(
        conn,
        await city.approved(
            conn, ask(departs, returns, kind="drop_off", from_place=NINGGUO, to_place=GUQUAN)
        ),
        1,
        1,
    )
    await conn.execute("UPDATE leg SET status = 'cancelled' WHERE order_id = $1", made.id)
    await conn.execute(
        "INSERT INTO leg (order_id, vehicle_id, driver_id, kind, status, during, planned) "
        "SELECT order_id, 2, 2, kind, 'assigned', during, planned FROM leg WHERE order_id = $1",
        made.id,
    )
    await out(conn, at("06:30"))
    [back] = (await fit(conn, at("06:10"))).back
    assert (back.order_no, back.chain) == (made.order_no, waits)


async def test_a_repair_that_has_not_begun_is_called_off(conn):
    """The car is on the road when it is said to be out afterwards."""
    first, *_ = await a_morning(conn)
    async with conn.transaction():
        tap = orders.Tap("key-depart", "depart", at("07:50"), 1, 1_000)
        await orders.check_in(conn, first.id, 1, tap, at("07:50"))
    await out(conn, at("20:00"), now=at("08:00"))
    await fit(conn, at("08:05"))
    kinds = "SELECT status FROM leg WHERE kind = 'maintenance'"
    assert {row["status"] for row in await conn.fetch(kinds)} == {"cancelled"}


async def test_only_a_car_that_is_out_can_be_fit_again_and_only_by_its_dispatchers(conn):
    await a_morning(conn)
    with pytest.raises(NotOut):
        await fit(conn, DAWN)
    await out(conn, at("09:00"))
    with pytest.raises(NotDispatching):
        await fit(conn, at("07:00"), NG_DISPATCHER)
    with pytest.raises(NotOut):
        await fit(conn, at("09:00"))


async def workshop(conn, start, end):
    """Hold car 1 for a maintenance that no breakdown made."""
    await conn.execute(
        "INSERT INTO leg (vehicle_id, kind, status, during, planned) "
        "VALUES (1, 'maintenance', 'held', tstzrange($1, $2), tstzrange($1, $2))",
        start,
        end,
    )


async def held_for_maintenance(conn):
    rows = await conn.fetch(
        "SELECT lower(during) AS lo, upper(during) AS hi FROM leg "
        "WHERE kind = 'maintenance' AND status = 'held' ORDER BY during"
    )
    return [(row["lo"], row["hi"]) for row in rows]


async def test_what_the_car_is_out_for_otherwise_stays_when_it_is_fit_again(conn):
    await city.found(conn)
    planned = [(at("10:00"), at("12:00")), (at("08:00", TUESDAY), at("17:00", TUESDAY))]
    for start, end in planned:
        await workshop(conn, start, end)
    await out(conn, at("20:00"))
    around = [(DAWN, at("10:00")), planned[0], (at("12:00"), at("20:00")), planned[1]]
    assert await held_for_maintenance(conn) == around
    await fit(conn, at("07:00"))
    assert await held_for_maintenance(conn) == planned


async def test_a_car_in_the_workshop_by_plan_has_no_breakdown_to_end(conn):
    await city.found(conn)
    await workshop(conn, DAWN, at("12:00"))
    with pytest.raises(NotOut):
        await fit(conn, at("07:00"))
    assert await held_for_maintenance(conn) == [(DAWN, at("12:00"))]


async def test_a_breakdown_said_longer_ends_as_one(conn):
    await city.found(conn)
    await out(conn, at("09:00"))
    await out(conn, at("20:00"), now=at("07:00"))
    assert (await fit(conn, at("08:00"))).until == at("20:00")
    assert await held_for_maintenance(conn) == []
    with pytest.raises(NotOut):
        await fit(conn, at("08:30"))
    await out(conn, at("20:00"), now=at("09:00"))
    assert (await fit(conn, at("10:00"))).until == at("20:00"), "a second breakdown of the day"
