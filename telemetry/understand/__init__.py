"""The second stage: from what was heard to facts, one vehicle at a time, by the marks protocol."""

from telemetry.understand.facts import Now
from telemetry.understand.loop import Parked, drain, once, parked, ring, run
from telemetry.understand.rounds import Clock
from telemetry.understand.settings import UnderstandSettings
from telemetry.understand.streams import ALL, STREAMS, Streams
from telemetry.understand.worker import Folder, Outcome

__all__ = [
    "ALL",
    "STREAMS",
    "Clock",
    "Folder",
    "Now",
    "Outcome",
    "Parked",
    "Streams",
    "UnderstandSettings",
    "drain",
    "once",
    "parked",
    "ring",
    "run",
]
