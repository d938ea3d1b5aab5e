"""R2: the database is away; terminals go on, the door's memory stays bounded, nothing is lost."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from dispatch.kernel import db
from dispatch.kernel.clock import ProductClock, start_real
from dispatch.run.embedded import postgres
from telemetry import wire
from telemetry.ingest.writer import AT_MOST_MESSAGES
from tests import suite
from tests.flows.ingest_door import Device, add, fix, free_port, process, until

TERMINALS, EACH = (1_000, 120) if suite.FULL else (60, 400)
"""Full: what 1,000 vehicles say at one fix in 5 s while the database is away for ten minutes."""
MOST_MORE_KB = 64 * 1024
pytestmark = pytest.mark.timeout(1_200)


def resident_kb(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


async def terminals(dsn, port):
    pool = await db.open_pool(dsn)
    async with pool:
        async with pool.acquire() as conn:
            await db.migrate(conn)
            await start_real(conn)
            clock = await ProductClock.open(pool)
            async with conn.transaction():
                tokens = await add(conn, *(f"bus-{n}" for n in range(TERMINALS)))
        said = [wire.encode([fix(clock, (n - EACH) * 5, seq=n)]) for n in range(EACH)]
    return [Device(port, name, token, list(said)) for name, token in tokens.items()]


async def test_ten_minutes_without_a_database_lose_nothing_and_take_little_memory(
    tmp_path_factory,
):
    cluster, server = postgres.start(tmp_path_factory.mktemp("away") / "data", postgres.SAFE)
    dsn = postgres.dsn(cluster)
    settings = {"dsn": dsn, "port": free_port(), "retention_days": 30}
    streams = []
    try:
        made = await terminals(dsn, settings["port"])

        def acked():
            return sum(len(device.acked) for device in made)

        async with process(settings) as child:
            streams = [asyncio.create_task(device.run()) for device in made]
            await until(lambda: all(device.acked for device in made), 300)
            before_kb = resident_kb(child.pid)
            server.kill()
            server.wait()
            held = acked()
            await until(lambda: all(d.flying or not d.waiting for d in made))
            for _ in range(60 if suite.FULL else 6):
                await asyncio.sleep(10 if suite.FULL else 0.5)  # the outage itself
                assert resident_kb(child.pid) - before_kb <= MOST_MORE_KB
            assert acked() - held <= 2 * AT_MOST_MESSAGES, "acknowledged without a database"
            server = await asyncio.to_thread(postgres.launch, cluster, postgres.SAFE)
            await asyncio.to_thread(postgres.await_ready, cluster, server)
            async with asyncio.timeout(600):
                await asyncio.gather(*streams)
            assert resident_kb(child.pid) - before_kb <= MOST_MORE_KB
        assert max(device.connections for device in made) == 1, "the door let go of its devices"
        conn = await asyncpg.connect(dsn)
        rows = await conn.fetchrow("SELECT count(*), count(DISTINCT (device_id, seq)) FROM fix")
        await conn.close()
        assert tuple(rows) == (TERMINALS * EACH, TERMINALS * EACH)
    finally:
        for stream in streams:
            stream.cancel()
        await asyncio.to_thread(postgres.stop, cluster, server)
