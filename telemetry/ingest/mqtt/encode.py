"""Packets that we send."""

from telemetry.ingest.mqtt.packets import V5

ACCEPTED = 0x00
NOT_AUTHORIZED = 0x87
SERVER_UNAVAILABLE = 0x88
BAD_CREDENTIALS = 0x86
BAD_CLIENT_ID = 0x85
BAD_VERSION = 0x84
BAD_AUTHENTICATION_METHOD = 0x8C
SERVER_SHUTTING_DOWN = 0x8B
KEEP_ALIVE_TIMEOUT = 0x8D
TAKEN_OVER = 0x8E
QUOTA_EXCEEDED = 0x97

# MQTT 3.1.1, table 3.1
_CONNACK_311 = {
    ACCEPTED: 0,
    BAD_VERSION: 1,
    BAD_CLIENT_ID: 2,
    SERVER_UNAVAILABLE: 3,
    BAD_CREDENTIALS: 4,
    NOT_AUTHORIZED: 5,
    BAD_AUTHENTICATION_METHOD: 5,
}
PINGRESP = b"\xd0\x00"


def connack(
    version: int,
    code: int,
    *,
    session_present: bool = False,
    receive_maximum: int = 0,
    maximum_packet: int = 0,
    assigned_client_id: str = "",
) -> bytes:
    """CONNACK; code is the reason of MQTT 5, translated where 3.1.1 is spoken."""
    if version != V5:
        return bytes((0x20, 2, session_present, _CONNACK_311.get(code, 5)))
    properties = b""
    if receive_maximum:
        properties += b"\x21" + receive_maximum.to_bytes(2, "big")
    if maximum_packet:
        properties += b"\x27" + maximum_packet.to_bytes(4, "big")
    if assigned_client_id:
        said = assigned_client_id.encode()
        properties += b"\x12" + len(said).to_bytes(2, "big") + said
    return bytes((0x20, 3 + len(properties), session_present, code, len(properties))) + properties


def _reply(head: int, version: int, packet_id: int, code: int) -> bytes:
    if version == V5 and code:
        return bytes((head, 3, packet_id >> 8, packet_id & 0xFF, code))
    return bytes((head, 2, packet_id >> 8, packet_id & 0xFF))


def puback(version: int, packet_id: int, code: int = 0) -> bytes:
    """PUBACK: the end of QoS 1."""
    return _reply(0x40, version, packet_id, code)


def pubrec(version: int, packet_id: int, code: int = 0) -> bytes:
    """PUBREC: the first answer of QoS 2; a code of 0x80 or more ends it."""
    return _reply(0x50, version, packet_id, code)


def pubcomp(version: int, packet_id: int) -> bytes:
    """PUBCOMP: the end of QoS 2."""
    return _reply(0x70, version, packet_id, 0)


def suback(version: int, packet_id: int, codes: list[int]) -> bytes:
    """SUBACK: a quality, or a refusal, for each filter."""
    if version != V5:
        codes = [0x80 if code >= 0x80 else code for code in codes]
    return _listed(0x90, version, packet_id, codes)


def unsuback(version: int, packet_id: int, count: int) -> bytes:
    """UNSUBACK: success for each filter, which 3.1.1 does not list."""
    return _listed(0xB0, version, packet_id, [0] * count if version == V5 else [])


def _listed(head: int, version: int, packet_id: int, codes: list[int]) -> bytes:
    body = packet_id.to_bytes(2, "big") + (b"\x00" if version == V5 else b"") + bytes(codes)
    return bytes((head,)) + _length(len(body)) + body


def _length(value: int) -> bytes:
    """A variable byte integer."""
    size = bytearray()
    while True:
        value, low = divmod(value, 0x80)
        size.append(low | (0x80 if value else 0))
        if not value:
            return bytes(size)


def disconnect(version: int, code: int) -> bytes:
    """DISCONNECT with a reason; nothing where 3.1.1 is spoken, whose servers just close."""
    return bytes((0xE0, 2, code, 0)) if version == V5 else b""
