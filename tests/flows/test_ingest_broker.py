"""Behind an outside broker: mosquitto, started for the test alone."""

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from telemetry import devices, wire
from tests.flows.broker import MOSQUITTO, Mosquitto
from tests.flows.ingest_door import add, door, fix, process, until

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
MESSAGES = 800


@pytest.fixture
async def broker(tmp_path):
    broker = Mosquitto(tmp_path)
    broker.start()
    await broker.ready()
    yield broker
    await broker.stop()


@pytest.fixture
def publisher(broker):
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="publisher", clean_session=False)
    client.max_inflight_messages_set(200)
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def say(client, topic, payload):
    return client.publish(topic, payload, qos=1)


async def stored(conn, count):
    return await conn.fetchval("SELECT count(*) FROM fix") == count


async def test_messages_of_a_broker_are_stored_and_strangers_recorded(
    dsn, conn, clock, broker, publisher
):
    await add(conn, "bus-1")
    await add(conn, "oil", kind="provider")
    good = wire.encode([fix(clock)])
    async with door(dsn, mqtt_url=broker.url) as port:
        assert port == 0
        for topic, payload in [
            ("gongche/v1/stranger/fix", good),
            ("gongche/v1/oil/fix", good),
            ("gongche/v1/bus-1/nonsense", good),
            ("gongche/v1/bus-1/fix", b"{"),
            ("gongche/v1/bus-1/fix", b"x" * 300_000),
            ("gongche/v1/bus-1/fix", good),
        ]:
            say(publisher, topic, payload)
        await until(lambda: stored(conn, 1))
    assert [(r.name, r.reason) for r in await devices.refused(conn)] == [("stranger", "unknown")]
    refused = await conn.fetch("SELECT device, topic FROM refused_publish ORDER BY id")
    assert {tuple(row)[1] for row in refused} == {
        "gongche/v1/oil/fix",
        "gongche/v1/bus-1/nonsense",
    }
    rows = await conn.fetch("SELECT reason, detail FROM quarantine ORDER BY id")
    assert {row["reason"] for row in rows} == {"not-json", "too-large"}
    say(publisher, "gongche/v1/bus-1/fix", wire.encode([fix(clock, 1)]))
    async with door(dsn, mqtt_url=broker.url):
        await until(lambda: stored(conn, 2))
        times = await conn.fetchval("SELECT sum(times) FROM quarantine")
    assert times == 2, "what was acknowledged must not come again"


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
async def test_kill_9_behind_a_broker_loses_nothing(dsn, conn, clock, broker, publisher, shared):
    await add(conn, "bus-1")
    settings = {"dsn": dsn, "mqtt_url": broker.url, "mqtt_shared": shared, "retention_days": 30}
    async with process(settings):
        pass
    sent = 0
    for kill in range(1, 4):
        async with process(settings) as child:
            for _ in range(MESSAGES // 4):
                sent += 1
                say(publisher, "gongche/v1/bus-1/fix", wire.encode([fix(clock, sent / 100)]))
            await until(lambda n=kill: _more_than(conn, n * MESSAGES // 5), within_s=120)
            child.kill()
            await child.wait()
    async with process(settings):
        await until(lambda: stored(conn, sent), within_s=120)


async def _more_than(conn, count):
    return await conn.fetchval("SELECT count(*) FROM fix") > count


async def test_a_broker_that_restarts_is_found_again(dsn, conn, clock, broker, publisher):
    await add(conn, "bus-1")
    async with door(dsn, mqtt_url=broker.url):
        say(publisher, "gongche/v1/bus-1/fix", wire.encode([fix(clock)]))
        await until(lambda: stored(conn, 1))
        await broker.stop()
        broker.start()
        say(publisher, "gongche/v1/bus-1/fix", wire.encode([fix(clock, 1)]))
        await until(lambda: stored(conn, 2))
