"""Figures of understanding: python -m tests.bench.understand [--quick] -> build/bench/understand.json.

PostgreSQL runs beside, with fsync on, on the same machine. The reference is the same fixes read
from the database alone. Understanding in order runs as it does in production: a process of its
own, while fixes are stored as ingest stores them; an alarm opens in the transaction of its fold.
"""

import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import numpy as np

from dispatch.kernel import db
from dispatch.kernel.clock import start_real
from dispatch.run.embedded import postgres
from telemetry import journeys, positions, understand
from telemetry.journeys import DEFAULT_RULES, State, fold
from tests.bench import alarm
from tests.conftest import with_database
from tests.tracks import LAT, LON, MM_PER_E7, Point, S, drive, fixes, later
from tests.understanding import LATER, car, prepare, row

ROOT = Path(__file__).parents[2]
EVERY_S = 10
TICK = os.sysconf("SC_CLK_TCK")
UNDERSTAND = """
import asyncio, sys
from telemetry import understand
asyncio.run(understand.run(understand.UnderstandSettings(sys.argv[1]), stop=asyncio.Event()))
"""


def month(days):
    """A car's month: 10 s moving, as domain.md 10.4 has it."""
    legs = ((3600, 0), (2400, 60), (5400, 0), (2400, 60), (3600, 0), (900, 40), (3600, 0))
    one = drive(*legs, every_s=10, odometer=10_000)
    return [p for i in range(days) for p in later(one, i * 86_400)]


async def measure(server, days, cars, fleet, seconds):
    conn = await asyncpg.connect(server)
    for name in ("bulk", "trickle"):
        await conn.execute(f"CREATE DATABASE {name}")
    await conn.close()
    figures = [pure(month(days))]
    async with await opened(with_database(server, "bulk")) as pool, pool.acquire() as conn:
        figures += await bulk(pool, conn, days, cars)
    dsn = with_database(server, "trickle")
    async with await opened(dsn) as pool, pool.acquire() as conn:
        figures += await in_order(dsn, pool, conn, fleet, seconds)
    return figures


async def opened(dsn):
    pool = await db.open_pool(dsn)
    async with pool.acquire() as conn:
        await db.migrate(conn)
        await start_real(conn)
        await prepare(conn)
    return pool


def pure(track):
    columns = fixes(track)
    fold(State(), columns, DEFAULT_RULES)  # compiled
    began = time.process_time()
    fold(State(), columns, DEFAULT_RULES)
    spent = time.process_time() - began
    return figure("journeys alone, without a database", len(track) / spent, "fixes/s a core")


async def bulk(pool, conn, days, cars):
    track = month(days)
    owners = [await car(conn) for _ in range(cars + 1)]
    for _, d in owners:
        for at in range(0, len(track), 20_000):
            async with conn.transaction():
                await positions.append(conn, [row(d, p) for p in track[at : at + 20_000]])
    await conn.execute("VACUUM ANALYZE")
    await conn.fetchval(understand.store.SQL["resolve"])
    folder, now = understand.Folder(), understand.Now.of(LATER.now())
    await folder.fold(conn, owners[0][0], now)  # compiled, and all is in memory
    await read_alone(conn, owners)
    began, busy = time.perf_counter(), time.process_time()
    await read_alone(conn, owners[1:])
    reading, reading_cpu = time.perf_counter() - began, time.process_time() - busy
    began, busy = time.perf_counter(), time.process_time()
    for v, _ in owners[1:]:
        await folder.fold(conn, v, now)
    whole, cpu = time.perf_counter() - began, time.process_time() - busy
    n = cars * len(track)
    a_month = whole / cars * 30 / days
    return [
        figure("understanding, bulk", n / whole, "fixes/s"),
        figure("understanding, bulk, a core of ours", n / cpu, "fixes/s", "-", 100_000),
        figure("the same fixes read alone", n / reading, "fixes/s"),
        figure("reading alone, a core of ours", n / reading_cpu, "fixes/s"),
        figure("understanding / reading", reading / whole, "ratio", "reading alone", 0.3),
        figure("one car-month", a_month, "s", "-", 1.0, least=False),
    ]


async def read_alone(conn, owners):
    end = journeys.to_us(LATER.now())
    for v, _ in owners:
        bound, at = await journeys.bound_to(conn, v), 0
        while at < end:
            _, at = await journeys.read(conn, bound, at, end)


