"""Fixes and journeys of a vehicle, read from the database."""

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import VehicleId
from telemetry import positions
from telemetry.journeys.fixes import bound_to, read
from telemetry.journeys.fold import fold
from telemetry.journeys.model import DEFAULT_RULES, NONE, Rules, State
from telemetry.journeys.plausible import UNUSABLE
from telemetry.streams import Fixes, Integers, from_us, to_us

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey as stored. Positions in degrees WGS-84; ended_at None: still under way."""

    id: int
    vehicle_id: VehicleId
    started_at: datetime
    ended_at: datetime | None
    last_at: datetime
    start_lon: float
    start_lat: float
    end_lon: float
    end_lat: float
    gps_m: int
    odometer_m: int | None
    driving_s: int
    max_kmh: float | None
    fixes: int
    flagged: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class Distance:
    """What was driven in a period: by positions, by the terminal's odometer; from how many fixes.

    odometer_m is None where no two readings of one terminal followed each other.
    """

    gps_mm: int
    odometer_m: int | None
    fixes: int

    @property
    def gps_m(self) -> int:
        """Metres, rounded to nearest."""
        return (self.gps_mm + 500) // 1000


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """A usable fix: degrees WGS-84, km/h where the terminal said."""

    ts: datetime
    lon: float
    lat: float
    kmh: float | None


async def between(conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime) -> list[Journey]:
    """Journeys that touch [lo, hi), oldest first, as far as they are understood."""
    rows = await conn.fetch(SQL["between"], vehicle_id, lo, hi)
    return [
        Journey(
            **{k: r[k] for k in _AS_STORED},
            **{k: r[k] / 1e7 for k in ("start_lon", "start_lat", "end_lon", "end_lat")},
            max_kmh=None if r["max_dkmh"] is None else r["max_dkmh"] / 10,
        )
        for r in rows
    ]


_AS_STORED = (
    *("id", "vehicle_id", "started_at", "ended_at", "last_at", "gps_m", "odometer_m"),
    *("driving_s", "fixes", "flagged", "conflicts"),
)


async def distance(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime, rules: Rules = DEFAULT_RULES
) -> Distance:
    """What a vehicle drove in [lo, hi), exactly and additive: parts sum to the whole.

    GPS: the steps of the fold (jumps, 0/0, standing and parking drift left out) that belong to
    a journey, each at the time of the fix that ends it. Odometer: differences of successive
    readings of one terminal, also across silence. A period that is a journey gives its figures.

    Raises:
        RawFixesGone: it begins before the time whose raw fixes are kept.
    """
    gone_before = await positions.horizon(conn)
    if gone_before is not None and lo < gone_before:
        raise positions.RawFixesGone(gone_before)
    first, end = to_us(lo), to_us(hi)
    state, at = await _state_before(conn, vehicle_id, lo, rules)
    bound = await bound_to(conn, vehicle_id)
    inside = [
        (to_us(j.started_at), to_us(j.ended_at or j.last_at))
        for j in await between(conn, vehicle_id, lo, hi)
    ]
    mm, odometer_m, fixes = 0, NONE, 0
    while at < end:
        part, at = await read(conn, bound, at, end)
        folded = fold(state, part, rules)
        state = folded.state
        new = part.t >= first
        fixes += int(new.sum())
        reading = new & (folded.driven_m != NONE)
        if reading.any():
            odometer_m = max(odometer_m, 0) + int(folded.driven_m[reading].sum())
        mm += int(folded.moved_mm[new & _within(part.t, inside)].sum())
    return Distance(mm, None if odometer_m == NONE else odometer_m, fixes)


def _within(t: Integers, spans: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Of each time, whether it lies in one of [started, ended]."""
    found = np.zeros(len(t), bool)
    for started, ended in spans:
        found[t.searchsorted(started) : t.searchsorted(ended, "right")] = True
    return found


async def _state_before(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, rules: Rules
) -> tuple[State, int]:
    row = await conn.fetchrow(SQL["checkpoint_before"], vehicle_id, lo, rules.version())
    return (State.decode(row["state"]), to_us(row["at"])) if row else (State(), 0)


async def track(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime, at_most: int = 20_000
) -> list[TrackPoint]:
    """Usable fixes of [lo, hi) for the map, oldest first, thinned evenly to at_most.

    Whoever shows a track to a person records that (see access).
    """
    bound = await bound_to(conn, vehicle_id)
    parts, at, state = [], to_us(lo), State()
    while at < to_us(hi):
        part, at = await read(conn, bound, at, to_us(hi))
        folded = fold(state, part, DEFAULT_RULES)
        state = folded.state
        usable = np.flatnonzero(folded.flags & int(UNUSABLE) == 0)
        parts.append(part.pick(usable))
    whole = Fixes.join(parts)
    whole = whole.pick(np.arange(0, len(whole), max(1, math.ceil(len(whole) / at_most))))
    columns = (whole.t.tolist(), whole.lon.tolist(), whole.lat.tolist(), whole.speed.tolist())
    return [
        TrackPoint(from_us(t), lon / 1e7, lat / 1e7, None if speed < 0 else speed / 10)
        for t, lon, lat, speed in zip(*columns, strict=True)
    ]
