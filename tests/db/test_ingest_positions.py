"""Fixes are stored once, mark their device, and move its marker only forward."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry import live, positions, wire
from tests import storing

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
SECOND = timedelta(seconds=1)
DIGEST_OF_STORED_COLUMNS = """
SELECT digest, ('x' || encode(substr(sha256(
    int8send((extract(epoch FROM ts) * 1000000)::int8) || int4send(lon) || int4send(lat)
    || int4send(coalesce(odometer_m, -2147483648)) || int4send(coalesce(fuel_ml, -2147483648))
    || int4send(coalesce(seq, -2147483648))
    || int2send(coalesce(speed_dkmh, (-32768)::int2)) || int2send(coalesce(heading, (-32768)::int2))
    || int2send(coalesce(altitude_m, (-32768)::int2))
    || int2send(coalesce(accuracy_dm, (-32768)::int2))
    || int2send(coalesce(soc_permille, (-32768)::int2))
    || int2send(coalesce(satellites, (-32768)::int2)) || int2send(reported_flags)
    || CASE ignition WHEN true THEN '\\x01' WHEN false THEN '\\x00' ELSE '\\x80' END::bytea
), 1, 8), 'hex'))::bit(64)::int8 AS recomputed FROM fix
"""


def fix(after_s=0.0, **said):
    return wire.Fix(**{"ts": NOON + after_s * SECOND, "lon": 117.2, "lat": 34.2} | said)


@pytest.fixture
async def conn(conn):
    await positions.ensure_weeks(conn, NOON - timedelta(days=8), NOON + timedelta(days=8))
    return conn


async def accept(conn, *fixes, device=1, received_at=NOON + 100 * SECOND):
    async with conn.transaction():
        return await positions.append(
            conn, [positions.pack(device, one, received_at) for one in fixes]
        )


async def markers(conn):
    _, rows = await live.tail(conn, live.FROM_THE_START)
    return {row.device_id: row for row in rows}


async def test_the_digest_in_the_key_is_that_of_the_stored_columns(conn):
    await accept(
        conn,
        fix(),
        fix(0.123456, ignition=False, seq=3, speed_kmh=63.25, heading=360, altitude_m=-3.5),
        fix(1, ignition=True, odometer_m=5, fuel_ml=7, accuracy_m=2.5, soc_pct=50, satellites=9),
        fix(2, lon=-180, lat=-90, flags=32767),
    )
    rows = await conn.fetch(DIGEST_OF_STORED_COLUMNS)
    assert len(rows) == 4
    assert all(row["digest"] == row["recomputed"] for row in rows)


async def test_a_fix_sent_again_is_not_stored_and_marks_nothing(conn):
    assert await accept(conn, fix(), fix(1)) == 2
    assert await accept(conn, fix(1), fix(), fix(1)) == 0
    marks = await conn.fetch("SELECT device_id, lo, hi FROM dirty_mark")
    assert [tuple(mark) for mark in marks] == [(1, NOON, NOON + SECOND)]


async def test_all_variants_of_one_moment_are_kept(conn):
    assert await accept(conn, fix(), fix(lon=117.3), fix()) == 2
    assert await accept(conn, fix(lon=117.4), fix(lon=117.3), fix(1)) == 2
    assert await accept(conn, fix(lon=117.4)) == 0
    kept = await conn.fetch("SELECT lon FROM every_fix WHERE ts = $1 ORDER BY 1", NOON)
    assert [row["lon"] for row in kept] == [1_172_000_000, 1_173_000_000, 1_174_000_000]
    assert await conn.fetchval("SELECT count(*) FROM fix") == 2
    marks = await conn.fetch("SELECT lo, hi FROM dirty_mark ORDER BY id")
    later = NOON + SECOND
    assert [tuple(m) for m in marks] == [(NOON, NOON)] * 2 + [(later, later), (NOON, NOON)]


async def test_a_variant_that_waits_for_another_writer_is_kept_too(pool, conn):
    async with pool.acquire() as other:
        slow = other.transaction()
        await slow.start()
        await positions.append(other, [positions.pack(1, fix(), NOON)])
        waiting = asyncio.create_task(accept(conn, fix(lon=117.3)))
        async with asyncio.timeout(30):
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
        await slow.commit()
        assert await waiting == 1
    assert await conn.fetchval("SELECT count(*) FROM every_fix") == 2


@pytest.mark.parametrize(
    ("after_s", "stored"), [(-0.25, 2), (0, 0), (3, -30), (0.01, -1), (-86_400 * 4_000, 2**31 - 1)]
)
def test_when_it_was_received_is_kept_to_a_tenth_of_a_second(after_s, stored):
    assert positions.as_stored(positions.pack(1, fix(after_s), NOON))[1] == stored


async def test_the_marker_is_the_newest_position_whatever_the_order_of_arrival(conn):
    await accept(conn, fix(5, lon=117.5), fix(9, lon=117.9), fix(7, lon=117.7))
    await accept(conn, fix(8, lon=117.8))
    assert (await markers(conn))[1].lon == 1_179_000_000


async def test_a_position_0_0_is_stored_and_does_not_move_the_marker(conn):
    assert await accept(conn, fix(), fix(5, lon=0, lat=0)) == 2
    assert (await markers(conn))[1].ts == NOON
    assert await accept(conn, fix(6, lon=0, lat=0), device=2) == 1
    assert 2 not in await markers(conn)


async def test_a_fix_sent_again_by_a_fast_clock_does_not_move_the_marker_back(conn):
    await accept(conn, fix(240, lon=117.1), received_at=NOON)
    await accept(conn, fix(250, lon=117.2), received_at=NOON + 10 * SECOND)
    await accept(conn, fix(240, lon=117.1), received_at=NOON + 60 * SECOND)
    assert (await markers(conn))[1].lon == 1_172_000_000


async def test_the_tail_gives_each_change_once_and_survives_a_long_transaction(pool, conn):
    await accept(conn, fix(), device=1)
    async with pool.acquire() as slow, slow.transaction():
        await slow.execute("SELECT pg_current_xact_id()")
        row = positions.pack(2, fix(), NOON + SECOND)
        await positions.append(slow, [row])
        snapshot, first = await live.tail(conn, live.FROM_THE_START)
        await accept(conn, fix(3), device=3)
        snapshot, second = await live.tail(conn, snapshot)
    snapshot, third = await live.tail(conn, snapshot)
    snapshot, fourth = await live.tail(conn, snapshot)
    seen = [{row.device_id for row in rows} for rows in (first, second, third, fourth)]
    assert seen == [{1}, {3}, {2}, set()]


async def test_a_marker_that_moves_again_is_given_again(conn):
    await accept(conn, fix())
    snapshot, _ = await live.tail(conn, live.FROM_THE_START)
    await accept(conn, fix(2))
    _, rows = await live.tail(conn, snapshot)
    assert [row.ts for row in rows] == [NOON + 2 * SECOND]


async def test_two_writers_with_the_same_fixes_in_any_order_never_deadlock(pool, conn):
    await conn.execute("SELECT 1")
    fixes = [(device, fix(n)) for device in range(1, 21) for n in range(20)]

    async def write(order):
        async with pool.acquire() as one:
            for start in range(0, len(order), 100):
                async with one.transaction():
                    rows = [positions.pack(d, f, NOON) for d, f in order[start : start + 100]]
                    await positions.append(one, rows)

    await asyncio.gather(write(fixes), write(fixes[::-1]), write(fixes[::2] + fixes[1::2]))
    assert await conn.fetchval("SELECT count(*) FROM fix") == 400


async def test_a_week_without_partition_is_refused_and_can_be_made(conn):
    late = fix(ts=NOON + timedelta(weeks=20))
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await accept(conn, late)
    assert positions.is_without_partition(refusal.value)
    assert await positions.ensure_weeks(conn, late.ts, late.ts) == 1
    assert await accept(conn, late) == 1


async def test_weeks_are_iso_weeks_and_made_once_however_many_ask(pool, dsn):
    lo, hi = datetime(2025, 12, 25, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)

    async def ask():
        async with pool.acquire() as one:
            return await positions.ensure_weeks(one, lo, hi)

    assert sum(await asyncio.gather(*(ask() for _ in range(5)))) == 3
    async with pool.acquire() as one:
        assert await positions.weeks(one) == ["fix_2025w52", "fix_2026w01", "fix_2026w02"]


async def test_a_session_in_another_time_zone_makes_the_same_weeks(dsn):
    conn = await asyncpg.connect(dsn, server_settings={"timezone": "Asia/Shanghai"})
    try:
        await positions.ensure_weeks(conn, NOON, NOON)
        bound = await conn.fetchval(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'fix_2026w10'"
        )
    finally:
        await conn.close()
    assert "2026-03-02 08:00:00+08" in bound
    assert "2026-03-09 08:00:00+08" in bound


async def test_quarantine_counts_the_same_payload_and_keeps_what_a_person_settled_visible(conn):
    bad = positions.Quarantined("bus-1", "t", "not-json", "no\x00good", b"\xff\x00{", NOON)
    for _ in range(2):
        await positions.put_aside(conn, [bad, bad])
    (entry,) = await positions.unsettled(conn)
    assert (entry.times, entry.payload, entry.reason) == (4, b"\xff\x00{", "not-json")
    await positions.settle(conn, entry.id, NOON)
    assert await positions.count_unsettled(conn) == 0
    await positions.put_aside(conn, [bad])
    assert await positions.count_unsettled(conn) == 1
    with pytest.raises(positions.NotInQuarantine):
        await positions.settle(conn, entry.id + 1, NOON)


async def test_what_was_rolled_back_moved_nothing_and_can_come_again(conn):
    undone = conn.transaction()
    await undone.start()
    await positions.append(conn, [positions.pack(1, fix(), NOON)])
    await undone.rollback()
    assert await markers(conn) == {}
    assert await accept(conn, fix()) == 1


async def by_rows(conn, device, said):
    await positions.append(conn, [positions.pack(device, one, at) for one, at in said])


async def by_columns(conn, device, said):
    await positions.append_packed(conn, loaded(device, said))


async def new_by_columns(conn, device, said, append=positions.append_new):
    """As the writer does: the quick way, and where something came before the other."""
    try:
        async with conn.transaction():
            await append(conn, loaded(device, said))
    except asyncpg.UniqueViolationError:
        await by_columns(conn, device, said)


async def few_by_columns(conn, device, said):
    await new_by_columns(conn, device, said, positions.append_few)


def loaded(device, said):
    return positions.pack_all(storing.loaded([(device, at, [one]) for one, at in said]))


async def all_of(conn, device):
    kept = await conn.fetch(
        "SELECT ts, digest, lon, delay_ds FROM every_fix WHERE device_id = $1 ORDER BY 1, 2", device
    )
    shown = await conn.fetchrow(
        "SELECT ts, digest, lon, received_at FROM live_position WHERE device_id = $1", device
    )
    return kept, shown


# Few moments and places, so that there are variants; some are ahead of their arrival.
heard = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([-2.04, 0, 1.08])),
    min_size=1, max_size=8, unique_by=lambda one: one[:2],
)  # fmt: skip
ways_in = st.lists(
    st.sampled_from([by_rows, by_columns, new_by_columns, few_by_columns]), min_size=1, max_size=8
)
devices = count(100)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(heard, ways_in, ways_in, st.randoms(use_true_random=False))
async def test_what_is_kept_and_shown_does_not_depend_on_the_order_of_arrival(
    conn, heard, ways, others, chance
):
    said = [
        (fix(t, lon=58.1 * place, lat=34.2 * place), NOON + (t + late) * SECOND)
        for t, place, late in heard
    ]
    found = []
    for some in (ways, others):
        device = next(devices)
        arriving = said + chance.sample(said, len(said) // 2)
        chance.shuffle(arriving)
        size = -(-len(arriving) // len(some))
        for n, way in enumerate(some):
            if batch := arriving[n * size : (n + 1) * size]:
                async with conn.transaction():
                    await way(conn, device, batch)
        found.append(await all_of(conn, device))
    assert found[0] == found[1]
    assert len(found[0][0]) == len(said)


async def test_of_two_variants_the_marker_shows_the_one_that_the_folds_use(conn):
    await accept(conn, fix(lon=117.1), device=1)
    await accept(conn, fix(lon=117.3), device=1)
    await accept(conn, fix(lon=117.3), device=2)
    await accept(conn, fix(lon=117.1), device=2)
    least = await conn.fetchval("SELECT lon FROM every_fix ORDER BY digest LIMIT 1")
    assert {one.lon for one in (await markers(conn)).values()} == {least}


async def test_a_variant_with_a_position_makes_a_marker_where_the_first_had_none(conn):
    await accept(conn, fix(lon=0, lat=0))
    assert await markers(conn) == {}
    await accept(conn, fix())
    assert (await markers(conn))[1].lon == 1_172_000_000