async def in_order(dsn, pool, conn, fleet, seconds):
    """A fleet at 0.1 Hz, a tenth of it each second, while another process understands."""
    devices = await a_fleet(conn, fleet)
    began = datetime.now(UTC) - timedelta(seconds=30)
    await positions.ensure_weeks(conn, began - timedelta(days=8), began + timedelta(days=8))
    await store(conn, devices, began, 0)
    async with understanding(dsn) as worker:
        while await unread(conn, worker):
            await asyncio.sleep(0.1)
        for beat in range(1, 11):  # all have moved once: compiled, planned, in memory
            await store(conn, devices[beat % 10 :: 10], began, beat)
        while await unread(conn, worker):
            await asyncio.sleep(0.1)
        busy, postgres_busy, start = cpu_s(worker.pid), await postgres_s(conn), time.perf_counter()
        delays = [
            await a_second(conn, worker, devices, began, beat, start + beat - 11)
            for beat in range(11, 11 + seconds)
        ]
        spent = time.perf_counter() - start
        ours, theirs = cpu_s(worker.pid) - busy, await postgres_s(conn) - postgres_busy
        alarms = await alarm.delays(dsn, conn, seconds, go_on(pool, devices, began, 11 + seconds))
    folds = seconds * fleet / 10
    return [
        figure("in order, folds", folds / spent, "folds/s", f"{fleet} cars at 0.1 Hz"),
        figure("in order, processor of ours", ours / spent, "cores", "-", 0.5, least=False),
        figure("in order, processor of ours a fold", ours / folds * 1000, "ms"),
        figure("in order, processor of PostgreSQL, storing too", theirs / spent, "cores"),
        figure("fix stored to its facts committed, worst", max(delays), "s", "-", 2, least=False),
        figure("fix stored to its facts committed, median", float(np.median(delays)), "s"),
        figure(
            "alarm after its fix, worst",
            alarms[-1],
            "s",
            f"publish at the door to the case committed, {len(alarms)} alarms beside {fleet} cars",
            2,
            least=False,
        ),
        figure("alarm after its fix, median", float(np.median(alarms)), "s"),
    ]


@asynccontextmanager
async def understanding(dsn):
    """A worker in a process of its own, gone at the end, however that comes."""
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", UNDERSTAND, dsn)
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def go_on(pool, devices, began, beat):
    """A tenth of the fleet each second, as until then, for ever; on a connection of its own."""
    at = time.perf_counter()
    async with pool.acquire() as conn:
        while True:
            await store(conn, devices[beat % 10 :: 10], began, beat)
            beat, at = beat + 1, at + 1
            await asyncio.sleep(max(0, at - time.perf_counter()))


async def a_fleet(conn, n):
    await conn.execute(
        "INSERT INTO vehicle (code, model, category, class, seats, powertrain, first_registered,"
        " home_lon, home_lat, tank_ml) SELECT 'F' || n, 'm', 'OTHER', 'sedan', 5, 'petrol',"
        " '2020-01-01', 0, 0, 50000 FROM generate_series(1, $1::int) n",
        n,
    )
    await conn.execute(
        "INSERT INTO device (name, kind, token_digest)"
        " SELECT code, 'terminal', decode(repeat('00', 32), 'hex') FROM vehicle"
    )
    await conn.execute(
        "INSERT INTO binding SELECT d.id, v.id, '[2020-01-01,)' FROM device d JOIN vehicle v"
        " ON v.code = d.name"
    )
    await conn.execute("ANALYZE")
    return [r[0] for r in await conn.fetch("SELECT device_id FROM binding ORDER BY 1")]


async def store(conn, devices, began, beat):
    """A fix of each, which drives north at 36 km/h; as ingest stores a batch."""
    t = journeys.to_us(began) + beat * S
    north = round(beat * EVERY_S * 1000 / MM_PER_E7)
    points = [Point(t, LON + d * 20_000, LAT + north, 360, odometer=beat * 10) for d in devices]
    async with conn.transaction():
        rows = [row(d, p) for d, p in zip(devices, points, strict=True)]
        await positions.append(conn, rows)


async def a_second(conn, worker, devices, began, beat, at):
    """Store a tenth of the fleet at a time of the clock; how long until all is understood."""
    await asyncio.sleep(max(0, at - time.perf_counter()))
    await store(conn, devices[beat % 10 :: 10], began, beat)
    stored = time.perf_counter()
    while await unread(conn, worker):
        await asyncio.sleep(0.02)
    return time.perf_counter() - stored


async def unread(conn, worker):
    assert worker.returncode is None, "understanding has ended"
    assert not await understand.parked(conn)
    return await conn.fetchval(
        "SELECT EXISTS (SELECT FROM dirty_mark) OR EXISTS (SELECT FROM vehicle_mark)"
    )


def cpu_s(pid):
    """Processor time of a process and its threads."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(stat[11]) + int(stat[12])) / TICK


async def postgres_s(conn):
    """Processor time of the server's processes that live now."""
    rows = await conn.fetch("SELECT pid FROM pg_stat_activity WHERE pid IS NOT NULL")
    return sum(cpu_s(r["pid"]) for r in rows)


def figure(name, value, unit, reference=None, reach=None, least=True):
    held = None if reach is None else (value >= reach) is least
    rounded = float(np.format_float_positional(value, 3, fractional=False))
    return {
        "name": name,
        "value": rounded,
        "unit": unit,
        "reference": reference,
        "reach": reach,
        "held": held,
    }


def main(quick):
    with tempfile.TemporaryDirectory() as folder, postgres.temporary_server(Path(folder)) as dsn:
        sizes = (5, 4, 1_000, 10) if quick else (30, 2, 5_000, 30)
        figures = asyncio.run(measure(dsn, *sizes))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    out = ROOT / "build" / "bench" / "understand.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    result = {"machine": machine, "commit": commit, "figures": figures}
    out.write_text(json.dumps(result, indent=1), encoding="utf-8")
    for f in figures:
        print(f["name"], f["value"], f["unit"], "" if f["held"] is None else f["held"])


if __name__ == "__main__":
    main("--quick" in sys.argv)
