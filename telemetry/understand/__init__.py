"""The second stage: from stored fixes to facts, one vehicle at a time, by the marks protocol."""

from telemetry.understand.loop import Clock, Parked, drain, once, parked, ring, run
from telemetry.understand.settings import DEFAULT_RULES, Rules, UnderstandSettings
from telemetry.understand.worker import CONSUMERS, Outcome, fold_vehicle

__all__ = [
    "CONSUMERS",
    "DEFAULT_RULES",
    "Clock",
    "Outcome",
    "Parked",
    "Rules",
    "UnderstandSettings",
    "drain",
    "fold_vehicle",
    "once",
    "parked",
    "ring",
    "run",
]
