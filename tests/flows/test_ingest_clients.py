"""Clients that nobody here wrote put a car on the map, or do not: mosquitto_pub and paho."""

import asyncio
import shutil
import socket
import ssl
import warnings
from datetime import UTC, datetime

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from dispatch.run import certificates
from telemetry import devices, live, wire
from tests.flows.ingest_door import add, connect, door, fix, until

MOSQUITTO_PUB = shutil.which("mosquitto_pub")
TOPIC = "gongche/v1/bus-1/fix"


@pytest.fixture
async def token(conn):
    return (await add(conn, "bus-1"))["bus-1"]


@pytest.fixture
async def port(dsn, token):
    async with door(dsn) as port:
        yield port


async def mosquitto(port, version, token, topic, payload, *more):
    """Run Debian's client; its exit status and what it complained of."""
    assert MOSQUITTO_PUB
    process = await asyncio.create_subprocess_exec(
        MOSQUITTO_PUB, "-h", "127.0.0.1", "-p", str(port), "-V", version, "-q", "1",
        "-u", "bus-1", "-P", token, "-t", topic, "-m", payload.decode(), *more,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    return process.returncode, said.decode()


@pytest.mark.skipif(MOSQUITTO_PUB is None, reason="mosquitto_pub is not installed")
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_mosquitto_pub_puts_a_car_on_the_map(port, token, conn, clock, version):
    status, said = await mosquitto(port, version, token, TOPIC, wire.encode([fix(clock)]))
    assert (status, said) == (0, "")
    _, (row,) = await live.tail(conn, live.FROM_THE_START)
    assert (row.lon, row.lat) == (1_172_000_000, 342_000_000)


@pytest.mark.skipif(MOSQUITTO_PUB is None, reason="mosquitto_pub is not installed")
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_mosquitto_pub_with_a_wrong_password_is_recorded(port, conn, clock, version):
    status, _ = await mosquitto(port, version, "guess", TOPIC, wire.encode([fix(clock)]))
    assert status != 0
    assert [(r.name, r.reason) for r in await devices.refused(conn)] == [("bus-1", "wrong-token")]
    assert await conn.fetchval("SELECT count(*) FROM fix") == 0


@pytest.mark.skipif(MOSQUITTO_PUB is None, reason="mosquitto_pub is not installed")
async def test_mosquitto_pub_on_a_foreign_topic_is_recorded(port, token, conn, clock):
    topic = "gongche/v1/bus-2/fix"
    _, said = await mosquitto(port, "mqttv5", token, topic, wire.encode([fix(clock)]))
    assert "not authorized" in said.lower()
    assert await conn.fetchval("SELECT topic FROM refused_publish") == topic
    assert await conn.fetchval("SELECT count(*) FROM fix") == 0


@pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5], ids=["3.1.1", "5"])
async def test_paho_publishes_a_thousand_and_hears_of_each(port, token, conn, clock, version):
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id="bus-1",
        protocol=version,
        **({} if version == paho.MQTTv5 else {"clean_session": False}),
    )
    client.username_pw_set("bus-1", token)
    acked = []
    client.on_publish = lambda c, u, mid, reason, properties: acked.append(mid)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        sent = [
            client.publish(TOPIC, wire.encode([fix(clock, n / 1000)]), qos=1).mid
            for n in range(1_000)
        ]
        await until(lambda: len(acked) == 1_000, within_s=60)
        assert acked == sent
        assert await conn.fetchval("SELECT count(*) FROM fix") == 1_000
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def files(tmp_path):
    return certificates.door_files(tmp_path, "127.0.0.1", datetime.now(UTC))


@pytest.mark.skipif(MOSQUITTO_PUB is None, reason="mosquitto_pub is not installed")
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_the_door_speaks_tls_and_nothing_else(dsn, token, conn, clock, files, version):
    payload = wire.encode([fix(clock)])
    async with door(dsn, tls_certificate=files.certificate, tls_key=files.key) as port:
        plain, _ = await mosquitto(port, version, token, TOPIC, payload)
        trusting = ("--cafile", str(files.authority))
        status, said = await mosquitto(port, version, token, TOPIC, payload, *trusting)
    assert plain != 0
    assert (status, said) == (0, "")
    assert await conn.fetchval("SELECT count(*) FROM fix") == 1


async def test_tls_1_1_is_refused_and_a_session_is_resumed(dsn, token, files):
    trusting = ssl.create_default_context(cafile=files.authority)

    def hello(port, session=None):
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            trusting.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as tls,
        ):
            tls.sendall(connect("bus-1", token))
            assert tls.recv(4) == b"\x20\x02\x00\x00"
            return tls.version(), tls.session_reused, tls.session

    async with door(dsn, tls_certificate=files.certificate, tls_key=files.key) as port:
        version, reused, session = await asyncio.to_thread(hello, port)
        assert (version, reused) == ("TLSv1.3", False)
        assert (await asyncio.to_thread(hello, port, session))[1], "a ticket saves the handshake"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            trusting.minimum_version = ssl.TLSVersion.TLSv1
            trusting.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.to_thread(hello, port)
