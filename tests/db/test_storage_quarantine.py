"""The quarantine as people use it: pages, bytes made visible, and try again after a fix."""

import asyncio
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import ingest, positions, wire
from tests.storing import DAY, NOON
from tests.understanding import bind, vehicle

KEPT = 366 * DAY
FIX = {"lon": 117.2, "lat": 34.2}


def fix(at, **said):
    return json.loads(wire.encode([wire.Fix(ts=at, **(FIX | said))]))


async def aside(conn, payload, reason, *, device="bus-1", channel="fix", at=NOON):
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    topic = f"gongche/v1/{device}/{channel}"
    await positions.put_aside(
        conn, [positions.Quarantined(device, topic, reason, "why", payload, at)]
    )
    found = await positions.page(conn, None, device=device, reason=reason)
    return found.entries[0].id


@pytest.fixture
async def conn(conn):
    await conn.execute(
        "INSERT INTO device (id, name, kind, token_digest) VALUES (1, 'bus-1', 'terminal', $1),"
        " (2, 'bus-2', 'terminal', $1), (3, 'oil', 'provider', $1)",
        bytes(32),
    )
    await positions.ensure_weeks(conn, NOON, NOON)
    return conn


async def stored(conn):
    return await conn.fetchval("SELECT count(*) FROM every_fix")


async def test_what_was_in_the_future_is_stored_when_its_time_has_come(conn):
    one = await aside(conn, [fix(NOON + DAY)], "future")
    early = await ingest.try_again(conn, one, NOON, KEPT)
    assert (early.outcome, early.detail.split(":")[0]) == ("still", "future")
    assert (await positions.entry(conn, one, None)).detail == early.detail
    assert (await ingest.try_again(conn, one, NOON + DAY, KEPT)).outcome == "stored"
    assert await stored(conn) == 1
    assert await conn.fetchval("SELECT count(*) FROM dirty_mark") == 1
    entry = await positions.entry(conn, one, None)
    assert (entry.settled_at, entry.outcome) == (NOON + DAY, "stored")
    assert (await ingest.try_again(conn, one, NOON + DAY, KEPT)).outcome == "settled"


async def test_trying_at_the_same_time_stores_once(pool, conn):
    one = await aside(conn, [fix(NOON)], "bug")

    async def try_it():
        async with pool.acquire() as other:
            return (await ingest.try_again(other, one, NOON, KEPT)).outcome

    outcomes = await asyncio.gather(*(try_it() for _ in range(5)))
    assert sorted(outcomes) == ["settled"] * 4 + ["stored"]
    assert await stored(conn) == 1


async def test_what_came_meanwhile_another_way_is_not_stored_twice(conn):
    one = await aside(conn, [fix(NOON)], "bug")
    async with conn.transaction():
        await positions.append(conn, [positions.pack(1, wire.Fix(ts=NOON, **FIX), NOON)])
    assert (await ingest.try_again(conn, one, NOON, KEPT)).outcome == "stored"
    assert await stored(conn) == 1


async def test_of_an_array_the_rest_gets_entries_of_its_own(conn):
    bad = fix(NOON) | {"fuel_ml": -1}
    one = await aside(conn, [fix(NOON), bad, fix(NOON + 2 * DAY)], "bug")
    assert (await ingest.try_again(conn, one, NOON, KEPT)).outcome == "partly"
    left = {e.reason: json.loads(e.payload) for e in await positions.unsettled(conn)}
    assert left == {"out-of-range": bad, "future": fix(NOON + 2 * DAY)}
    assert await stored(conn) == 1


@pytest.mark.parametrize(
    ("payload", "reason", "device", "channel", "outcome"),
    [
        (b"{", "not-json", "bus-1", "fix", "still"),
        ([], "empty", "bus-1", "fix", "still"),
        (b"x", "too-large", "bus-1", "fix", "impossible"),
        ([fix(NOON)], "bug", "stranger", "fix", "still"),
        ([fix(NOON)], "bug", "oil", "fix", "still"),
        ([fix(NOON - 400 * DAY)], "expired", "bus-1", "fix", "still"),
        (
            {"txn": "a\x00", "kind": "fuel", "at": "2026-03-02T00:00:00Z", "amount_fen": 1},
            *("unstorable", "oil", "fuel-card", "still"),
        ),
        (
            {"txn": "a", "kind": "fuel", "at": "2026-03-02T00:00:00Z", "amount_fen": 1},
            *("bug", "oil", "fuel-card", "stored"),
        ),
        (
            {"ts": "2026-03-02T00:00:00Z", "state": "online"},
            *("bug", "bus-1", "status", "stored"),
        ),
    ],
)
async def test_what_is_as_wrong_as_before_waits_on(conn, payload, reason, device, channel, outcome):
    one = await aside(conn, payload, reason, device=device, channel=channel)
    assert (await ingest.try_again(conn, one, NOON, KEPT)).outcome == outcome
    entry = await positions.entry(conn, one, None)
    assert (entry.settled_at is None) == (outcome != "stored")
    assert (entry.reason, entry.times) == (reason, 1)
    assert await conn.fetchval("SELECT count(*) FROM quarantine") == 1


