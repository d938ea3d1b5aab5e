"""R9: a captured log played again does nothing: no row, no mark, no marker, no fact, no notice."""

from telemetry import live, understand, wire
from tests.flows.ingest_door import Device, add, door, fix
from tests.understanding import At, bind, facts, prepare, vehicle

TABLES = (
    *("fix", "fuel_observation", "etc_observation", "device_status", "quarantine", "dirty_mark"),
    *("vehicle_mark", "journey", "fence_visit", "fact_change", "outbox", "live_position"),
)  # fmt: skip
HOURS, EVERY_S = 24, 60


def log(clock):
    """A day of one terminal: a drive in each third hour; every tenth message is bad."""
    messages = []
    for n in range(HOURS * 3600 // EVERY_S):
        driving = n // 180 % 3 == 1
        at_s = n * EVERY_S - HOURS * 3600
        east = n % 180 * 0.005 if driving else 0.0
        where = {"lon": 118.75 + east, "lat": 30.94, "speed_kmh": 30.0 if driving else 0.0}
        messages.append(wire.encode([fix(clock, at_s, **where)]))
        if n % 10 == 0:
            messages.append(b'{"ts": "never"}')
    return messages


async def stood(conn):
    """What is in the tables, and which transaction moved the marker last."""
    counts = {t: await conn.fetchval(f"SELECT count(*) FROM {t}") for t in TABLES}
    moved = await conn.fetchval("SELECT max(changed_xid::text) FROM live_position")
    return counts, moved, await conn.fetchval("SELECT max(id) FROM journey")


async def test_a_log_played_again_does_nothing(dsn, conn, pool, clock):
    token = (await add(conn, "bus-1"))["bus-1"]
    await prepare(conn)
    car = await vehicle(conn)
    await bind(conn, await conn.fetchval("SELECT id FROM device"), car)
    messages = log(clock)
    async with door(dsn) as port:
        await Device(port, "bus-1", token, messages).run()
        now = At(clock.now())
        await understand.drain(pool, now)
        before, known = await stood(conn), await facts(conn, car)
        assert before[0]["fix"] == HOURS * 3600 // EVERY_S
        assert before[0]["journey"] >= 3
        assert before[0]["quarantine"] == 1
        snapshot, _ = await live.tail(conn, live.FROM_THE_START)
        await Device(port, "bus-1", token, messages).run()
    assert await conn.fetchval("SELECT times FROM quarantine") == 2 * (len(messages) // 11)
    assert await conn.fetchval("SELECT count(*) FROM dirty_mark") == 0
    _, moved = await live.tail(conn, snapshot)
    assert moved == []
    await understand.drain(pool, now)
    assert await stood(conn) == before
    assert await facts(conn, car) == known
