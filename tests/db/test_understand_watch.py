"""Silence is judged only where we listened: an outage of ours is nobody's absence."""

import asyncio
from datetime import timedelta

import pytest

from telemetry import journeys, understand
from telemetry.ingest import watch
from telemetry.understand import store
from tests.tracks import drive
from tests.understanding import LATER, START, At, car, facts, marks_left, prepare, seconds, send
from tests.waiting import until


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
    return pool


async def motion(conn, vehicle_id):
    return await conn.fetchval("SELECT motion FROM live_state WHERE vehicle_id = $1", vehicle_id)


async def on_the_way(conn):
    v, d = await car(conn)
    await send(conn, d, drive((600, 0), (1200, 36))[:100])  # the last at 990 s
    return v, d


async def test_without_an_intake_silence_counts_from_the_last_fix(city, conn):
    v, _ = await on_the_way(conn)
    await understand.drain(city, At(seconds(990 + 901)))
    assert await motion(conn, v) == "offline"


async def test_silence_after_we_stopped_listening_is_not_yet_silence(city, conn):
    v, _ = await on_the_way(conn)
    await watch.beat(conn, seconds(1000))
    await understand.drain(city, LATER)  # our intake has been dead for weeks
    assert await motion(conn, v) == "moving"
    await watch.beat(conn, seconds(1500))
    await understand.drain(city, LATER)
    assert await motion(conn, v) == "moving"
    await watch.beat(conn, seconds(990 + 901))
    await understand.drain(city, LATER)
    assert await motion(conn, v) == "offline"


async def test_after_an_outage_silence_counts_from_its_end(city, conn):
    v, _ = await on_the_way(conn)
    await watch.beat(conn, seconds(1000))
    await understand.drain(city, At(seconds(1000)))
    await watch.beat(conn, seconds(9000), outage_s=0)
    outage = await conn.fetchrow("SELECT * FROM intake_outage")
    assert tuple(outage) == (seconds(1000), seconds(9000))
    await understand.drain(city, At(seconds(9000)))
    assert await motion(conn, v) == "moving"
    (open_,) = await journeys.between(conn, v, START, LATER.now())
    assert open_.ended_at is None
    await watch.beat(conn, seconds(9000 + 899))
    await understand.drain(city, LATER)
    assert await motion(conn, v) == "moving"
    await watch.beat(conn, seconds(9000 + 901))
    await understand.drain(city, LATER)
    assert await motion(conn, v) == "offline"
    (closed,) = await journeys.between(conn, v, START, LATER.now())
    assert closed.ended_at == seconds(990)


async def test_an_outage_has_its_vehicles_folded_again(city, conn):
    v, _ = await on_the_way(conn)
    await watch.beat(conn, seconds(1000))
    await understand.drain(city, At(seconds(1000)))
    assert await marks_left(conn) == 0
    await watch.beat(conn, seconds(1001))
    assert await marks_left(conn) == 0
    await watch.beat(conn, seconds(5000), outage_s=0)
    marked = await conn.fetch("SELECT vehicle_id, lo, hi FROM vehicle_mark")
    assert [tuple(r) for r in marked] == [(v, seconds(1001), seconds(5000))]


async def test_the_intake_beats_while_it_is_open(city, conn):
    is_open = True
    at = START

    def now():
        return at

    beating = asyncio.create_task(watch.keep(city, now, lambda: is_open, every_s=0.001))

    async def has_beaten():
        return await conn.fetchval("SELECT listened FROM intake_watch") == at

    for step in range(1, 4):
        at = START + timedelta(seconds=step)
        await until(has_beaten)
    is_open = False
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    assert await conn.fetchval("SELECT count(*) FROM intake_outage") == 0


async def test_a_timer_waits_for_the_intake_and_rings_when_it_listened_on(city, conn):
    """The same facts as if it had been looked at in time."""
    v, _ = await on_the_way(conn)
    w, _ = await on_the_way(conn)
    await watch.beat(conn, seconds(1000))
    await understand.drain(city, At(seconds(1000)))
    rings = "SELECT wake_at FROM wake WHERE vehicle_id = $1"
    assert seconds(1000) < await conn.fetchval(rings, v) <= seconds(990 + 901)
    async with city.acquire() as other, other.transaction():
        assert await store.lock(other, [w]) == [w]  # in other hands: its timer is left
        await watch.beat(conn, seconds(3000))
        folder, settings = understand.Folder(), understand.UnderstandSettings("")
        assert await understand.ring(city, LATER, settings, folder) == 1
    await understand.drain(city, LATER)
    assert await facts(conn, v) == await facts(conn, w)
