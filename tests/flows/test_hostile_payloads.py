"""R7: whatever bytes come, nothing breaks, nothing stalls, nothing vanishes without a reason."""

import asyncio
from datetime import timedelta
from itertools import cycle

from telemetry import wire
from telemetry.ingest.intake import Received
from telemetry.ingest.pace import BURST_S, Pace
from telemetry.ingest.reading import hear
from telemetry.ingest.sorting import Limits, sort
from telemetry.wire import Topic
from tests import suite
from tests.flows.ingest_door import Device, Raw, add, door, fix, publish
from tests.hostile import NOON, payloads

DECODED = 1_000_000 if suite.FULL else 5_000
THROUGH_THE_DOOR = 100_000 if suite.FULL else 1_200
ENTRIES_OF_ONE = 10
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
        assert len(batch.quarantined) <= ENTRIES_OF_ONE, (channel, payload[:200])
        told["stored"] += stored
        for bad in batch.quarantined:
            told[bad.reason] = told.get(bad.reason, 0) + 1
            assert bad.reason != "bug", (channel, payload[:200], bad.detail)
            assert len(bad.payload) <= wire.MAX_PAYLOAD_BYTES or bad.reason == "too-large"
    assert told.keys() >= {"stored", "not-json", "out-of-range", "too-many", "empty", "too-large"}


async def hostile(port, name, token, messages):
    """Send all of it, each acknowledged in its turn; how many were."""
    raw = await Raw.open(port)
    assert (await raw.hello(name, token))[3] == 0
    acked = 0
    for at in range(0, len(messages), 50):
        batch = messages[at : at + 50]
        for n, (channel, payload) in enumerate(batch, start=1):
            await raw.send(publish(f"gongche/v1/{name}/{channel}", payload, n))
        for n in range(1, len(batch) + 1):
            assert await raw.packet() == b"\x40\x02" + n.to_bytes(2, "big"), (name, acked, n)
        acked += len(batch)
    raw.close()
    return acked


def shared_out(foes):
    """Who sends what: each of the hostile as much as may come at once, and no more.

    Beyond that the door reads more slowly, as it must: one device alone with all of this would
    take the better part of an hour.
    """
    shares = {name: [] for name in foes}
    providers, terminals = (
        cycle([shares[name] for name, kind in foes.items() if (kind == "provider") == wanted])
        for wanted in (True, False)
    )
    for channel, payload in payloads(2, THROUGH_THE_DOOR):
        next(providers if channel.is_providers else terminals).append((channel, payload))
    pace = Pace()
    for name, share in shares.items():
        assert len(share) <= pace.messages_per_s * BURST_S, name
        assert sum(len(payload) for _, payload in share) <= pace.bytes_per_s * BURST_S, name
    return shares


async def test_hostile_devices_neither_break_the_door_nor_hold_up_the_others(dsn, conn, clock):
    honest = (await add(conn, "bus-1"))["bus-1"]
    foes = {f"foe-{n}": "terminal" for n in range(12)} | {f"shop-{n}": "provider" for n in range(6)}
    tokens = {name: (await add(conn, name, kind=kind))[name] for name, kind in foes.items()}
    shares = shared_out(foes)
    good = [wire.encode([fix(clock, n / 100, seq=n)]) for n in range(2_000)]
    async with door(dsn) as port:
        device = Device(port, "bus-1", honest, good)
        hostiles = [hostile(port, name, tokens[name], shares[name]) for name in foes]
        _, *acked = await asyncio.gather(device.run(), *hostiles)
    assert acked == [len(share) for share in shares.values()]
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
