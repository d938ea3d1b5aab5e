"""Figures of the intake: python -m tests.bench.ingest [--quick] -> build/bench/ingest.json.

The door runs in a process of its own, PostgreSQL beside it with fsync on, and the load comes
from here, all on one machine: what the door reaches alone is more.
"""

import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from dispatch.kernel import db
from dispatch.kernel.clock import start_real
from dispatch.run.embedded import postgres
from telemetry import positions, wire
from tests.flows.ingest_door import Raw, add, free_port, process, publish

ROOT = Path(__file__).parents[2]
DEVICES = 20
WINDOW = 100


def messages(name, count, fixes_each, start):
    """PUBLISH packets of distinct fixes, ready to send."""
    topic = f"gongche/v1/{name}/fix"
    packets = []
    for n in range(count):
        fixes = [
            wire.Fix(
                ts=start + timedelta(milliseconds=10 * (n * fixes_each + i)),
                lon=117.1 + n * 1e-5,
                lat=34.2,
                speed_kmh=45.5,
                heading=90,
                ignition=True,
                odometer_m=12_345 + n,
                fuel_ml=40_000,
                satellites=9,
                seq=n,
            )
            for i in range(fixes_each)
        ]
        packets.append(publish(topic, wire.encode(fixes), n % 65_535 + 1))
    return packets


async def pour(port, name, token, packets):
    """Send with a full window until all is acknowledged."""
    raw = await Raw.open(port)
    assert (await raw.hello(name, token))[3] == 0
    flying = sent = acked = 0
    while acked < len(packets):
        room = min(WINDOW - flying, len(packets) - sent)
        if room:
            raw.writer.write(b"".join(packets[sent : sent + room]))
            sent, flying = sent + room, flying + room
        answer = await raw.reader.read(65_536)
        assert answer
        acked, flying = acked + len(answer) // 4, flying - len(answer) // 4
    raw.close()


async def throughput(port, tokens, count, fixes_each, start):
    """Fixes a second over all devices, from the first byte to the last acknowledgement."""
    packets = {name: messages(name, count, fixes_each, start) for name in tokens}
    began = time.perf_counter()
    await asyncio.gather(*(pour(port, name, tokens[name], packets[name]) for name in tokens))
    return len(tokens) * count * fixes_each / (time.perf_counter() - began)


async def latencies(port, name, token, count, start, per_s=100):
    """Seconds from publish to PUBACK at a steady rate, sorted."""
    raw = await Raw.open(port)
    assert (await raw.hello(name, token))[3] == 0
    sent_at, took = {}, []

    async def listen():
        for _ in range(count):
            ack = await raw.packet()
            took.append(time.perf_counter() - sent_at[int.from_bytes(ack[2:], "big")])

    listening = asyncio.create_task(listen())
    began = time.perf_counter()
    for n, packet in enumerate(messages(name, count, 1, start), start=1):
        await asyncio.sleep(max(0.0, began + n / per_s - time.perf_counter()))
        sent_at[n] = time.perf_counter()
        raw.writer.write(packet)
    await listening
    raw.close()
    return sorted(took)


def processor_s(pid):
    """Seconds of user and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rows(count, start):
    """Packed rows of one device."""
    return [
        positions.as_stored(
            positions.pack(
                1_000_000,
                wire.Fix(ts=start + timedelta(milliseconds=10 * n), lon=117.1, lat=34.2, seq=n),
                start,
            )
        )
        for n in range(count)
    ]


async def naive(conn, count, start):
    """Fixes a second where each is an INSERT and a commit of its own."""
    columns = ", ".join(positions.COLUMNS)
    places = ", ".join(f"${n}" for n in range(1, len(positions.COLUMNS) + 1))
    insert = await conn.prepare(f"INSERT INTO fix ({columns}) VALUES ({places})")
    began = time.perf_counter()
    for row in rows(count, start):
        await insert.fetch(*row)
    return count / (time.perf_counter() - began)


async def copy_alone(conn, count, start):
    """Fixes a second by COPY straight into the table, 10,000 a transaction."""
    ready = rows(count, start)
    began = time.perf_counter()
    for at in range(0, count, 10_000):
        await conn.copy_records_to_table(
            "fix", records=ready[at : at + 10_000], columns=positions.COLUMNS
        )
    return count / (time.perf_counter() - began)


def figure(name, value, unit, reference, reach, *, less_is_better=False):
    held = value <= reach if less_is_better else value >= reach
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "reference": reference,
        "reach": reach,
        "held": held,
    }


async def measure(dsn, scale):
    pool = await db.open_pool(dsn)
    hour, now = timedelta(hours=1), datetime.now(UTC)
    async with pool.acquire() as conn:
        await db.migrate(conn)
        await start_real(conn)
        tokens = await add(conn, *(f"bus-{n}" for n in range(DEVICES)))
        settings = {"dsn": dsn, "port": free_port()}
        async with process(settings) as child:
            port = settings["port"]
            await throughput(port, tokens, 50, 1, now - 20 * hour)  # warm
            single = await throughput(port, tokens, 2_000 // scale, 1, now - 2 * hour)
            before_s = processor_s(child.pid)
            tens = await throughput(port, tokens, 1_000 // scale, 10, now - 10 * hour)
            cpu_us = (processor_s(child.pid) - before_s) * 1e6 / (DEVICES * (1_000 // scale) * 10)
            took = await latencies(port, "bus-0", tokens["bus-0"], 1_500 // scale, now - hour)
        one_by_one = await naive(conn, 3_000 // scale, now - 30 * hour)
        copied = await copy_alone(conn, 100_000 // scale, now - 60 * hour)
    await pool.close()
    p99_ms = 1_000 * took[int(len(took) * 0.99)]
    return [
        figure("door, 1 fix a message", single, "fixes/s",
               f"{one_by_one:.0f}: one INSERT and commit a message", 5_000),
        figure("door, 10 fixes a message", tens, "fixes/s",
               f"{copied:.0f}: COPY alone into the same table", 20_000),
        figure("door's own processor time, 10 fixes a message", cpu_us, "us/fix",
               "50: one core at 20,000 fixes/s", 50, less_is_better=True),
        figure("publish to PUBACK, p99 at 100 messages/s", p99_ms, "ms",
               f"{1_000 * took[len(took) // 2]:.1f}: the median", 100, less_is_better=True),
    ]  # fmt: skip


def machine():
    return {
        "cpu_count": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "platform": platform.platform(),
        "python": platform.python_version(),
        "asyncpg": asyncpg.__version__,
    }


def main():
    scale = 10 if "--quick" in sys.argv else 1
    before = machine()
    with tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder:
        Path(folder).chmod(0o755)
        with postgres.running(Path(folder) / "data") as cluster:
            figures = asyncio.run(measure(postgres.dsn(cluster), scale))
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    report = {"machine": before, "commit": commit, "quick": scale > 1, "figures": figures}
    out = ROOT / "build" / "bench" / "ingest.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=2) + "\n")
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
