"""Storage that ages well: what is kept for how long, and what happens when the disk fills."""

from telemetry.storage.disk import Gauge
from telemetry.storage.keep import keep
from telemetry.storage.model import (
    Disk,
    EmptyHold,
    Hold,
    Kept,
    Level,
    NoSuchHold,
    Policy,
    Status,
    Week,
)
from telemetry.storage.retention import Also, Ran, Unpublished, run
from telemetry.storage.status import status
from telemetry.storage.store import holds, place_hold, release_hold

__all__ = [
    "Also",
    "Disk",
    "EmptyHold",
    "Gauge",
    "Hold",
    "Kept",
    "Level",
    "NoSuchHold",
    "Policy",
    "Ran",
    "Status",
    "Unpublished",
    "Week",
    "holds",
    "keep",
    "place_hold",
    "release_hold",
    "run",
    "status",
]
