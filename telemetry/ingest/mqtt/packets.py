"""Packets that a client may send to us. Properties that we do not act on are read and dropped."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

V311 = 4
V5 = 5


class Malformed(Exception):
    """The peer broke the protocol; code is the reason of MQTT 5, said where it can be said."""

    def __init__(self, what: str, code: int = 0x81) -> None:
        super().__init__(what)
        self.code = code


@dataclass(frozen=True, slots=True)
class Will:
    """What is to be said when the connection breaks."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Connect:
    """CONNECT. session_s: how long the session outlives the connection; None: without end.

    Of 3.1.1, a session that is not clean has no end.
    """

    version: int
    client_id: str
    clean: bool
    keep_alive_s: int
    username: str | None
    password: bytes | None
    will: Will | None
    session_s: int | None
    enhanced_authentication: bool = False


class Publish(NamedTuple):
    """PUBLISH. size is the length of the payload as sent; more than len(payload) if cut off.

    A tuple, since nearly all that comes is one, and a frozen dataclass takes four times as long.
    """

    topic: bytes
    qos: int
    packet_id: int
    payload: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """SUBSCRIBE: filters, each with the quality asked for."""

    packet_id: int
    filters: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """UNSUBSCRIBE: so many filters."""

    packet_id: int
    count: int


@dataclass(frozen=True, slots=True)
class Release:
    """PUBREL, the second half of QoS 2."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Ping:
    """PINGREQ."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """DISCONNECT. session_s: as in Connect, where MQTT 5 says it anew; -1 where it does not."""

    with_will: bool
    session_s: int | None


Packet: TypeAlias = Connect | Publish | Subscribe | Unsubscribe | Release | Ping | Disconnect
