"""Bad input gets a reason and loses nothing; one bad message never holds up the others."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.kernel import db
from dispatch.kernel.clock import step_to
from telemetry import live, positions, wire
from tests.flows.ingest_door import Raw, add, door, fix, publish, until

FIX = "gongche/v1/bus-1/fix"
FUEL = "gongche/v1/bus-1/fuel"
CARD = "gongche/v1/oil/fuel-card"


class Devices:
    """A terminal and a provider, both connected; say() returns when the door has answered."""

    def __init__(self, raws):
        self.raws = raws
        self.said = 0

    async def say(self, topic, payload):
        self.said += 1
        raw = self.raws[topic.split("/")[2]]
        if not isinstance(payload, bytes):
            payload = json.dumps(payload).encode()
        await raw.send(publish(topic, payload, self.said))
        assert await raw.packet() == b"\x40\x02" + self.said.to_bytes(2, "big")


@pytest.fixture
async def say(dsn, conn):
    tokens = await add(conn, "bus-1") | await add(conn, "oil", kind="provider")
    async with door(dsn) as port:
        raws = {name: await Raw.open(port) for name in tokens}
        for name, raw in raws.items():
            assert (await raw.hello(name, tokens[name]))[3] == 0
        yield Devices(raws).say
        for raw in raws.values():
            raw.close()


async def reasons(conn):
    return sorted((e.topic, e.reason) for e in await positions.unsettled(conn))


async def fixes(conn):
    return await conn.fetchval("SELECT count(*) FROM fix")


BAD = [
    (FIX, b"", "not-json"),
    (FIX, b"{", "not-json"),
    (FIX, b"\xff\xfe\x00", "not-json"),
    (FIX, b"[" * 30_000, "not-json"),
    (FIX, b"[]", "empty"),
    (FIX, {"ts": "2026-03-02T00:00:00", "lon": 1, "lat": 2}, "out-of-range"),
    (FIX, b'{"ts":"2026-03-02T00:00:00Z","lon":NaN,"lat":2}', "not-json"),
    (FIX, b'{"ts":"2026-03-02T00:00:00Z","lon":1e999,"lat":2}', "out-of-range"),
    (FIX, {"ts": "2036-03-02T00:00:00Z", "lon": 1, "lat": 2}, "future"),
    (FIX, {"ts": "9999-12-31T23:59:59-23:59", "lon": 1, "lat": 2}, "future"),
    (FIX, {"ts": "2000-03-02T00:00:00Z", "lon": 1, "lat": 2}, "expired"),
    (FIX, {"ts": "0001-01-01T00:00:00+23:59", "lon": 1, "lat": 2}, "expired"),
    (FUEL, {"ts": "2026-03-02T00:00:00Z", "kind": "level", "fuel_ml": -1}, "out-of-range"),
    (FUEL, {"ts": "2036-03-02T00:00:00Z", "kind": "level"}, "future"),
    (CARD, {"txn": "1", "kind": "toll", "at": "2026-03-02T00:00:00Z", "amount_fen": 1},
     "wrong-kind"),
    (CARD, {"txn": "1", "kind": "fuel", "at": "2026-03-02T00:00:00Z", "amount_fen": -1},
     "out-of-range"),
    (CARD, {"txn": "1", "kind": "fuel", "at": "2036-03-02T00:00:00Z", "amount_fen": 1},
     "future"),
    (CARD, {"txn": "1", "kind": "fuel", "at": "0001-01-01T00:00:00+09:00", "amount_fen": 1},
     "out-of-range"),
    (CARD, {"txn": "a\x00b", "kind": "fuel", "at": "2026-03-02T00:00:00Z", "amount_fen": 1},
     "unstorable"),
]  # fmt: skip


async def test_what_cannot_be_taken_is_put_aside_with_its_reason_and_acknowledged(say, conn):
    for topic, payload, _ in BAD * 2:
        await say(topic, payload)
    entries = await positions.unsettled(conn)
    assert [(e.topic, e.reason) for e in reversed(entries)] == [(t, r) for t, _, r in BAD]
    assert {e.times for e in entries} == {2}
    assert await fixes(conn) + await conn.fetchval("SELECT count(*) FROM receipt") == 0


async def test_of_an_array_the_good_ones_are_stored(say, conn, clock):
    good = [json.loads(wire.encode([fix(clock, n)])) for n in range(3)]
    bad = good[0] | {"fuel_ml": -1}
    late = good[0] | {"ts": "2036-01-01T00:00:00Z"}
    await say(FIX, [good[0], bad, good[1], late, good[2]])
    assert await fixes(conn) == 3
    entries = {e.reason: json.loads(e.payload) for e in await positions.unsettled(conn)}
    assert entries == {"out-of-range": bad, "future": late}


async def test_text_with_a_nul_costs_the_others_of_its_batch_no_transaction(say, conn, clock):
    """Sorted out before the database sees it: the batch is stored at once, with its good ones."""
    now = clock.now().isoformat()
    good, bad = ({"ts": now, "state": "online", "detail": detail} for detail in ("a", "a\x00"))
    await say("gongche/v1/bus-1/status", [good, bad])
    assert await conn.fetchval("SELECT count(*) FROM device_status") == 1
    (entry,) = await positions.unsettled(conn)
    assert (entry.reason, entry.detail) == ("unstorable", "text with a NUL")
    assert json.loads(entry.payload)["detail"] == "a\x00"
    transactions = await conn.fetch("SELECT DISTINCT xmin::text FROM device_status")
    assert transactions == await conn.fetch("SELECT DISTINCT xmin::text FROM quarantine")


async def test_0_0_is_kept_and_does_not_move_the_car(say, conn, clock):
    await say(FIX, wire.encode([fix(clock)]))
    await say(FIX, wire.encode([fix(clock, 1, lon=0, lat=0)]))
    assert await fixes(conn) == 2
    assert await reasons(conn) == []
    _, (row,) = await live.tail(conn, live.FROM_THE_START)
    assert row.lon == 1_172_000_000


async def test_one_bad_row_in_a_batch_is_found_and_the_others_are_stored(say, conn, pool, clock):
    raw = say.__self__.raws["oil"]
    await conn.execute("ALTER TABLE receipt ADD CHECK (txn <> 'spoiled ' || line)")
    async with pool.acquire() as other, other.transaction():
        await other.execute("LOCK TABLE receipt IN ACCESS EXCLUSIVE MODE")
        for n in range(1, 41):
            txn = "spoiled 0" if n in (7, 23) else f"T{n}"
            said = {"txn": txn, "kind": "fuel", "at": clock.now().isoformat(), "amount_fen": n}
            await raw.send(publish(CARD, json.dumps(said).encode(), n))
        await until(lambda: _waits(conn))
    acks = [await raw.packet() for _ in range(40)]
    assert [int.from_bytes(ack[2:], "big") for ack in acks] == list(range(1, 41))
    assert await conn.fetchval("SELECT count(*) FROM receipt") == 38
    assert await conn.fetchval("SELECT sum(times) FROM quarantine WHERE reason = 'unstorable'") == 2


async def _waits(conn):
    return await conn.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def test_a_receipt_sent_twice_is_one_and_another_body_is_a_conflict(say, conn, clock):
    at = clock.now()
    first = {"txn": "T1", "kind": "fuel", "at": at.isoformat(), "amount_fen": 30_000,
             "quantity_ml": 40_000, "card_no": "C1", "lon": 117.2, "lat": 34.2}  # fmt: skip
    await say(CARD, first)
    await say(CARD, [first, first | {"at": at.astimezone(UTC).isoformat()}])
    assert await reasons(conn) == []
    await say(CARD, [first | {"amount_fen": 1}, first | {"line": 1}])
    assert await reasons(conn) == [(CARD, "conflict")]
    (entry,) = await positions.unsettled(conn)
    assert json.loads(entry.payload)["amount_fen"] == 1
    rows = await conn.fetch("SELECT id, issuer, line, amount_fen, lon, at FROM receipt ORDER BY id")
    assert [tuple(row)[1:] for row in rows] == [
        ("oil", line, 30_000, 1_172_000_000, at) for line in (0, 1)
    ]
    marks = await conn.fetch("SELECT receipt_id FROM receipt_mark ORDER BY 1")
    assert [m["receipt_id"] for m in marks] == [row["id"] for row in rows]


async def test_a_reversal_may_come_first_and_a_late_receipt_never_expires(say, conn):
    long_ago = (datetime.now(UTC) - timedelta(days=900)).isoformat()
    await say(CARD, {"txn": "R", "kind": "fuel", "at": long_ago, "amount_fen": -5,
                     "reverses_txn": "T"})  # fmt: skip
    await say(CARD, {"txn": "T", "kind": "fuel", "at": long_ago, "amount_fen": 5})
    assert await conn.fetchval("SELECT sum(amount_fen) FROM receipt") == 0
    assert await reasons(conn) == []


async def test_observations_of_terminals_are_stored_once(say, conn, clock):
    ts = clock.now().isoformat()
    for _ in range(2):
        await say(FUEL, {"ts": ts, "kind": "refuelling", "fuel_ml": 50_000, "soc_pct": 80.5})
        await say("gongche/v1/bus-1/etc", {"ts": ts, "obu": "O1", "gantry": "G3-12"})
        await say("gongche/v1/bus-1/status", {"ts": ts, "state": "power-cut"})
    fuel = await conn.fetchrow("SELECT kind, fuel_ml, soc_permille FROM fuel_observation")
    assert tuple(fuel) == ("refuelling", 50_000, 805)
    for table in ("fuel_observation", "etc_observation", "device_status"):
        assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 1


async def test_the_clock_is_read_again_before_anything_is_called_future(dsn):
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    from dispatch.kernel.clock import start_scenario

    pool = await db.open_pool(dsn)
    async with pool.acquire() as conn:
        await start_scenario(conn, monday, 0)
        token = (await add(conn, "bus-1"))["bus-1"]
        async with door(dsn) as port:
            raw = await Raw.open(port)
            assert (await raw.hello("bus-1", token))[3] == 0
            for n in range(1, 60):
                now = await step_to(conn, monday + timedelta(days=7 * n))
                one = wire.Fix(ts=now, lon=117.2, lat=34.2)
                await raw.send(publish(FIX, wire.encode([one]), n))
                assert await raw.packet() == b"\x40\x02" + n.to_bytes(2, "big")
                row = await conn.fetchrow("SELECT ts, received_at FROM live_position")
                assert tuple(row) == (now, now)
            ahead = wire.Fix(ts=now + timedelta(minutes=6), lon=117.2, lat=34.2)
            await raw.send(publish(FIX, wire.encode([ahead]), 99))
            assert await raw.packet() == b"\x40\x02\x00\x63"
            raw.close()
        assert await fixes(conn) == 59
        assert await reasons(conn) == [(FIX, "future")]
    await pool.close()
