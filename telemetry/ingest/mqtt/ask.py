"""Packets that we send to a broker, MQTT 3.1.1."""

from telemetry.ingest.mqtt.encode import length
from telemetry.ingest.mqtt.packets import V311

PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"


def connect(
    client_id: str,
    *,
    clean: bool,
    keep_alive_s: int,
    username: str | None = None,
    password: str | None = None,
) -> bytes:
    """CONNECT without a will; a password needs a user name."""
    flags = (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    body = _text("MQTT") + bytes((V311, flags | (2 if clean else 0)))
    body += keep_alive_s.to_bytes(2, "big") + _text(client_id)
    return _packet(0x10, body + b"".join(_text(s) for s in (username, password) if s is not None))


def subscribe(packet_id: int, wanted: str, qos: int = 1) -> bytes:
    """SUBSCRIBE to one filter."""
    return _packet(0x82, packet_id.to_bytes(2, "big") + _text(wanted) + bytes((qos,)))


def publish(topic: str, payload: bytes, packet_id: int, *, retain: bool = False) -> bytes:
    """PUBLISH of quality 1."""
    return _packet(0x32 | retain, _text(topic) + packet_id.to_bytes(2, "big") + payload)


def _text(said: str) -> bytes:
    raw = said.encode()
    return len(raw).to_bytes(2, "big") + raw


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + length(len(body)) + body
