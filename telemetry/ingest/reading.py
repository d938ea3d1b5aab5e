"""What a batch of messages says, before anybody asks what time it is. Pure."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from telemetry import positions
from telemetry.ingest.apart import Apart, aside
from telemetry.ingest.intake import Received
from telemetry.wire import (
    MAX_MESSAGES,
    MAX_PAYLOAD_BYTES,
    SHORTEST_BYTES,
    BadPayload,
    Channel,
    Gathered,
    Message,
    Status,
    decode,
    reports,
)

_RAW = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(slots=True)
class Heard:
    """A received item, what could be read of it, and what could not."""

    item: Received
    messages: Sequence[Message] = ()
    bad: Sequence[positions.Quarantined] = ()


def read(item: Received) -> Heard:
    """Decode an item; whatever goes wrong with it ends in quarantine, never in a crash.

    Of an array, the messages that can be read are read.
    """
    if item.refusal is not None:
        return Heard(item)
    try:
        return _read(item)
    except Exception:  # around one message: it would come back for ever
        return Heard(item, [], [aside(item, "bug", traceback.format_exc(limit=-3))])


def _read(item: Received) -> Heard:
    if item.is_will:
        return Heard(item, [will_status(item)])
    try:
        if item.size > MAX_PAYLOAD_BYTES:
            raise BadPayload("too-large", f"{item.size} bytes")
        return Heard(item, decode(item.topic.channel, item.payload))
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


def _one_by_one(item: Received, error: BadPayload) -> Heard:
    """Of an array, the objects that can be read.

    To be told why one cannot costs ten times as much as reading one, so nobody tries what cannot
    be a message anyhow: of those that can, 64 KiB hold few.
    """
    try:
        raws = _RAW.decode(item.payload)
    except msgspec.ValidationError:  # one object
        return Heard(item, [], [aside(item, error.reason, str(error))])
    except (msgspec.DecodeError, RecursionError) as broken:
        return Heard(item, [], [aside(item, "not-json", str(broken))])
    if len(raws) > MAX_MESSAGES:
        return Heard(item, [], [aside(item, "too-many", f"{len(raws)} messages in one payload")])
    messages: list[Message] = []
    apart = Apart(item)
    for raw in map(bytes, raws):
        if not raw.startswith(b"{"):
            apart.add("out-of-range", "not an object", raw)
        elif len(raw) < SHORTEST_BYTES:
            apart.add("out-of-range", "too short for a message", raw)
        else:
            try:
                messages += decode(item.topic.channel, raw)
            except BadPayload as why:
                apart.add(why.reason, str(why), raw)
    return Heard(item, messages, apart.entries())


@dataclass(frozen=True, slots=True)
class Told:
    """Items in order of arrival; fixes as rows, row k said by item of[k], and all else in heard."""

    heard: list[Heard]
    rows: NDArray[np.void]
    of: NDArray[np.intp]

    @property
    def ts_us(self) -> NDArray[np.int64]:
        """The times of the rows, microseconds UTC."""
        return self.rows["ts"].astype(np.int64)

    def part(self, begin: int, end: int) -> "Told":
        """Some of the items."""
        within = (begin <= self.of) & (self.of < end)
        return Told(self.heard[begin:end], self.rows[within], self.of[within] - begin)

    def message_by_message(self, these: NDArray[np.intp]) -> "Told":
        """The same, but for these items what was read stands in heard."""
        heard = list(self.heard)
        for n in np.unique(these).tolist():
            heard[n] = read(heard[n].item)
        others = ~np.isin(self.of, these)
        return Told(heard, self.rows[others], self.of[others])


class Hearing:
    """Items as they are read: all that are nothing but fixes together, the others one by one."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []
        self._fixes = Gathered()

    def add(self, items: Sequence[Received]) -> None:
        """Read some more."""
        whose: list[int] = []
        said: list[list[Any]] = []
        begin = len(self._heard)
        for n, item in enumerate(items, begin):
            found = _fixes(item)
            if found is None:
                self._heard.append(read(item))
            else:
                self._heard.append(Heard(item))
                whose.append(n)
                said.append(found)
        try:
            left = self._fixes.add(whose, said)
        except Exception:  # around these messages; read says which
            left = whose
        for n in left:
            self._heard[n] = read(items[n - begin])

    def told(self) -> Told:
        """All of it."""
        columns = self._fixes.columns()
        told = Told(self._heard, positions.said(columns), columns.of)
        return told if columns.sound.all() else told.message_by_message(told.of[~columns.sound])


def hear(items: Sequence[Received]) -> Told:
    """Read items at once."""
    hearing = Hearing()
    hearing.add(items)
    return hearing.told()


def put_aside(item: Received, bad: Sequence[positions.Quarantined]) -> Told:
    """An item of which nothing can be stored."""
    return Told([Heard(item, (), bad)], hear([]).rows, np.empty(0, np.intp))


def _fixes(item: Received) -> list[Any] | None:
    """What an item says that says nothing but fixes, and all of them well."""
    if item.topic.channel is not Channel.FIX or item.refusal is not None or item.is_will:
        return None
    if item.size > MAX_PAYLOAD_BYTES:
        return None
    try:
        return reports(item.payload, MAX_MESSAGES)
    except Exception:  # around one message; read says which
        return None
