"""Which streams are folded; telemetry.streams says what a stream is."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Final

from telemetry import alarms, fuel, geofences, journeys
from telemetry.journeys import JourneyStream
from telemetry.streams import AnyStream

STREAMS: Final[tuple[AnyStream, ...]] = (geofences.STREAM, fuel.STREAM, alarms.STREAM)
"""Each is folded beside the journeys, which come first."""


@dataclass(frozen=True, slots=True)
class Streams:
    """All that is folded of a vehicle. What journeys, which lead, see of a fix, others are told."""

    journeys: JourneyStream = journeys.STREAM
    others: tuple[AnyStream, ...] = STREAMS

    @property
    def all(self) -> tuple[AnyStream, ...]:
        """In the order in which states and facts are kept."""
        return (self.journeys, *self.others)

    @property
    def version(self) -> int:
        """31 bits over all folds and thresholds; no fold resumes from checkpoints of another."""
        return _version(self)


@cache
def _version(streams: Streams) -> int:
    text = json.dumps([[s.name, s.version()] for s in streams.all])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


ALL: Final = Streams()
