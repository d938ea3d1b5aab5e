"""Figures of storage: python -m tests.bench.storage [--quick|--full] -> build/bench/storage.json.

Bytes a fix as loaded through the product's own way in, reads of one car at one million fixes and
at many more (5 million; --full: 50 million, made on the server), and a month simplified.
"""

import asyncio
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import asyncpg

from dispatch.kernel import db
from dispatch.kernel.clock import start_real
from dispatch.run.embedded import postgres
from telemetry import journeys, live, positions, tracks, wire
from tests import storing
from tests.storing import DAY, NOON, WEEK, fill
from tests.understanding import bind, vehicle

ROOT = Path(__file__).parents[2]
CARS = 250
EACH_S = 10
MONDAY = NOON.replace(hour=0) - 2 * DAY
SIZES = "SELECT sum(pg_relation_size(inhrelid)), sum(pg_indexes_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'fix'::regclass"


def said(n, device):
    """A fix as most terminals send it: no altitude, no accuracy, no charge."""
    return wire.Fix(
        ts=MONDAY + timedelta(seconds=EACH_S * n),
        lon=117.9 + n * 1e-5,
        lat=30.9 + device * 1e-4,
        speed_kmh=45.5,
        heading=90,
        ignition=True,
        odometer_m=12_345 + n * 126,
        fuel_ml=40_000,
        satellites=9,
        seq=n,
    )


async def load(conn, order):
    """Through the inbox, 1,000 a transaction; bytes a fix (rows, keys) and fixes a second."""
    await conn.execute("TRUNCATE fix, fix_variant, dirty_mark, live_position")
    spent = 0.0
    for at in range(0, len(order), 1_000):
        some = order[at : at + 1_000]
        batch = storing.loaded([(device, MONDAY, [said(n, device)]) for n, device in some])
        packed = positions.pack_all(batch)
        began = time.perf_counter()
        async with conn.transaction():
            await positions.append_packed(conn, packed)
        spent += time.perf_counter() - began
    rows, keys = await conn.fetchrow(SIZES)
    return int(rows) / len(order), int(keys) / len(order), len(order) / spent


async def bytes_a_fix(conn, rounds):
    await positions.ensure_weeks(conn, MONDAY, MONDAY + timedelta(seconds=EACH_S * rounds))
    order = [(n, d) for n in range(rounds) for d in range(1, CARS + 1)]
    figures = []
    for name, reach in (("in order", 130), ("shuffled", None)):
        rows, keys, rate = await load(conn, order)
        figures += [
            figure(f"bytes a fix on disk, {name}", rows + keys, "bytes",
                   f"{rows:.1f} row + {keys:.1f} key", reach, least=False),
            figure(f"stored through the inbox, {name}", rate, "fixes/s"),
        ]  # fmt: skip
        random.Random(1).shuffle(order)
    await conn.execute("TRUNCATE fix, fix_variant, dirty_mark, live_position")
    return figures


async def owner(conn, device, since):
    """A vehicle with that terminal on it."""
    await conn.execute(
        "INSERT INTO device (id, name, kind, token_digest) VALUES ($1, $2, 'terminal', $3)",
        device,
        f"t-{device}",
        bytes(32),
    )
    car = await vehicle(conn)
    await bind(conn, device, car, since)
    return car


async def timed(act, times=15):
    """Milliseconds, the least of several: what else the machine does only adds to it."""
    took = []
    for _ in range(times + 1):
        began = time.perf_counter()
        await act()
        took.append(1_000 * (time.perf_counter() - began))
    return min(took)


async def reads(conn, car, at):
    """A day's track of a car, its latest state, the live tail."""
    bound = await journeys.bound_to(conn, car)
    lo, hi = journeys.to_us(at), journeys.to_us(at + DAY)

    async def day():
        part, _ = await journeys.read(conn, bound, lo, hi)
        assert len(part) == 8_640

    async def latest():
        row = await conn.fetchrow("SELECT * FROM live_position WHERE device_id = 1")
        assert row is not None

    async def tail():
        await live.tail(conn, live.FROM_THE_START)

    return {
        "day's track": await timed(day),
        "latest state": await timed(latest, 200),
        "live tail": await timed(tail),
    }


