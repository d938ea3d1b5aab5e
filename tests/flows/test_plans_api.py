"""Plans and closings over HTTP: followed, stopped, explained; and who may not."""

from datetime import datetime

import pytest

from dispatch.orders import plans
from tests import orders_city as city
from tests.flows.orders_town import approved, ok, ordered, refused, town
from tests.orders_city import at

__all__ = ["town"]

PLAN = {"day": "2026-03-02", "seconds": 2}


async def planned(town):
    asked = await ok(town.dispatcher.post("/api/v1/plans", json=PLAN), 202)
    path = f"/api/v1/plans/{asked['id']}"
    waiting = await ok(town.dispatcher.get(path))
    assert (waiting["state"], waiting["progress"], waiting["stopping"]) == ("waiting", None, False)
    return path


async def test_a_plan_is_stopped_made_explained_and_compared(town):
    request = await approved(town)
    path = await planned(town)
    await refused(town.ng_dispatcher.post(f"{path}/stop"), 403, "not-allowed")
    await refused(town.driver.post(f"{path}/stop"), 403, "not-allowed")
    assert (await ok(town.dispatcher.post(f"{path}/stop")))["stopping"]
    why = f"{path}/explanations/{request['id']}"
    await refused(town.dispatcher.get(why), 409, "plan-not-done")
    assert await plans.plan_next(town.pool, lambda: city.SUNDAY_NOON)
    await refused(town.dispatcher.post(f"{path}/stop"), 409, "plan-over")
    shown = await ok(town.dispatcher.get(path))
    assert sum(shown["costs"].values()) == shown["cost_fen"]
    assert [trip["request_id"] for trip in shown["trips"]] == [request["id"]]
    told = await ok(town.dispatcher.get(why))
    assert told["served_by"] == next(a["vehicle_id"] for a in told["alternatives"] if a["chosen"])
    await refused(town.clerk.get(why), 403, "not-allowed")
    await refused(town.ng_dispatcher.get(why), 404, "no-such-request")
    assert (await ok(town.dispatcher.get(f"{path}/changes")))["before"] is None


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2025-02-27", "2027-03-03"])
async def test_a_plan_is_of_a_day_within_a_year(town, day):
    await refused(town.dispatcher.post("/api/v1/plans", json=PLAN | {"day": day}), 400, "invalid")


@pytest.mark.parametrize("day", ["2025-03-01", "2027-03-02"])
async def test_a_plan_of_a_day_a_year_away_can_be_asked_for(town, day):
    await ok(town.dispatcher.post("/api/v1/plans", json=PLAN | {"day": day}), 202)


async def test_a_lost_phone_s_order_is_closed_by_its_dispatchers_alone(town):
    order = await ordered(town)
    path = f"/api/v1/orders/{order['id']}/close"
    await town.step(at("12:00"))
    body = {"returned_at": at("11:30").isoformat(), "reason": "手机丢失", "odometer_in_m": 5_000}
    for nobody in (town.driver, town.clerk, town.reviewer):
        await refused(nobody.post(path, json=body), 403, "not-allowed")
    await refused(town.ng_dispatcher.post(path, json=body), 404, "no-such-order")
    ahead = body | {"returned_at": at("12:30").isoformat()}
    await refused(town.dispatcher.post(path, json=ahead), 400, "invalid")
    done = await ok(town.dispatcher.post(path, json=body))
    assert (done["state"], done["leg_status"]) == ("completed", "done")
    assert datetime.fromisoformat(done["ends"]) == at("11:30")
    assert done["check_ins"][-1]["entered_by"] == "人员4"


async def rented(town):
    """The unit's request on a rental, for no own car is shared."""
    request = await approved(town)
    await town.execute("UPDATE vehicle SET category = 'LAW_ENFORCEMENT'")
    path = f"/api/v1/requests/{request['id']}/rent"
    return await ok(town.dispatcher.post(path, json={"firm_id": 1, "reason": "无车可用"}), 201)


async def test_a_rental_is_closed_by_its_dispatchers_alone_and_after_it_was_agreed_to(town):
    order = await rented(town)
    path = f"/api/v1/orders/{order['id']}/rental-closing"
    await town.step(at("12:00"))
    body = {
        "plate": "皖P90001",
        "driver_name": "租赁司机",
        "departed_at": at("08:30").isoformat(),
        "returned_at": at("11:30").isoformat(),
        "distance_m": 55_000,
        "price_fen": 56_000,
    }
    await refused(town.dispatcher.post(path, json=body), 409, "order-not-open")
    decision = f"/api/v1/orders/{order['id']}/rental-decision"
    await ok(town.reviewer.post(decision, json={"decision": "approved"}))
    for nobody in (town.driver, town.clerk, town.reviewer):
        await refused(nobody.post(path, json=body), 403, "not-allowed")
    await refused(town.ng_dispatcher.post(path, json=body), 404, "no-such-order")
    ahead = body | {"returned_at": at("12:30").isoformat()}
    await refused(town.dispatcher.post(path, json=ahead), 400, "invalid")
    await refused(town.dispatcher.post(path, json=body | {"price_fen": -1}), 422, "invalid")
    done = await ok(town.dispatcher.post(path, json=body))
    assert (done["state"], done["rental_price_fen"]) == ("completed", 56_000)
    assert (done["rental_closing"]["distance_m"], done["rental_closing"]["closed_by"]) == (
        55_000,
        "人员4",
    )
    assert (await ok(town.clerk.get(f"/api/v1/orders/{order['id']}")))["state"] == "completed"


async def test_a_car_is_out_and_fit_again(town):
    path = "/api/v1/vehicles/1/breakdown"
    await refused(town.dispatcher.delete(path), 409, "car-not-out")
    out = {"until": at("12:00").isoformat()}
    await ok(town.dispatcher.post(path, json=out))
    await refused(town.ng_dispatcher.delete(path), 403, "not-allowed")
    done = await ok(town.dispatcher.delete(path))
    assert (datetime.fromisoformat(done["until"]), done["back"]) == (at("12:00"), [])
