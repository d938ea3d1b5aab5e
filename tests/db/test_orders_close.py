"""A phone is lost: the dispatcher writes down what is known, and the phone may still be found."""

from datetime import timedelta

import pytest

from dispatch import access, orders, requests
from dispatch.kernel.errors import Invalid
from dispatch.orders.errors import NoSuchOrder, NotDispatching, OdometerBelowLast, OrderNotOpen
from tests import orders_city as city
from tests.db.test_orders_late import DAY, outcome, tap
from tests.orders_city import CITY, DISPATCHER, NG_DISPATCHER, ask, at

NOON = at("12:00")


async def an_order(conn):
    await city.found(conn)
    return await city.assigned(conn, await city.approved(conn), 1, 1)


async def close(conn, order, back="11:30", *, who=DISPATCHER, now=NOON, **more):
    closing = orders.Closing(at(back), "手机丢失", **more)
    async with conn.transaction():
        return await orders.close_order(conn, order.id, closing, who, now)


async def test_what_the_phone_said_stays_and_the_rest_is_written_down(conn):
    order = await an_order(conn)
    await tap(conn, order, "depart", "08:40", 1, odometer_m=1_000_000)
    done = await close(conn, order, odometer_in_m=1_060_000)
    assert done.state == "completed"
    assert await outcome(conn, order) == (
        "completed", "completed", "done", at("08:40"), at("11:30"),
    )  # fmt: skip
    rows = await conn.fetch("SELECT kind, odometer_m, entered_by, note FROM check_in ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("depart", 1_000_000, None, None),
        ("return", 1_060_000, DISPATCHER.person_id, "手机丢失"),
    ]


async def test_an_order_that_never_told_anything_can_be_closed_without_odometers(conn):
    order = await an_order(conn)
    await close(conn, order, departed_at=at("08:50"))
    assert await outcome(conn, order) == (
        "completed", "completed", "done", at("08:50"), at("11:30"),
    )  # fmt: skip
    shown = await orders.show_order(conn, CITY, order.id)
    assert [(c["kind"], c["odometer_m"], c["entered_by"]) for c in shown["check_ins"]] == [
        ("depart", None, "人员4"),
        ("return", None, "人员4"),
    ]


async def test_a_phone_that_is_found_is_believed_first_and_the_order_stays_closed(conn):
    order = await an_order(conn)
    await close(conn, order, "11:45", odometer_in_m=1_070_000)
    for kind, clock, counter, more in DAY:
        answer = await tap(conn, order, kind, clock, counter, now=at("18:00"), **more)
        assert answer.body["state"] == "completed"
    assert await outcome(conn, order) == (
        "completed", "completed", "done", at("08:40"), at("11:30"),
    )  # fmt: skip


async def test_it_stands_in_the_audit_chain_without_words_about_people(conn):
    order = await an_order(conn)
    await close(conn, order)
    row = await conn.fetchrow("SELECT actor, action, object, pool_id, detail FROM audit_entry")
    assert tuple(row)[:4] == ("person:4", "order.close", f"order:{order.id}", 1)
    assert row["detail"]["was"] == "sent"
    assert "手机" not in str(row["detail"])
    assert (await access.verify(conn)).broken_at is None


@pytest.mark.parametrize(
    ("back", "more"),
    [
        pytest.param("08:40", {}, id="back when it left"),
        pytest.param("11:30", {"odometer_in_m": 999_999}, id="the odometer goes backwards"),
        pytest.param("11:30", {"odometer_in_m": 10_600_000}, id="a digit too many"),
    ],
)
async def test_what_cannot_be_is_refused(conn, back, more):
    order = await an_order(conn)
    await tap(conn, order, "depart", "08:40", 1, odometer_m=1_000_000)
    with pytest.raises(Invalid):
        await close(conn, order, back, **more)
    assert await conn.fetchval("SELECT count(*) FROM check_in") == 1


async def test_a_departure_of_another_day_is_a_slip_of_the_pen(conn):
    order = await an_order(conn)
    with pytest.raises(Invalid):
        await close(conn, order, departed_at=at("08:40") - timedelta(days=2))
    assert await conn.fetchval("SELECT count(*) FROM check_in") == 0


async def test_no_phone_can_take_the_key_of_a_closing_before_it(conn):
    order = await an_order(conn)
    for counter, kind in enumerate(("depart", "return")):
        await tap(conn, order, "accept", "08:00", counter, key=f"closed:{order.id}:{kind}")
    assert (await close(conn, order)).state == "completed"


