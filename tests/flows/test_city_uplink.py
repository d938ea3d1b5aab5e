"""The simulated terminals against a real door: nothing published is lost, nobody else gets in."""

import asyncio
import signal

import pytest

from simulators.uplink import NotConnected, Uplink
from telemetry import wire
from tests.flows.ingest_door import add, door, fix, free_port, process, until

NAMES = ("bus-1", "bus-2", "bus-3")
EACH = 300


async def test_what_was_published_arrives_though_the_door_is_killed(dsn, conn, clock):
    tokens = await add(conn, *NAMES)
    settings = {"dsn": dsn, "port": free_port(), "retention_days": 30}
    acked: list[tuple[str, int]] = []
    async with (
        process(settings) as first,
        Uplink("127.0.0.1", settings["port"], tokens) as uplink,
    ):

        async def send(numbers):
            for n in numbers:
                for name in NAMES:
                    payload = wire.encode([fix(clock, n / 100, seq=n)])
                    uplink.publish(
                        name, f"gongche/v1/{name}/fix", payload,
                        lambda name=name, n=n: acked.append((name, n)),
                    )  # fmt: skip
                await asyncio.sleep(0)

        await send(range(EACH // 3))
        await until(lambda: len(acked) > EACH // 3)
        first.send_signal(signal.SIGKILL)
        await first.wait()
        await send(range(EACH // 3, EACH))
        assert uplink.unacked > 0
        async with process(settings):
            async with asyncio.timeout(60):
                await uplink.settled()
    assert sorted(acked) == sorted((name, n) for name in NAMES for n in range(EACH))
    rows = await conn.fetch("SELECT d.name, f.seq FROM fix f JOIN device d ON d.id = f.device_id")
    assert {(r["name"], r["seq"]) for r in rows} == set(acked)
    assert len(rows) == EACH * len(NAMES)


async def test_a_wrong_password_is_said_and_nobody_waits_for_it(dsn, conn, clock):
    await add(conn, "bus-1")
    async with door(dsn) as port:
        with pytest.raises(NotConnected, match="bus-1"):
            async with Uplink("127.0.0.1", port, {"bus-1": "not the token"}):
                pass
