"""From fixes in the database to facts, whatever the order in which they came."""

import random
from datetime import timedelta

import pytest
from asyncpg.utils import _mogrify
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry import devices, geofences, journeys, understand
from tests.tracks import LAT, LON, S, drive, later
from tests.understanding import (
    LATER,
    START,
    At,
    bind,
    car,
    checkpoints,
    day,
    facts,
    marks_left,
    prepare,
    seconds,
    send,
    terminal,
    vehicle,
)

FOLDER = understand.Folder()
NOW = understand.Now.of(LATER.now())


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
    return pool


async def test_a_day_becomes_journeys_visits_and_a_state(city, conn):
    v, d = await car(conn)
    await send(conn, d, day())
    await understand.drain(city, LATER)
    one, two = await journeys.between(conn, v, START, seconds(86_400))
    assert (one.started_at, one.ended_at) == (seconds(1830), seconds(5430))
    assert (one.gps_m, one.odometer_m, two.gps_m) == (50_000, 50_000, 70_000)
    (visit,) = await geofences.visits(conn, v, START, seconds(86_400))
    assert (visit.entered_at, visit.left_at) == (START, seconds(1830))
    live = await conn.fetchrow("SELECT motion, since FROM live_state WHERE vehicle_id = $1", v)
    assert tuple(live) == ("offline", seconds(12_600))
    assert await marks_left(conn) == 0
    told = await conn.fetch("SELECT consumer, lo, hi FROM fact_change WHERE vehicle_id = $1", v)
    assert {r["consumer"] for r in told} == {"trips"}
    assert {(r["lo"], r["hi"]) for r in told} == {(START, seconds(10_830))}


async def test_a_day_folded_twice_writes_nothing(city, conn):
    v, d = await car(conn)
    await send(conn, d, day())
    await understand.drain(city, LATER)
    ids = await conn.fetch("SELECT id, xmin FROM journey WHERE vehicle_id = $1", v)
    await conn.execute("DELETE FROM fact_change")
    assert await send(conn, d, day()) == 0
    await conn.execute(
        "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, $2, $2)", v, START
    )
    await understand.drain(city, LATER)
    assert await conn.fetch("SELECT id, xmin FROM journey WHERE vehicle_id = $1", v) == ids
    assert await conn.fetchval("SELECT count(*) FROM fact_change") == 0


batches = st.lists(st.integers(1, 12), min_size=1, max_size=8)