async def test_only_who_dispatches_it_closes_it_and_once(conn):
    order = await an_order(conn)
    for who, error in ((NG_DISPATCHER, NoSuchOrder), (city.CLERK, NotDispatching)):
        with pytest.raises(error):
            await close(conn, order, who=who)
    await close(conn, order)
    with pytest.raises(OrderNotOpen):
        await close(conn, order)


async def test_an_order_taken_back_is_not_closed(conn):
    order = await an_order(conn)
    async with conn.transaction():
        await orders.withdraw(conn, order.id, "不需要了", CITY, at("08:30"))
    with pytest.raises(OrderNotOpen):
        await close(conn, order)
    request = await requests.get(conn, order.request_id)
    assert request.state == "approved"


@pytest.fixture
async def later(conn):
    """An order of the afternoon of a car that was left at 1,060 km at 11:30."""
    first = await an_order(conn)
    for kind, clock, counter, more in DAY:
        await tap(conn, first, kind, clock, counter, **more)
    return await city.assigned(conn, await city.approved(conn, ask("14:00", "16:00")), 1, 1)


@pytest.mark.parametrize(
    ("read", "departed"),
    [
        pytest.param({"odometer_in_m": 1_059_999}, None, id="back below"),
        pytest.param({"odometer_out_m": 1_059_999, "odometer_in_m": 1_070_000}, None, id="out below"),
        pytest.param({"odometer_in_m": 999_000}, at("11:30"), id="left at that moment"),
    ],
)  # fmt: skip
async def test_an_odometer_counts_on_from_the_trip_before(conn, later, read, departed):
    with pytest.raises(OdometerBelowLast) as refused:
        await close(conn, later, "16:30", now=at("17:00"), departed_at=departed, **read)
    assert (refused.value.last_m, refused.value.last_at) == (1_060_000, at("11:30").isoformat())
    assert "1,060.0 公里" in str(refused.value)
    assert "1,060.0 km" in str(refused.value)
    assert await conn.fetchval("SELECT count(*) FROM check_in WHERE order_id = $1", later.id) == 0


@pytest.mark.parametrize(
    "read",
    [
        pytest.param({"odometer_out_m": 1_060_000, "odometer_in_m": 1_090_000}, id="goes on"),
        pytest.param({}, id="unknown"),
        pytest.param({"odometer_in_m": 30_000, "instrument_changed": True}, id="another one"),
    ],
)
async def test_what_goes_on_or_has_another_instrument_is_taken(conn, later, read):
    assert (await close(conn, later, "16:30", now=at("17:00"), **read)).state == "completed"
    told = await conn.fetchval("SELECT detail FROM audit_entry WHERE action = 'order.close'")
    assert told["instrument_changed"] == read.get("instrument_changed", False)


async def test_after_another_instrument_its_readings_count(conn, later):
    new = {"odometer_in_m": 30_000, "instrument_changed": True}
    await close(conn, later, "16:30", now=at("17:00"), **new)
    evening = await city.assigned(conn, await city.approved(conn, ask("18:00", "19:00")), 1, 1)
    with pytest.raises(OdometerBelowLast):
        await close(conn, evening, "19:30", now=at("20:00"), odometer_in_m=29_000)
    await close(conn, evening, "19:30", now=at("20:00"), odometer_in_m=31_000)


async def test_of_a_closing_whose_phone_was_found_the_phone_s_reading_counts(conn):
    first = await an_order(conn)
    await close(conn, first, "11:45", odometer_out_m=1_000_000, odometer_in_m=1_900_000)
    for kind, clock, counter, more in DAY:
        await tap(conn, first, kind, clock, counter, now=at("12:00"), **more)
    second = await city.assigned(conn, await city.approved(conn, ask("14:00", "16:00")), 1, 1)
    await close(conn, second, "16:30", now=at("17:00"), odometer_in_m=1_090_000)


async def test_what_the_phone_read_when_it_left_is_the_reading_to_go_on_from(conn, later):
    """It notes what looks wrong, and is believed."""
    await tap(conn, later, "depart", "13:40", 1, odometer_m=30_000)
    await close(conn, later, "16:30", now=at("17:00"), odometer_in_m=60_000)


async def test_a_trip_before_it_is_not_measured_by_one_after_it(conn, later):
    await tap(conn, later, "depart", "13:40", 1, odometer_m=1_060_000)
    other = await city.assigned(conn, await city.approved(conn, ask("18:00", "19:00")), 1, 1)
    await tap(conn, other, "depart", "17:50", 1, odometer_m=1_095_000)
    await close(conn, later, "16:30", now=at("18:00"), odometer_in_m=1_090_000)
