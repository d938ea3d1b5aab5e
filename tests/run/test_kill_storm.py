"""R1: whatever dies, in the middle of everything, nothing acknowledged is missing or doubled.

`gongche serve` runs as it would; terminals of MQTT 3.1.1 and 5 publish; the door, understanding
and PostgreSQL are killed with SIGKILL at random points of the stream. Then the facts are derived
once more from nothing and must come out the same, byte by byte.
"""

import asyncio
import os
import random
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from dispatch.kernel import db
from dispatch.run.embedded import postgres
from telemetry import devices, understand, wire
from tests import suite
from tests.flows.ingest_door import Device, fix, until
from tests.run.test_serve import Running
from tests.tracks import LAT, LON
from tests.understanding import At, bind, facts, marks_left, prepare, vehicle

TERMINALS, EACH, KILLS = (40, 25_000, 100) if suite.FULL else (8, 1_200, 6)
VICTIMS = ("ingest", "understand", "postgres")
SEED = 20_261_122
EVERY_S = 5
pytestmark = pytest.mark.timeout(3_600 if suite.FULL else 300)


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix="gc-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def drives(clock, number, rng):
    """Fixes of a working terminal: two minutes of driving, four of standing, over and over."""
    east, out = 0, []
    for n in range(EACH):
        moving = n % 72 < 24
        east += 7_000 if moving else 0
        at_s = (n - EACH) * EVERY_S
        said = {"seq": n, "speed_kmh": 50.0 if moving else 0.0, "odometer_m": east // 94}
        where = {"lon": (LON + east % 20_000_000) / 1e7, "lat": (LAT + number * 9_000) / 1e7}
        out.append(wire.encode([fix(clock, at_s, **said, **where)]))
    late = rng.randrange(EACH // 2)
    return out[late:] + out[:late]


async def terminals(dsn, port, rng):
    """Vehicles with a terminal each; the odd ones speak MQTT 3.1.1, the even ones 5."""
    made = {}
    pool = await db.open_pool(dsn, at_most=1)
    async with pool, pool.acquire() as conn, conn.transaction():
        now = At(await conn.fetchval("SELECT product_now()"))
        await prepare(conn)
        for n in range(TERMINALS):
            device, token = await devices.create(conn, f"storm-{n}", "terminal")
            car = await vehicle(conn)
            await bind(conn, device.id, car)
            sent = drives(now, n, rng)
            made[car] = Device(port, f"storm-{n}", token, sent, version=5 - n % 2)
    return made


async def kill(system, role, rng):
    """SIGKILL, after a moment of its own; returns when another process plays the role."""
    pid = system.run["pids"][role]
    await asyncio.sleep(rng.random() * 0.2)  # not a wait: the random point of the kill
    os.kill(pid, signal.SIGKILL)
    await until(lambda: system.run["pids"].get(role) not in (None, pid))


async def storm(system, made, rng):
    """Kill KILLS times, spread over the stream; until all is acknowledged."""
    streams = [asyncio.create_task(one.run()) for one in made.values()]
    try:
        for n in range(1, KILLS + 1):
            goal = n * TERMINALS * EACH // (KILLS + 2)
            await until(lambda g=goal: sum(len(d.acked) for d in made.values()) >= g, 600)
            for stream in streams:
                assert not stream.done() or stream.exception() is None, stream
            await kill(system, VICTIMS[n % len(VICTIMS)], rng)
        async with asyncio.timeout(600):
            await asyncio.gather(*streams)
    finally:
        for stream in streams:
            stream.cancel()


async def test_whatever_dies_nothing_is_missing_doubled_or_derived_twice(folder):
    rng = random.Random(SEED)
    system = Running(folder / "data")
    try:
        made = await terminals(system.run["database"], system.run["mqtt"]["port"], rng)
        await storm(system, made, rng)
        assert system.process.poll() is None
    finally:
        assert system.stop() == 0
    with postgres.running(folder / "data") as cluster:
        pool = await db.open_pool(postgres.dsn(cluster))
        async with pool, pool.acquire() as conn:
            await nothing_lost(conn)
            await nothing_derived_twice(pool, conn, list(made))
    connections = sum(device.connections for device in made.values())
    assert connections > TERMINALS, "no kill met a connection"


async def nothing_lost(conn):
    rows = await conn.fetch(
        "SELECT d.name, count(*) AS rows, count(DISTINCT f.seq) AS different, min(f.seq), max(f.seq)"
        "  FROM fix f JOIN device d ON d.id = f.device_id GROUP BY d.name"
    )
    assert {r["name"]: tuple(r)[1:] for r in rows} == {
        f"storm-{n}": (EACH, EACH, 0, EACH - 1) for n in range(TERMINALS)
    }
    assert await conn.fetchval("SELECT count(*) FROM quarantine") == 0


async def nothing_derived_twice(pool, conn, cars):
    """The facts as they were left, then once more from nothing."""
    later = At(await conn.fetchval("SELECT product_now() + interval '2 days'"))
    await understand.drain(pool, later)
    assert await marks_left(conn) == 0
    assert await conn.fetchval("SELECT count(*) FROM parked_fold") == 0
    before = [await facts(conn, car) for car in cars]
    assert all(journeys for journeys, _, _ in before)
    await conn.execute("TRUNCATE journey, fence_visit, checkpoint, live_state, wake, fact_change")
    await conn.execute(
        "INSERT INTO vehicle_mark (vehicle_id, lo, hi) "
        "SELECT vehicle_id, lower(during), '2200-01-01Z' FROM binding"
    )
    await understand.drain(pool, later)
    assert [await facts(conn, car) for car in cars] == before
