"""Behind an outside broker: mosquitto, one publisher, and the receiver that is measured.

All of it at once on one machine: messages are published while they are received.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta

from telemetry.ingest import IngestSettings
from tests.bench.load import fix, messages, pour, publisher
from tests.flows.broker import Mosquitto
from tests.flows.ingest_door import process, until

DEVICES = 20
ROUNDS = 5
PUBLISHED = 2_000
"""In flight between publisher and broker: enough that the publisher never is what is measured."""


def interleaved(count, start):
    """One connection publishes for all devices in turn, as a bridge does."""
    each = [messages(f"bus-{n}", count // DEVICES, 1, start) for n in range(DEVICES)]
    return [packet for turn in zip(*each, strict=True) for packet in turn]


async def forget(broker, client_id):
    """End a session that is to be kept: the broker would go on to queue for who left."""
    (await publisher(broker.port, client_id)).close()


async def receive_only(broker, count, start):
    """Messages a second through paho that acknowledges and does nothing else."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.receive", str(broker.port), str(count),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert await child.stdout.readline() == b"ready\n"
    raw = await publisher(broker.port)
    await pour(raw, interleaved(count, start), PUBLISHED)
    raw.close()
    spent_s = float(await child.stdout.readline())
    await child.wait()
    return count / spent_s


async def committed(broker, dsn, conn, count, start):
    """Messages a second, committed and then acknowledged: first publish to last commit."""
    packets = interleaved(count, start)
    n = count // DEVICES - 1
    last = fix(n, start + timedelta(milliseconds=10) * n).ts
    sent_by = await conn.fetchval("SELECT array_agg(id) FROM device WHERE name LIKE 'bus-%'")
    assert len(sent_by) == DEVICES
    all_there = "SELECT count(*) = $3 FROM fix WHERE device_id = ANY ($1) AND ts = $2"
    async with process({"dsn": dsn, "mqtt_url": broker.url}):
        raw = await publisher(broker.port)
        began = time.perf_counter()
        await pour(raw, packets, PUBLISHED)
        await until(lambda: conn.fetchval(all_there, sent_by, last, DEVICES), within_s=300)
        spent = time.perf_counter() - began
        raw.close()
    return count / spent


async def measure(dsn, conn, folder, scale):
    """(paho receive-only, ours), messages a second, round by round; the devices exist."""
    count, now = 40_000 // scale, datetime.now(UTC)
    broker = Mosquitto(
        folder,
        max_inflight_messages=2_000,
        max_queued_messages=0,
        autosave_on_changes="false",
        autosave_interval=1_800,
    )
    broker.start()
    found = []
    try:
        await broker.ready()
        for n in range(ROUNDS):
            start = now - timedelta(hours=40 + n)
            alone = await receive_only(broker, count, start)
            await forget(broker, "reference")
            found.append((alone, await committed(broker, dsn, conn, count, start)))
            await forget(broker, IngestSettings(dsn).mqtt_client_id)
    finally:
        await broker.stop()
    return found
