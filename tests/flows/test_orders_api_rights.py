"""What each person may not do or see over HTTP."""

from dispatch import access
from dispatch.access import Grant, Role
from tests import orders_city as city
from tests.flows.orders_town import approved, body, ok, ordered, refused, town

__all__ = ["town"]


async def test_other_platforms_and_other_drivers_are_kept_out(town):
    order = await ordered(town)
    request_id, order_id = order["request_id"], order["id"]
    for path in (f"/api/v1/requests/{request_id}", f"/api/v1/orders/{order_id}"):
        assert (await town.ng_dispatcher.get(path)).status_code == 404
    for path, sent in (
        (f"/api/v1/requests/{request_id}/assign", {"vehicle_id": 4, "driver_id": 4}),
        (f"/api/v1/orders/{order_id}/withdraw", {"reason": "不要了"}),
        (f"/api/v1/orders/{order_id}/reassign", {"vehicle_id": 4, "driver_id": 4}),
        (f"/api/v1/requests/{request_id}/rent", {"firm_id": 1, "reason": "无车"}),
    ):
        assert (await town.ng_dispatcher.post(path, json=sent)).status_code in (403, 404)
    assert (await town.ng_clerk.post(f"/api/v1/requests/{request_id}/cancel")).status_code in (
        403,
        404,
    )
    assert (await town.ng_clerk.post("/api/v1/requests", json=body("other-key"))).status_code == 403
    tap = {
        "client_key": "phone-key-9",
        "kind": "accept",
        "taken_at": city.SUNDAY_NOON.isoformat(),
        "counter": 1,
    }
    path = f"/api/v1/my/orders/{order_id}/check-ins"
    assert (await town.ng_driver.post(path, json=tap)).status_code == 404
    assert (await town.dispatcher.post(path, json=tap)).status_code == 403
    assert await ok(town.ng_driver.get("/api/v1/my/orders")) == []
    assert (await ok(town.dispatcher.get(f"/api/v1/orders/{order_id}")))["state"] == "sent"


async def test_a_units_people_do_not_see_whose_cars_a_rental_was_weighed_against(town):
    request = await approved(town, "trip-key-3")
    await town.execute("UPDATE vehicle SET seats = 2")
    path = f"/api/v1/requests/{request['id']}/rent"
    order = await ok(town.dispatcher.post(path, json={"firm_id": 1, "reason": "无车"}), 201)
    assert {refusal["vehicle_id"] for refusal in order["rental_proof"]["refused"]} == {
        1,
        2,
        3,
        4,
        5,
    }
    mine = await ok(town.clerk.get(f"/api/v1/orders/{order['id']}"))
    assert (mine["rental_firm"], mine["rental_proof"]) == (order["rental_firm"], None)


async def test_a_token_of_less_than_its_persons_grants_does_not_ask_to_apply(town):
    async with town.pool.acquire() as conn:
        await access.grant(conn, 4, Grant(Role("city_dispatcher")), city.SINCE)
    plan = {"day": "2026-03-02", "seconds": 1, "apply": True}
    await refused(town.dispatcher.post("/api/v1/plans", json=plan), 403, "not-allowed")
    await ok(town.dispatcher.post("/api/v1/plans", json=plan | {"apply": False}), 202)
    await ok(town.city.post("/api/v1/plans", json=plan), 202)
