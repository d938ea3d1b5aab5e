"""The desk of devices: who is listed, approved, ignored, bound and taken off, and by whom."""

from datetime import timedelta

import pytest

from telemetry import devices
from tests.flows.test_web_gate import hand_over
from tests.website import id_of, imported, person, program, publish, site, token


@pytest.fixture
async def desk(pool, clock, conn):
    """A fleet manager of XZ as a client, in the small city."""
    async with site(pool, clock, mqtt_port=1883) as app:
        await imported(app, conn)
        own = await id_of(conn, "pool", "XZ")
        keeper = await person(conn, "K", ("fleet_manager", {"pool_id": own}))
        async with program(app, await token(conn, keeper)) as client:
            yield client


async def listed(desk):
    found = (await desk.get("/api/v1/devices")).json()["items"]
    return {device["name"]: device for device in found}


async def test_approving_who_was_refused_makes_the_device_on_its_vehicle(desk, conn, clock):
    for _ in range(3):
        await devices.refuse(conn, "bd-xz9", "unknown", "10.0.0.9")
    (waiting,) = (await desk.get("/api/v1/devices/refused")).json()["items"]
    assert (waiting["name"], waiting["times"], waiting["ignored"]) == ("bd-xz9", 3, False)
    vehicle = await id_of(conn, "vehicle", "V-XZ1")
    body = {"name": "bd-xz9", "kind": "terminal", "vehicle_id": vehicle}
    made = await desk.post("/api/v1/devices", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["mqtt_port"] == 1883
    known = await devices.credential(conn, "bd-xz9")
    assert known.token_digest == devices.token_digest(made.json()["token"])
    assert (await desk.get("/api/v1/devices/refused")).json()["items"] == []
    now = await listed(desk)
    assert now["bd-xz9"]["vehicle_id"] == vehicle
    assert now["bd-xz1"]["vehicle_id"] is None, "one terminal a vehicle at a time"


async def test_a_device_that_cannot_be_put_on_its_vehicle_is_not_made(desk, conn):
    theirs = await id_of(conn, "vehicle", "V-NG1")
    body = {"name": "bd-new", "kind": "terminal", "vehicle_id": theirs}
    assert (await desk.post("/api/v1/devices", json=body)).status_code == 403
    assert "bd-new" not in await listed(desk)


async def test_who_is_ignored_is_still_counted_and_can_be_minded_again(desk, conn):
    await devices.refuse(conn, "no/such name", "unknown", None)
    for ignored in (True, False):
        body = {"name": "no/such name", "ignored": ignored}
        assert (await desk.post("/api/v1/devices/refused/ignore", json=body)).status_code == 204
        await devices.refuse(conn, "no/such name", "unknown", None)
        (row,) = (await desk.get("/api/v1/devices/refused")).json()["items"]
        assert row["ignored"] is ignored
    assert row["times"] == 3
    unheard = {"name": "nobody", "ignored": True}
    answer = await desk.post("/api/v1/devices/refused/ignore", json=unheard)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-refused")


async def test_the_list_says_when_each_device_was_last_heard(desk, conn, clock):
    at = clock.now() - timedelta(minutes=5)
    xz1 = await conn.fetchval("SELECT id FROM device WHERE name = 'bd-xz1'")
    await publish(conn, xz1, 118.7, 30.9, at=at)
    await conn.execute(
        "INSERT INTO receipt (issuer, txn, kind, body_digest, at, received_at, amount_fen, detail) "
        "VALUES ('fuel-issuer', 't', 'fuel', '\\x00', $1, $1, 1, '{}')",
        at,
    )
    await devices.refuse(conn, "bd-xz2", "wrong-token", "10.0.0.2")
    found = await listed(desk)
    for name in ("bd-xz1", "fuel-issuer"):
        assert found[name]["heard_at"] == at.isoformat().replace("+00:00", "Z")
    assert found["bd-xz2"]["heard_at"] is None
    assert found["bd-xz2"]["refused_reason"] == "wrong-token"


async def test_a_terminal_is_taken_off_its_vehicle_from_a_day_on(desk, conn, clock):
    since = clock.now() - timedelta(days=1)
    body = {"from": since.isoformat()}
    assert (await desk.post("/api/v1/devices/bd-xz1/unbind", json=body)).status_code == 204
    (bound,) = (await desk.get("/api/v1/devices/bd-xz1/bindings")).json()["items"]
    assert bound["until"] == since.isoformat().replace("+00:00", "Z")
    assert (await listed(desk))["bd-xz1"]["vehicle_id"] is None
    moved = await id_of(conn, "vehicle", "V-XZ2")
    theirs = await id_of(conn, "pool", "NG")
    ours = await id_of(conn, "pool", "XZ")
    await hand_over(conn, moved, theirs, clock.now() - timedelta(days=9))
    await conn.execute(
        "DELETE FROM vehicle_pool WHERE vehicle_id = $1 AND pool_id = $2", moved, ours
    )
    refused = await desk.post("/api/v1/devices/bd-xz2/unbind", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")


async def test_a_disabled_device_is_shown_so_until_it_is_let_in_again(desk):
    for enabled in (False, True):
        path = "/api/v1/devices/bd-xz1/enabled"
        assert (await desk.post(path, json={"enabled": enabled})).status_code == 204
        assert (await listed(desk))["bd-xz1"]["enabled"] is enabled


async def test_refused_publishes_come_in_pages_and_only_of_ones_own(desk, conn):
    for n in range(5):
        for device in ("bd-xz1", "bd-ng1"):
            await conn.execute(
                "INSERT INTO refused_publish (device, topic, reason) VALUES ($1, $2, 'foreign-topic')",
                device,
                f"gongche/v1/other/{n}",
            )
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await desk.get("/api/v1/devices/refused-publishes", params=query)).json()
        seen += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert [row["topic"][-1] for row in seen] == list("43210")
    assert {row["device"] for row in seen} == {"bd-xz1"}


async def test_a_new_token_leaves_the_old_one_as_long_as_was_said(desk, conn):
    path = "/api/v1/devices/bd-xz1/rotate"
    for body, grace in ((None, False), ({"grace_hours": 24}, True), ({"grace_hours": 0}, False)):
        answer = await desk.post(path, json=body)
        assert answer.status_code == 200, answer.text
        known = await devices.credential(conn, "bd-xz1")
        assert known.token_digest == devices.token_digest(answer.json()["token"])
        assert (known.old_token_digest is not None) is grace, body
    assert (await desk.post(path, json={"grace_hours": 721})).status_code == 422


async def test_what_is_wrong_with_a_terminal_is_said_in_words_to_its_own_platform(
    desk, conn, clock
):
    found = [{"reason": "wrong_datum", "count": 90, "figure": 480, "detail": "gcj02"}]
    for name, vehicle, findings in (
        ("bd-xz1", "V-XZ1", found),
        ("bd-xz2", "V-XZ2", []),
        ("bd-ng1", "V-NG1", found),
    ):
        await conn.execute(
            "INSERT INTO device_health SELECT id, ($2::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, $3, 100, $4, $2 "
            "FROM device WHERE name = $1",
            name,
            clock.now(),
            await id_of(conn, "vehicle", vehicle),
            findings,
        )
    (one,) = (await desk.get("/api/v1/devices/health")).json()["items"]
    assert (one["device"], one["findings"][0]["zh"]) == ("bd-xz1", "坐标系疑为 GCJ-02 或 BD-09")
    both = (await desk.get("/api/v1/devices/health", params={"sound": True})).json()
    assert ({row["device"] for row in both["items"]}, both["cut"]) == ({"bd-xz1", "bd-xz2"}, False)
