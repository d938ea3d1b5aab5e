"""What of an item cannot be taken, as entries for quarantine."""

from collections.abc import Iterator, Sequence

from telemetry import positions
from telemetry.ingest.intake import Received
from telemetry.wire import MAX_PAYLOAD_BYTES


def aside(
    item: Received, reason: str, detail: str, payload: bytes | None = None
) -> positions.Quarantined:
    """An item, or some of its messages, for quarantine."""
    return positions.Quarantined(
        device=item.device,
        topic=str(item.topic),
        reason=reason,
        detail=detail,
        payload=item.payload if payload is None else payload,
        received_at=item.received_at,
    )


class Apart:
    """The messages of one item that cannot be taken: one entry for a reason, however many.

    A payload of 64 KiB holds a thousand of them. With an entry each, one device could keep
    everybody waiting, and push all others out of a quarantine that is bounded.
    """

    def __init__(self, item: Received) -> None:
        self._item = item
        self._by_reason: dict[str, tuple[str, list[bytes]]] = {}

    def add(self, reason: str, detail: str, message: bytes) -> None:
        """One more; of each reason the first detail counts."""
        self._by_reason.setdefault(reason, (detail, []))[1].append(message)

    def entries(self) -> list[positions.Quarantined]:
        """A single message as it is, several as an array of them."""
        return [
            aside(self._item, reason, _of_all(detail, len(messages)), payload)
            for reason, (detail, messages) in self._by_reason.items()
            for payload in _payloads(messages)
        ]


def _of_all(detail: str, count: int) -> str:
    return detail if count == 1 else f"{detail} (and {count - 1} more)"


def _payloads(messages: Sequence[bytes]) -> Iterator[bytes]:
    """As few as keep whole: written anew, messages may be longer than they came."""
    begin, size = 0, 2
    for n, message in enumerate(messages):
        size += len(message) + 1
        if size > MAX_PAYLOAD_BYTES and n > begin:
            yield _array(messages[begin:n])
            begin, size = n, len(message) + 3
    yield _array(messages[begin:])


def _array(messages: Sequence[bytes]) -> bytes:
    return messages[0] if len(messages) == 1 else b"[" + b",".join(messages) + b"]"