async def ageing(conn, millions):
    """The same reads of the same day, before and after many more fixes of many more weeks."""
    days = 8_640
    cars = 1_000_000 // (days * 7) + 1
    car = await owner(conn, 1, MONDAY - 3_000 * DAY)
    await fill(conn, MONDAY, days * 7, devices=(1, cars))
    await conn.execute(
        "INSERT INTO live_position (device_id, ts, received_at, digest, lon, lat)"
        " SELECT d, $1, $1, d, d, d FROM generate_series(1, 250) d",
        MONDAY,
    )
    await conn.execute("VACUUM ANALYZE fix")
    day = MONDAY + 3 * DAY
    before = await reads(conn, car, day)
    count = await conn.fetchval("SELECT count(*) FROM fix")
    began, weeks = time.perf_counter(), 0
    while count < millions * 1_000_000:
        weeks += 1
        await fill(conn, MONDAY - weeks * WEEK, days * 7, devices=(1, cars))
        count += cars * days * 7
    made = time.perf_counter() - began
    await conn.execute("VACUUM ANALYZE fix")
    after = await reads(conn, car, day)
    text = journeys.fixes.SQL["fixes"].rstrip(";")
    await conn.execute("SET plan_cache_mode = force_generic_plan")
    await conn.execute(f"PREPARE a_day AS {text}")
    plan = await conn.fetch(
        "EXPLAIN (ANALYZE, BUFFERS, COSTS off, TIMING off, SUMMARY off)"
        f" EXECUTE a_day (1, '{day}', '{day + DAY}', 50000)"
    )
    lines = [row[0] for row in plan]
    read = [one for one in lines if "on fix_2" in one and "never executed" not in one]
    sys.stdout.write("\n".join(lines) + f"\nmade in {made:.0f} s\n")
    name = f"{count / 1e6:.0f} M fixes / at 1 M"
    return [
        *(
            figure(f"{what}, at {name}", after[what] / before[what], "ratio",
                   f"{before[what]:.2f} ms at 1 M, {after[what]:.2f} ms then", 1.5, least=False)
            for what in before
        ),
        figure("partitions read for a day, of all there are", len(read), "partitions",
               f"{weeks + 1} weeks", 2, least=False),
    ]  # fmt: skip


async def month(conn):
    """A month of one car, 10 s apart, as 2,000 points."""
    device = 5_000
    car = await owner(conn, device, MONDAY)
    rng = random.Random(2)
    rows, at, lon, lat, way = [], MONDAY, 1_179_000_000, 309_000_000, (60, 60)
    for n in range(30 * 8_640 // 3):  # eight hours a day
        if rng.random() < 0.03:
            way = (rng.randint(-2_000, 2_000), rng.randint(-2_000, 2_000))
        rest = n % 2_880 > 2_600
        lon += rng.randint(-100, 100) + (0 if rest else way[0])
        lat += rng.randint(-100, 100) + (0 if rest else way[1])
        at += timedelta(seconds=EACH_S) if n % 2_880 else DAY * 2 / 3
        rows.append(positions.pack(device, wire.Fix(ts=at, lon=lon / 1e7, lat=lat / 1e7), at))
    await positions.ensure_weeks(conn, MONDAY, at)
    for start in range(0, len(rows), 20_000):
        async with conn.transaction():
            await positions.append(conn, rows[start : start + 20_000])
    line = None

    async def simplify():
        nonlocal line
        line = await tracks.simplified(conn, car, MONDAY, at)

    bound = await journeys.bound_to(conn, car)

    async def read():
        await journeys.read(conn, bound, 0, journeys.to_us(at), 1_000_000)

    reading = await timed(read, 5)
    spent = await timed(simplify, 5)
    return [
        figure("a month of one car, points", len(line.points), "points",
               f"{line.fixes} fixes, no further away than {line.max_error_m:.1f} m", 2_000,
               least=False),
        figure("a month of one car, read and simplified", spent, "ms",
               f"{reading:.0f} ms: read alone", 1_000, least=False),
    ]  # fmt: skip


def figure(name, value, unit, reference=None, reach=None, least=True):
    held = None if reach is None else (value >= reach) is least or value == reach
    return {
        "name": name,
        "value": round(float(value), 2),
        "unit": unit,
        "reference": reference,
        "reach": reach,
        "held": held,
    }


async def measure(server, scale, millions):
    conn = await asyncpg.connect(server)
    await conn.execute("CREATE DATABASE bench")
    await conn.close()
    from tests.conftest import with_database

    pool = await db.open_pool(with_database(server, "bench"))
    async with pool, pool.acquire() as conn:
        await db.migrate(conn)
        await start_real(conn)
        figures = await bytes_a_fix(conn, 2_400 // scale)
        figures += await ageing(conn, millions)
        return figures + await month(conn)


def main(words):
    scale = 2 if "--quick" in words else 1
    millions = 50 if "--full" in words else 2 if scale > 1 else 5
    with tempfile.TemporaryDirectory() as folder, postgres.temporary_server(Path(folder)) as dsn:
        figures = asyncio.run(measure(dsn, scale, millions))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    result = {"machine": machine, "commit": commit, "figures": figures}
    out = ROOT / "build" / "bench" / "storage.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1), encoding="utf-8")
    for f in figures:
        sys.stdout.write(f"{f['name']}: {f['value']} {f['unit']} ({f['reference']}) {f['held']}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
