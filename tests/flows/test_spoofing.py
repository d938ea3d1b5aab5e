"""No device speaks for another one: all pairs, all topics, through the door and behind a broker."""

import asyncio
import itertools

import pytest

from telemetry import wire
from telemetry.wire import Channel, Topic
from tests.flows.broker import MOSQUITTO, Mosquitto
from tests.flows.ingest_door import Raw, add, door, fix, publish, until
from tests.flows.test_broker_doctor import guarded
from tests.suite import FULL

DEVICES = 50 if FULL else 12
NAMES = [f"bus-{n}" for n in range(DEVICES)]


def foreign(mine):
    """All topics of all others."""
    return [str(Topic(name, channel)) for name in NAMES for channel in Channel if name != mine]


async def test_through_the_door_every_attempt_is_refused_and_recorded(dsn, conn, clock):
    tokens = await add(conn, *NAMES)
    payload = wire.encode([fix(clock)])
    async with door(dsn) as port:

        async def lie(name):
            raw = await Raw.open(port)
            assert (await raw.hello(name, tokens[name], version=5))[3] == 0
            topics = foreign(name)
            await raw.send(
                b"".join(publish(t, payload, n, version=5) for n, t in enumerate(topics, start=1))
            )
            answers = [await raw.packet() for _ in topics]
            raw.close()
            return answers

        answers = await asyncio.gather(*map(lie, NAMES))
    attempts = list(itertools.chain(*answers))
    assert len(attempts) == DEVICES * (DEVICES - 1) * len(Channel)
    assert {answer[-1] for answer in attempts} == {0x87}
    assert await conn.fetchval("SELECT max(id) FROM refused_publish") == len(attempts)
    for table in ("fix", "receipt", "fuel_observation", "etc_observation", "device_status"):
        assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
async def test_behind_a_broker_with_our_rules_nothing_of_it_arrives(dsn, conn, clock, tmp_path):
    await add(conn, *NAMES)
    rules, users = guarded(tmp_path, NAMES)
    broker = Mosquitto(tmp_path, **rules)
    broker.start()
    await broker.ready()
    url = broker.url.replace("//", "//ingest:secret%20of%20ingest@")
    try:
        async with door(dsn, mqtt_url=url):
            for name in NAMES:
                raw = await Raw.open(broker.port)
                assert (await raw.hello(name, users[name]))[3] == 0
                topics = [*foreign(name), f"gongche/v1/{name}/fix"]
                payload = wire.encode([fix(clock, NAMES.index(name))])
                for n, topic in enumerate(topics, start=1):
                    await raw.send(publish(topic, payload, n))
                    await raw.packet()
                raw.close()
            await until(lambda: _stored(conn, DEVICES))
    finally:
        await broker.stop()
    rows = await conn.fetch("SELECT device_id, count(*) AS n FROM fix GROUP BY 1")
    assert {row["n"] for row in rows} == {1}, "each its own, and nothing of the others"
    for table in ("receipt", "device_status", "refused_publish", "refused_device", "quarantine"):
        assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0


async def _stored(conn, count):
    return await conn.fetchval("SELECT count(*) FROM fix") == count
