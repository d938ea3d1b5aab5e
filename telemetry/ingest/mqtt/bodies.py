"""Bodies of packets to packets; one function a kind."""

from collections.abc import Callable

from telemetry.ingest.mqtt.packets import (
    V5,
    V311,
    Connect,
    Disconnect,
    Malformed,
    Packet,
    Ping,
    Publish,
    Release,
    Subscribe,
    Unsubscribe,
    Will,
)
from telemetry.ingest.mqtt.reader import (
    AUTHENTICATION_METHOD,
    SESSION_EXPIRY,
    TOPIC_ALIAS,
    Reader,
)

NEVER = 0xFFFF_FFFF


class UnsupportedVersion(Malformed):
    """Neither 3.1.1 nor 5."""

    def __init__(self, level: int) -> None:
        super().__init__("a protocol version that we do not speak", 0x84)
        self.level = level


def connect(body: bytes) -> Connect:
    """CONNECT, section 3.1 of both versions."""
    r = Reader(body)
    name, level = r.binary(), r.number(1)
    if name != b"MQTT" or level not in (V311, V5):
        raise UnsupportedVersion(level)
    flags, keep_alive_s = r.number(1), r.number(2)
    if flags & 1 or (not flags & 4 and flags & 0x38) or (flags >> 3) & 3 == 3:
        raise Malformed("reserved connect flags")
    found = r.properties() if level == V5 else {}
    client_id = r.text()
    will = _will(r, level) if flags & 4 else None
    username = r.text() if flags & 0x80 else None
    password = r.binary() if flags & 0x40 else None
    if r.left:
        raise Malformed("bytes after the last field")
    clean = bool(flags & 2)
    seconds = found.get(SESSION_EXPIRY, 0) if level == V5 else (0 if clean else NEVER)
    return Connect(
        version=level,
        client_id=client_id,
        clean=clean,
        keep_alive_s=keep_alive_s,
        username=username,
        password=password,
        will=will,
        session_s=None if seconds == NEVER else seconds,
        enhanced_authentication=AUTHENTICATION_METHOD in found,
    )


def _will(r: Reader, level: int) -> Will:
    if level == V5:
        r.properties()
    return Will(r.text(), r.binary())


def publish(flags: int, body: bytes, version: int, cut_off: int = 0) -> Publish:
    """PUBLISH, section 3.3; cut_off bytes of the payload were read away."""
    qos = (flags >> 1) & 3
    length = len(body)
    at = 2 + (body[0] << 8 | body[1]) if length > 1 else 2
    topic = body[2:at]
    packet_id = 0
    if qos:
        if at + 2 <= length:
            packet_id = body[at] << 8 | body[at + 1]
        at += 2
    if at > length or qos == 3:
        raise Malformed("a publish that ends in its header, or of quality 3")
    if qos and not packet_id:
        raise Malformed("packet identifier 0", 0x82)
    if version == V5:
        if length > at and not body[at]:
            at += 1
        else:
            r = Reader(body[at:])
            if r.properties().get(TOPIC_ALIAS) is not None:
                raise Malformed("a topic alias, and we said that we take none", 0x94)
            at = length - r.left
    return Publish(topic, qos, packet_id, body[at:], length - at + cut_off)


def _subscribe(r: Reader, version: int) -> Subscribe:
    packet_id = r.packet_id()
    if version == V5:
        r.properties()
    filters = []
    for _ in r.each("filters"):
        filters.append((r.text(), r.number(1) & 3))
    if not filters or any(qos == 3 for _, qos in filters):
        raise Malformed("a subscribe without a filter, or of quality 3", 0x82)
    return Subscribe(packet_id, tuple(filters))


def _unsubscribe(r: Reader, version: int) -> Unsubscribe:
    packet_id = r.packet_id()
    if version == V5:
        r.properties()
    count = 0
    for _ in r.each("filters"):
        r.text()
        count += 1
    if not count:
        raise Malformed("an unsubscribe without a filter", 0x82)
    return Unsubscribe(packet_id, count)


def _release(r: Reader, version: int) -> Release:
    return Release(r.packet_id())  # MQTT 5 may go on with a reason and properties


def _ping(r: Reader, version: int) -> Ping:
    return Ping()


def _disconnect(r: Reader, version: int) -> Disconnect:
    reason = r.number(1) if version == V5 and r.left else 0
    found = r.properties() if version == V5 and r.left else {}
    seconds = found.get(SESSION_EXPIRY, -1)
    return Disconnect(with_will=reason == 0x04, session_s=None if seconds == NEVER else seconds)


# kind of packet -> (the flags it must carry, its decoder)
_BODIES: dict[int, tuple[int, Callable[[Reader, int], Packet]]] = {
    6: (2, _release),
    8: (2, _subscribe),
    10: (2, _unsubscribe),
    12: (0, _ping),
    14: (0, _disconnect),
}


def other(kind: int, flags: int, body: bytes, version: int) -> Packet:
    """Any packet but CONNECT and PUBLISH."""
    if kind not in _BODIES or _BODIES[kind][0] != flags:
        raise Malformed("a packet that a client must not send here", 0x82)
    return _BODIES[kind][1](Reader(body), version)
