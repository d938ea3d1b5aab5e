"""Recorded fixes in a CSV file: read whole, refused whole, and moved to another day."""

import csv
import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from dispatch.kernel.calendar import SHANGHAI, business_day

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,50}")
MOST_ERRORS = 20


class BrokenCsv(ValueError):
    """The file cannot be replayed; one line of the message for each broken line of the file."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded fix: whose, when (aware), where (degrees WGS-84)."""

    name: str
    at: datetime
    lon: float
    lat: float


def read(path: Path) -> list[Recorded]:
    """Read a recording in order of time.

    Columns longitude, latitude, timestamp (local, UTC+8) and id or name_id, in any order
    and beside any others.

    Raises:
        BrokenCsv: a column is missing, a line cannot be understood, or there is no line.
        OSError: the file cannot be read.
    """
    errors: list[str] = []
    found: list[Recorded] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        name_column = _columns(path, rows.fieldnames)
        try:
            for row in rows:
                outcome = _recorded(row, name_column)
                if isinstance(outcome, Recorded):
                    found.append(outcome)
                elif len(errors) < MOST_ERRORS:
                    errors.append(f"line {rows.line_num}: {outcome}")
        except (csv.Error, UnicodeDecodeError) as error:
            errors.append(f"line {rows.line_num + 1}: {error}")
    if errors:
        raise BrokenCsv("\n".join([f"{path}: nothing was registered or sent", *errors]))
    if not found:
        raise BrokenCsv(f"{path}: no fix in it")
    return sorted(found, key=lambda r: (r.at, r.name))


def _columns(path: Path, given: object) -> str:
    names = [str(n) for n in given] if isinstance(given, list) else []
    for needed in ("longitude", "latitude", "timestamp"):
        if needed not in names:
            raise BrokenCsv(f"{path}: line 1: no column {needed!r}, only {names}")
    for column in ("id", "name_id"):
        if column in names:
            return column
    raise BrokenCsv(f"{path}: line 1: no column 'id' or 'name_id', only {names}")


def _recorded(row: dict[str, str | None], name_column: str) -> Recorded | str:
    """The fix of a line, or what is wrong with it."""
    name = (row[name_column] or "").strip()
    if not name:
        return f"{name_column} is empty"
    place = []
    for column, most in (("longitude", 180.0), ("latitude", 90.0)):
        value = _number(row[column])
        if value is None or not abs(value) <= most:
            return f"{column} is {row[column]!r}, must be a number from -{most:g} to {most:g}"
        place.append(value)
    try:
        at = datetime.fromisoformat((row["timestamp"] or "").strip())
    except ValueError:
        return f"timestamp is {row['timestamp']!r}, must be like 2020-07-18 09:07:17"
    at = at.replace(tzinfo=SHANGHAI) if at.tzinfo is None else at
    return Recorded(name, at, place[0], place[1])


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def moved(fixes: list[Recorded], now: datetime) -> list[Recorded]:
    """Move a recording by whole days so that its last day is today.

    What would then lie in the future becomes the day before: a system refuses the future.

    Args:
        fixes: in order of time, at least one.
        now: product time.
    """
    last = fixes[-1].at
    days = (business_day(now) - business_day(last)).days
    if last + timedelta(days=days) > now:
        days -= 1
    return [replace(fix, at=fix.at + timedelta(days=days)) for fix in fixes]


def device_of(name: str) -> str:
    """A terminal name for a recorded id; one that no terminal can have becomes its digest."""
    if NAME.fullmatch(name):
        return f"replay-{name}"
    return f"replay-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def by_device(fixes: list[Recorded]) -> Iterator[tuple[str, Recorded]]:
    """Each recorded device with its first fix, in order of appearance."""
    seen: set[str] = set()
    for fix in fixes:
        if (device := device_of(fix.name)) not in seen:
            seen.add(device)
            yield device, fix
