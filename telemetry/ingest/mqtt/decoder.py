"""A stream of bytes to packets. Holds at most one packet's worth, whatever the peer sends."""

from telemetry.ingest.mqtt import bodies
from telemetry.ingest.mqtt.packets import Malformed, Packet

PUBLISH = 3
KEPT_BYTES = 128 * 1024
"""Of a larger PUBLISH only so much is kept; the rest is counted and read away."""
LARGEST_BYTES = 1024 * 1024
LARGEST_OTHER_BYTES = 64 * 1024


class Decoder:
    """Feed it bytes, take packets. Raises Malformed once, and is of no use afterwards."""

    __slots__ = ("_at", "_buffer", "_skip", "_waiting", "version")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0  # what lies before was taken
        self._skip = 0  # bytes of the packet in hand still to be read away
        self._waiting: tuple[int, bytes, int] | None = None  # a large publish: flags, head, cut
        self.version = 0  # 0 until a CONNECT was read

    def feed(self, data: bytes | memoryview) -> None:
        """More bytes from the peer."""
        if self._skip:
            gone = min(self._skip, len(data))
            self._skip -= gone
            data = data[gone:]
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    @property
    def buffered(self) -> int:
        """Bytes held back for a packet that is not complete or not yet taken."""
        return len(self._buffer) - self._at

    def take(self) -> Packet | None:
        """The next packet; None: feed more.

        Raises:
            Malformed: the peer broke the protocol, or a packet is larger than 1 MiB.
        """
        if self._waiting is not None:
            return self._large()
        buffer, at = self._buffer, self._at
        if len(buffer) - at < 2:
            return None
        length = buffer[at + 1]
        start = at + 2
        if length >= 0x80:
            found = _length(buffer, at)
            if found is None:
                return None
            length, start = found
        head, end = buffer[at], start + length
        if head >> 4 == PUBLISH and self.version and length <= KEPT_BYTES:  # nearly all that comes
            if len(buffer) < end:
                return None
            self._at = end
            return bodies.publish(head & 0x0F, bytes(buffer[start:end]), self.version)
        self._check(head >> 4, length)
        if len(buffer) < end:
            return self._begin_large(start, length) if length > KEPT_BYTES else None
        self._at = end
        return self._packet(head >> 4, head & 0x0F, bytes(buffer[start:end]))

    def _begin_large(self, start: int, length: int) -> Packet | None:
        if len(self._buffer) < start + KEPT_BYTES:
            return None
        head = bytes(self._buffer[start : start + KEPT_BYTES])
        self._skip = length - (len(self._buffer) - start)
        self._waiting = (self._buffer[self._at] & 0x0F, head, length - KEPT_BYTES)
        self._buffer.clear()
        self._at = 0
        return self._large()

    def _large(self) -> Packet | None:
        if self._skip or self._waiting is None:
            return None
        flags, head, cut_off = self._waiting
        self._waiting = None
        return self._packet(PUBLISH, flags, head, cut_off)

    def _check(self, kind: int, length: int) -> None:
        if (kind == 1) != (self.version == 0):
            raise Malformed("CONNECT comes first, and once", 0x82)
        if length > (LARGEST_BYTES if kind == PUBLISH else LARGEST_OTHER_BYTES):
            raise Malformed("a packet larger than we take", 0x95)

    def _packet(self, kind: int, flags: int, body: bytes, cut_off: int = 0) -> Packet:
        if kind == PUBLISH:
            return bodies.publish(flags, body, self.version, cut_off)
        if kind == 1:
            if flags:
                raise Malformed("reserved flags")
            connect = bodies.connect(body)
            self.version = connect.version
            return connect
        return bodies.other(kind, flags, body, self.version)


def _length(buffer: bytearray, begin: int) -> tuple[int, int] | None:
    """Remaining length and where the body starts; None: not all there yet."""
    value = 0
    there = len(buffer) - begin
    for at in range(1, min(5, there)):
        byte = buffer[begin + at]
        value |= (byte & 0x7F) << (7 * (at - 1))
        if byte < 0x80:
            return value, begin + at + 1
    if there >= 5:
        raise Malformed("a remaining length of more than four bytes")
    return None
