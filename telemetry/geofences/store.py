"""Fences and visits, read from the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import pairwise
from typing import Any

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import FenceId, PoolId, VehicleId
from telemetry.geofences.areas import Fence, Fences
from telemetry.geofences.drafts import Days, Draft, GeoJson, Kind, Window
from telemetry.geofences.errors import UnknownFence
from telemetry.geofences.model import DEFAULT_RULES, Rules
from telemetry.geofences.shapes import Outline
from telemetry.streams import Memory, to_us

SQL = statements(__file__)
_WORKING = ("workday", "makeup")
_KEPT = "visits.fences"


@dataclass(frozen=True, slots=True)
class Version:
    """What a fence looks like over [since, until); until None: for good."""

    id: int
    fence_id: FenceId
    since: datetime
    until: datetime | None
    draft: Draft


@dataclass(frozen=True, slots=True)
class FenceLine:
    """A fence as it is at a time; inside: how many vehicles are in it now."""

    id: FenceId
    pool_id: PoolId
    name: str
    kind: Kind
    shape: GeoJson
    radius_m: int | None
    windows: tuple[Window, ...]
    limit_kmh: int | None
    confirm_fixes: int | None
    confirm_s: int | None
    since: datetime
    until: datetime | None
    in_force: bool
    inside: int


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a fence, about [since, until); undone_by: the change that undid it."""

    id: int
    fence_id: FenceId
    at: datetime
    by: str
    action: str
    since: datetime
    until: datetime | None
    undoes: int | None
    undone_by: int | None


@dataclass(frozen=True, slots=True)
class StoredVisit:
    """A vehicle was inside over [entered_at, left_at); left_at None: it still is."""

    id: int
    vehicle_id: VehicleId
    fence_id: FenceId
    entered_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inside:
    """A vehicle that is in a fence, as far as it is understood."""

    vehicle_id: VehicleId
    code: str
    plate: str | None
    pool_id: PoolId | None
    pool_name: str | None
    since: datetime


async def epoch(conn: Conn) -> int:
    """Another number after every change of a fence or of the calendar."""
    n: int = await conn.fetchval(SQL["epoch"])
    return n


async def load(conn: Conn, rules: Rules) -> Fences:
    """All fences of all times, as the fold reads them."""
    found = [_fence(r) for r in await conn.fetch(SQL["fences"])]
    days = await conn.fetch(SQL["calendar"]) if any(f.windows for f in found) else []
    works = {r["day"]: r["kind"] in _WORKING for r in days}
    return Fences(found, works, confirm_fixes=rules.confirm_fixes, confirm_s=rules.confirm_s)


async def kept(conn: Conn, memory: Memory, rules: Rules = DEFAULT_RULES) -> Fences:
    """The same, out of a worker's memory as long as nothing changed."""
    now, known = await epoch(conn), memory.get(_KEPT)
    if not isinstance(known, tuple) or known[0] != now:
        # maybe of a later epoch already: that only makes the next fold look again
        known = now, await load(conn, rules)
        memory[_KEPT] = known
    fences: Fences = known[1]
    return fences


def _fence(r: Any) -> Fence:  # noqa: ANN401
    points = list(zip(r["lon"], r["lat"], strict=True))
    ends = [0, *r["ring_ends"]]
    rings = tuple(tuple(points[a:b]) for a, b in pairwise(ends))
    outline = Outline(r["shape_code"], r["radius_m"] * 1000, r["inner_mm"], rings)
    return Fence(
        r["fence_id"],
        to_us(r["lo"]),
        to_us(r["hi"]),
        outline,
        from_windows(r["windows"]),
        r["confirm_fixes"] or 0,
        -1 if r["confirm_s"] is None else r["confirm_s"],
        r["kind"],
        r["limit_kmh"] or 0,
    )


def to_windows(windows: Sequence[Window]) -> list[dict[str, object]]:
    """Windows as they are stored."""
    return [
        {
            "days": list(w.days),
            "on": w.on,
            "from": w.starts.isoformat("minutes"),
            "to": w.ends.isoformat("minutes"),
        }
        for w in windows
    ]


def from_windows(stored: Sequence[dict[str, Any]]) -> tuple[Window, ...]:
    """What to_windows turned into values."""
    return tuple(_window(w["days"], w["on"], w["from"], w["to"]) for w in stored)


def _window(days: list[int], on: Days, starts: str, ends: str) -> Window:
    return Window(tuple(days), on, time.fromisoformat(starts), time.fromisoformat(ends))


async def lines(
    conn: Conn,
    at: datetime,
    pools: Sequence[int] | None = None,
    kinds: Sequence[str] | None = None,
    *,
    ended: bool = False,
) -> list[FenceLine]:
    """Fences in force at a time, by platform and name; ended: those that are not, too."""
    some = None if pools is None else list(pools), None if kinds is None else list(kinds)
    return [_line(r) for r in await conn.fetch(SQL["lines"], at, *some, ended, None)]


async def find(conn: Conn, fence_id: FenceId, at: datetime) -> FenceLine:
    """A fence as it is at a time, or was or will be next to it.

    Raises:
        UnknownFence: there is none, or it never was in force.
    """
    row = await conn.fetchrow(SQL["lines"], at, None, None, True, fence_id)
    if row is None:
        raise UnknownFence(f"no fence {fence_id}")
    return _line(row)


def _line(r: Any) -> FenceLine:  # noqa: ANN401
    return FenceLine(**{**dict(r), "windows": from_windows(r["windows"])})


async def versions(conn: Conn, fence_id: FenceId) -> list[Version]:
    """What a fence looked like over time, oldest first."""
    return [
        Version(
            r["id"],
            r["fence_id"],
            r["since"],
            r["until"],
            Draft(
                r["pool_id"],
                r["name"],
                r["kind"],
                r["shape"],
                r["radius_m"],
                from_windows(r["windows"]),
                r["limit_kmh"],
                r["confirm_fixes"],
                r["confirm_s"],
            ),
        )
        for r in await conn.fetch(SQL["versions"], fence_id)
    ]


async def changes(conn: Conn, fence_id: FenceId) -> list[Change]:
    """What was done to a fence, newest first."""
    return [Change(**dict(r)) for r in await conn.fetch(SQL["changes"], fence_id)]


async def visits(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime
) -> list[StoredVisit]:
    """Visits of a vehicle that touch [lo, hi), oldest first, as far as they are understood."""
    rows = await conn.fetch(SQL["visits"], vehicle_id, lo, hi)
    return [StoredVisit(**dict(r)) for r in rows]


async def visits_of(conn: Conn, fence_id: FenceId, lo: datetime, hi: datetime) -> list[StoredVisit]:
    """Visits to a fence that touch [lo, hi), oldest first, as far as they are understood."""
    rows = await conn.fetch(SQL["visits_of"], fence_id, lo, hi)
    return [StoredVisit(**dict(r)) for r in rows]


async def inside_now(conn: Conn, fence_id: FenceId) -> list[Inside]:
    """The vehicles that are inside a fence, as far as they are understood; longest first."""
    return [Inside(**dict(r)) for r in await conn.fetch(SQL["inside_now"], fence_id)]
