"""What a broker says to us, MQTT 3.1.1."""

from dataclasses import dataclass
from typing import TypeAlias

from telemetry.ingest.mqtt import bodies
from telemetry.ingest.mqtt.decoder import PUBLISH, Framing
from telemetry.ingest.mqtt.packets import V311, Malformed, Publish

LARGEST_BYTES = 268_435_455
"""Whatever a broker lets through is read away, else it would send it again for ever."""


@dataclass(frozen=True, slots=True)
class Connack:
    """The answer to CONNECT; code 0 lets us in."""

    session_present: bool
    code: int


@dataclass(frozen=True, slots=True)
class Suback:
    """The answer to SUBSCRIBE: a quality for each filter, or 0x80."""

    codes: bytes


@dataclass(frozen=True, slots=True)
class Puback:
    """A publish of ours is the broker's now."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Pong:
    """The broker lives."""


Answer: TypeAlias = Connack | Suback | Puback | Pong | Publish


class Answers(Framing[Answer]):
    """Bytes of a broker to packets."""

    __slots__ = ()

    def check(self, kind: int, length: int) -> None:
        """Refuse what cannot be; see Framing."""
        if length > (LARGEST_BYTES if kind == PUBLISH else 1_024):
            raise Malformed("a packet larger than any")

    def packet(self, kind: int, flags: int, body: bytes, cut_off: int = 0) -> Answer:
        """One packet; see Framing."""
        if kind == PUBLISH:
            return bodies.publish(flags, body, V311, cut_off)
        if kind == 4 and len(body) == 2:
            return Puback(int.from_bytes(body, "big"))
        if kind == 2 and len(body) == 2:
            return Connack(bool(body[0] & 1), body[1])
        if kind == 9 and len(body) > 2:
            return Suback(body[2:])
        if kind == 13 and not body:
            return Pong()
        raise Malformed("a packet that a broker must not send here")
