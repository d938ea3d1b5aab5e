"""A rental is closed with the firm's kilometres and price."""

from datetime import timedelta

import pytest

from dispatch import access, accounting, orders, requests
from dispatch.kernel import db
from dispatch.kernel.errors import Invalid
from dispatch.orders.errors import NoSuchOrder, NotDispatching, OrderNotOpen
from tests import orders_city as city
from tests.orders_city import (
    CITY,
    CLERK,
    DISPATCHER,
    MONDAY,
    NG_DISPATCHER,
    REVIEWER,
    SUNDAY_NOON,
    at,
)

EVENING = at("18:00")
TARIFF_FEN = 45_000 + 55 * 200
"""Firm 1: 450 yuan a day and 2 yuan a kilometre; 55 km."""


async def a_rental(conn, *, agreed=True):
    await city.found(conn, city_cars=1, county_cars=0)
    request = await city.approved(conn)
    await conn.execute("UPDATE vehicle SET category = 'LAW_ENFORCEMENT'")
    async with conn.transaction():
        order = await orders.rent(conn, request.id, 1, "无车可用", DISPATCHER, SUNDAY_NOON)
        if agreed:
            await orders.review_rental(conn, order.id, "approved", REVIEWER, SUNDAY_NOON)
    return order


def bill(**more):
    said = {
        "plate": "皖P90001",
        "driver_name": "租赁司机",
        "departed_at": at("08:30"),
        "returned_at": at("11:40"),
        "distance_m": 55_000,
        "price_fen": TARIFF_FEN,
    }
    return orders.RentalClosing(**said | more)


async def close(conn, order, who=DISPATCHER, now=EVENING, **more):
    async with conn.transaction():
        return await orders.close_rental(conn, order.id, bill(**more), who, now)


async def test_it_completes_the_order_with_what_the_firm_drove_and_charges(conn):
    order = await a_rental(conn)
    agreed = await conn.fetchval("SELECT rental_price_fen FROM dispatch_order")
    done = await close(conn, order, price_fen=50_000)
    assert (done.state, done.closed_at) == ("completed", EVENING)
    assert (await requests.get(conn, order.request_id)).state == "completed"
    shown = await orders.show_order(conn, CITY, order.id)
    assert shown["rental_price_fen"] == 50_000 != agreed
    assert shown["rental_closing"] == {
        "plate": "皖P90001",
        "driver_name": "租赁司机",
        "departed_at": at("08:30"),
        "returned_at": at("11:40"),
        "distance_m": 55_000,
        "price_fen": 50_000,
        "agreed_fen": agreed,
        "contract_fen": TARIFF_FEN,
        "note": None,
        "closed_at": EVENING,
        "closed_by": "人员4",
    }


async def test_the_ledger_takes_the_bill_s_price(conn):
    order = await a_rental(conn)
    cost = "SELECT sum(amount)::int8 FROM posting WHERE account = 'cost:rental'"
    for price in (await conn.fetchval("SELECT rental_price_fen FROM dispatch_order"), 50_000):
        await db.number_events(conn)
        await accounting.catch_up(conn, EVENING)
        assert await conn.fetchval(cost) == price
        if price != 50_000:
            await close(conn, order, price_fen=50_000)


async def test_it_stands_in_the_audit_chain_without_names(conn):
    await close(conn, await a_rental(conn))
    row = await conn.fetchrow("SELECT actor, action, detail FROM audit_entry ORDER BY seq DESC")
    assert (row["actor"], row["action"]) == ("person:4", "order.close")
    assert row["detail"]["price_fen"] == row["detail"]["contract_fen"] == TARIFF_FEN
    assert "租赁司机" not in str(row["detail"])
    assert (await access.verify(conn)).broken_at is None


@pytest.mark.parametrize(
    ("returned", "days"),
    [
        pytest.param(at("08:31"), 1, id="a minute is a day"),
        pytest.param(at("08:30") + timedelta(days=1), 1, id="a day to the second"),
        pytest.param(at("08:31") + timedelta(days=1), 2, id="and a minute more"),
    ],
)
async def test_the_tariff_counts_days_begun(conn, returned, days):
    order = await a_rental(conn)
    await close(conn, order, now=at("18:00", MONDAY + timedelta(days=3)), returned_at=returned)
    due = await conn.fetchval("SELECT contract_fen FROM rental_closing")
    assert due == days * 45_000 + 55 * 200


async def test_a_price_above_the_tariff_needs_a_word_why(conn):
    order = await a_rental(conn)
    with pytest.raises(Invalid, match=r"560\.00 元.*560\.00 yuan"):
        await close(conn, order, price_fen=TARIFF_FEN + 1)
    await close(conn, order, price_fen=TARIFF_FEN + 1, note="含停车费")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"returned_at": at("08:30")}, id="back when it left"),
        pytest.param({"departed_at": at("08:59") - timedelta(days=1)}, id="a day too early"),
        pytest.param({"distance_m": 2_000_001}, id="a digit too many"),
    ],
)
async def test_what_cannot_be_is_refused(conn, said):
    order = await a_rental(conn)
    with pytest.raises(Invalid):
        await close(conn, order, note="原因", **said)
    assert await conn.fetchval("SELECT count(*) FROM rental_closing") == 0


async def test_only_who_dispatches_it_closes_it_and_once(conn):
    order = await a_rental(conn)
    for who, error in ((NG_DISPATCHER, NoSuchOrder), (CLERK, NotDispatching)):
        with pytest.raises(error):
            await close(conn, order, who)
    await close(conn, order)
    with pytest.raises(OrderNotOpen):
        await close(conn, order)


async def test_a_rental_nobody_agreed_to_is_not_closed(conn):
    order = await a_rental(conn, agreed=False)
    with pytest.raises(OrderNotOpen, match="尚未审核"):
        await close(conn, order)


async def test_an_own_car_s_order_and_a_rental_are_closed_each_its_own_way(conn):
    await city.found(conn)
    own = await city.assigned(conn, await city.approved(conn), 1, 1)
    with pytest.raises(OrderNotOpen, match="no rental"):
        await close(conn, own)
