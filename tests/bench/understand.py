"""Figures of understanding: python -m tests.bench.understand [--quick] -> build/bench/understand.json.

PostgreSQL runs beside, with fsync on, on the same machine. The reference is the same fixes read
from the database alone.
"""

import asyncio
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import asyncpg
import numpy as np

from dispatch.kernel import db
from dispatch.kernel.clock import start_real
from dispatch.run.embedded import postgres
from telemetry import journeys, positions, understand
from telemetry.journeys import DEFAULT_RULES, State, fold
from tests.conftest import with_database
from tests.tracks import S, drive, fixes, later
from tests.understanding import LATER, START, At, car, prepare, row, send

ROOT = Path(__file__).parents[2]


def month(days):
    """A car's month: 10 s moving, as domain.md 10.4 has it."""
    legs = ((3600, 0), (2400, 60), (5400, 0), (2400, 60), (3600, 0), (900, 40), (3600, 0))
    one = drive(*legs, every_s=10, odometer=10_000)
    return [p for i in range(days) for p in later(one, i * 86_400)]


async def measure(server, days, cars):
    conn = await asyncpg.connect(server)
    await conn.execute("CREATE DATABASE bench")
    await conn.close()
    pool = await db.open_pool(with_database(server, "bench"))
    async with pool, pool.acquire() as conn:
        await db.migrate(conn)
        await start_real(conn)
        await prepare(conn)
        track = month(days)
        owners = [await car(conn) for _ in range(cars)]
        for _, d in owners:
            for at in range(0, len(track), 20_000):
                async with conn.transaction():
                    rows = [row(d, p) for p in track[at : at + 20_000]]
                    await positions.append(conn, rows)
        await conn.execute("VACUUM ANALYZE fix")
        figures = [pure(track), *await bulk(pool, conn, owners, len(track))]
        figures += await trickle(pool, conn, owners, track, days)
        return figures


def pure(track):
    columns = fixes(track)
    began = time.process_time()
    fold(State(), columns, DEFAULT_RULES)
    spent = time.process_time() - began
    return figure("pure fold", len(track) / spent, "fixes/s a core", "issue 3", 100_000)


async def bulk(pool, conn, owners, each):
    began = time.perf_counter()
    for v, _ in owners:
        bound, at = await journeys.bound_to(conn, v), 0
        while at < journeys.to_us(LATER.now()):
            _, at = await journeys.read(conn, bound, at, journeys.to_us(LATER.now()))
    reading = each * len(owners) / (time.perf_counter() - began)
    began, busy = time.perf_counter(), time.process_time()
    await understand.drain(pool, LATER)
    whole = each * len(owners) / (time.perf_counter() - began)
    ours = each * len(owners) / (time.process_time() - busy)
    return [
        figure("understanding, bulk", whole, "fixes/s", "goal of this skeleton", 30_000),
        figure("understanding, bulk, our processor only", ours, "fixes/s a core"),
        figure("the same fixes read alone", reading, "fixes/s"),
        figure("understanding / reading", whole / reading, "ratio", "reading alone", 0.3),
        figure(
            "one car-month at that rate", len(month(30)) / whole, "s", "issue 3", 1.0, least=False
        ),
    ]


async def trickle(pool, conn, owners, track, days):
    """In order, a fix of each car at a time, as they come when cars drive."""
    extra = later(track[:200], days * 86_400)
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    for p in extra:
        for _, d in owners:
            await send(conn, d, [p])
        await understand.drain(pool, At(START + timedelta(seconds=p.t / S - track[0].t / S)))
    spent = time.perf_counter() - began
    now = resource.getrusage(resource.RUSAGE_SELF)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    folds = len(extra) * len(owners)
    return [
        figure("in order, a fix a fold, storing included", folds / spent, "folds/s"),
        figure("in order, processor of ours a fold", cpu / folds * 1000, "ms"),
    ]


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
        figures = asyncio.run(measure(dsn, 5 if quick else 30, 4 if quick else 8))
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    out = ROOT / "build" / "bench" / "understand.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    result = {"machine": machine, "commit": commit, "figures": figures}
    out.write_text(json.dumps(result, indent=1), encoding="utf-8")
    for f in figures:
        print(f["name"], f["value"], f["unit"])


if __name__ == "__main__":
    main("--quick" in sys.argv)
