"""What a batch of messages means: rows for each table, or quarantine with a reason. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import numpy as np

from telemetry import positions, receipts
from telemetry.ingest.apart import Apart
from telemetry.ingest.intake import Received
from telemetry.ingest.reading import Heard, Told
from telemetry.wire import EtcObservation, Fix, FuelObservation, Message, Receipt, Status, encode

FUTURE = timedelta(minutes=5)
NUL_IN_JSON = rb"\u0000"
NOBODY = -1


@dataclass(slots=True)
class Batch:
    """Rows to store in one transaction. Observations are JSON objects for the database."""

    fixes: positions.Load = positions.NOTHING_LOADED
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


def ahead(told: Told, limit: timedelta) -> list[Received]:
    """The items of which a message claims a time so much later than it was received."""
    limit_us = limit // timedelta(microseconds=1)
    came_us = positions.moments([one.item.received_at for one in told.heard])
    late = set(np.unique(told.of[told.ts_us > came_us[told.of] + limit_us]).tolist())
    return [one.item for n, one in enumerate(told.heard) if n in late or _is_ahead(one, limit)]


def _is_ahead(heard: Heard, limit: timedelta) -> bool:
    times = [m.at if isinstance(m, Receipt) else m.ts for m in heard.messages]
    return bool(times) and max(times) - heard.item.received_at > limit


def sort(told: Told, limits: Limits) -> Batch:
    """Each message to its table, or to quarantine. Every item has a device_id, or a refusal."""
    told = _untimely_apart(told, limits)
    batch = Batch()
    devices: list[int] = []
    alone = positions.OneByOne()
    for n, one in enumerate(told.heard):
        item = one.item
        batch.quarantined += one.bad
        if item.refusal is not None or item.device_id is None:
            batch.refused.append(item)
            devices.append(NOBODY)
            continue
        devices.append(item.device_id)
        if one.messages:
            _place_each(batch, alone, n, one, limits)
    came = [one.item.received_at for one in told.heard]
    batch.fixes = positions.loaded(*alone.after(told.rows, told.of), devices, came)
    return batch


def _untimely_apart(told: Told, limits: Limits) -> Told:
    """Rows too early or too late become messages again, with the others of their items."""
    earliest = positions.microseconds(limits.earliest)
    latest = positions.microseconds(limits.now + FUTURE)
    ts_us = told.ts_us
    untimely = (ts_us < earliest) | (ts_us > latest)
    return told.message_by_message(told.of[untimely]) if untimely.any() else told


def has_nul(message: Message) -> bool:
    """Whether PostgreSQL would refuse one of its texts.

    It would refuse the batch, which is then halved until the message stands alone: a dozen
    transactions, and everybody waits.
    """
    said = (getattr(message, name) for name in message.__struct_fields__)
    return any(isinstance(one, str) and "\0" in one for one in said)


def _place_each(
    batch: Batch, alone: positions.OneByOne, n: int, one: Heard, limits: Limits
) -> None:
    apart = Apart(one.item)
    may_have_nul = NUL_IN_JSON in one.item.payload
    for message in one.messages:
        if (reason := limits.broken(message)) is not None:
            apart.add(reason, f"product time is {limits.now.isoformat()}", encode([message]))
        elif isinstance(message, Fix):
            alone.add(n, message)
        elif may_have_nul and has_nul(message):
            apart.add("unstorable", "text with a NUL", encode([message]))
        else:
            _place(batch, apart, one.item, message)
    batch.quarantined += apart.entries()


def _place(batch: Batch, apart: Apart, item: Received, message: Message) -> None:
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
            apart.add("out-of-range", str(error), encode([message]))


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
