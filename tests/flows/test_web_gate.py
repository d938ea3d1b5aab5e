"""The gate: who is let in to what, where a write may come from, and what a refusal says."""

from datetime import UTC, datetime

import asyncpg
import pytest
from fastapi import APIRouter, FastAPI

from dispatch import access
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
from web.api import errors
from web.api.deps import Public, Requires, Transaction, public
from web.app import RouteWithoutPolicy, api_routes, create, policy_of, routers
from web.settings import WebSettings


def test_every_route_names_a_policy():
    routes = [route for router in routers() for route in api_routes(router)]
    assert len(routes) > 20
    assert [route.path for route in routes if policy_of(route) is None] == []


def test_only_signing_in_and_health_are_public():
    routes = [route for router in routers() for route in api_routes(router)]
    assert {route.path for route in routes if isinstance(policy_of(route), Public)} == {
        "/api/v1/sign-in/link",
        "/api/v1/sign-in/password",
        "/api/v1/setup",
        "/healthz",
    }


async def test_a_route_without_a_policy_keeps_the_application_from_starting(pool, clock):
    naked = APIRouter()
    naked.add_api_route("/api/v1/naked", lambda: None, methods=["GET"])
    with pytest.raises(RouteWithoutPolicy):
        create(WebSettings(frozenset()), pool, clock, [naked])


async def test_nobody_and_nobodys_token_are_turned_away_from_every_closed_route(pool, clock):
    async with site(pool, clock) as app, stranger(app) as nobody, program(app, "x" * 43) as forged:
        for router in routers():
            for route in api_routes(router):
                if isinstance(policy_of(route), Public):
                    continue
                path = route.path
                for name in route.param_convertors:
                    path = path.replace(f"{{{name}}}", "1")
                for method in route.methods:
                    for client in (nobody, forged):
                        answer = await client.request(method, path)
                        assert answer.status_code == 401, (method, path, answer.text)


def _cases():
    """Each policy with every role on its first route, and every route with two roles each way."""
    done = set()
    for router in routers():
        for route in api_routes(router):
            policy = policy_of(route)
            if not isinstance(policy, Requires):
                continue
            within = sorted(policy.roles)
            without = sorted(set(access.Role) - policy.roles)
            roles = [*within[:1], *without[:1], *without[-1:]] if policy in done else access.Role
            done.add(policy)
            for role in roles:
                yield route, policy, role


async def test_each_role_reaches_only_the_routes_whose_policy_names_it(pool, clock, conn):
    async with site(pool, clock) as app:
        tokens = {
            role: await token(conn, await person(conn, f"R-{role}", (role, {})))
            for role in access.Role
        }
        async with stranger(app) as client:
            for route, policy, role in _cases():
                path = route.path
                for name in route.param_convertors:
                    path = path.replace(f"{{{name}}}", "999999")
                (method,) = route.methods
                headers = {"Authorization": f"Bearer {tokens[role]}"}
                answer = await client.request(method, path, headers=headers)
                refused = answer.status_code == 403 and answer.json()["code"] == "not-allowed"
                if role not in policy.roles:
                    assert refused, (role, method, path, answer.status_code, answer.text)
                else:
                    assert answer.status_code not in (401, 500), (role, path, answer.text)


async def test_a_person_of_one_platform_does_not_reach_anothers(pool, clock, conn):
    async with site(pool, clock) as app:
        await imported(app, conn)
        own, foreign = await id_of(conn, "pool", "XZ"), await id_of(conn, "pool", "NG")
        keeper = await person(conn, "K", ("fleet_manager", {"pool_id": own}))
        async with program(app, await token(conn, keeper)) as client:
            drivers = (await client.get("/api/v1/drivers")).json()["items"]
            assert {d["pool_id"] for d in drivers} == {own}
            asked = await client.get("/api/v1/drivers", params={"pool_id": foreign})
            assert asked.json()["items"] == []
            fences = (await client.get("/api/v1/fences")).json()["items"]
            assert {f["pool_id"] for f in fences} == {own}
            names = {d["name"] for d in (await client.get("/api/v1/devices")).json()["items"]}
            assert names == {"bd-xz1", "bd-xz2", "fuel-issuer"}
            vehicles = (await client.get("/api/v1/vehicles")).json()["items"]
            shared = [v for v in vehicles if v["pool_id"] == foreign]
            assert len(shared) == 2
            assert all(v["fuel_card"] is v["obu"] is v["device"] is None for v in shared)
            assert all(v["fuel_card"] for v in vehicles if v["pool_id"] == own)
            theirs, ours = shared[0]["id"], next(v["id"] for v in vehicles if v["own"])
            at = {"from": "2026-02-01T00:00:00+08:00"}
            for path, body in [
                ("/api/v1/devices/bd-xz1/bind", {"vehicle_id": theirs, **at}),
                ("/api/v1/devices/bd-ng1/bind", {"vehicle_id": ours, **at}),
                ("/api/v1/devices/bd-ng1/rotate", None),
            ]:
                answer = await client.post(path, json=body)
                assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed"), path
            allowed = await client.post(
                "/api/v1/devices/bd-xz2/bind", json={"vehicle_id": ours, **at}
            )
            assert allowed.status_code == 204, allowed.text


