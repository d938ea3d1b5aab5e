"""The marks protocol under fire: writers, rollbacks, folds at the same time, kills, bugs."""

import asyncio
import os
import random
import signal
import sys
from datetime import timedelta

import pytest

from telemetry import journeys, understand
from telemetry.streams import END
from telemetry.understand import loop, store
from tests.tracks import later
from tests.understanding import (
    LATER,
    START,
    At,
    car,
    day,
    facts,
    marks_left,
    prepare,
    send,
)
from tests.waiting import until

FOLDER = understand.Folder()
NOW = understand.Now.of(LATER.now())


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
    return pool


async def marks_first(conn, vehicle_id, between):
    """The product's order: marks, then fixes."""
    marks = (await store.marks(conn, [vehicle_id]))[vehicle_id]
    await between()
    source = await store.from_database(conn, vehicle_id)
    await FOLDER.fold_marked(conn, vehicle_id, marks, source, NOW)


async def fixes_first(conn, vehicle_id, between):
    """The negative control: the same pieces, but what is folded was read before the marks."""
    from_disk = await store.from_database(conn, vehicle_id)
    everything, _ = await from_disk(0, END)
    await between()
    marks = (await store.marks(conn, [vehicle_id]))[vehicle_id]

    async def source(lo, hi):
        return everything.between(lo, hi), hi

    await FOLDER.fold_marked(conn, vehicle_id, marks, source, NOW)


async def fold_with(order, pool, vehicle_id, between):
    async with pool.acquire() as conn, conn.transaction():
        if await store.lock(conn, [vehicle_id]):
            await order(conn, vehicle_id, between)


ORDERS = [
    pytest.param(marks_first, False, id="marks before fixes"),
    pytest.param(fixes_first, True, id="fixes before marks"),
]


@pytest.mark.parametrize(("order", "goes_wrong"), ORDERS)
async def test_what_commits_while_a_fold_reads_is_not_lost(city, conn, order, goes_wrong):
    v, d = await car(conn)
    w, e = await car(conn)
    track = day()
    await send(conn, d, track[:100])
    await conn.fetchval(store.SQL["resolve"])

    async def meanwhile():
        await send(conn, d, track[100:])
        await conn.fetchval(store.SQL["resolve"])

    await fold_with(order, city, v, meanwhile)
    await send(conn, e, track)
    await understand.drain(city, LATER)
    assert await marks_left(conn) == 0
    assert (await facts(conn, v) != await facts(conn, w)) is goes_wrong


def days(vehicle_id):
    """Three sparse working days, shifted so that no two vehicles have the same."""
    return [p for i in range(3) for p in later(day()[::4], i * 86_400 + 60 * vehicle_id)]


def pieces_of(vehicle_id):
    track = days(vehicle_id)
    return [track[at : at + 20] for at in range(0, len(track), 20)]


async def write(pool, cars, chance):
    """Each car's days in pieces, shuffled; some are rolled back at first and sent again."""
    pieces = [(d, p) for v, d in cars for p in pieces_of(v)[2:]]
    chance.shuffle(pieces)
    for d, points in pieces:
        while not await kept(pool, d, points, chance.random() > 0.3):
            pass


async def kept(pool, device_id, points, commits):
    async with pool.acquire() as conn:
        tx = conn.transaction()
        await tx.start()
        await send(conn, device_id, points)
        await (tx.commit() if commits else tx.rollback())
    return commits


async def resolve_while(pool, writers):
    while not all(w.done() for w in writers):
        async with pool.acquire() as conn:
            await conn.fetchval(store.SQL["resolve"])
        await asyncio.sleep(0.005)


async def fold_while(pool, order, writers, chance):
    """Resolve and fold what is due until the writers are done and nothing is due."""

    async def between():
        await asyncio.sleep(chance.random() / 100)

    due = [0]
    while due or not all(w.done() for w in writers):
        async with pool.acquire() as conn:
            await conn.fetchval(store.SQL["resolve"])
            due = [r["vehicle_id"] for r in await conn.fetch(store.SQL["due"], 50)]
        chance.shuffle(due)
        for v in due:
            await fold_with(order, pool, v, between)


