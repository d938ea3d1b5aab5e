"""What is due goes whole and is audited; what is young, unpublished or held stays; nobody waits."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest

from dispatch import accounting
from dispatch.kernel.calendar import month_bounds
from telemetry import positions, storage
from telemetry.ingest.gate import Gate
from telemetry.ingest.rounds import go_round
from telemetry.storage.model import Stored
from telemetry.storage.plan import GRACE, due, judge
from tests.storing import DAY, NOON, WEEK, put, weeks_from
from tests.understanding import bind, terminal, vehicle

POLICY = storage.Policy(raw=28 * DAY, raw_at_least=7 * DAY)
NO_DISK = storage.Gauge()
WEEKS = [f"fix_2026w{n}" for n in range(10, 16)]


async def there(conn):
    return [w.name for w in (await status(conn, NOON)).weeks if w.rows > 0]


async def status(conn, now, unpublished=None, gauge=NO_DISK):
    await conn.execute("ANALYZE fix")
    return await storage.status(conn, POLICY, now, gauge, unpublished)


@pytest.fixture
async def conn(conn):
    """Six weeks of fixes from NOON's week on."""
    await weeks_from(conn, NOON, 6)
    return conn


async def test_weeks_go_a_day_after_their_last_fix_expired_and_each_is_audited(conn):
    end_of_second = NOON.replace(hour=0) + 12 * DAY  # Monday after the second week
    now = end_of_second + POLICY.raw + GRACE
    assert (await storage.run(conn, POLICY, now - DAY / 24, None)).dropped == WEEKS[:1]
    ran = await storage.run(conn, POLICY, now, None)
    assert (ran.dropped, ran.trimmed, ran.waiting) == (WEEKS[1:2], [], [])
    assert await there(conn) == WEEKS[2:]
    assert await positions.horizon(conn) == end_of_second
    entries = await conn.fetch("SELECT action, object, detail FROM audit_entry ORDER BY seq")
    assert [(e["action"], e["object"]) for e in entries] == [
        ("fixes.drop", WEEKS[0]),
        ("fixes.drop", WEEKS[1]),
    ]
    assert (await storage.run(conn, POLICY, now, None)).dropped == []
    left = await conn.fetchval("SELECT count(*) FROM pg_class WHERE relname LIKE 'gone_fix%'")
    assert left == 0


async def test_nothing_goes_from_the_first_month_on_that_is_not_published(conn):
    _, april = month_bounds(NOON.date())
    late = NOON + 300 * DAY
    ran = await storage.run(conn, POLICY, late, april)
    assert ran.dropped == WEEKS[:4]  # the fifth reaches into April
    said = await status(conn, late, april)
    kept = {w.name: w.kept_by for w in said.weeks}
    assert kept[WEEKS[4]] == storage.Kept.UNPUBLISHED
    assert (await storage.run(conn, POLICY, late, None)).dropped == WEEKS[4:]


async def test_a_month_with_trips_or_an_open_period_is_not_published(conn):
    assert await accounting.first_unpublished(conn) is None
    await conn.execute(
        "INSERT INTO pool (id, code, name, name_en, level, adcode, lon, lat)"
        " VALUES (1, 'XZ-CITY', '市级', 'City', 'city', '341800', 118, 31)"
    )
    await conn.execute(
        "INSERT INTO period (pool_id, month, state) VALUES (1, '2026-02-01', 'published'), (1, '2026-03-01', 'closed')"
    )
    assert await accounting.first_unpublished(conn) == month_bounds(NOON.date())[0]


async def held(conn, **more):
    """A car with a terminal under a hold over NOON's week, and one that is not."""
    car, device = await vehicle(conn), await terminal(conn)
    other = await terminal(conn)
    await bind(conn, device, car, NOON - 30 * DAY)
    await bind(conn, other, await vehicle(conn), NOON - 30 * DAY)
    for one in (device, other):
        await put(conn, NOON, 50, devices=(one, one))
    said = {"reason": "accident 7", "by": "person:1", "at": NOON} | more
    hold = await storage.place_hold(conn, car, NOON, NOON + 100 * timedelta(seconds=1), **said)
    return device, hold