async def test_who_fills_the_register_gives_no_roles_and_answers_for_all_platforms(
    pool, clock, conn
):
    async with site(pool, clock) as app:
        await imported(app, conn)
        own = await id_of(conn, "pool", "XZ")
        keeper = await person(conn, "C", ("competent_admin", {}))
        of_one = await person(conn, "C1", ("competent_admin", {"pool_id": own}))
        path = "/api/v1/register/import"
        crown = [{"code": "C", "name": "C", "grants": [{"role": "system_admin"}]}]
        plain = document(people=[{"code": "C", "name": "主管"}], drivers=[])
        async with program(app, await token(conn, keeper)) as client:
            answer = await client.post(path, json=document(people=crown, drivers=[]))
            assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
            roles = (await client.get("/api/v1/me")).json()["roles"]
            assert [role["role"] for role in roles] == ["competent_admin"]
            answer = await client.post(path, json=plain)
            assert answer.status_code == 200, answer.text
        async with program(app, await token(conn, of_one)) as client:
            assert (await client.post(path, json=plain)).status_code == 403


async def test_a_track_is_not_read_over_a_time_when_another_platform_had_the_vehicle(
    pool, clock, conn
):
    async with site(pool, clock) as app:
        await imported(app, conn)
        ours, moved = await id_of(conn, "pool", "XZ"), await id_of(conn, "vehicle", "V-NG1")
        await hand_over(conn, moved, ours, datetime(2026, 2, 1, tzinfo=UTC))
        keeper = await person(conn, "K", ("fleet_manager", {"pool_id": ours}))
        async with program(app, await token(conn, keeper)) as client:
            for since, status in (("2026-01-31", 404), ("2026-02-01", 200)):
                period = {"from": f"{since}T00:00:00Z", "to": "2026-02-03T00:00:00Z"}
                answer = await client.get(f"/api/v1/vehicles/{moved}/track", params=period)
                assert answer.status_code == status, (since, answer.text)


async def hand_over(conn, vehicle_id, pool_id, at):
    """A vehicle changes its platform."""
    await conn.execute(
        "UPDATE vehicle_pool SET during = tstzrange(lower(during), $2) WHERE vehicle_id = $1",
        vehicle_id,
        at,
    )
    await conn.execute(
        "INSERT INTO vehicle_pool VALUES ($1, $2, tstzrange($3, NULL))", vehicle_id, pool_id, at
    )


async def test_a_providers_token_is_not_a_platforms_to_make_or_change(pool, clock, conn):
    async with site(pool, clock) as app:
        await imported(app, conn)
        own = await id_of(conn, "pool", "XZ")
        keeper = await person(conn, "K", ("fleet_manager", {"pool_id": own}))
        keepers = await person(conn, "ALL", ("fleet_manager", {}))
        new = {"name": "toll-issuer", "kind": "provider"}
        async with program(app, await token(conn, keeper)) as client:
            for path, body in (
                ("/api/v1/devices", new),
                ("/api/v1/devices/fuel-issuer/rotate", None),
            ):
                answer = await client.post(path, json=body)
                assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed"), path
            terminal = {"name": "bd-new", "kind": "terminal"}
            assert (await client.post("/api/v1/devices", json=terminal)).status_code == 201
        async with program(app, await token(conn, keepers)) as client:
            assert (await client.post("/api/v1/devices", json=new)).status_code == 201
            assert (await client.post("/api/v1/devices/fuel-issuer/rotate")).status_code == 200


