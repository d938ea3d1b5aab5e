"""A trip over HTTP as its people see it: ask, decide, dispatch, drive; and what each may not."""

import io
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from PIL import Image

from dispatch import access, accounting
from dispatch.access import Grant, Role
from dispatch.kernel import clock, db
from tests import orders_city as city
from tests.orders_city import at
from tests.website import program, site

PEOPLE = {
    "clerk": (1, "requester", {"unit_id": 1}),
    "approver": (2, "unit_approver", {"unit_id": 1}),
    "reviewer": (3, "authority_reviewer", {}),
    "dispatcher": (4, "dispatcher", {"pool_id": 1}),
    "city": (5, "city_dispatcher", {}),
    "ng_clerk": (6, "requester", {"unit_id": 2}),
    "ng_dispatcher": (8, "dispatcher", {"pool_id": 2}),
    "driver": (101, "driver", {"pool_id": 1}),
    "ng_driver": (104, "driver", {"pool_id": 2}),
}


class Town:
    """A client for each person, and the database behind."""

    def __init__(self, pool, clients):
        self.pool = pool
        self.clients = clients

    def __getattr__(self, name):
        return self.clients[name]

    async def step(self, to):
        async with self.pool.acquire() as conn:
            await clock.step_to(conn, to)

    async def execute(self, *statement):
        async with self.pool.acquire() as conn:
            return await conn.execute(*statement)


@asynccontextmanager
async def town_of(dsn, **size):
    """The small city on a Sunday noon that stands still until stepped."""
    pool = await db.open_pool(dsn)
    async with pool.acquire() as conn:
        await clock.start_scenario(conn, city.SUNDAY_NOON, 0)
        await city.found(conn, **size)
        secrets = {}
        for name, (person_id, role, scope) in PEOPLE.items():
            await access.grant(conn, person_id, Grant(Role(role), **scope), city.SINCE)
            who = await access.person(conn, person_id, city.SUNDAY_NOON, via="cookie")
            secrets[name] = await access.make_token(
                conn, who, name="test", scopes={role}, valid_for=timedelta(days=1)
            )
    product = await clock.ProductClock.open(pool)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(site(pool, product))
        clients = {
            name: await stack.enter_async_context(program(app, secret))
            for name, secret in secrets.items()
        }
        yield Town(pool, clients)
    await pool.close()


@pytest.fixture
async def town(dsn):
    async with town_of(dsn) as town:
        yield town


def body(key="trip-key-1", **more):
    fields = {
        "client_key": key,
        "unit_id": 1,
        "purpose": "RESEARCH",
        "purpose_text": "调研",
        "passengers": 2,
        "lead_passenger": "甲",
        "kind": "wait_and_return",
        "from_place": city.XUANCHENG,
        "to_place": city.GUQUAN,
        "depart_at": at("09:00").isoformat(),
        "return_at": at("11:00").isoformat(),
    }
    return fields | more


async def ok(answer, status=200):
    got = await answer
    assert got.status_code == status, got.text
    return got.json()


async def refused(answer, status, code):
    got = await answer
    assert (got.status_code, got.json()["code"]) == (status, code), got.text
    return got.json()["facts"]


async def approved(town, key="trip-key-1", **more):
    made = await ok(town.clerk.post("/api/v1/requests", json=body(key, **more)), 201)
    path = f"/api/v1/requests/{made['id']}/approval"
    decided = await ok(town.approver.post(path, json={"decision": "approved"}))
    if decided["state"] == "unit_approved":
        decided = await ok(town.reviewer.post(path, json={"decision": "approved"}))
    return decided


async def ordered(town, key="trip-key-1", vehicle=1, driver=1, **more):
    request = await approved(town, key, **more)
    path = f"/api/v1/requests/{request['id']}/assign"
    choice = {"vehicle_id": vehicle, "driver_id": driver, "version": request["version"]}
    return await ok(town.city.post(path, json=choice), 201)


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


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (2000, 1000)).save(out, "JPEG")
    return out.getvalue()


async def test_a_receipt_photo_is_stored_once_and_clean(town):
    order = await ordered(town)
    path = f"/api/v1/my/orders/{order['id']}/check-ins"
    form = {
        "client_key": "phone-receipt", "kind": "receipt", "taken_at": city.SUNDAY_NOON.isoformat(),
        "counter": "1", "amount_fen": "3500",
    }  # fmt: skip
    files = {"photo": ("x.jpg", jpeg(), "image/jpeg")}
    assert (await ok(town.driver.post(path, data=form, files=files), 201))["replayed"] is False
    assert (await ok(town.driver.post(path, data=form, files=files)))["replayed"] is True
    await refused(town.driver.post(path, data=form), 409, "key-reused")
    broken = {"photo": ("x.jpg", b"no photo", "image/jpeg")}
    await refused(
        town.driver.post(path, data=form | {"client_key": "phone-broken"}, files=broken),
        400,
        "bad-photo",
    )
    async with town.pool.acquire() as conn:
        row = await conn.fetchrow(
            "SELECT c.amount_fen, f.media_type, length(f.content) AS n FROM check_in c JOIN stored_file f ON f.id = c.photo_id"
        )
    assert (row["amount_fen"], row["media_type"]) == (3500, "image/jpeg")
    assert row["n"] < len(jpeg())


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "fly"},
        {"taken_at": "2026-03-02T09:00:00"},
        {"odometer_m": -1},
        {"lon": 181},
        {"client_key": "x"},
        {"taken_at": "2036-03-02T09:00:00Z"},
    ],
    ids=lambda w: next(iter(w)) + str(next(iter(w.values())))[:12],
)
async def test_a_tap_that_cannot_be_is_refused(town, wrong):
    order = await ordered(town)
    sent = {
        "client_key": "phone-key-1", "kind": "depart", "taken_at": city.SUNDAY_NOON.isoformat(), "counter": 1,
    }  # fmt: skip
    path = f"/api/v1/my/orders/{order['id']}/check-ins"
    await refused(town.driver.post(path, json=sent | wrong), 400, "invalid")
    await ok(town.driver.post(path, json=sent), 201)


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


async def test_text_that_no_database_takes_is_refused_and_no_mistake_of_ours(town):
    wrong = body(purpose_text="a\x00b")
    await refused(town.clerk.post("/api/v1/requests", json=wrong), 400, "invalid")


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


@pytest.mark.parametrize("path", ["requests", "orders"])
async def test_a_number_that_no_id_can_be_is_refused_and_no_mistake_of_ours(town, path):
    await refused(town.dispatcher.get(f"/api/v1/{path}/{2**40}"), 400, "invalid")
