"""Honest devices beside hostile ones: what a flood of rubbish costs those who behave.

The hostile send as fast as the pace of a device allows for ever; what they send is that of
tests.hostile.
"""

import asyncio
import time
from datetime import timedelta

from telemetry.wire import Channel
from tests.bench.door import latencies, p99
from tests.flows.ingest_door import Raw, publish
from tests.hostile import payloads

FOES = 10
PACE, PACE_BYTES = 50, 100_000
"""Messages and bytes a second of one device, for ever: the defaults of docs/settings.md."""
HONEST_A_S = 500
OWN = (Channel.FIX, Channel.FUEL, Channel.ETC, Channel.STATUS)


async def flood(port, name, token, seed):
    """Hostile payloads at the pace of one device, until cancelled; answers are read away."""
    raw = await Raw.open(port)
    assert (await raw.hello(name, token))[3] == 0
    reading = asyncio.create_task(raw.reader.read(-1))
    messages = [m for m in payloads(seed, 8_000) if m[0] in OWN]
    began, size = time.perf_counter(), 0
    try:
        for n, (channel, payload) in enumerate(messages):
            await raw.send(publish(f"gongche/v1/{name}/{channel}", payload, n % 65_535 + 1))
            size += len(payload)
            due = began + max(n / PACE, size / PACE_BYTES)
            await asyncio.sleep(due - time.perf_counter())
    finally:
        reading.cancel()
        raw.close()


async def measure(port, tokens, foes, seconds, now):
    """(p99 alone, p99 beside the hostile), milliseconds from publish to PUBACK of the honest."""
    alone = await latencies(port, tokens, HONEST_A_S, seconds, now - timedelta(hours=70))
    floods = [
        asyncio.create_task(flood(port, name, token, seed))
        for seed, (name, token) in enumerate(foes.items())
    ]
    try:
        beside = await latencies(port, tokens, HONEST_A_S, seconds, now - timedelta(hours=75))
        for one in floods:
            assert not one.done(), one
    finally:
        for one in floods:
            one.cancel()
        await asyncio.gather(*floods, return_exceptions=True)
    return 1_000 * p99(alone), 1_000 * p99(beside)
