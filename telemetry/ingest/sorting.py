"""What a batch of messages means: rows for each table, or quarantine with a reason. Pure."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from telemetry import positions, receipts
from telemetry.ingest.intake import Received
from telemetry.wire import (
    MAX_PAYLOAD_BYTES,
    BadPayload,
    Channel,
    EtcObservation,
    Fix,
    FuelObservation,
    Message,
    Receipt,
    Status,
    decode,
    encode,
)

FUTURE = timedelta(minutes=5)
NUL_IN_JSON = rb"\u0000"
_RAW = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(slots=True)
class Heard:
    """A received item, what could be read of it, and what could not."""

    item: Received
    messages: list[Message]
    bad: list[positions.Quarantined]


@dataclass(slots=True)
class Batch:
    """Rows to store in one transaction. Observations are JSON objects for the database."""

    fixes: positions.Load = field(default_factory=positions.Load)
    fuel: list[dict[str, object]] = field(default_factory=list)
    etc: list[dict[str, object]] = field(default_factory=list)
    statuses: list[dict[str, object]] = field(default_factory=list)
    bought: list[tuple[Received, receipts.Incoming]] = field(default_factory=list)
    quarantined: list[positions.Quarantined] = field(default_factory=list)
    refused: list[Received] = field(default_factory=list)

    @property
    def is_fixes_alone(self) -> bool:
        """Whether nothing but fixes, and some of them, is to be stored."""
        others = self.fuel, self.etc, self.statuses, self.bought, self.quarantined, self.refused
        return len(self.fixes) > 0 and not any(others)


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which times a message may lie; now is product time."""

    now: datetime
    retention: timedelta
    gone_before: datetime | None = None

    @property
    def earliest(self) -> datetime:
        """Whatever is older has expired, or its week is gone."""
        earliest = self.now - self.retention
        return earliest if self.gone_before is None else max(earliest, self.gone_before)

    def broken(self, message: Message) -> str | None:
        """Say future or expired, where one of them applies. Money never expires."""
        at = message.at if isinstance(message, Receipt) else message.ts
        if at - self.now > FUTURE:
            return "future"
        if at < self.earliest and not isinstance(message, Receipt):
            return "expired"
        return None


def read(item: Received) -> Heard:
    """Decode an item; whatever goes wrong with it ends in quarantine, never in a crash.

    Of an array, the messages that can be read are read.
    """
    if item.refusal is not None:
        return Heard(item, [], [])
    try:
        return _read(item)
    except Exception:  # around one message: it would come back for ever
        return Heard(item, [], [aside(item, "bug", traceback.format_exc(limit=-3))])


def _read(item: Received) -> Heard:
    if item.is_will:
        return Heard(item, [will_status(item)], [])
    try:
        if item.size > MAX_PAYLOAD_BYTES:
            raise BadPayload("too-large", f"{item.size} bytes")
        return Heard(item, decode(item.topic.channel, item.payload), [])
    except BadPayload as error:
        if error.reason in ("out-of-range", "wrong-kind"):
            return _one_by_one(item, error)
        return Heard(item, [], [aside(item, error.reason, str(error))])


def will_status(item: Received) -> Status:
    """A lost connection as a status of the moment it was lost, whatever the will's own time."""
    try:
        (said,) = decode(Channel.STATUS, item.payload)
        if isinstance(said, Status):
            return msgspec.structs.replace(said, ts=item.received_at)
    except (BadPayload, ValueError):
        pass
    detail = item.payload.decode("utf-8", "replace").replace("\x00", "")[:128]
    return Status(ts=item.received_at, state="offline", detail=detail or None)


def aside(
    item: Received, reason: str, detail: str, payload: bytes | None = None
) -> positions.Quarantined:
    """An item, or one message of it, for quarantine."""
    return positions.Quarantined(
        device=item.device,
        topic=str(item.topic),
        reason=reason,
        detail=detail,
        payload=item.payload if payload is None else payload,
        received_at=item.received_at,
    )


def _one_by_one(item: Received, error: BadPayload) -> Heard:
    try:
        raws = _RAW.decode(item.payload)
    except msgspec.ValidationError:  # one object
        return Heard(item, [], [aside(item, error.reason, str(error))])
    except (msgspec.DecodeError, RecursionError) as broken:
        return Heard(item, [], [aside(item, "not-json", str(broken))])
    heard = Heard(item, [], [])
    for raw in raws:
        try:
            heard.messages += decode(item.topic.channel, bytes(raw))
        except BadPayload as bad:
            heard.bad.append(aside(item, bad.reason, str(bad), bytes(raw)))
    return heard


def is_ahead(heard: Heard, limit: timedelta) -> bool:
    """Whether any message claims a time so much later than it was received."""
    times = [m.at if isinstance(m, Receipt) else m.ts for m in heard.messages]
    return bool(times) and max(times) - heard.item.received_at > limit


def sort(heard: Sequence[Heard], limits: Limits) -> Batch:
    """Each message to its table, or to quarantine. Every item has a device_id, or a refusal."""
    batch = Batch()
    earliest, latest = limits.earliest, limits.now + FUTURE
    for one in heard:
        item, messages = one.item, one.messages
        batch.quarantined += one.bad
        if item.refusal is not None or item.device_id is None:
            batch.refused.append(item)
            continue
        if item.topic.channel is Channel.FIX:  # nearly all that comes
            timely = [m for m in messages if type(m) is Fix and earliest <= m.ts <= latest]
            batch.fixes.add(item.device_id, item.received_at, timely)
            if len(timely) == len(messages):
                continue
            messages = [m for m in messages if limits.broken(m)]
        for message in messages:
            if (reason := limits.broken(message)) is not None:
                detail = f"product time is {limits.now.isoformat()}"
                batch.quarantined.append(aside(item, reason, detail, encode([message])))
            elif NUL_IN_JSON in item.payload and has_nul(message):
                bad = aside(item, "unstorable", "text with a NUL", encode([message]))
                batch.quarantined.append(bad)
            else:
                _place(batch, item, message)
    return batch


def has_nul(message: Message) -> bool:
    """Whether PostgreSQL would refuse one of its texts.

    It would refuse the batch, which is then halved until the message stands alone: a dozen
    transactions, and everybody waits.
    """
    said = (getattr(message, name) for name in message.__struct_fields__)
    return any(isinstance(one, str) and "\0" in one for one in said)


def _place(batch: Batch, item: Received, message: Message) -> None:
    if isinstance(message, FuelObservation):
        batch.fuel.append(_observation(item, message))
    elif isinstance(message, EtcObservation):
        batch.etc.append(_observation(item, message))
    elif isinstance(message, Status):
        batch.statuses.append(_observation(item, message))
    elif isinstance(message, Receipt):
        try:
            ready = receipts.prepare(item.device, message, item.received_at)
            batch.bought.append((item, ready))
        except OverflowError as error:
            bad = aside(item, "out-of-range", str(error), encode([message]))
            batch.quarantined.append(bad)


def _observation(item: Received, message: Message) -> dict[str, object]:
    said: dict[str, object] = msgspec.to_builtins(message)
    canonical = msgspec.json.encode(said, order="deterministic")
    soc = getattr(message, "soc_pct", None)
    return {
        **said,
        "device_id": item.device_id,
        "digest": positions.digest(canonical),
        "soc_permille": None if soc is None else round(soc * 10),
        "detail": said,
        "received_at": item.received_at.isoformat(),
    }