async def test_a_legal_hold_keeps_exactly_the_rows_of_its_car_and_time(conn):
    device, hold = await held(conn)
    late = NOON + 300 * DAY
    ran = await storage.run(conn, POLICY, late, None)
    assert (ran.dropped, ran.trimmed) == (WEEKS[1:], WEEKS[:1])
    rows = await conn.fetch("SELECT device_id, count(*) FROM fix GROUP BY 1")
    assert [tuple(r) for r in rows] == [(device, 10)]
    (week,) = [w for w in (await status(conn, late)).weeks if w.rows]
    assert (week.kept_by, week.goes_at) == (storage.Kept.HOLD, None)
    again = await storage.run(conn, POLICY, late, None)
    assert (again.dropped, again.trimmed) == ([], [])
    await storage.release_hold(conn, hold, by="person:2", at=late)
    assert (await storage.run(conn, POLICY, late, None)).dropped == WEEKS[:1]
    assert await conn.fetchval("SELECT count(*) FROM fix") == 0
    with pytest.raises(storage.NoSuchHold):
        await storage.release_hold(conn, hold, by="person:2", at=late)


async def test_a_hold_needs_a_reason_and_a_time(conn):
    for more in ({"reason": " "}, {"reason": ""}):
        with pytest.raises(storage.EmptyHold):
            await held(conn, **more)


async def test_a_long_reader_delays_the_drop_but_nobody_else(pool, conn):
    async with pool.acquire() as reader, pool.acquire() as writer:
        reading = reader.transaction()
        await reading.start()
        await reader.fetchval("SELECT count(*) FROM fix")
        dropping = asyncio.create_task(storage.run(conn, POLICY, NOON + 300 * DAY, None))
        blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        async with asyncio.timeout(30):
            while not await writer.fetchval(blocked):
                await asyncio.sleep(0.005)
        await writer.execute("SET lock_timeout = '1s'")
        await put(writer, NOON + 5 * WEEK, 5, devices=(2, 2))  # behind the waiting DETACH
        assert not dropping.done()
        await reading.rollback()
        ran = await dropping
    assert ran.dropped == WEEKS


async def test_when_the_disk_is_low_raw_goes_before_its_time_but_not_all(conn):
    now = NOON + 6 * WEEK
    assert (await storage.run(conn, POLICY, now, None)).dropped == WEEKS[:2]
    assert (await storage.run(conn, POLICY, now, None, low=True)).dropped == WEEKS[2:5]
    assert await there(conn) == WEEKS[5:]


async def test_what_is_folded_with_the_fixes_goes_with_them(conn):
    early, late = NOON, NOON + 5 * WEEK
    for at in (early, late):
        await conn.execute(
            """INSERT INTO fuel_observation VALUES (1, $1, 1, 'level', 5, NULL, '{}', $1);""", at
        )
        await conn.execute("INSERT INTO etc_observation VALUES (1, $1, 1, 'o', 'g', '{}', $1)", at)
        await conn.execute("INSERT INTO device_status VALUES (1, $1, 1, 'online', '{}', $1)", at)
        for kind in ("stop", "midnight"):
            await conn.execute(
                "INSERT INTO checkpoint (vehicle_id, at, kind, fold_version, digest, state)"
                " VALUES (1, $1, $2, 7, '', '{}')",
                at - timedelta(hours=["stop", "midnight"].index(kind)),
                kind,
            )
    ran = await storage.run(conn, POLICY, NOON + 6 * WEEK + 7 * DAY, None)
    assert ran.dropped == WEEKS[:3]
    assert ran.forgotten["fuel"] == ran.forgotten["etc"] == ran.forgotten["statuses"] == 1
    assert ran.forgotten["checkpoints"] == 1  # a state to go on from stays
    assert await conn.fetchval("SELECT count(*) FROM fuel_observation") == 1


async def test_quarantine_and_sessions_have_their_own_age(conn):
    old = positions.Quarantined("a", "t", "not-json", "", b"{", NOON)
    new = positions.Quarantined("a", "t", "not-json", "", b"[", NOON + 100 * DAY)
    await positions.put_aside(conn, [old, new])
    device = await terminal(conn)
    await conn.execute(
        "INSERT INTO mqtt_session (device_id, client_id, expires_at, seen_at)"
        " VALUES ($1, 'gone', 'infinity', now() - interval '91 days'), ($1, 'here', 'infinity', now())",
        device,
    )
    ran = await storage.run(conn, POLICY, NOON + 181 * DAY, None)
    assert (ran.forgotten["quarantine"], ran.forgotten["sessions"]) == (1, 1)
    assert [e.payload for e in await positions.unsettled(conn)] == [b"["]
    ran = await storage.run(conn, POLICY, NOON + 181 * DAY, None, low=True)
    assert ran.forgotten == {"payloads": 1}
    (entry,) = await positions.unsettled(conn)
    assert (entry.payload, entry.shed) == (b"", True)
    await positions.put_aside(conn, [new])
    (entry,) = await positions.unsettled(conn)
    assert (entry.payload, entry.shed, entry.times) == (b"[", False, 2)


