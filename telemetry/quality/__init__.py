"""How far a terminal can be trusted: per device and day, with reasons a person understands."""

from telemetry.quality.clock import Delays, clock
from telemetry.quality.datum import Spots, datum
from telemetry.quality.keep import keep, keep_once, refresh
from telemetry.quality.model import DEFAULT_RULES, Finding, Health, Reason, Rules
from telemetry.quality.positions import positions
from telemetry.quality.service import measure, overview

__all__ = [
    "DEFAULT_RULES",
    "Delays",
    "Finding",
    "Health",
    "Reason",
    "Rules",
    "Spots",
    "clock",
    "datum",
    "keep",
    "keep_once",
    "measure",
    "overview",
    "positions",
    "refresh",
]
