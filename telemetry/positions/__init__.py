"""Fixes: packed, stored once, never changed; and what could not be stored."""

from telemetry.positions.packed import COLUMNS, Row, digest, microseconds, pack
from telemetry.positions.partitions import AHEAD, ensure_weeks, is_without_partition, weeks, window
from telemetry.positions.quarantine import (
    Entry,
    NotInQuarantine,
    Quarantined,
    count_unsettled,
    put_aside,
    settle,
    unsettled,
)
from telemetry.positions.store import append

__all__ = [
    "AHEAD",
    "COLUMNS",
    "Entry",
    "NotInQuarantine",
    "Quarantined",
    "Row",
    "append",
    "count_unsettled",
    "digest",
    "ensure_weeks",
    "is_without_partition",
    "microseconds",
    "pack",
    "put_aside",
    "settle",
    "unsettled",
    "weeks",
    "window",
]
