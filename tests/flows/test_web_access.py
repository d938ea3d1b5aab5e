"""Signing in over HTTP, tokens, the import, the clock; cookies as browsers get them."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch import access
from dispatch.kernel import clock as clocks
from dispatch.kernel import db
from dispatch.kernel.clock import ProductClock
from tests.website import (
    ORIGIN,
    administrator,
    browser,
    document,
    id_of,
    imported,
    person,
    program,
    site,
    stranger,
    token,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
GOOD = "correct horse battery"


@pytest.fixture
async def scenario(dsn):
    pool = await db.open_pool(dsn)
    async with pool.acquire() as conn:
        await clocks.start_scenario(conn, MONDAY, 0)
    yield pool, await ProductClock.open(pool)
    await pool.close()


async def test_the_setup_link_makes_the_first_administrator_once(pool, clock, conn):
    secret = await access.make_link(conn)
    body = {"secret": secret, "code": "root", "name": "管理员", "password": GOOD}
    async with site(pool, clock) as app, stranger(app) as client:
        weak = await client.post("/api/v1/setup", json=body | {"password": "root"})
        assert (weak.status_code, weak.json()["code"]) == (400, "weak-password")
        assert (await client.post("/api/v1/setup", json=body)).status_code == 204
        me = (await client.get("/api/v1/me")).json()
        assert [role["role"] for role in me["roles"]] == ["system_admin"]
        again = await client.post("/api/v1/setup", json=body | {"code": "second"})
        assert (again.status_code, again.json()["code"]) == (401, "bad-secret")
        async with stranger(app) as other:
            account = {"account": "root", "password": GOOD}
            assert (await other.post("/api/v1/sign-in/password", json=account)).status_code == 204
            assert (await other.get("/api/v1/me")).json()["name"] == "管理员"


async def test_no_account_that_anyone_could_guess_exists(pool, clock):
    async with site(pool, clock) as app, stranger(app) as client:
        for account in ("admin", "root", "gongche", "demo", "test", "dispatcher"):
            body = {"account": account, "password": account}
            answer = await client.post("/api/v1/sign-in/password", json=body)
            assert (answer.status_code, answer.json()["code"]) == (401, "bad-secret")


async def test_a_refused_password_stays_counted(pool, clock, conn):
    async with site(pool, clock) as app, stranger(app) as client:
        body = {"account": "P", "password": "no"}
        codes = [
            (await client.post("/api/v1/sign-in/password", json=body)).status_code for _ in range(6)
        ]
    assert codes == [401] * 5 + [429]


@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
async def test_the_cookie_is_closed_to_scripts_and_to_other_hosts(pool, clock, conn, https):
    secret = await access.make_link(conn, await person(conn, "P"))
    async with site(pool, clock, https=https) as app, stranger(app) as client:
        answer = await client.post("/api/v1/sign-in/link", json={"secret": secret})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-gongche=" if https else "gongche=")
    assert ("Secure" in cookie) == https
    for word in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie


async def test_a_token_is_made_at_a_browser_only_and_carries_no_more(pool, clock, conn):
    someone = await person(conn, "P", ("supervisor", {}))
    async with site(pool, clock) as app, browser(app, conn, someone) as client:
        more = {"name": "x", "scopes": ["supervisor", "system_admin"], "days": 1}
        refused = await client.post("/api/v1/tokens", json=more)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-not-held")
        assert refused.json()["facts"] == {"scopes": ["system_admin"]}
        made = await client.post("/api/v1/tokens", json=more | {"scopes": ["supervisor"]})
        assert made.status_code == 201
        async with program(app, made.json()["token"]) as script:
            assert (await script.get("/api/v1/me")).json()["scopes"] == ["supervisor"]
            bred = await script.post("/api/v1/tokens", json=more | {"scopes": ["supervisor"]})
            assert (bred.status_code, bred.json()["code"]) == (403, "cookie-only")


async def test_a_wrong_bearer_is_not_rescued_by_a_cookie(pool, clock, conn):
    someone = await person(conn, "P", ("supervisor", {}))
    async with site(pool, clock) as app, browser(app, conn, someone) as client:
        forged = {"Authorization": f"Bearer {'x' * 43}"}
        assert (await client.get("/api/v1/me", headers=forged)).status_code == 401
        assert (await client.get("/api/v1/me")).status_code == 200


async def test_an_administrator_issues_a_link_and_it_is_written_down(pool, clock, conn):
    someone = await person(conn, "P", ("requester", {}))
    async with site(pool, clock) as app, program(app, await administrator(conn)) as admin:
        issued = await admin.post(f"/api/v1/people/{someone}/sign-in-link")
        async with stranger(app) as client:
            assert (
                await client.post("/api/v1/sign-in/link", json=issued.json())
            ).status_code == 204
            assert (await client.get("/api/v1/me")).json()["person_id"] == someone
    actions = [r["action"] for r in await conn.fetch("SELECT action FROM audit_entry ORDER BY seq")]
    assert actions == ["link.issued", "sign-in.link"]
    assert (await access.verify(conn)).broken_at is None


async def test_an_import_twice_is_one_city_and_tokens_are_shown_once(pool, clock, conn):
    async with site(pool, clock) as app:
        first = await imported(app, conn)
        assert {d["name"] for d in first["devices"]} == {
            "bd-xz1", "bd-xz2", "bd-ng1", "bd-ng2", "fuel-issuer",
        }  # fmt: skip
        assert all(len(d["token"]) == 43 for d in first["devices"])
        marks = await conn.fetchval("SELECT count(*) FROM vehicle_mark")
        async with program(app, await administrator(conn, "A-2")) as admin:
            again = (await admin.post("/api/v1/register/import", json=document())).json()
        assert again["devices"] == []
        assert {kind: count["new"] for kind, count in again["counts"].items() if count["new"]} == {}
        assert again["ids"]["vehicles"] == first["ids"]["vehicles"]
        assert await conn.fetchval("SELECT count(*) FROM vehicle_mark") == marks
        assert await conn.fetchval("SELECT count(*) FROM binding") == 4
        assert await conn.fetchval("SELECT count(*) FROM fence") == 2


async def test_an_import_that_is_wrong_at_its_end_leaves_nothing(pool, clock, conn):
    wrong = document(drivers=[{"person": "NOBODY", "pool": "XZ", "licence_class": "C1", "licence_until": "2031-01-01"}])  # fmt: skip
    async with site(pool, clock) as app, program(app, await administrator(conn)) as admin:
        answer = await admin.post("/api/v1/register/import", json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-code")
    assert answer.json()["facts"] == {"kind": "people", "unknown": "NOBODY"}
    assert await conn.fetchval("SELECT count(*) FROM pool") == 0


async def test_people_get_tokens_from_an_import_in_a_scenario_only(pool, clock, conn):
    people = [{"code": "P", "name": "甲", "token": True, "grants": [{"role": "supervisor"}]}]
    body = document(people=people, drivers=[])
    async with site(pool, clock) as app, program(app, await administrator(conn)) as admin:
        answer = await admin.post("/api/v1/register/import", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-a-scenario")


async def test_a_scenarios_import_lets_its_people_act(scenario):
    pool, clock = scenario
    people = [
        {"code": "P", "name": "甲", "unit": "U-XZ", "token": True, "grants": [{"role": "requester", "unit": "U-XZ"}]},
        {"code": "D", "name": "乙", "token": True, "grants": [{"role": "driver", "pool": "NG"}]},
    ]  # fmt: skip
    drivers = [{"person": "D", "pool": "NG", "licence_class": "C1", "licence_until": "2031-01-01"}]
    async with site(pool, clock) as app, pool.acquire() as conn:
        admin = await token(conn, await person(conn, "A", ("system_admin", {})), at=MONDAY)
        async with program(app, admin) as client:
            answer = await client.post(
                "/api/v1/register/import", json=document(people=people, drivers=drivers)
            )
        tokens = {p["code"]: p["token"] for p in answer.json()["people"]}
        async with program(app, tokens["P"]) as requester, program(app, tokens["D"]) as driver:
            me = (await requester.get("/api/v1/me")).json()
            assert me["roles"] == [
                {"role": "requester", "pool_id": None, "firm_id": None, "unit_id": await id_of(conn, "unit", "U-XZ")}
            ]  # fmt: skip
            assert (await driver.get("/api/v1/me")).json()["driver_id"] == answer.json()["ids"][
                "drivers"
            ]["D"]


async def test_the_clock_steps_for_a_token_with_its_scope_only(scenario):
    pool, clock = scenario
    async with site(pool, clock) as app, pool.acquire() as conn:
        admin = await person(conn, "A", ("system_admin", {}))
        stepper = await token(conn, admin, at=MONDAY, scopes=["clock"])
        other = await token(conn, await person(conn, "P", ("dispatcher", {})), at=MONDAY)
        to = {"to": (MONDAY + timedelta(hours=1)).isoformat()}
        async with program(app, other) as client:
            assert (await client.post("/api/v1/clock/step", json=to)).status_code == 403
        async with program(app, stepper) as client:
            stepped = await client.post("/api/v1/clock/step", json=to)
            assert stepped.json() == {"scenario": True, "now": "2026-03-02T01:00:00Z", "speed": 0.0}
            back = await client.post("/api/v1/clock/step", json={"to": MONDAY.isoformat()})
            assert (back.status_code, back.json()["code"]) == (400, "clock-goes-forward-only")
            speed = await client.post("/api/v1/clock/speed", json={"speed": 10})
            assert speed.json()["speed"] == 10
            assert (await client.get("/api/v1/clock/drained")).json()["idle"] is True
            await conn.execute(
                "INSERT INTO dirty_mark (device_id, lo, hi) VALUES (1, now(), now())"
            )
            drained = (await client.get("/api/v1/clock/drained")).json()
            assert (drained["idle"], drained["pending"]["dirty_marks"]) == (False, 1)


async def test_login_pages_origin_is_not_required_of_programs(pool, clock, conn):
    secret = await access.make_link(conn, await person(conn, "P"))
    async with site(pool, clock) as app, stranger(app) as script:
        assert (
            await script.post("/api/v1/sign-in/link", json={"secret": secret})
        ).status_code == 204
        assert ORIGIN in str(script.base_url)