async def test_a_receipt_that_conflicts_still_conflicts(conn):
    said = {"txn": "a", "kind": "fuel", "at": "2026-03-02T00:00:00Z", "amount_fen": 1}
    first = await aside(conn, said, "bug", device="oil", channel="fuel-card")
    assert (await ingest.try_again(conn, first, NOON, KEPT)).outcome == "stored"
    other = wire.encode(
        [wire.decode(wire.Channel.FUEL_CARD, json.dumps(said | {"amount_fen": 2}).encode())[0]]
    )
    second = await aside(conn, other, "conflict", device="oil", channel="fuel-card")
    again = await ingest.try_again(conn, second, NOON, KEPT)
    assert (again.outcome, again.detail.split(":")[0]) == ("still", "conflict")
    assert (await positions.entry(conn, second, None)).times == 1


async def test_a_disabled_device_is_not_let_in_by_the_back_door(conn):
    one = await aside(conn, [fix(NOON)], "bug")
    await conn.execute("UPDATE device SET enabled = false")
    assert (await ingest.try_again(conn, one, NOON, KEPT)).outcome == "still"
    assert await stored(conn) == 0


async def test_all_of_a_reason_are_tried_oldest_first(conn):
    for n in range(5):
        await aside(conn, [fix(NOON + timedelta(seconds=n))], "bug")
    await aside(conn, [fix(NOON + DAY)], "bug")
    other = await aside(conn, [fix(NOON)], "bug", device="bus-2")
    done = await ingest.try_all_again(conn, "bug", NOON, KEPT, device="bus-1", at_most=4)
    assert [r.outcome for r in done] == ["stored"] * 4
    done = await ingest.try_all_again(conn, "bug", NOON, KEPT, device="bus-1")
    assert [r.outcome for r in done] == ["stored", "still"]
    done = await ingest.try_all_again(conn, "bug", NOON, KEPT)
    assert {r.id: r.outcome for r in done}[other] == "stored"
    counts = {c.reason: (c.waiting, c.settled) for c in await positions.counts(conn, None)}
    assert counts == {"bug": (1, 6)}


async def test_pages_are_whole_and_filtered(conn):
    ids = [await aside(conn, f"{n}".encode(), "not-json") for n in range(7)]
    await aside(conn, b"{", "empty", device="bus-2")
    await positions.settle(conn, ids[0], NOON)
    seen, before = [], None
    while True:
        page = await positions.page(conn, None, reason="not-json", before=before, at_most=2)
        seen += [e.id for e in page.entries]
        if (before := page.next) is None:
            break
    assert seen == ids[:0:-1]
    settled = await positions.page(conn, None, waiting=False)
    assert [(e.id, e.outcome) for e in settled.entries] == [(ids[0], "settled")]
    assert len((await positions.page(conn, None, waiting=None)).entries) == 8
    assert len((await positions.page(conn, None, device="bus-2")).entries) == 1


async def test_a_platform_sees_what_came_from_its_own_cars_then(conn):
    for n, code in ((1, "A"), (2, "B")):
        await conn.execute(
            "INSERT INTO pool (id, code, name, name_en, level, adcode, lon, lat)"
            " VALUES ($1, $2, $2, $2, 'city', '341800', 118, 31)",
            n,
            f"XZ-{code}",
        )
    car = await vehicle(conn)
    await bind(conn, 1, car, NOON - DAY, NOON + DAY)
    for pool_id, lo, hi in ((1, NOON - DAY, NOON), (2, NOON, NOON + 9 * DAY)):
        await conn.execute(
            "INSERT INTO vehicle_pool (vehicle_id, pool_id, during) VALUES ($1, $2, tstzrange($3, $4))",
            *(car, pool_id, lo, hi),
        )
    then = await aside(conn, b"{", "not-json", at=NOON - DAY / 2)
    now = await aside(conn, b"[", "not-json", at=NOON + DAY / 2)
    unbound = await aside(conn, b"(", "not-json", at=NOON + 2 * DAY)
    nobody = await aside(conn, b"(", "not-json", device="stranger")

    async def seen(pools):
        return [e.id for e in (await positions.page(conn, pools)).entries]

    assert (await seen([1]), await seen([2]), await seen([])) == ([then], [now], [])
    assert await seen(None) == [nobody, unbound, now, then]
    assert [c.waiting for c in await positions.counts(conn, [1])] == [1]
    for call in (
        positions.entry(conn, now, [1]),
        ingest.try_again(conn, unbound, NOON, KEPT, [1, 2]),
    ):
        with pytest.raises(positions.NotInQuarantine):
            await call
    done = await ingest.try_all_again(conn, "not-json", NOON, KEPT, [1])
    assert [r.id for r in done] == [then]


@given(st.binary(max_size=200))
def test_nothing_in_a_payload_is_invisible_or_acts(payload):
    said = positions.shown(payload)
    assert all(c.isprintable() or c == "\n" for c in said.text + said.hexadecimal)
    rows = [line.split("  ")[1].split() for line in said.hexadecimal.splitlines()]
    assert bytes.fromhex("".join("".join(r) for r in rows)) == payload


def test_a_payload_is_shown_as_text_and_bytes():
    said = positions.shown(b'{"a":\x00\xff\xe2\x80\xae\xe8\xbd\xa6}', at_most=12)
    assert said.text == '{"a":\\x00\\xff\\u202e\\xe8\\xbd'
    assert said.hexadecimal.endswith('{"a":.......')
    assert said.left_out == 2
