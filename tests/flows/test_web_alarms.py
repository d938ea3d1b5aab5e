"""The desk of alarms: cases in pages, handled by who may, and rules from a stated time on."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from tests.website import id_of, imported, person, program, site, token


@pytest.fixture
async def house(pool, clock, conn):
    """The small city; case(vehicle, minutes ago, **columns) puts a case there."""
    async with site(pool, clock) as app:
        await imported(app, conn)
        yield app


async def case(conn, clock, vehicle, minutes, **more):
    """A case as the fold opens it."""
    at = clock.now() - timedelta(minutes=minutes)
    vehicle_id = await id_of(conn, "vehicle", vehicle)
    pool_id = await conn.fetchval(
        "SELECT pool_id FROM vehicle_pool WHERE vehicle_id = $1", vehicle_id
    )
    columns = {
        "vehicle_id": vehicle_id, "pool_id": pool_id, "rule": 9, "state": "raised", "severity": 2, "shadow": False,
        "notify": True, "opened_at": at, "started_at": at, "raised_at": at, "ended_at": at, "peak": 1234, "bound": 800,
        "cause": 1, "lon": 1187420000, "lat": 309330000,
    } | more  # fmt: skip
    names = ", ".join(columns)
    places = ", ".join(f"${i + 1}" for i in range(len(columns)))
    return await conn.fetchval(
        f"INSERT INTO alarm_case ({names}) VALUES ({places}) RETURNING id", *columns.values()
    )


@asynccontextmanager
async def desk(house, conn, code="K", *, pool="XZ", role="dispatcher"):
    scope = {} if pool is None else {"pool_id": await id_of(conn, "pool", pool)}
    who = await person(conn, code, (role, scope))
    async with program(house, await token(conn, who)) as client:
        yield client


async def ids(client, **query):
    answer = await client.get("/api/v1/alarms", params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_cases_come_in_pages_newest_first_and_only_of_ones_own(house, conn, clock):
    mine = [await case(conn, clock, "V-XZ1", minutes) for minutes in (30, 20, 20, 10)]
    theirs = await case(conn, clock, "V-NG1", 5)
    newest = [mine[3], *sorted(mine[1:3], reverse=True), mine[0]]
    async with desk(house, conn) as client:
        found, cursor = [], None
        while True:
            query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/api/v1/alarms", params=query)).json()
            found += [one["id"] for one in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert found == newest
        assert (await client.get(f"/api/v1/alarms/{theirs}")).status_code == 404
        assert (await client.get("/api/v1/alarms/counts")).json() == {"2": 4}
        broken = await client.get("/api/v1/alarms", params={"cursor": "x~1"})
        assert (broken.status_code, broken.json()["code"]) == (400, "invalid")
    async with desk(house, conn, "C", pool=None, role="supervisor") as client:
        assert set(await ids(client)) == {*mine, theirs}


async def test_filters_leave_what_fits(house, conn, clock):
    red = await case(conn, clock, "V-XZ1", 10, severity=3)
    shadow = await case(conn, clock, "V-XZ1", 20, shadow=True)
    idle = await case(conn, clock, "V-XZ2", 30, rule=24, severity=1)
    gone = await case(conn, clock, "V-XZ2", 600, state="withdrawn_by_data")
    other = await id_of(conn, "vehicle", "V-XZ2")
    hour = (clock.now() - timedelta(hours=1)).isoformat()
    async with desk(house, conn) as client:
        for query, wanted in (
            ({}, {red, idle, gone}), ({"shadow": True}, {shadow}), ({"rule": 24}, {idle}), ({"severity": 3}, {red}),
            ({"vehicle_id": other}, {idle, gone}), ({"open": True}, {red, idle}), ({"until": hour}, {gone}),
            ({"since": hour}, {red, idle}), ({"state": "withdrawn_by_data"}, {gone}),
        ):  # fmt: skip
            assert set(await ids(client, **query)) == wanted, query


async def test_a_case_is_acknowledged_then_closed_with_what_it_was(house, conn, clock):
    case_id = await case(conn, clock, "V-XZ1", 10)
    path = f"/api/v1/alarms/{case_id}"
    async with desk(house, conn) as client:
        assert (await client.get(path)).json()["may_settle"] is True
        done = await client.post(f"{path}/acknowledge", json={"note": "在看"})
        assert done.json()["state"] == "acknowledged", done.text
        closed = await client.post(f"{path}/close", json={"outcome": "legit", "note": "应急任务"})
        assert (closed.json()["state"], closed.json()["outcome"]) == ("closed", "legit")
        history = (await client.get(path)).json()["history"]
        said = [(one["kind"], one["detail"]["note"]) for one in history]
        assert said == [("acknowledged", "在看"), ("closed", "应急任务")]
        again = await client.post(f"{path}/close", json={"outcome": "violation"})
        assert (again.status_code, again.json()["code"]) == (409, "alarm-case-settled")


async def test_who_only_looks_settles_nothing(house, conn, clock):
    case_id = await case(conn, clock, "V-XZ1", 10)
    path = f"/api/v1/alarms/{case_id}"
    async with desk(house, conn, "S", pool=None, role="supervisor") as client:
        assert (await client.get(path)).json()["may_settle"] is False
        assert (await client.post(f"{path}/acknowledge", json={})).status_code == 403
    async with desk(house, conn, "N", pool="NG") as client:
        assert (await client.post(f"{path}/acknowledge", json={})).status_code == 404


async def rules(client, **scope):
    answer = await client.get("/api/v1/alarm-rules", params=scope)
    assert answer.status_code == 200, answer.text
    return {one["rule"]: one for one in answer.json()["items"]}


async def test_a_platforms_threshold_holds_for_it_alone_and_is_remembered(house, conn):
    own, other = await id_of(conn, "pool", "XZ"), await id_of(conn, "pool", "NG")
    async with desk(house, conn, role="fleet_manager") as client:
        assert (await rules(client, pool_id=own))[24]["parameters"]["for_s"] == 1200
        body = {"pool_id": own, "shadow": True, "parameters": {"for_s": 600}}
        answer = await client.put("/api/v1/alarm-rules/24", json=body)
        assert answer.status_code == 204, answer.text
        line = (await rules(client, pool_id=own))[24]
        assert (line["parameters"]["for_s"], line["shadow"], line["said_by"]["for_s"]) == (
            600,
            True,
            "platform",
        )
        assert (await rules(client))[24]["parameters"]["for_s"] == 1200
        (change,) = (
            await client.get("/api/v1/alarm-rules/24/history", params={"pool_id": own})
        ).json()["items"]
        assert change["parameters"] == {"for_s": 600}
        for refused, status in (
            ({"pool_id": own, "parameters": {"for_s": 1}}, 400), ({"pool_id": other}, 403), ({}, 403),
        ):  # fmt: skip
            answer = await client.put("/api/v1/alarm-rules/24", json=refused)
            assert answer.status_code == status, (refused, answer.text)
