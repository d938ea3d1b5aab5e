"""`gongche doctor mqtt` and the probe of $share: what a broker would lose, told by trying it."""

import asyncio
import json
import os
import shutil
import subprocess
import sys

import pytest

from telemetry import ingest
from telemetry.ingest.mqtt import encode
from telemetry.ingest.mqtt.decoder import Decoder
from telemetry.ingest.mqtt.packets import Connect, Disconnect, Publish, Subscribe
from telemetry.ingest.probes import shared
from tests.flows import ingest_door
from tests.flows.broker import MOSQUITTO, Mosquitto

PASSWD = shutil.which("mosquitto_passwd")
needs_mosquitto = pytest.mark.skipif(
    None in (MOSQUITTO, PASSWD), reason="mosquitto is not installed"
)
DEVICES = ("bus-1", "bus-2")


def guarded(folder, devices=DEVICES, only_own="%u"):
    """Names, passwords and rules: a device writes under its own name, ingest reads all."""
    users = {**{name: f"secret of {name}" for name in devices}, "ingest": "secret of ingest"}
    names = folder / "passwords"
    names.write_text("".join(f"{name}:{secret}\n" for name, secret in users.items()))
    subprocess.run([PASSWD, "-U", str(names)], check=True)
    names.chmod(0o600)
    rules = folder / "rules"
    rules.write_text(
        f"pattern write gongche/v1/{only_own}/#\n"
        "user ingest\ntopic read gongche/v1/#\ntopic readwrite gongche/probe/#\n"
        "topic read $SYS/broker/version\n"
    )
    rules.chmod(0o600)
    return {"allow_anonymous": "false", "password_file": names, "acl_file": rules}, users


@pytest.fixture
async def start(tmp_path):
    started = []

    async def start(**more):
        broker = Mosquitto(tmp_path, **more)
        broker.start()
        started.append(broker)
        await broker.ready()
        return broker

    yield start
    for broker in started:
        await broker.stop()


def as_ingest(broker):
    return broker.url.replace("//", "//ingest:secret%20of%20ingest@")


async def judged(url, device=None, messages=1_500):
    asked = ingest.Questions(ingest.parse_broker_url(url), messages, device)
    return {one.what: one for one in await ingest.examine(asked)}


@needs_mosquitto
async def test_a_broker_that_is_set_up_well_loses_nothing_and_believes_nobody(start, tmp_path):
    rules, users = guarded(tmp_path)
    broker = await start(**rules)
    found = await judged(as_ingest(broker), ("bus-1", users["bus-1"]), messages=200)
    assert {what: one.good for what, one in found.items()} == {
        "connection": True,
        "waiting": True,
        "in flight": True,
        "restart": None,
        "shared": True,
        "retained": True,
        "anonymous": True,
        "spoofing": True,
    }, found
    assert "mosquitto" in found["restart"].said
    assert "autosave_on_changes" in found["restart"].said


@needs_mosquitto
async def test_a_broker_as_it_comes_loses_what_waits_and_believes_anybody(start):
    broker = await start(
        max_queued_messages=None, max_inflight_messages=None, autosave_on_changes="false"
    )
    found = await judged(broker.url)
    assert found["waiting"].good is False
    assert "keeps 1," in found["waiting"].said
    assert (found["in flight"].good, "at most 20" in found["in flight"].said) == (False, True)
    assert found["anonymous"].good is False
    assert found["spoofing"].good is None


@needs_mosquitto
async def test_rules_that_let_a_device_speak_for_another_are_found_out(start, tmp_path):
    rules, users = guarded(tmp_path, only_own="+")
    broker = await start(**rules)
    found = await judged(as_ingest(broker), ("bus-1", users["bus-1"]), messages=10)
    assert found["spoofing"].good is False
    assert found["anonymous"].good is True


async def test_a_broker_that_is_not_there_or_refuses_us_is_one_finding(tmp_path):
    found = await judged(f"mqtt://127.0.0.1:{ingest_door.free_port()}")
    assert [(what, one.good) for what, one in found.items()] == [("connection", False)]


class Pretender(asyncio.Protocol):
    """A broker that grants $share and gives every message to everybody: why a grant proves nothing."""

    def __init__(self, subscribed):
        self.decoder, self.subscribed, self.wanted = Decoder(), subscribed, ""

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, exc):
        self.subscribed.discard(self)

    def data_received(self, data):
        self.decoder.feed(data)
        while (packet := self.decoder.take()) is not None:
            self.handle(packet)

    def handle(self, packet):
        if isinstance(packet, Connect):
            self.transport.write(encode.connack(4, encode.ACCEPTED))
        elif isinstance(packet, Subscribe):
            wanted = packet.filters[0][0]
            self.wanted = wanted.split("/", 2)[2] if wanted.startswith("$share/") else wanted
            self.subscribed.add(self)
            self.transport.write(encode.suback(4, packet.packet_id, [1]))
        elif isinstance(packet, Publish):
            for one in self.subscribed:
                if one.wanted.encode() == packet.topic:
                    said = ingest_door.publish(packet.topic, packet.payload, packet.packet_id)
                    one.transport.write(said)
            self.transport.write(encode.puback(4, packet.packet_id))
        elif isinstance(packet, Disconnect):
            self.transport.close()


async def test_a_broker_that_grants_share_and_copies_is_found_out():
    subscribed = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Pretender(subscribed), "127.0.0.1", 0
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await shared(ingest.parse_broker_url(f"mqtt://127.0.0.1:{port}"))
    assert found.good is False
    assert "80" in found.said


@needs_mosquitto
async def test_the_verb_prints_json_and_its_exit_code_says_whether_all_is_well(start, tmp_path):
    rules, _ = guarded(tmp_path)
    broker = await start(**rules)
    command = [sys.executable, "-m", "dispatch.run", "doctor", "mqtt", "--json", "--messages", "10"]

    async def run(*more):
        child = await asyncio.create_subprocess_exec(
            *command, *more, stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"GONGCHE_MQTT_URL": as_ingest(broker)},
        )  # fmt: skip
        said, _ = await child.communicate()
        return child.returncode, {one["what"]: one["good"] for one in json.loads(said)}

    status, found = await run()
    assert (status, found["connection"], found["shared"]) == (0, True, True)
    status, found = await run("--url", f"mqtt://127.0.0.1:{ingest_door.free_port()}")
    assert (status, found) == (1, {"connection": False})
