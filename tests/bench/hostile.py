"""Honest devices beside hostile ones: python -m tests.bench.hostile PORT < tokens as JSON.

What a flood of rubbish costs those who behave. The hostile are a process of their own, so that
making rubbish does not hold up the clock of the honest; it says "ready" and is killed at the end.

The hostile send as fast as the pace of a device allows for ever; what they send is that of
tests.hostile.
"""

import asyncio
import json
import sys
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


def rubbish(seed):
    """What one device sends, made before the clock starts: making it takes longer than sending."""
    return [m for m in payloads(seed, 3_000) if m[0] in OWN]


async def flood(port, name, token, messages):
    """Hostile payloads at the pace of one device, until cancelled; answers are read away."""
    raw = await Raw.open(port)
    assert (await raw.hello(name, token))[3] == 0
    reading = asyncio.create_task(raw.reader.read(-1))
    try:
        for n, (channel, payload) in enumerate(messages):
            await raw.send(publish(f"gongche/v1/{name}/{channel}", payload, n % 65_535 + 1))
            await asyncio.sleep(max(1 / PACE, len(payload) / PACE_BYTES))
    finally:
        reading.cancel()
        raw.close()


async def floods(port, foes):
    """All of them, for ever."""
    made = [rubbish(seed) for seed in range(len(foes))]
    print("ready", flush=True)
    await asyncio.gather(
        *(flood(port, name, token, m) for (name, token), m in zip(foes.items(), made, strict=True))
    )


async def measure(port, tokens, foes, seconds, now):
    """(p99 alone, p99 beside the hostile), milliseconds from publish to PUBACK of the honest."""
    alone = await latencies(port, tokens, HONEST_A_S, seconds, now - timedelta(hours=70))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.hostile", str(port),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    child.stdin.write(json.dumps(foes).encode())
    child.stdin.write_eof()
    assert await child.stdout.readline() == b"ready\n"
    try:
        beside = await latencies(port, tokens, HONEST_A_S, seconds, now - timedelta(hours=75))
        assert child.returncode is None, "the flood ended before the measurement"
    finally:
        child.kill()
        await child.communicate()
    return 1_000 * p99(alone), 1_000 * p99(beside)


if __name__ == "__main__":
    asyncio.run(floods(int(sys.argv[1]), json.loads(sys.stdin.read())))