@pytest.mark.parametrize(("order", "goes_wrong"), ORDERS)
async def test_writers_rollbacks_and_folds_at_the_same_time(city, conn, order, goes_wrong):
    """0 vehicles wrong; with the order turned round, some are (the test can fail)."""
    cars = [await car(conn) for _ in range(12)]
    writers = [asyncio.ensure_future(write(city, cars[n::4], random.Random(n))) for n in range(4)]
    folders = [fold_while(city, order, writers, random.Random(n)) for n in range(3)]
    await asyncio.gather(*writers, *folders, resolve_while(city, writers))
    for v, d in cars:  # at last one that surely meets a fold in its weakest moment

        async def between(v=v, d=d):
            await send(conn, d, pieces_of(v)[1])
            await conn.fetchval(store.SQL["resolve"])

        await send(conn, d, pieces_of(v)[0])
        await conn.fetchval(store.SQL["resolve"])
        await fold_with(order, city, v, between)
    await understand.drain(city, LATER)
    right = [await car(conn) for _ in cars]
    for (v, _), (_, e) in zip(cars, right, strict=True):
        await send(conn, e, days(v))
    await understand.drain(city, LATER)
    pairs = zip(cars, right, strict=True)
    wrong = sum([await facts(conn, v) != await facts(conn, w) for (v, _), (w, _) in pairs])
    assert wrong == (len(cars) if goes_wrong else 0)


async def test_a_binding_changed_while_marks_are_resolved_is_not_lost(city, conn):
    v, d = await car(conn)
    w, _ = await car(conn)
    await send(conn, d, day())
    async with city.acquire() as other, other.transaction():
        await other.execute("DELETE FROM binding WHERE vehicle_id IN ($1, $2)", v, w)
        await other.execute("INSERT INTO binding VALUES ($1, $2, '[2020-01-01,)')", d, w)
        await other.execute(
            "INSERT INTO vehicle_mark (vehicle_id, lo, hi) "
            "VALUES ($1, '2020-01-01', $3), ($2, '2020-01-01', $3)",
            v,
            w,
            LATER.now(),
        )
        await understand.drain(city, LATER)
        assert len((await facts(conn, v))[0]) == 2
    await understand.drain(city, LATER)
    assert ((await facts(conn, v))[0], len((await facts(conn, w))[0])) == ([], 2)


async def test_a_vehicle_in_other_hands_is_left_alone(city, conn):
    v, d = await car(conn)
    await send(conn, d, day())
    await conn.fetchval(store.SQL["resolve"])
    async with city.acquire() as other, other.transaction():
        assert await store.lock(other, [v])
        assert await FOLDER.fold(conn, v, NOW) is None
    assert (await FOLDER.fold(conn, v, NOW)).changed


async def test_a_fold_that_raises_is_parked_shown_and_starves_nobody(city, conn):
    v, d = await car(conn)
    w, e = await car(conn)
    await send(conn, d, day())
    await send(conn, e, day())
    await understand.drain(city, LATER)
    await conn.execute(
        'UPDATE fold_head SET state = \'{"seen": 1, "journeys": [1], "visits": []}\' WHERE vehicle_id = $1',
        v,
    )
    for x in (d, e):
        await send(conn, x, later(day(200_000), 86_400))
    await understand.drain(city, LATER)
    assert len((await facts(conn, w))[0]) == 4
    (parked,) = await understand.parked(conn)
    assert (parked.vehicle_id, parked.tries) == (v, 1)
    assert "not enough values to unpack" in parked.traceback
    assert parked.retry_at > parked.first_at
    assert len((await facts(conn, v))[0]) == 2  # as it was; nothing half done
    await conn.execute("UPDATE parked_fold SET retry_at = now()")
    await loop.once(city, LATER, understand.UnderstandSettings(""), FOLDER)
    (again,) = await understand.parked(conn)
    assert again.tries == 2
    assert again.retry_at - again.first_at > timedelta(seconds=3)
    await conn.execute("DELETE FROM checkpoint WHERE vehicle_id = $1", v)
    await conn.execute("DELETE FROM fold_head WHERE vehicle_id = $1", v)  # repaired
    await conn.execute("UPDATE parked_fold SET retry_at = now()")
    await understand.drain(city, LATER)
    assert await understand.parked(conn) == []
    assert await facts(conn, v) == await facts(conn, w)


