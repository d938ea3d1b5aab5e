"""Devices whose clocks are wrong, from a year behind to a year ahead: reliability goal R5."""

import random
from datetime import datetime, timedelta

from telemetry import positions
from tests.flows.ingest_door import Raw, add, door, publish
from tests.suite import FULL

AHEAD = timedelta(minutes=5)
MESSAGES = 2_000 if FULL else 250
SKEWS_S = [0, 2, 240, 290, 310, 3_600, 86_400, 86_400 * 365]


async def test_nothing_is_restamped_and_the_marker_never_moves_back_or_ahead(dsn, conn, clock):
    tokens = await add(conn, "bus-1")
    device = await conn.fetchval("SELECT id FROM device")
    chance, now = random.Random(5), clock.now()
    sent, ahead, marker = [], 0, datetime.min.replace(tzinfo=now.tzinfo)
    async with door(dsn) as port:
        raw = await Raw.open(port)
        assert (await raw.hello("bus-1", tokens["bus-1"]))[3] == 0
        for n in range(1, MESSAGES + 1):
            skew_s = chance.choice(SKEWS_S) * chance.choice([-1, 1]) + chance.uniform(-1, 1)
            at = clock.now() + timedelta(seconds=skew_s)
            ahead += skew_s > AHEAD.total_seconds()
            payload = f'{{"ts": "{at.isoformat()}", "lon": 118.7, "lat": {30 + n / 1e4}}}'
            await raw.send(publish("gongche/v1/bus-1/fix", payload.encode(), n % 60_000 + 1))
            assert (await raw.packet())[0] == 0x40  # committed, wherever it went
            sent.append(at)
            row = await conn.fetchrow("SELECT ts, received_at FROM live_position")
            if row:
                # what claims to be later than now is shown as of now, and holds nothing back
                shown = min(row["ts"], row["received_at"])
                assert marker <= shown <= clock.now()
                assert row["ts"] in sent
                marker = shown
        raw.close()
    kept = {r["ts"] for r in await conn.fetch("SELECT ts FROM fix WHERE device_id = $1", device)}
    assert kept <= set(sent)  # none has another time than its device said
    assert kept >= {at for at in sent if now - timedelta(days=360) <= at <= now + AHEAD}
    assert all(at <= clock.now() + AHEAD for at in kept)
    put_aside = [e.reason for e in await positions.unsettled(conn, 10_000)]
    assert set(put_aside) == {"future", "expired"}
    assert len(put_aside) + await conn.fetchval("SELECT count(*) FROM fix") == len(sent)
    assert put_aside.count("future") == ahead
