"""Journeys: what a vehicle drove, from its fixes alone.

The fold is pure (`fold`, `outlook`); telemetry.understand runs it and keeps the facts. Other
rooms read `between`, `distance` and `track`.
"""

from telemetry.journeys.fixes import Bound, bound_to, read, read_after
from telemetry.journeys.fold import Folded, fold
from telemetry.journeys.model import DEFAULT_RULES, FOLD_VERSION, Driven, Rules, State
from telemetry.journeys.outlook import Motion, Outlook, outlook
from telemetry.journeys.plausible import UNUSABLE, Flag
from telemetry.journeys.store import (
    Distance,
    Journey,
    TrackPoint,
    between,
    distance,
    track,
)
from telemetry.journeys.stream import STREAM, JourneyStream
from telemetry.streams import Fixes, Integers, from_us, step_mm, steps_mm, to_us

__all__ = [
    "DEFAULT_RULES",
    "FOLD_VERSION",
    "STREAM",
    "UNUSABLE",
    "Bound",
    "Distance",
    "Driven",
    "Fixes",
    "Flag",
    "Folded",
    "Integers",
    "Journey",
    "JourneyStream",
    "Motion",
    "Outlook",
    "Rules",
    "State",
    "TrackPoint",
    "between",
    "bound_to",
    "distance",
    "fold",
    "from_us",
    "outlook",
    "read",
    "read_after",
    "step_mm",
    "steps_mm",
    "to_us",
    "track",
]
