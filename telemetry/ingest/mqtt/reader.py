"""The body of one packet, read from left to right."""

from collections.abc import Iterator

from telemetry.ingest.mqtt.packets import Malformed

# MQTT 5, 2.2.2.2: identifier -> width in bytes, or what kind of variable length
FOUR = frozenset({0x02, 0x11, 0x18, 0x27})
TWO = frozenset({0x13, 0x21, 0x22, 0x23})
ONE = frozenset({0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A})
BYTES = frozenset({0x09, 0x16})
TEXT = frozenset({0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F})
VARIABLE = 0x0B
USER = 0x26

SESSION_EXPIRY = 0x11
AUTHENTICATION_METHOD = 0x15
TOPIC_ALIAS = 0x23
AT_MOST = 64
"""Properties, or filters: to read one costs a hundred times as much as its bytes."""


class Reader:
    """A cursor over bytes; every read past the end is a malformed packet."""

    __slots__ = ("_at", "_body")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._body) - self._at

    def take(self, count: int) -> bytes:
        """The next bytes."""
        end = self._at + count
        if end > len(self._body):
            raise Malformed("the packet ends in the middle of a field")
        taken = self._body[self._at : end]
        self._at = end
        return taken

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def number(self, width: int) -> int:
        """A big-endian unsigned number."""
        return int.from_bytes(self.take(width), "big")

    def variable(self) -> int:
        """A variable byte integer of at most four bytes."""
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Malformed("a variable byte integer of more than four bytes")

    def binary(self) -> bytes:
        """Bytes after their length."""
        return self.take(self.number(2))

    def text(self) -> str:
        """UTF-8 text after its length; without NUL."""
        return as_text(self.binary())

    def packet_id(self) -> int:
        """A packet identifier, which is never 0."""
        if not (found := self.number(2)):
            raise Malformed("packet identifier 0", 0x82)
        return found

    def properties(self) -> dict[int, int]:
        """Numeric properties by identifier; of the others, only that they are there (0)."""
        inner = Reader(self.take(self.variable()))
        found: dict[int, int] = {}
        for _ in inner.each("properties"):
            identifier = inner.variable()
            if identifier in found and identifier not in (VARIABLE, USER):
                raise Malformed("a property stands twice", 0x82)
            found[identifier] = inner.property_value(identifier)
        return found

    def each(self, what: str) -> Iterator[None]:
        """Once for each of the things that are left, of which there may be so many."""
        for _ in range(AT_MOST):
            if not self.left:
                return
            yield
        if self.left:
            raise Malformed(f"more {what} than we take", 0x97)

    def property_value(self, identifier: int) -> int:
        """The value of a property; 0 for text and bytes, which are skipped."""
        for width, members in ((4, FOUR), (2, TWO), (1, ONE)):
            if identifier in members:
                return self.number(width)
        if identifier == VARIABLE:
            return self.variable()
        if identifier in BYTES:
            self.binary()
        elif identifier in TEXT:
            self.text()
        elif identifier == USER:
            self.text()
            self.text()
        else:
            raise Malformed("an unknown property")
        return 0


def as_text(raw: bytes) -> str:
    """UTF-8 without NUL."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("text that is not UTF-8") from error
    if "\x00" in text:
        raise Malformed("text with a NUL")
    return text
