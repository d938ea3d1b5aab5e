"""The door's table with Debian's mosquitto clients and paho as the other side, both versions."""

import asyncio
import shutil
import threading

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from telemetry import positions, wire
from tests.flows.ingest_door import add, door, fix, until

PUB, SUB = shutil.which("mosquitto_pub"), shutil.which("mosquitto_sub")
BOTH = pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
PAHOS = pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5], ids=["3.1.1", "5"])
mosquittos = pytest.mark.skipif(None in (PUB, SUB), reason="mosquitto-clients is not installed")
TOPIC = "gongche/v1/bus-1/fix"


@pytest.fixture
async def token(conn):
    return (await add(conn, "bus-1"))["bus-1"]


@pytest.fixture
async def port(dsn, token):
    async with door(dsn) as port:
        yield port


@pytest.fixture
def debian(port, token):
    """Run one of Debian's clients; (exit status, what it said)."""

    async def run(program, version, *words, stdin=None):
        child = await asyncio.create_subprocess_exec(
            program, "-h", "127.0.0.1", "-p", str(port), "-V", version, "-u", "bus-1", "-P", token,
            *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(60):
            said, _ = await child.communicate(stdin)
        return child.returncode, said.decode()

    return run


@mosquittos
@BOTH
@pytest.mark.parametrize("qos", ["0", "1", "2"])
async def test_every_quality_is_stored(debian, conn, clock, version, qos):
    payload = wire.encode([fix(clock)]).decode()
    said = await debian(PUB, version, "-q", qos, "-t", TOPIC, "-m", payload)
    assert said == (0, "")
    await until(lambda: conn.fetchval("SELECT count(*) = 1 FROM fix"))


@mosquittos
@BOTH
async def test_retained_is_stored_and_given_to_nobody(debian, conn, clock, version):
    payload = wire.encode([fix(clock)]).decode()
    assert await debian(PUB, version, "-r", "-q", "1", "-t", TOPIC, "-m", payload) == (0, "")
    assert await conn.fetchval("SELECT count(*) FROM fix") == 1
    status, said = await debian(SUB, version, "-q", "1", "-W", "1", "-t", TOPIC)
    assert (status, said) == (27, "Timed out\n"), "granted, and nothing sent"


@mosquittos
@BOTH
async def test_a_subscription_to_others_is_denied(debian, version):
    _, said = await debian(SUB, version, "-q", "1", "-W", "2", "-t", "gongche/v1/+/fix")
    assert "denied" in said.lower() or "not authorized" in said.lower(), said


@mosquittos
@BOTH
async def test_many_lines_over_one_connection_are_stored_in_order(debian, conn, clock, version):
    lines = [wire.encode([fix(clock, n, seq=n)]) for n in range(100)]
    said = await debian(PUB, version, "-q", "1", "-t", TOPIC, "-l", stdin=b"\n".join(lines) + b"\n")
    assert said == (0, "")
    rows = await conn.fetch("SELECT seq FROM fix ORDER BY ts")
    assert [row["seq"] for row in rows] == list(range(100))


@mosquittos
@BOTH
async def test_too_large_is_acknowledged_and_quarantined(debian, conn, version, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"x" * 70_000)
    assert await debian(PUB, version, "-q", "1", "-t", TOPIC, "-f", str(large)) == (0, "")
    assert [e.reason for e in await positions.unsettled(conn)] == ["too-large"]


@mosquittos
async def test_mqtt_3_1_is_refused_with_its_code(debian):
    status, said = await debian(PUB, "mqttv31", "-q", "1", "-t", TOPIC, "-m", "{}")
    assert status != 0
    assert "protocol version" in said


@mosquittos
@BOTH
async def test_the_will_of_a_client_that_is_killed_is_spoken(port, token, conn, version):
    keeping = ("-c", "-x", "60") if version == "mqttv5" else ("-c",)
    child = await asyncio.create_subprocess_exec(
        SUB, "-h", "127.0.0.1", "-p", str(port), "-V", version, "-u", "bus-1", "-P", token,
        "-t", "gongche/v1/bus-1/x", "--will-topic", "gongche/v1/bus-1/status", "-i", "mortal",
        "--will-payload", "gone", *keeping, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await until(lambda: conn.fetchval("SELECT count(*) = 1 FROM mqtt_session"))
    child.kill()
    await child.wait()
    assert await until(lambda: conn.fetchval("SELECT state FROM device_status")) == "offline"


class Client:
    """paho, connected; what it was told stands in its attributes."""

    def __init__(self, version, token, port, client_id="bus-1", *, clean=False):
        five = version == paho.MQTTv5
        more = {} if five else {"clean_session": clean}
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, **more
        )
        self.paho.username_pw_set("bus-1", token)
        self.admitted, self.gone = threading.Event(), threading.Event()
        self.present = self.reason = self.parted = None
        self.answers = []
        self.paho.on_connect = self.on_connect
        self.paho.on_disconnect = self.on_disconnect
        self.paho.on_publish = lambda c, u, mid, reason, properties: self.answers.append(reason)
        properties = None
        if five:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 0 if clean else 3_600
        start = {"clean_start": clean, "properties": properties} if five else {}
        self.paho.connect("127.0.0.1", port, **start)
        self.paho.loop_start()

    def on_connect(self, client, data, flags, reason, properties):
        self.present, self.reason = flags.session_present, reason
        self.properties = properties
        self.admitted.set()

    def on_disconnect(self, client, data, flags, reason, properties):
        self.parted = reason
        self.gone.set()

    async def wait(self, event):
        assert await asyncio.to_thread(event.wait, 30)

    def stop(self):
        self.paho.disconnect()
        self.paho.loop_stop()


@PAHOS
async def test_paho_finds_its_session_again_also_after_the_door_died(dsn, token, version):
    for present in (False, True):
        async with door(dsn) as port:
            client = Client(version, token, port)
            await client.wait(client.admitted)
            assert client.present is present
            client.paho.loop_stop()
        client.stop()


@PAHOS
async def test_paho_is_taken_over(port, token, version):
    old = Client(version, token, port)
    await old.wait(old.admitted)
    old.paho.reconnect_delay_set(30, 30)
    new = Client(version, token, port)
    await new.wait(new.admitted)
    await old.wait(old.gone)
    if version == paho.MQTTv5:
        assert old.parted.value == 0x8E
    old.stop()
    new.stop()


@PAHOS
async def test_paho_is_told_of_a_foreign_topic_and_of_its_window(port, token, version):
    client = Client(version, token, port)
    await client.wait(client.admitted)
    client.paho.publish("gongche/v1/bus-2/fix", b"{}", qos=1)
    if version == paho.MQTTv5:
        await until(lambda: client.answers)
        assert client.answers[0].value == 0x87
        assert client.properties.ReceiveMaximum == 100
    else:
        await client.wait(client.gone)
    client.stop()


@PAHOS
async def test_paho_with_a_wrong_token_is_told_so(port, token, version):
    client = Client(version, "guess", port)
    await client.wait(client.admitted)
    assert client.reason.value == 0x86, "paho says 5's code for both"
    client.stop()
