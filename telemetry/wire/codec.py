"""Bytes to messages and back; JSON by msgspec, one object or an array of them."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from telemetry.wire import quick
from telemetry.wire.messages import (
    EtcObservation,
    Fix,
    FuelObservation,
    Message,
    Receipt,
    Status,
)
from telemetry.wire.topics import Channel

MAX_PAYLOAD_BYTES = 64 * 1024
MAX_MESSAGES = 1_000
SHORTEST_BYTES = 40
"""No message is shorter: its time and the names of what else it has to say take as many."""

_KIND: dict[Channel, type[Message]] = {
    Channel.FIX: Fix,
    Channel.FUEL: FuelObservation,
    Channel.ETC: EtcObservation,
    Channel.STATUS: Status,
    Channel.FUEL_CARD: Receipt,
    Channel.TOLL: Receipt,
}
_ONE: dict[Channel, msgspec.json.Decoder[Any]] = {
    channel: msgspec.json.Decoder(kind) for channel, kind in _KIND.items()
}
_MANY: dict[Channel, msgspec.json.Decoder[Any]] = {
    channel: msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]
    for channel, kind in _KIND.items()
}
_ENCODER = msgspec.json.Encoder()
_OF_FUEL_CARD = frozenset({"fuel", "electricity"})


class BadPayload(ValueError):
    """The payload cannot be read; reason is a stable word, the message the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def decode(channel: Channel, payload: bytes) -> list[Message]:
    """Read a payload.

    Returns:
        Its messages in order, at least one, at most 1,000.

    Raises:
        BadPayload: reason too-large, not-json, out-of-range, too-many, empty or wrong-kind.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadPayload("too-large", f"{len(payload)} bytes")
    try:
        messages = _read(channel, payload)
    except msgspec.ValidationError as error:
        raise BadPayload("out-of-range", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadPayload("not-json", str(error)) from error
    if not messages:
        raise BadPayload("empty", "an array without a message")
    if len(messages) > MAX_MESSAGES:
        raise BadPayload("too-many", f"{len(messages)} messages in one payload")
    if channel.is_providers:
        for message in messages:
            _check(channel, message)
    return messages


def _read(channel: Channel, payload: bytes) -> list[Message]:
    is_array = payload.lstrip(b" \t\r\n").startswith(b"[")
    try:
        return _MANY[channel].decode(payload) if is_array else [_ONE[channel].decode(payload)]
    except msgspec.ValidationError as error:
        if channel is Channel.FIX:
            with suppress(msgspec.ValidationError):
                return [quick.as_fix(one) for one in quick.leniently(payload)]
        raise error


def _check(channel: Channel, message: Message) -> None:
    if not isinstance(message, Receipt):
        return
    if (message.kind in _OF_FUEL_CARD) != (channel is Channel.FUEL_CARD):
        raise BadPayload("wrong-kind", f"{message.kind} does not belong on {channel}")
    if (message.amount_fen < 0) != (message.reverses_txn is not None):
        raise BadPayload("out-of-range", "amount_fen is negative exactly where reverses_txn is set")


def encode(messages: Sequence[Message]) -> bytes:
    """One message as an object, several as an array; defaults are left out."""
    return _ENCODER.encode(messages[0] if len(messages) == 1 else list(messages))


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of all messages by name, for docs/wire.md."""
    kinds = list(dict.fromkeys(_KIND.values()))
    _, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": components}
