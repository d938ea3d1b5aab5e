"""Load for the intake: distinct fixes as PUBLISH packets, made before the clock starts."""

import asyncio
import time
from datetime import timedelta

from telemetry import positions, wire
from telemetry.positions.packed import as_stored
from tests.flows.ingest_door import Raw, packet, publish, text

WINDOW = 100


def fix(n, ts):
    """A fix as a terminal sends it."""
    return wire.Fix(
        ts=ts,
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


def messages(name, count, fixes_each, start):
    """PUBLISH packets of a device, 10 ms between fixes."""
    topic = f"gongche/v1/{name}/fix"
    step = timedelta(milliseconds=10)
    return [
        publish(
            topic,
            wire.encode([fix(n, start + step * (n * fixes_each + i)) for i in range(fixes_each)]),
            n % 65_535 + 1,
        )
        for n in range(count)
    ]


def rows(device_id, count, start):
    """The same as rows, ready for the database."""
    step = timedelta(milliseconds=10)
    packed = (positions.pack(device_id, fix(n, start + step * n), start) for n in range(count))
    return [as_stored(row) for row in packed]


async def pour(raw, packets, window=WINDOW):
    """Send with a full window until all is acknowledged."""
    flying = sent = acked = 0
    while acked < len(packets):
        room = min(window - flying, len(packets) - sent)
        if room:
            raw.writer.write(b"".join(packets[sent : sent + room]))
            sent, flying = sent + room, flying + room
        answer = await raw.reader.read(65_536)
        assert answer
        acked, flying = acked + len(answer) // 4, flying - len(answer) // 4


async def through_door(port, tokens, packets):
    """Seconds from the first byte to the last acknowledgement; packets by device."""
    raws = {}
    for name, token in tokens.items():
        raws[name] = await Raw.open(port)
        assert (await raws[name].hello(name, token))[3] == 0
    began = time.perf_counter()
    await asyncio.gather(*(pour(raws[name], packets[name]) for name in tokens))
    spent = time.perf_counter() - began
    for raw in raws.values():
        raw.close()
    return spent


async def publisher(port, client_id="publisher"):
    """A connection to a broker that asks no names."""
    raw = await Raw.open(port)
    body = text("MQTT") + bytes((4, 2)) + (60).to_bytes(2, "big") + text(client_id)
    await raw.send(packet(0x10, body))
    assert (await raw.packet())[3] == 0
    return raw
