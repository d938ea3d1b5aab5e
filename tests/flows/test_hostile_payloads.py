"""R7: whatever bytes come, nothing breaks, nothing stalls, nothing vanishes without a reason."""

import asyncio
from datetime import timedelta

from telemetry import wire
from telemetry.ingest.intake import Received
from telemetry.ingest.reading import hear
from telemetry.ingest.sorting import Limits, sort
from telemetry.wire import Channel, Topic
from tests import suite
from tests.flows.ingest_door import Device, Raw, add, door, fix, publish
from tests.hostile import NOON, payloads

DECODED = 1_000_000 if suite.FULL else 5_000
THROUGH_THE_DOOR = 100_000 if suite.FULL else 1_200
LIMITS = Limits(NOON, timedelta(days=366))


def received(channel, payload):
    return Received(
        source=None, device="bus-1", device_id=1, topic=Topic("bus-1", channel),
        payload=payload, size=len(payload), received_at=NOON,
    )  # fmt: skip


def test_every_payload_is_read_or_put_aside_with_a_reason_that_is_no_bug_of_ours():
    told = {"stored": 0}
    for channel, payload in payloads(1, DECODED):
        batch = sort(hear([received(channel, payload)]), LIMITS)
        kinds = (batch.fixes, batch.fuel, batch.etc, batch.statuses, batch.bought)
        stored = sum(map(len, kinds))
        assert stored + len(batch.quarantined) >= 1, (channel, payload[:200])
        told["stored"] += stored
        for bad in batch.quarantined:
            told[bad.reason] = told.get(bad.reason, 0) + 1
            assert bad.reason != "bug", (channel, payload[:200], bad.detail)
            assert len(bad.payload) <= wire.MAX_PAYLOAD_BYTES or bad.reason == "too-large"
    assert told.keys() >= {"stored", "not-json", "out-of-range", "too-many", "empty", "too-large"}


async def hostile(port, token, messages):
    """Send all of it, each acknowledged in its turn; how many were."""
    raw = await Raw.open(port)
    assert (await raw.hello("foe", token))[3] == 0
    acked = 0
    for at in range(0, len(messages), 50):
        batch = messages[at : at + 50]
        for n, (channel, payload) in enumerate(batch, start=1):
            await raw.send(publish(f"gongche/v1/foe/{channel}", payload, n))
        for n in range(1, len(batch) + 1):
            assert await raw.packet() == b"\x40\x02" + n.to_bytes(2, "big")
        acked += len(batch)
    raw.close()
    return acked


async def test_hostile_devices_neither_break_the_door_nor_hold_up_the_others(dsn, conn, clock):
    token, honest = (await add(conn, "foe"))["foe"], (await add(conn, "bus-1"))["bus-1"]
    own = (Channel.FIX, Channel.FUEL, Channel.ETC, Channel.STATUS)
    messages = [m for m in payloads(2, THROUGH_THE_DOOR) if m[0] in own]
    good = [wire.encode([fix(clock, n / 100, seq=n)]) for n in range(2_000)]
    async with door(dsn) as port:
        device = Device(port, "bus-1", honest, good)
        acked, _ = await asyncio.gather(hostile(port, token, messages), device.run())
    assert acked == len(messages)
    assert device.connections == 1
    mine = "device_id = (SELECT id FROM device WHERE name = 'bus-1')"
    assert await conn.fetchval(f"SELECT count(DISTINCT seq) FROM fix WHERE {mine}") == len(good)
    put_aside = dict(
        await conn.fetch("SELECT reason, sum(times)::int4 FROM quarantine GROUP BY reason")
    )
    assert put_aside.keys() >= {"not-json", "out-of-range", "expired"}
    assert "bug" not in put_aside
    raws = await conn.fetchval("SELECT max(length(payload)) FROM quarantine")
    assert raws <= wire.MAX_PAYLOAD_BYTES
