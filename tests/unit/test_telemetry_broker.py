"""Our side of an outside broker: what we say is MQTT, and whatever it says we understand or give up."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.ingest import broker_url
from telemetry.ingest.mqtt import ask, encode
from telemetry.ingest.mqtt.answers import Answers, Connack, Pong, Puback, Suback
from telemetry.ingest.mqtt.decoder import KEPT_BYTES, Decoder
from telemetry.ingest.mqtt.packets import V311, Connect, Malformed, Ping, Publish, Subscribe
from tests.flows.ingest_door import publish

SAID = {
    "let in": (b"\x20\x02\x01\x00", Connack(session_present=True, code=0)),
    "refused": (b"\x20\x02\x00\x05", Connack(session_present=False, code=5)),
    "granted": (encode.suback(V311, 1, [1]), Suback(b"\x01")),
    "denied": (encode.suback(V311, 1, [0x80]), Suback(b"\x80")),
    "taken": (encode.puback(V311, 258), Puback(258)),
    "alive": (encode.PINGRESP, Pong()),
    "delivered": (publish("t/1", b"{}", 7), Publish(b"t/1", 1, 7, b"{}", 2)),
    "quality 0": (publish("t/1", b"{}", qos=0), Publish(b"t/1", 0, 0, b"{}", 2)),
}


def understood(*pieces):
    answers, found = Answers(), []
    for piece in pieces:
        answers.feed(piece)
        while (one := answers.take()) is not None:
            found.append(one)
    return found


@pytest.mark.parametrize(("raw", "meant"), SAID.values(), ids=SAID)
def test_known_answers(raw, meant):
    assert understood(raw) == [meant]


@given(st.lists(st.sampled_from(list(SAID.values())), max_size=12), st.data())
def test_any_cut_of_a_stream_gives_the_same_answers(said, data):
    stream = b"".join(raw for raw, _ in said)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    ends = [*cuts, len(stream)]
    pieces = [stream[a:b] for a, b in zip([0, *cuts], ends, strict=True)]
    assert understood(*pieces) == [meant for _, meant in said]


@given(st.binary(max_size=200))
def test_whatever_a_broker_says_is_understood_or_given_up(raw):
    with contextlib.suppress(Malformed):
        understood(raw)


def test_a_message_of_any_size_is_read_away_and_counted():
    size = 3 * 1024 * 1024
    raw = publish("t/1", b"x" * size, 9)
    answers, found = Answers(), []
    for at in range(0, len(raw), 65_536):
        answers.feed(raw[at : at + 65_536])
        while (one := answers.take()) is not None:
            found.append(one)
        assert answers.buffered <= KEPT_BYTES + 65_536
    answers.feed(encode.PINGRESP)
    assert answers.take() == Pong()
    (message,) = found
    assert (message.packet_id, message.size) == (9, size)
    assert len(message.payload) <= KEPT_BYTES


def heard(*said):
    decoder, found = Decoder(), []
    decoder.feed(b"".join(said))
    while (packet := decoder.take()) is not None:
        found.append(packet)
    return found


def test_what_we_say_is_what_a_server_reads():
    hello = ask.connect("us", clean=False, keep_alive_s=30, username="ingest", password="é" * 100)
    long = "x" * 300
    connect, subscribe, message, ping = heard(
        hello, ask.subscribe(1, "a/+"), ask.publish(long, b"1", 2, retain=True), ask.PINGREQ
    )
    assert isinstance(connect, Connect)
    assert (connect.version, connect.client_id, connect.clean) == (V311, "us", False)
    assert (connect.keep_alive_s, connect.username) == (30, "ingest")
    assert connect.password == ("é" * 100).encode()
    assert subscribe == Subscribe(1, (("a/+", 1),))
    assert message == Publish(long.encode(), 1, 2, b"1", 1)
    assert ping == Ping()
    (bare,) = heard(ask.connect("us", clean=True, keep_alive_s=30))
    assert (bare.username, bare.password, bare.clean) == (None, None, True)


@pytest.mark.parametrize(
    ("url", "host", "port", "username", "password"),
    [
        ("mqtt://broker", "broker", 1883, None, None),
        ("mqtts://broker", "broker", 8883, None, None),
        ("mqtt://a%40b:c%2Fd@[::1]:7", "::1", 7, "a@b", "c/d"),
        ("mqtt://a@broker", "broker", 1883, "a", None),
    ],
)
def test_a_url_says_where_and_who(url, host, port, username, password):
    where = broker_url.parse(url)
    assert (where.host, where.port, where.username, where.password) == (
        host, port, username, password,
    )  # fmt: skip
    assert (where.tls is not None) == url.startswith("mqtts")


@pytest.mark.parametrize("url", ["", "broker:1883", "http://broker", "mqtt://", "mqtt://b:70000"])
def test_another_url_is_refused_in_words(url):
    with pytest.raises(broker_url.BadBrokerUrl):
        broker_url.parse(url)
