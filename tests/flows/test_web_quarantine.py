"""The desk of quarantine: who sees what, and what can be done about it."""

from contextlib import asynccontextmanager

import pytest

from telemetry import positions
from tests.website import id_of, imported, person, program, site, token

SENDERS = ("bd-xz1", "bd-ng1", "fuel-issuer", "nobody-known")


@pytest.fixture
async def house(pool, clock, conn):
    """The small city, in whose quarantine each sender has one message."""
    async with site(pool, clock) as app:
        await imported(app, conn)
        await positions.put_aside(
            conn,
            [
                positions.Quarantined(
                    sender, f"gongche/v1/{sender}/fix", "not-json", "", b"lon\x00\xff 118 <b>", clock.now()
                )
                for sender in SENDERS
            ],
        )  # fmt: skip
        yield app


@asynccontextmanager
async def keeper(house, conn, code="K", *, pool="XZ", role="fleet_manager"):
    """Someone with a role, of one platform or of all (None), as a client."""
    scope = {} if pool is None else {"pool_id": await id_of(conn, "pool", pool)}
    who = await person(conn, code, (role, scope))
    async with program(house, await token(conn, who)) as client:
        yield client


async def seen(client, **query):
    answer = await client.get("/api/v1/quarantine", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_platform_sees_what_its_own_vehicles_sent_and_the_authority_all(house, conn):
    async with keeper(house, conn) as client:
        assert {one["device"] for one in await seen(client)} == {"bd-xz1"}
        counts = (await client.get("/api/v1/quarantine/counts")).json()["items"]
        assert [(one["reason"], one["waiting"]) for one in counts] == [("not-json", 1)]
    async with keeper(house, conn, "ALL", pool=None) as client:
        assert {one["device"] for one in await seen(client)} == set(SENDERS)
        assert {one["device"] for one in await seen(client, device="bd-ng1")} == {"bd-ng1"}
        assert await seen(client, reason="future") == []


async def test_an_entry_shows_every_byte_and_none_of_them_acts(house, conn):
    async with keeper(house, conn) as client:
        (one,) = await seen(client)
        raw = (await client.get(f"/api/v1/quarantine/{one['id']}")).json()
    assert (raw["bytes"], raw["left_out"]) == (13, 0)
    assert raw["text"] == "lon\\x00\\xff 118 <b>"
    assert "6c 6f 6e 00 ff 20 31 31" in raw["hexadecimal"]


async def test_pages_of_quarantine_follow_each_other_without_a_gap(house, conn):
    async with keeper(house, conn, pool=None) as client:
        page = (await client.get("/api/v1/quarantine", params={"limit": 3})).json()
        rest = await seen(client, limit=3, cursor=page["next"])
    ids = [one["id"] for one in page["items"] + rest]
    assert ids == sorted(ids, reverse=True)
    assert {one["device"] for one in page["items"] + rest} == set(SENDERS)


async def test_what_is_settled_waits_no_longer_and_is_still_there(house, conn):
    async with keeper(house, conn) as client:
        (one,) = await seen(client)
        path = f"/api/v1/quarantine/{one['id']}/settle"
        assert (await client.post(path)).status_code == 204
        assert await seen(client) == []
        assert [row["outcome"] for row in await seen(client, state="settled")] == ["settled"]
        again = await client.post(path)
        assert (again.status_code, again.json()["code"]) == (404, "not-in-quarantine")
    assert (
        await conn.fetchval("SELECT count(*) FROM audit_entry WHERE action = 'quarantine.settled'")
        == 1
    )


async def test_what_is_not_ones_own_is_not_there_and_a_supervisor_only_looks(house, conn):
    theirs = await conn.fetchval("SELECT id FROM quarantine WHERE device = 'bd-ng1'")
    async with keeper(house, conn) as client:
        assert (await client.get(f"/api/v1/quarantine/{theirs}")).status_code == 404
        assert (await client.post(f"/api/v1/quarantine/{theirs}/settle")).status_code == 404
    async with keeper(house, conn, "S", pool=None, role="supervisor") as client:
        assert (await client.get(f"/api/v1/quarantine/{theirs}")).status_code == 200
        assert (await client.post(f"/api/v1/quarantine/{theirs}/settle")).status_code == 403


async def put_aside(conn, clock, reason, *payloads):
    await positions.put_aside(
        conn,
        [
            positions.Quarantined(
                "bd-xz1", "gongche/v1/bd-xz1/fix", reason, "", payload, clock.now()
            )
            for payload in payloads
        ],
    )


def fix(clock, minute):
    at = clock.now().replace(second=minute, microsecond=0).isoformat()
    return f'{{"ts": "{at}", "lon": 118.7, "lat": 30.9}}'.encode()


async def test_what_is_right_now_is_taken_in_again_once_and_what_is_not_waits_on(
    house, conn, clock
):
    await put_aside(conn, clock, "bug", fix(clock, 1), b"still nonsense")
    async with keeper(house, conn) as client:
        found = await seen(client, reason="bug")
        nonsense, good = sorted(found, key=lambda one: "nonsense" not in one["payload"])
        answers = [
            (await client.post(f"/api/v1/quarantine/{one['id']}/retry")).json()["outcome"]
            for one in (good, good, nonsense)
        ]
        assert answers == ["stored", "settled", "still"]
        assert [one["id"] for one in await seen(client, reason="bug")] == [nonsense["id"]]
    assert await conn.fetchval("SELECT count(*) FROM fix") == 1


async def test_all_of_a_reason_are_taken_in_again_but_not_anothers(house, conn, clock):
    await put_aside(conn, clock, "bug", *(fix(clock, second) for second in range(3)))
    async with keeper(house, conn, "N", pool="NG") as client:
        answer = await client.post("/api/v1/quarantine/retry", json={"reason": "bug"})
        assert answer.json()["items"] == []
    async with keeper(house, conn) as client:
        answer = await client.post("/api/v1/quarantine/retry", json={"reason": "bug"})
        assert [one["outcome"] for one in answer.json()["items"]] == ["stored"] * 3
    assert await conn.fetchval("SELECT count(*) FROM fix") == 3
