"""The door's codec: known packets, any cut of the stream, and whatever a hostile peer sends."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telemetry.ingest.connection import Connection
from telemetry.ingest.door import Door
from telemetry.ingest.intake import Intake
from telemetry.ingest.mqtt import encode
from telemetry.ingest.mqtt.decoder import KEPT_BYTES, LARGEST_BYTES, Decoder
from telemetry.ingest.mqtt.packets import (
    Connect,
    Disconnect,
    Malformed,
    Ping,
    Publish,
    Release,
    Subscribe,
    Unsubscribe,
    Will,
)
from telemetry.ingest.pace import Pace
from tests.flows.ingest_door import connect, length, packet, publish, text

EXAMPLES = 200
HELLO = {4: connect("bus", "secret"), 5: connect("bus", "secret", version=5)}


def decoded(stream, chunk=None):
    decoder, packets = Decoder(), []
    for start in range(0, len(stream), chunk or max(1, len(stream))):
        decoder.feed(stream[start : start + (chunk or len(stream))])
        while (found := decoder.take()) is not None:
            packets.append(found)
    return packets


REASONS = (0x81, 0x82, 0x84, 0x94, 0x95, 0x97)


def refusal_or_packets(stream, chunk):
    try:
        return decoded(stream, chunk)
    except Malformed as refused:
        return refused.code


def after(version, stream):
    return decoded(HELLO[version] + stream)[1:]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            {"keep_alive": 30},
            Connect(4, "bus", True, 30, "bus", b"secret", None, 0),
            id="3.1.1, clean",
        ),
        pytest.param(
            {"clean": False, "client_id": "公车"},
            Connect(4, "公车", False, 60, "bus", b"secret", None, None),
            id="3.1.1, a session without end",
        ),
        pytest.param(
            {"version": 5, "clean": False, "session_s": 90, "will": ("a/b", b"\x00\xff")},
            Connect(5, "bus", False, 60, "bus", b"secret", Will("a/b", b"\x00\xff"), 90),
            id="5, with a will",
        ),
        pytest.param(
            {"version": 5, "session_s": 0xFFFF_FFFF},
            Connect(5, "bus", True, 60, "bus", b"secret", None, None),
            id="5, a session without end",
        ),
    ],
)
def test_connect(said, expected):
    assert decoded(connect("bus", "secret", **said)) == [expected]


def test_connect_as_mosquitto_sends_it():
    # mosquitto_pub 2.0.11 -V mqttv5 -i c -u u -P p, with a receive maximum
    body = bytes.fromhex("00044d51545405c2003c03210014000163000175000170")
    assert decoded(packet(0x10, body)) == [Connect(5, "c", True, 60, "u", b"p", None, 0)]


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_publish(version, qos):
    stream = publish("t/é", b"{}", 513, qos=qos, version=version, dup=True, retain=True)
    assert after(version, stream) == [Publish("t/é".encode(), qos, 513 if qos else 0, b"{}", 2)]


def test_publish_with_properties():
    properties = b"\x01\x01" + b"\x26" + text("k") + text("v") + b"\x02\x00\x00\x00\x05"
    body = text("t") + b"\x00\x01" + bytes((len(properties),)) + properties + b"x"
    assert after(5, packet(0x32, body)) == [Publish(b"t", 1, 1, b"x", 1)]


@pytest.mark.parametrize(
    ("version", "stream", "expected"),
    [
        (4, b"\x62\x02\x00\x09", Release(9)),
        (5, b"\x62\x04\x00\x09\x92\x00", Release(9)),
        (4, b"\xc0\x00", Ping()),
        (4, b"\xe0\x00", Disconnect(with_will=False, session_s=-1)),
        (5, b"\xe0\x01\x04", Disconnect(with_will=True, session_s=-1)),
        (5, b"\xe0\x07\x00\x05\x11\x00\x00\x00\x07", Disconnect(with_will=False, session_s=7)),
        (4, b"\x82\x06\x00\x01\x00\x01a\x01", Subscribe(1, (("a", 1),))),
        (5, b"\x82\x07\x00\x01\x00\x00\x01a\x2e", Subscribe(1, (("a", 2),))),
        (4, b"\xa2\x05\x00\x01\x00\x01a", Unsubscribe(1, 1)),
    ],
)
def test_other_packets(version, stream, expected):
    assert after(version, stream) == [expected]


@pytest.mark.parametrize(
    ("version", "stream", "code"),
    [
        pytest.param(4, HELLO[4], 0x82, id="a second connect"),
        pytest.param(4, b"\xf0\x00", 0x82, id="auth"),
        pytest.param(4, b"\x40\x02\x00\x01", 0x82, id="an acknowledgement of nothing"),
        pytest.param(4, b"\x60\x02\x00\x01", 0x82, id="wrong flags"),
        pytest.param(4, publish("t", b"", 0), 0x82, id="packet identifier 0"),
        pytest.param(4, b"\x36\x05\x00\x01t\x00\x01", 0x81, id="quality 3"),
        pytest.param(4, b"\x32\x03\x00\x09t", 0x81, id="a topic longer than its packet"),
        pytest.param(4, b"\x32\x00", 0x81, id="an empty publish"),
        pytest.param(4, b"\x82\x02\x00\x01", 0x82, id="a subscribe to nothing"),
        pytest.param(4, b"\x82\x06\x00\x01\x00\x01\xff\x01", 0x81, id="a filter that is not UTF-8"),
        pytest.param(5, b"\x32\x09\x00\x01t\x00\x01\x03\x23\x00\x01", 0x94, id="a topic alias"),
        pytest.param(5, b"\x32\x07\x00\x01t\x00\x01\x01\x7f", 0x81, id="an unknown property"),
        pytest.param(5, b"\x32\x07\x00\x01t\x00\x01\x09\x01", 0x81, id="properties cut off"),
        pytest.param(4, b"\x32\xff\xff\xff\xff\x01", 0x81, id="a length of five bytes"),
        pytest.param(4, b"\x32\x81\x80\x40", 0x95, id="a mebibyte and a byte"),
        pytest.param(4, b"\x82\x81\x80\x04", 0x95, id="a subscribe of 64 KiB and a byte"),
    ],
)
def test_what_is_malformed(version, stream, code):
    with pytest.raises(Malformed) as refused:
        after(version, stream)
    assert refused.value.code == code


@pytest.mark.parametrize("size", [KEPT_BYTES, KEPT_BYTES + 1, 500_000, LARGEST_BYTES - 5])
@pytest.mark.parametrize("chunk", [1_000, 65_536, 2_000_000])
def test_a_large_publish_is_read_away_and_the_next_packet_found(size, chunk):
    stream = HELLO[4] + publish("t", b"x" * size, 7) + b"\xc0\x00"
    _, large, ping = decoded(stream, chunk)
    assert (large.packet_id, large.size, ping) == (7, size, Ping())
    assert large.payload == b"x" * len(large.payload)
    decoder = Decoder()
    for start in range(0, len(stream), 1_000):
        decoder.feed(stream[start : start + 1_000])
        decoder.take()
        assert decoder.buffered <= KEPT_BYTES + 2_000


payloads = st.binary(max_size=300)
topics = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=40)


@st.composite
def streams(draw):
    version = draw(st.sampled_from([4, 5]))
    sent, expected = HELLO[version], []
    for n in range(1, draw(st.integers(1, 8))):
        topic, payload, qos = draw(topics), draw(payloads), draw(st.integers(0, 2))
        sent += publish(topic, payload, n, qos=qos, version=version)
        expected.append(Publish(topic.encode(), qos, n if qos else 0, payload, len(payload)))
    return sent, expected


@settings(max_examples=EXAMPLES)
@given(streams(), st.integers(1, 50))
def test_any_cut_of_a_stream_gives_the_same_packets(said, chunk):
    stream, expected = said
    assert decoded(stream, chunk)[1:] == expected


@settings(max_examples=EXAMPLES)
@given(st.sampled_from([b"", HELLO[4], HELLO[5]]), st.binary(max_size=200), st.integers(1, 40))
@example(HELLO[5], b"\x32\x80\x80\x40" + b"\x00" * 100, 7)
def test_a_hostile_stream_ends_in_packets_or_a_refusal(hello, noise, chunk):
    outcome = refusal_or_packets(hello + noise, chunk)
    assert outcome in REASONS or len(outcome) <= len(hello + noise) // 2


@settings(max_examples=EXAMPLES)
@given(streams(), st.data())
def test_a_stream_with_a_byte_changed_never_breaks_the_decoder(said, data):
    stream = bytearray(said[0])
    stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    outcome = refusal_or_packets(bytes(stream), 1_000)
    assert outcome in REASONS or isinstance(outcome, list)


@pytest.mark.parametrize("count", [64, 65], ids=["as-many-as-may", "one-more"])
@pytest.mark.parametrize("kind", ["properties", "subscribe", "unsubscribe"])
def test_nobody_needs_so_many(kind, count):
    said = b"\x26\x00\x00\x00\x00" * count
    body, head = {
        "properties": (text("a/b") + b"\x00\x01" + length(len(said)) + said + b"{}", 0x32),
        "subscribe": (b"\x00\x01\x00" + b"\x00\x01a\x01" * count, 0x82),
        "unsubscribe": (b"\x00\x01\x00" + b"\x00\x01a" * count, 0xA2),
    }[kind]
    outcome = refusal_or_packets(HELLO[5] + packet(head, body), 10_000)
    assert (outcome == 0x97) == (count > 64)


def test_what_we_send():
    assert encode.connack(4, encode.SERVER_UNAVAILABLE) == b"\x20\x02\x00\x03"
    assert encode.connack(5, encode.BAD_CREDENTIALS) == b"\x20\x03\x00\x86\x00"
    assert encode.connack(5, 0, session_present=True, receive_maximum=100) == (
        b"\x20\x06\x01\x00\x03\x21\x00\x64"
    )
    assert encode.puback(5, 258, encode.NOT_AUTHORIZED) == b"\x40\x03\x01\x02\x87"
    assert encode.suback(4, 1, [1, 0x87]) == b"\x90\x04\x00\x01\x01\x80"
    assert encode.suback(5, 1, [0] * 130)[:4] == b"\x90\x85\x01\x00"
    assert encode.unsuback(4, 1, 3) == b"\xb0\x02\x00\x01"
    assert encode.disconnect(4, encode.TAKEN_OVER) == b""


async def test_a_peer_that_does_not_read_is_overdue_and_one_that_we_hold_is_not():
    connection = Connection(Door(None, Intake(), None, pace=Pace()))
    (connection.connect,) = decoded(connect("bus", "secret", keep_alive=10))
    late = connection.heard_at + 16
    connection.pause_writing()
    assert connection.is_overdue(late)
    connection.hold()
    assert not connection.is_overdue(late)
