"""Toll passages against the track: what receipts and units claim, and where the vehicle was."""

from telemetry.passages.judge import judge
from telemetry.passages.model import (
    DEFAULT_RULES,
    Check,
    Claim,
    Rules,
    Side,
    TollCheck,
    TollPlace,
    Verdict,
)
from telemetry.passages.places import InvalidPlaces, read_places
from telemetry.passages.service import drain, recheck, run
from telemetry.passages.store import between, places, put_places
from telemetry.passages.untolled import DEFAULT_DRIVING, Driving, Untolled, untolled

__all__ = [
    "DEFAULT_DRIVING",
    "DEFAULT_RULES",
    "Check",
    "Claim",
    "Driving",
    "InvalidPlaces",
    "Rules",
    "Side",
    "TollCheck",
    "TollPlace",
    "Untolled",
    "Verdict",
    "between",
    "drain",
    "judge",
    "places",
    "put_places",
    "read_places",
    "recheck",
    "run",
    "untolled",
]
