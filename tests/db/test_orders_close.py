"""A phone is lost: the dispatcher writes down what is known, and the phone may still be found."""

from datetime import timedelta

import pytest

from dispatch import access, orders, requests
from dispatch.kernel.errors import Invalid
from dispatch.orders.errors import NoSuchOrder, NotDispatching, OrderNotOpen
from tests import orders_city as city
from tests.db.test_orders_late import DAY, outcome, tap
from tests.orders_city import CITY, DISPATCHER, NG_DISPATCHER, at

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
