"""Behind an outside broker: mosquitto, started for the test alone."""

from datetime import UTC, datetime, timedelta

import paho.mqtt.client as paho
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.enums import CallbackAPIVersion

from dispatch.run import certificates
from telemetry import devices, ingest, wire
from tests.flows.broker import MOSQUITTO, Mosquitto
from tests.flows.ingest_door import add, door, fix, process, until
from tests.suite import FULL

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
KILLS, EACH = (12, 20_000) if FULL else (3, 270)
EARLIER_S = 300
"""All fixes lie in the past, a millisecond apart: those of the future are put aside."""


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
    for kill in range(1, KILLS + 1):
        async with process(settings) as child:
            for _ in range(EACH):
                sent += 1
                say(
                    publisher,
                    "gongche/v1/bus-1/fix",
                    wire.encode([fix(clock, sent / 1_000 - EARLIER_S)]),
                )
            killed_at = (kill - 1) * EACH + EACH * (kill % 4 + 1) // 6
            await until(lambda n=killed_at: _more_than(conn, n), within_s=120)
            child.kill()
            await child.wait()
    async with process(settings):
        await until(lambda: stored(conn, sent), within_s=600)


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


async def test_a_broker_that_speaks_tls_and_asks_for_our_certificate(dsn, conn, clock, tmp_path):
    files = certificates.door_files(tmp_path, "127.0.0.1", datetime.now(UTC))
    ours, key = client_certificate(tmp_path)
    broker = Mosquitto(
        tmp_path, cafile=files.authority, certfile=files.certificate, keyfile=files.key,
        require_certificate="true", use_identity_as_username="true",
    )  # fmt: skip
    broker.start()
    await broker.ready()
    await add(conn, "bus-1")
    url = broker.url.replace("mqtt:", "mqtts:")
    trusted = {"mqtt_url": url, "mqtt_ca": files.authority}
    try:
        async with door(dsn, **trusted, mqtt_certificate=ours, mqtt_key=key):
            client = paho.Client(CallbackAPIVersion.VERSION2)
            client.tls_set(str(files.authority), str(ours), str(key))
            client.connect("127.0.0.1", broker.port)
            client.loop_start()
            for n in range(50):
                say(client, "gongche/v1/bus-1/fix", wire.encode([fix(clock, n)]))
            await until(lambda: stored(conn, 50))
            client.disconnect()
            client.loop_stop()
        where = ingest.parse_broker_url(url, files.authority)
        found = await ingest.examine(ingest.Questions(where))
        assert [(one.what, one.good) for one in found] == [("connection", False)], "no certificate"
        with pytest.raises(ingest.BadBrokerTls):
            ingest.parse_broker_url(url, tmp_path / "nothing.pem")
    finally:
        await broker.stop()


def client_certificate(folder):
    """One that the authority of an install signed for us."""
    authority = x509.load_pem_x509_certificate((folder / "tls" / "ca.pem").read_bytes())
    signer = serialization.load_pem_private_key((folder / "tls" / "ca.key").read_bytes(), None)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ingest")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(signer, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "ingest.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "ingest.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    return folder / "ingest.pem", folder / "ingest.key"
