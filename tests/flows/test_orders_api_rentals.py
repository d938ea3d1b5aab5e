"""Rentals over HTTP: the authority's word, and what the books say of it."""

from dispatch import accounting
from dispatch.kernel import db
from tests.flows.orders_town import approved, ok, refused, town
from tests.orders_city import at

__all__ = ["town"]


async def rented(town, key):
    request = await approved(town, key)
    await town.execute("UPDATE vehicle SET seats = 2")
    path = f"/api/v1/requests/{request['id']}/rent"
    return await ok(town.dispatcher.post(path, json={"firm_id": 1, "reason": "无车"}), 201)


async def book(town):
    """What the books say of rentals, once they have caught up."""
    async with town.pool.acquire() as conn:
        while await db.number_events(conn) or await accounting.catch_up(conn, at("12:00")):
            pass
        return await conn.fetchval(
            "SELECT coalesce(sum(amount), 0)::int8 FROM posting WHERE account = 'cost:rental'"
        )


async def test_a_rental_costs_nothing_until_the_authority_agrees(town):
    order = await rented(town, "trip-key-4")
    path = f"/api/v1/orders/{order['id']}/rental-decision"
    yes = {"decision": "approved"}
    assert (order["state"], await book(town)) == ("created", 0)
    await refused(town.dispatcher.post(path, json=yes), 403, "not-allowed")
    await refused(town.approver.post(path, json=yes), 403, "not-allowed")
    agreed = await ok(town.reviewer.post(path, json=yes))
    assert agreed["state"] == "sent"
    assert agreed["approvals"][-1]["stage"] == "rental"
    assert await book(town) == order["rental_price_fen"]
    await refused(town.reviewer.post(path, json=yes), 409, "order-not-open")


async def test_a_rental_that_is_not_agreed_to_waits_in_the_queue_again(town):
    order = await rented(town, "trip-key-5")
    path = f"/api/v1/orders/{order['id']}/rental-decision"
    no = {"decision": "rejected", "comment": "改乘班车"}
    assert (await ok(town.reviewer.post(path, json=no)))["state"] == "aborted"
    request = await ok(town.clerk.get(f"/api/v1/requests/{order['request_id']}"))
    assert (request["state"], request["order"]) == ("approved", None)


async def test_an_agreed_rental_that_is_withdrawn_leaves_nothing_in_the_books(town):
    order = await rented(town, "trip-key-6")
    path = f"/api/v1/orders/{order['id']}"
    await ok(town.reviewer.post(f"{path}/rental-decision", json={"decision": "approved"}))
    assert await book(town) > 0
    await ok(town.dispatcher.post(f"{path}/withdraw", json={"reason": "改期"}))
    assert await book(town) == 0