async def test_a_terminal_is_not_bound_to_a_time_when_another_platform_had_the_vehicle(
    pool, clock, conn
):
    async with site(pool, clock) as app:
        await imported(app, conn)
        ours, moved = await id_of(conn, "pool", "XZ"), await id_of(conn, "vehicle", "V-NG1")
        await hand_over(conn, moved, ours, datetime(2026, 2, 1, tzinfo=UTC))
        keeper = await person(conn, "K", ("fleet_manager", {"pool_id": ours}))
        async with program(app, await token(conn, keeper)) as client:
            body = {"vehicle_id": moved, "from": "2026-01-15T00:00:00Z"}
            answer = await client.post("/api/v1/devices/bd-xz1/bind", json=body)
            assert answer.status_code == 403, answer.text
            body["from"] = "2026-02-02T00:00:00Z"
            answer = await client.post("/api/v1/devices/bd-xz1/bind", json=body)
            assert answer.status_code == 204, answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://gongche.test.evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
    ids=["foreign", "null", "longer", "cross-site", "same-site", "no word of it"],
)
async def test_a_browsers_write_from_elsewhere_is_refused(pool, clock, conn, headers):
    someone = await person(conn, "S", ("auditor", {}))
    async with site(pool, clock) as app, browser(app, conn, someone) as client:
        cookie = client.cookies["gongche"]
        async with stranger(app, cookies={"gongche": cookie}) as other:
            answer = await other.post("/api/v1/sign-out", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
            assert (await other.get("/api/v1/me")).status_code == 200
        assert (await client.post("/api/v1/sign-out")).status_code == 204
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_signing_in_from_a_foreign_page_is_refused_before_the_secret_is_used(
    pool, clock, conn
):
    someone = await person(conn, "S", ("auditor", {}))
    secret = await access.make_link(conn, someone)
    async with site(pool, clock) as app, stranger(app) as client:
        evil = await client.post(
            "/api/v1/sign-in/link", json={"secret": secret}, headers={"Origin": "http://evil.test"}
        )
        assert evil.status_code == 403
        good = await client.post(
            "/api/v1/sign-in/link", json={"secret": secret}, headers={"Origin": ORIGIN}
        )
        assert good.status_code == 204


async def test_every_answer_carries_the_headers_of_a_closed_house(pool, clock):
    async with site(pool, clock) as app, stranger(app) as client:
        for path in ("/healthz", "/api/v1/me", "/api/nothing", "/nothing"):
            headers = (await client.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "script-src 'self';" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"
            assert (headers.get("cache-control") == "no-store") == path.startswith("/api")


async def test_a_failing_commit_is_a_5xx_and_never_a_yes(pool, clock, conn):
    await conn.execute(
        """
        CREATE TABLE promise (id int PRIMARY KEY);
        CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'at commit'; END $$;
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON promise DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION fails();
        """
    )
    router = APIRouter()

    @router.post("/api/v1/promise", status_code=201, dependencies=[public()])
    async def promise(conn: Transaction) -> dict[str, bool]:
        await conn.execute("INSERT INTO promise VALUES (1)")
        return {"promised": True}

    async with site(pool, clock, [router]) as app, stranger(app) as client:
        answer = await client.post("/api/v1/promise")
    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert await conn.fetchval("SELECT count(*) FROM promise") == 0


async def test_a_refusal_has_code_message_and_facts(pool, clock, conn):
    admin = await administrator(conn)
    async with site(pool, clock) as app, program(app, admin) as client:
        wrong = await client.post("/api/v1/clock/speed", json={"speed": -1})
        assert wrong.status_code == 422
        assert set(wrong.json()) == {"code", "message", "facts"}
        assert wrong.json()["code"] == "invalid"
        real = await client.post("/api/v1/clock/speed", json={"speed": 2})
        assert (real.status_code, real.json()["code"]) == (409, "not-a-scenario")
        lost = await client.get("/api/v1/nowhere")
        assert (lost.status_code, lost.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ConnectionRefusedError(), 503, "database-away"),
        (asyncpg.CannotConnectNowError("starting up"), 503, "database-away"),
        (asyncpg.DiskFullError("no space left"), 503, "database-away"),
        (asyncpg.DeadlockDetectedError("deadlock"), 503, "busy"),
        (asyncpg.DataError("an argument that does not fit"), 500, "bug"),
        (ZeroDivisionError(), 500, "bug"),
    ],
    ids=["refused", "starting", "disk full", "deadlock", "bad argument", "bug"],
)
async def test_what_is_away_is_told_from_what_is_wrong(error, status, code):
    app = FastAPI()
    errors.install(app)

    @app.get("/raises")
    async def raises() -> None:
        raise error

    async with stranger(app) as client:
        answer = await client.get("/raises")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("in_pieces", [False, True], ids=["with its length", "in pieces"])
async def test_a_body_that_is_too_large_is_refused(pool, clock, in_pieces):
    body = b'{"secret": "' + b"x" * 2_000 + b'"}'

    async def pieces():
        for i in range(0, len(body), 100):
            yield body[i : i + 100]

    async with site(pool, clock, max_body_bytes=1_000) as app, stranger(app) as client:
        answer = await client.post(
            "/api/v1/sign-in/link",
            content=pieces() if in_pieces else body,
            headers={"Content-Type": "application/json"},
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
