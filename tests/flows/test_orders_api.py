"""A trip over HTTP as its people see it: ask, decide, dispatch, drive."""

import pytest

from tests import orders_city as city
from tests.flows.orders_town import approved, body, ok, ordered, refused, town
from tests.orders_city import at

__all__ = ["town"]


async def test_a_trip_from_asking_to_completion(town):
    checked = await ok(town.clerk.post("/api/v1/requests/check", json=body()))
    assert (checked["violations"], checked["blocked"]) == ([], False)
    order = await ordered(town)
    assert order["order_no"] == "XZ202603010001"
    assert order["request"]["order"]["plate"] == order["plate"] == "皖P10001"
    assert [a["stage"] for a in order["approvals"]] == ["unit"]
    [mine] = await ok(town.driver.get("/api/v1/my/orders"))
    assert (mine["state"], mine["dispatch_phone"]) == ("sent", "0563-0005")
    await town.step(at("11:30"))
    path = f"/api/v1/my/orders/{mine['id']}/check-ins"
    for n, (kind, when, more) in enumerate(
        [
            ("accept", "08:00", {}),
            ("depart", "08:40", {"odometer_m": 1000}),
            ("onboard", "08:58", {}),
            ("arrive", "09:30", {}),
            ("return", "11:20", {"odometer_m": 61000}),
        ]
    ):
        sent = {
            "client_key": f"phone-key-{n}",
            "kind": kind,
            "taken_at": at(when).isoformat(),
            "counter": n,
        }
        answer = await ok(town.driver.post(path, json=sent | more), 201)
    assert (answer["state"], answer["replayed"]) == ("completed", False)
    shown = await ok(town.dispatcher.get(f"/api/v1/orders/{mine['id']}"))
    assert shown["state"] == "completed"
    assert [c["kind"] for c in shown["check_ins"]] == [
        "accept",
        "depart",
        "onboard",
        "arrive",
        "return",
    ]
    assert (shown["legs"][0]["status"], shown["request"]["state"]) == ("done", "completed")
    chart = await ok(
        town.dispatcher.get("/api/v1/gantt", params={"day": "2026-03-02", "pool_id": 1})
    )
    assert [len(car["legs"]) for car in chart["vehicles"]] == [1, 0, 0]


async def test_a_double_submit_is_one_request_and_another_body_is_refused(town):
    first = await town.clerk.post("/api/v1/requests", json=body())
    again = await town.clerk.post("/api/v1/requests", json=body())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    await refused(town.clerk.post("/api/v1/requests", json=body(passengers=3)), 409, "key-reused")
    # another person's key is another key
    other = body(unit_id=2, from_place=city.NINGGUO, to_place=city.NINGGUO)
    assert (await ok(town.ng_clerk.post("/api/v1/requests", json=other), 201))[
        "id"
    ] != first.json()["id"]


async def test_house_rules_refuse_with_every_rule_and_keep_nothing(town):
    facts = await refused(
        town.clerk.post(
            "/api/v1/requests",
            json=body(passengers=9, return_at=at("22:00").isoformat()),
        ),
        409,
        "house-rules",
    )
    assert [v["code"] for v in facts["violations"]] == [
        "late_return",
        "off_hours",
        "too_many_passengers",
    ]
    assert (await ok(town.clerk.get("/api/v1/requests")))["items"] == []


async def test_a_commit_that_fails_is_never_a_yes(town):
    await town.execute(
        """
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk'; END $$;
        CREATE CONSTRAINT TRIGGER no AFTER INSERT ON trip_request DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION no();
        """
    )
    answer = await town.clerk.post("/api/v1/requests", json=body())
    assert answer.status_code >= 500
    await town.execute("DROP TRIGGER no ON trip_request")
    assert (await ok(town.clerk.get("/api/v1/requests")))["items"] == []
    await ok(town.clerk.post("/api/v1/requests", json=body()), 201)


async def test_the_loser_of_a_race_gets_a_clear_answer(town):
    order = await ordered(town)
    second = await approved(town, "trip-key-2")
    facts = await refused(
        town.city.post(
            f"/api/v1/requests/{second['id']}/assign", json={"vehicle_id": 1, "driver_id": 2}
        ),
        409,
        "vehicle-taken",
    )
    assert facts["by_order"] == order["order_no"]
    best = facts["best_candidate"]
    choice = {"vehicle_id": best["vehicle_id"], "driver_id": best["driver_id"]}
    await ok(town.city.post(f"/api/v1/requests/{second['id']}/assign", json=choice), 201)


async def test_what_a_promise_would_be_is_told_before_it_is_given(town):
    asked = await ok(town.clerk.post("/api/v1/requests", json=body()), 201)
    path = f"/api/v1/requests/{asked['id']}/room"
    room = await ok(town.approver.get(path))
    assert room == {"fits": True, "moves": [], "others": 0, "reasons": None}
    await town.execute("UPDATE vehicle SET inspection_until = '2026-01-01'")
    room = await ok(town.dispatcher.get(path))
    assert (room["fits"], room["reasons"]) == (False, {"H14": 5})
    assert (await town.clerk.get(path)).status_code == 403
    assert (await town.ng_dispatcher.get(path)).status_code == 404


async def test_candidates_are_ranked_with_split_costs_and_one_reason_each(town):
    await ordered(town)
    second = await approved(town, "trip-key-2")
    found = await ok(town.dispatcher.get(f"/api/v1/requests/{second['id']}/candidates"))
    assert {c["vehicle_id"] for c in found["alternatives"]} == {2, 3, 4, 5}
    assert [(c["vehicle_id"], c["rule"]) for c in found["ineligible"]] == [(1, "busy")]
    assert all(sum(c["split"].values()) == c["cost_fen"] for c in found["alternatives"])
    assert found["rental"]["firm_id"] == 1
    path = f"/api/v1/requests/{second['id']}/rent"
    await refused(
        town.dispatcher.post(path, json={"firm_id": 1, "reason": "方便"}), 409, "own-car-fits"
    )


async def test_text_that_no_database_takes_is_refused_and_no_mistake_of_ours(town):
    wrong = body(purpose_text="a\x00b")
    await refused(town.clerk.post("/api/v1/requests", json=wrong), 400, "invalid")


@pytest.mark.parametrize("path", ["requests", "orders"])
async def test_a_number_that_no_id_can_be_is_refused_and_no_mistake_of_ours(town, path):
    await refused(town.dispatcher.get(f"/api/v1/{path}/{2**40}"), 400, "invalid")