async def test_the_session_of_a_client_that_is_connected_stays(conn, pool):
    device = await terminal(conn)
    await conn.execute(
        "INSERT INTO mqtt_session (device_id, client_id, expires_at, seen_at)"
        " SELECT $1, c, 'infinity', now() - interval '91 days' FROM unnest('{gone,here,left}'::text[]) AS c",
        device,
    )
    gate = Gate(pool)
    await gate.end_session(device, "left", 3_600)
    here = SimpleNamespace(credential=None)
    rounds = asyncio.create_task(go_round(gate, [], {(device, "here"): here}))
    fresh = "SELECT bool_or(seen_at > now() - interval '1 day') FROM mqtt_session WHERE client_id = 'here'"
    try:
        async with asyncio.timeout(60):
            while not await conn.fetchval(fresh):
                await asyncio.sleep(0.05)
    finally:
        rounds.cancel()
        await asyncio.gather(rounds, return_exceptions=True)
    await storage.run(conn, POLICY, NOON, None)
    left = await conn.fetch("SELECT client_id FROM mqtt_session ORDER BY client_id")
    assert [row["client_id"] for row in left] == ["here", "left"]


async def test_of_much_nonsense_the_latest_is_kept(conn):
    bad = [positions.Quarantined("a", "t", "not-json", "", b"%d" % n, NOON) for n in range(20)]
    for one in bad:
        await positions.put_aside(conn, [one])
    few = storage.Policy(raw=28 * DAY, quarantine_at_most=5)
    assert (await storage.run(conn, few, NOON, None)).forgotten == {"excess": 15}
    assert [e.payload for e in await positions.unsettled(conn)] == [
        b"%d" % n for n in range(19, 14, -1)
    ]
    assert (await storage.run(conn, few, NOON, None)).forgotten == {}


async def test_who_sends_much_nonsense_pushes_out_nothing_of_the_others(conn):
    said = [("oil", b"0"), ("bus", b"0"), ("bus", b"1"), *(("foe", b"%d" % n) for n in range(20))]
    for device, payload in said:
        one = positions.Quarantined(device, "t", "not-json", "", payload, NOON)
        await positions.put_aside(conn, [one])
    few = storage.Policy(raw=28 * DAY, quarantine_at_most=5)
    assert (await storage.run(conn, few, NOON, None)).forgotten == {"excess": 18}
    kept = [(e.device, e.payload) for e in reversed(await positions.unsettled(conn))]
    assert kept == [*said[:3], ("foe", b"18"), ("foe", b"19")]


async def test_the_status_forecasts_from_the_last_four_weeks(conn, tmp_path):
    gauge = storage.Gauge(tmp_path)
    said = await status(conn, NOON + 6 * WEEK, gauge=gauge)
    weeks = [w for w in said.weeks if w.rows]
    assert [w.rows for w in weeks] == [10] * 6
    assert said.bytes_a_day == sum(w.bytes for w in weeks[-5:-1]) // 28
    assert said.full_in_days == pytest.approx(said.disk.free_bytes / said.bytes_a_day)
    assert weeks[0].goes_at == weeks[0].hi + POLICY.raw + GRACE
    unknown = await status(conn, NOON)
    assert (unknown.disk.level, unknown.full_in_days) == (storage.Level.UNKNOWN, None)


def test_a_hold_stops_nothing_and_youth_stops_all():
    monday = NOON.replace(hour=0) - 2 * DAY
    stored = [
        Stored(f"fix_2026w{n}", monday + i * WEEK, monday + (i + 1) * WEEK, 1, 1, None)
        for i, n in enumerate(range(10, 14))
    ]
    hold = storage.Hold(3, 1, monday + 8 * DAY, None, "r", "p", NOON)
    weeks = judge(stored, [hold], None, 7 * DAY, monday + 4 * WEEK + GRACE)
    assert [w.kept_by for w in weeks] == ["", "hold", "hold", "age"]
    assert due(stored, weeks, [hold]) == [(stored[0], None), (stored[1], "3"), (stored[2], "3")]