@settings(
    max_examples=max(12, settings.default.max_examples // 5),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 2**32), st.integers(1, 9), st.booleans())
async def test_a_shuffled_doubled_delayed_day_gives_the_facts_of_an_ordered_one(
    city, seed, batches, cut_day
):
    chance = random.Random(seed)
    track = [*day(), *later(day(20_000), 86_400)] if cut_day else day()
    track = [p for p in track if chance.random() < 0.5]  # gaps of its own
    track += [p.but(lat=p.lat + 9_000) for p in track if chance.random() < 0.01]  # conflicts
    spoilt = [p.but(lon=0, lat=0) if chance.random() < 0.01 else p for p in track]
    spoilt = [p.but(lon=p.lon + 8_000_000) if chance.random() < 0.01 else p for p in spoilt]
    arriving = spoilt + [p for p in spoilt if chance.random() < 0.2]
    chance.shuffle(arriving)
    edges = sorted(chance.randrange(len(arriving)) for _ in range(batches))
    async with city.acquire() as conn:
        v, d = await car(conn)
        w, e = await car(conn)
        for lo, hi in zip([0, *edges], [*edges, len(arriving)], strict=True):
            await send(conn, d, arriving[lo:hi])
            await understand.drain(city, At(START + timedelta(hours=chance.randrange(60))))
        await send(conn, e, sorted(spoilt, key=lambda p: p.t))
        await conn.execute(  # time passes: both are looked at once more
            "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, $2, $2)", v, seconds(999_999)
        )
        await understand.drain(city, LATER)
        assert await facts(conn, v) == await facts(conn, w)
        assert await checkpoints(conn, v) == await checkpoints(conn, w)
        assert (await facts(conn, w))[0]


async def test_in_order_fixes_are_read_once(city, conn):
    v, d = await car(conn)
    track = day()
    await send(conn, d, track[:200])
    await understand.drain(city, LATER)
    for point in track[200:220]:
        await send(conn, d, [point])
        await conn.fetchval(understand.store.SQL["resolve"])
        done = await FOLDER.fold(conn, v, NOW)
        assert done.read == 1
    await send(conn, d, track[220:])
    await understand.drain(city, LATER)
    assert len(await journeys.between(conn, v, START, LATER.now())) == 2


async def test_a_gap_filled_three_days_late_reads_less_than_a_day(city, conn):
    v, d = await car(conn)
    w, e = await car(conn)
    days = [p for i in range(5) for p in later(day(10_000 + 200_000 * i), i * 86_400)]
    gap = [p for p in days if 86_400 + 2_000 < (p.t - days[0].t) / S < 86_400 + 5_600]
    await send(conn, d, [p for p in days if p not in gap])
    await send(conn, e, days)
    await understand.drain(city, LATER)
    ids = {j.id for j in await journeys.between(conn, v, START, LATER.now())}
    await send(conn, d, gap)
    await conn.fetchval(understand.store.SQL["resolve"])
    done = await FOLDER.fold(conn, v, NOW)
    assert len(gap) < done.read <= len(days) / 5
    assert await facts(conn, v) == await facts(conn, w)
    assert await checkpoints(conn, v) == await checkpoints(conn, w)
    assert {j.id for j in await journeys.between(conn, v, START, LATER.now())} <= ids


async def test_a_terminal_swap_entered_three_days_late_repairs_both_vehicles(city, conn):
    """The terminals of two vehicles were exchanged at noon of the first day; told on the fourth."""
    v, w = await vehicle(conn), await vehicle(conn)
    d, e = await terminal(conn), await terminal(conn)
    noon = START + timedelta(hours=4)
    one = [p for i in range(4) for p in later(day(), i * 86_400)]
    two = [p.but(lon=p.lon + 500_000) for p in later(one, 600)]
    names = {
        r["id"]: r["name"] for r in await conn.fetch("SELECT id, name FROM device WHERE id > 0")
    }
    await devices.bind(conn, names[d], v, START - timedelta(days=1))
    await devices.bind(conn, names[e], w, START - timedelta(days=1))
    await send(conn, d, one)
    await send(conn, e, two)
    await understand.drain(city, LATER)
    before = await facts(conn, v), await facts(conn, w)
    async with conn.transaction():
        await devices.unbind(conn, names[d], noon)
        await devices.unbind(conn, names[e], noon)
        await devices.bind(conn, names[d], w, noon)
        await devices.bind(conn, names[e], v, noon)
    await understand.drain(city, LATER)
    x, y = await vehicle(conn), await vehicle(conn)  # what they should have said at once
    f, g = await terminal(conn), await terminal(conn)
    await bind(conn, f, x, START - timedelta(days=1), noon)
    await bind(conn, g, y, START - timedelta(days=1), noon)
    await bind(conn, g, x, noon)
    await bind(conn, f, y, noon)
    await send(conn, f, one)
    await send(conn, g, two)
    await understand.drain(city, LATER)
    after = await facts(conn, v), await facts(conn, w)
    assert after == (await facts(conn, x), await facts(conn, y))
    assert after != before


async def test_a_new_fence_is_found_in_the_past(city, conn):
    v, d = await car(conn)
    track = day()
    await send(conn, d, track)
    await understand.drain(city, LATER)
    there = track[181]
    circle = geofences.circle(1, "现场", "site", LON / 1e7, there.lat / 1e7, 200)
    async with conn.transaction():
        fence = await geofences.put(conn, circle, since=START, at=START, by="test")
    await understand.drain(city, LATER)
    (visit,) = [
        x for x in await geofences.visits(conn, v, START, LATER.now()) if x.fence_id == fence
    ]
    assert visit.left_at - visit.entered_at == timedelta(seconds=1830)
    async with conn.transaction():
        assert await geofences.put(conn, circle, since=START, at=START, by="test") == fence
    assert await marks_left(conn) == 0  # nothing changed


async def test_depots_get_a_fence_each_once(city, conn):
    await conn.execute("TRUNCATE fence CASCADE")
    v, d = await car(conn)
    await send(conn, d, day())
    await understand.drain(city, LATER)
    assert await geofences.ensure_depots(conn, START) == 1
    assert await geofences.ensure_depots(conn, START) == 0
    await understand.drain(city, LATER)
    (visit,) = await geofences.visits(conn, v, START, LATER.now())
    assert visit.entered_at == START
    assert await geofences.inside_now(conn, visit.fence_id) == []


async def test_silence_ends_a_journey_and_late_fixes_reopen_it(city, conn):
    v, d = await car(conn)
    track = drive((600, 0), (1200, 36))
    await send(conn, d, track[:100])
    await understand.drain(city, At(seconds(1000)))
    (open_,) = await journeys.between(conn, v, START, LATER.now())
    assert open_.ended_at is None
    await understand.drain(city, At(seconds(1889)))  # 899 s after the last fix
    (still,) = await journeys.between(conn, v, START, LATER.now())
    assert still == open_
    await understand.drain(city, At(seconds(1891)))
    (closed,) = await journeys.between(conn, v, START, LATER.now())
    assert closed.ended_at == seconds(990)
    assert closed.id == open_.id
    await send(conn, d, track[100:])
    await understand.drain(city, At(seconds(1900)))
    (again,) = await journeys.between(conn, v, START, LATER.now())
    assert (again.id, again.ended_at, again.gps_m) == (open_.id, None, 12_000)


async def test_ids_keep_to_their_overlap_when_a_journey_is_joined_and_parted(city, conn):
    v, d = await car(conn)
    track = drive((600, 0), (3600, 36), (600, 0))
    gap = track[200:320]
    await send(conn, d, [p for p in track if p not in gap])
    await understand.drain(city, LATER)
    one, two = await journeys.between(conn, v, START, LATER.now())
    await send(conn, d, gap)
    await understand.drain(city, LATER)
    (joined,) = await journeys.between(conn, v, START, LATER.now())
    assert joined.id == one.id
    binding = "UPDATE binding SET during = tstzrange(lower(during), $2) WHERE device_id = $1"
    await conn.execute(binding, d, seconds(700))
    await conn.execute(
        "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, $2, now())", v, START
    )
    await understand.drain(city, LATER)
    (short,) = await journeys.between(conn, v, START, LATER.now())
    assert (short.id, short.ended_at) == (one.id, seconds(690))
    assert two.id != one.id


async def test_a_vehicle_whose_fixes_were_all_anothers_is_left_with_nothing(city, conn):
    v, d = await car(conn)
    await send(conn, d, day())
    await understand.drain(city, LATER)
    await conn.execute("DELETE FROM binding WHERE device_id = $1", d)
    await conn.execute(
        "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, $2, now())", v, START
    )
    await understand.drain(city, LATER)
    found, visits, live = await facts(conn, v)
    assert (found, visits, live[0][0]) == ([], [], "unknown")
    assert await checkpoints(conn, v) == []


async def test_distance_is_exact_and_additive(city, conn):
    v, d = await car(conn)
    track = [*day(), *later(day(140_000), 86_400)]
    await send(conn, d, track)
    await understand.drain(city, LATER)
    end = seconds(3 * 86_400)
    whole = await journeys.distance(conn, v, START, end)
    assert (whole.gps_m, whole.fixes) == (240_000, len(track))
    assert whole.odometer_m == 240_000 + 10_000  # 10 km between the days, unseen by positions
    for j in await journeys.between(conn, v, START, end):
        exact = await journeys.distance(
            conn, v, j.started_at, j.ended_at + timedelta(microseconds=1)
        )
        assert (exact.gps_m, exact.odometer_m) == (j.gps_m, j.odometer_m)
    chance = random.Random(5)
    cuts = sorted(seconds(chance.uniform(0, 3 * 86_400)) for _ in range(12))
    parts = [
        await journeys.distance(conn, v, lo, hi)
        for lo, hi in zip([START, *cuts], [*cuts, end], strict=True)
    ]
    assert sum(p.gps_mm for p in parts) == whole.gps_mm
    assert sum(p.odometer_m or 0 for p in parts) == whole.odometer_m
    assert sum(p.fixes for p in parts) == whole.fixes


async def test_a_track_is_thinned_and_shows_usable_fixes_only(city, conn):
    v, d = await car(conn)
    track = day()
    track[50] = track[50].but(lon=0, lat=0)
    await send(conn, d, track)
    points = await journeys.track(conn, v, START, LATER.now())
    assert len(points) == len(track) - 1
    assert min(p.lon for p in points) == LON / 1e7
    assert (points[70].kmh, points[0].lat) == (50, LAT / 1e7)
    assert len(await journeys.track(conn, v, START, LATER.now(), at_most=100)) <= 100


async def test_only_the_weeks_in_question_are_read(city, conn):
    _, d = await car(conn)
    await send(conn, d, day())
    bounds = (d, START, START + timedelta(hours=5), 10)
    text = await _mogrify(conn, journeys.fixes.SQL["fixes"].rstrip(";"), bounds)
    plan = await conn.fetch("EXPLAIN " + text)
    lines = [r[0] for r in plan if "on fix_2" in r[0]]
    assert len(lines) == 1
    assert "Index Scan" in lines[0]