async def test_facts_of_another_fold_version_are_folded_anew(city, conn):
    v, d = await car(conn)
    w, e = await car(conn)
    await send(conn, d, day())
    other = understand.Streams(journeys.JourneyStream(journeys.Rules(stop_s=3_000)))
    await understand.drain(city, LATER, streams=other)
    assert len((await facts(conn, v))[0]) == 1
    await send(conn, d, later(day(200_000), 86_400))
    await send(conn, e, [*day(), *later(day(200_000), 86_400)])
    await understand.drain(city, LATER)
    assert await facts(conn, v) == await facts(conn, w)


async def has_journeys(conn, vehicle_id, at_least):
    return len((await facts(conn, vehicle_id))[0]) >= at_least


async def test_run_works_until_it_is_stopped_and_waits_for_the_database(dsn, city, conn):
    stop = asyncio.Event()
    settings = understand.UnderstandSettings(dsn, poll_s=0.01, timers_s=0.01)
    running = asyncio.create_task(understand.run(settings, stop=stop))
    v, d = await car(conn)
    await send(conn, d, day())
    await until(lambda: has_journeys(conn, v, 2))
    await conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'gongche understand' AND datname = current_database()"
    )
    await send(conn, d, later(day(200_000), 86_400))
    await until(lambda: has_journeys(conn, v, 4))
    stop.set()
    await running


UNDERSTAND = """
import asyncio, sys
from telemetry import understand
asyncio.run(understand.run(understand.UnderstandSettings(sys.argv[1]), stop=asyncio.Event()))
"""


async def test_kill_9_in_the_middle_repeats_work_and_loses_nothing(dsn, city, conn):
    cars = [await car(conn) for _ in range(16)]
    tracks = [[p for i in range(4) for p in later(day(), i * 86_400)] for _ in cars]
    for (_, d), track in zip(cars, tracks, strict=True):
        await send(conn, d, track)
    folded = 0
    for kill_after in (1, 5):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", UNDERSTAND, dsn, stderr=asyncio.subprocess.DEVNULL
        )
        while folded < kill_after:
            assert process.returncode is None
            folded = await conn.fetchval("SELECT count(DISTINCT vehicle_id) FROM journey")
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    assert await marks_left(conn) > 0  # it was in the middle
    await understand.drain(city, LATER)
    w, e = await car(conn)
    await send(conn, e, tracks[0])
    await understand.drain(city, LATER)
    expected = await facts(conn, w)
    assert len(expected[0]) == 8
    for v, _ in cars:
        found = await facts(conn, v)
        assert found[:2] == expected[:2]


async def test_each_consumer_is_told_what_changed(city, conn):
    v, d = await car(conn)
    await send(conn, d, day())
    await understand.drain(city, LATER)
    told = await conn.fetch("SELECT consumer, lo FROM fact_change WHERE vehicle_id = $1", v)
    assert sorted(r["consumer"] for r in told) == ["trips"]
    assert {r["lo"] for r in told} == {START}


async def test_motion_changes_are_seen_by_the_tail(city, conn):
    _, d = await car(conn)
    track = day()
    await send(conn, d, track[:20])
    await understand.drain(city, At(journeys.from_us(track[19].t)))
    snapshot = await conn.fetchval("SELECT pg_current_snapshot()::text")
    unseen = "SELECT motion FROM live_state WHERE NOT pg_visible_in_snapshot(changed_xid, $1::text::pg_snapshot)"
    await send(conn, d, track[20:40])
    await understand.drain(city, At(journeys.from_us(track[39].t)))
    assert await conn.fetch(unseen, snapshot) == []  # still parked: nothing was written
    await send(conn, d, track[40:100])
    await understand.drain(city, At(journeys.from_us(track[99].t)))
    assert [r["motion"] for r in await conn.fetch(unseen, snapshot)] == ["moving"]
