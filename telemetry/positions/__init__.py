"""Fixes: packed, stored once, never changed; and what could not be stored."""

from telemetry.positions.ahead import Weeks
from telemetry.positions.bulk import Load, Packed, pack_all
from telemetry.positions.load import FEW, append_few, append_new, append_packed, is_double
from telemetry.positions.packed import COLUMNS, Row, as_stored, digest, microseconds, pack
from telemetry.positions.partitions import (
    AHEAD,
    RawFixesGone,
    ensure_weeks,
    horizon,
    is_without_partition,
    lock_weeks,
    weeks,
    window,
)
from telemetry.positions.quarantine import (
    Count,
    Entry,
    NotInQuarantine,
    Page,
    Quarantined,
    count_unsettled,
    counts,
    entry,
    lock_entry,
    page,
    put_aside,
    say_why,
    settle,
    unsettled,
    waiting_ids,
)
from telemetry.positions.shown import Shown, shown
from telemetry.positions.store import append

__all__ = [
    "AHEAD",
    "COLUMNS",
    "FEW",
    "Count",
    "Entry",
    "Load",
    "NotInQuarantine",
    "Packed",
    "Page",
    "Quarantined",
    "RawFixesGone",
    "Row",
    "Shown",
    "Weeks",
    "append",
    "append_few",
    "append_new",
    "append_packed",
    "as_stored",
    "count_unsettled",
    "counts",
    "digest",
    "ensure_weeks",
    "entry",
    "horizon",
    "is_double",
    "is_without_partition",
    "lock_entry",
    "lock_weeks",
    "microseconds",
    "pack",
    "pack_all",
    "page",
    "put_aside",
    "say_why",
    "settle",
    "shown",
    "unsettled",
    "waiting_ids",
    "weeks",
    "window",
]
