"""What of a story goes over which topic, and when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from typing import Final, Literal

import numpy as np

from simulators.measure.passages import Passage
from simulators.measure.script import FaultKind
from simulators.measure.story import Story
from simulators.measure.truth import txn
from telemetry.wire import Channel, Fix, Receipt, Status, Topic, encode

MOST_IN_A_MESSAGE = 100
ISSUER = "etc-measure"
FEN_PER_KM = 45
SAID: Final[Mapping[FaultKind, Literal["power-cut", "low-battery"]]] = {
    "status-cut": "power-cut", "status-low": "low-battery",
}  # fmt: skip
"""What a terminal says of itself in a message of its own."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message that is handed to a device's or issuer's uplink at a moment."""

    at: int
    sender: str
    topic: str
    payload: bytes
    count: int


def moment(at: int) -> datetime:
    """Seconds since 1970 as an aware UTC time."""
    return datetime.fromtimestamp(at, UTC)


class Mail:
    """All messages of a story, given in the order in which they go out."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._order = np.argsort(story.made.sent_at, kind="stable")
        self._sent_at = story.made.sent_at[self._order]
        self._next = 0
        self._others = sorted([*_statuses(story), *_receipts(story)], key=lambda p: p.at)[::-1]

    def until(self, now: int) -> Iterator[Parcel]:
        """What goes out up to and including a moment."""
        end = int(np.searchsorted(self._sent_at, now, side="right"))
        device = self._story.script.player.device
        for lo in range(self._next, end, MOST_IN_A_MESSAGE):
            rows = self._order[lo : min(end, lo + MOST_IN_A_MESSAGE)]
            payload = encode([self._fix(int(row)) for row in rows])
            yield Parcel(now, device, str(Topic(device, Channel.FIX)), payload, len(rows))
        self._next = end
        while self._others and self._others[-1].at <= now:
            yield self._others.pop()

    def _fix(self, row: int) -> Fix:
        made = self._story.made
        return Fix(
            ts=moment(int(made.ts[row])),
            lon=round(float(made.lon[row]), 7),
            lat=round(float(made.lat[row]), 7),
            speed_kmh=_known(round(float(made.kmh[row]), 1)),
            accuracy_m=_known(float(made.accuracy_m[row])),
            ignition=bool(made.ignition[row]),
            odometer_m=int(made.odometer_m[row]),
            fuel_ml=None if isnan(made.fuel_ml[row]) else int(made.fuel_ml[row]),
            soc_pct=_known(float(made.soc_pct[row])),
            satellites=11,
            flags=int(made.flags[row]),
        )


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _statuses(story: Story) -> Iterator[Parcel]:
    device = story.script.player.device
    for fault in story.script.faults:
        if fault.kind not in SAID:
            continue
        begun = Status(ts=moment(fault.start), state=SAID[fault.kind])
        over = Status(ts=moment(fault.end), state="online")
        for at, status in ((fault.start, begun), (fault.end, over)):
            yield Parcel(at, device, str(Topic(device, Channel.STATUS)), encode([status]), 0)


def _receipts(story: Story) -> Iterator[Parcel]:
    rng = story.script.rng
    for passage in story.passages:
        late_s = rng.randrange(7_200, 72_000) if rng.random() < 0.1 else rng.randrange(60, 1_800)
        payload = encode([_receipt(story, passage)])
        topic = str(Topic(ISSUER, Channel.TOLL))
        yield Parcel(passage.exit_at + late_s, ISSUER, topic, payload, 0)


def _receipt(story: Story, passage: Passage) -> Receipt:
    player = story.script.player
    km = abs(passage.exit.along_m - passage.entry.along_m) / 1_000
    return Receipt(
        txn=txn(player.code, passage),
        kind="toll",
        at=moment(passage.exit_at),
        amount_fen=max(100, round(km * FEN_PER_KM)),
        plate=player.plate,
        obu=player.obu,
        entry_place=passage.entry.name,
        entry_at=moment(passage.entry_at),
        place=passage.exit.name,
    )
