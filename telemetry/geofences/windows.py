"""When a fence counts: weekly windows, and the calendar's workdays."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TypeAlias

from dispatch.kernel.calendar import business_day, local
from telemetry.geofences.drafts import Window
from telemetry.streams import from_us, to_us

Works: TypeAlias = Mapping[date, bool]
"""Whether a day is a working day; one that is not there is not known."""
_LONGEST = timedelta(days=1)


def in_force(windows: Iterable[Window], works: Works, lo: int, hi: int) -> list[tuple[int, int]]:
    """The stretches of [lo, hi), microseconds, that lie in some window, joined and in order."""
    if lo >= hi:
        return []
    first, last = business_day(from_us(lo) - _LONGEST), business_day(from_us(hi))
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    found = [_on(day, w) for day in days for w in windows if _begins(day, w, works)]
    return joined((max(lo, a), min(hi, b)) for a, b in found)


def joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches in order, those that touch made one; empty ones left out."""
    whole: list[tuple[int, int]] = []
    for lo, hi in sorted(s for s in stretches if s[0] < s[1]):
        if whole and lo <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(hi, whole[-1][1])
        else:
            whole.append((lo, hi))
    return whole


def next_change(windows: Iterable[Window], works: Works, at: int) -> int | None:
    """The first time after `at` at which a window begins or ends; None within a fortnight."""
    hi = at + 15 * 86_400_000_000
    edges = [t for stretch in in_force(windows, works, at, hi) for t in stretch]
    return next((t for t in edges if at < t < hi), None)


def _begins(day: date, window: Window, works: Works) -> bool:
    if day.isoweekday() not in window.days:
        return False
    return window.on == "any" or works.get(day) is (window.on == "workdays")


def _on(day: date, window: Window) -> tuple[int, int]:
    ends_on = day if window.starts < window.ends else day + timedelta(days=1)
    return to_us(local(day, window.starts)), to_us(local(ends_on, window.ends))
