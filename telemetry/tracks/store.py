"""Tracks for the map, over any time, with as many points as a map can show."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry import journeys, positions, storage
from telemetry.journeys import DEFAULT_RULES, UNUSABLE, Fixes, Integers, TrackPoint, from_us, to_us
from telemetry.tracks.simplify import choose


@dataclass(frozen=True, slots=True)
class Line:
    """A simplified track, oldest first.

    Attributes:
        points: where a vehicle was; journeys begin and end at one of them.
        max_error_m: no fix left out lies further from the line.
        fixes: how many there are that can be where the vehicle was.
        since: from where the track is whole: later than asked where raw fixes are gone.
    """

    points: list[TrackPoint]
    max_error_m: float
    fixes: int
    since: datetime


async def simplified(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime, at_most: int = 2_000
) -> Line:
    """Usable fixes of [lo, hi) as a line of at most so many points.

    The points at which journeys begin and end stay; where these alone are more, all of them.
    Whoever shows a track to a person records that (see access).

    Raises:
        RawFixesGone: all of it is older than what is kept; journeys are still there.
    """
    since = await _whole_since(conn, vehicle_id, lo, hi)
    fixes = await _usable(conn, vehicle_id, to_us(since), to_us(hi))
    driven = await journeys.between(conn, vehicle_id, since, hi)
    ends = [to_us(t) for j in driven for t in (j.started_at, j.ended_at or j.last_at)]
    chosen = choose(fixes.lon, fixes.lat, _nearest(fixes.t, ends), at_most)
    return Line(points(fixes.pick(chosen.index)), chosen.max_error_m, len(fixes), since)


def points(fixes: Fixes) -> list[TrackPoint]:
    """Fixes for people: degrees and km/h."""
    columns = (fixes.t.tolist(), fixes.lon.tolist(), fixes.lat.tolist(), fixes.speed.tolist())
    return [
        TrackPoint(from_us(t), lon / 1e7, lat / 1e7, None if speed < 0 else speed / 10)
        for t, lon, lat, speed in zip(*columns, strict=True)
    ]


async def _whole_since(conn: Conn, vehicle_id: int, lo: datetime, hi: datetime) -> datetime:
    gone_before = await positions.horizon(conn)
    if gone_before is None or gone_before <= lo:
        return lo
    for hold in await storage.holds(conn):
        until = hold.until or gone_before
        if hold.vehicle_id == vehicle_id and hold.since <= lo and min(hi, gone_before) <= until:
            return lo
    if hi <= gone_before:
        raise positions.RawFixesGone(gone_before)
    return gone_before


async def _usable(conn: Conn, vehicle_id: VehicleId, lo: int, hi: int) -> Fixes:
    bound = await journeys.bound_to(conn, vehicle_id)
    parts, at, state = [], lo, journeys.State()
    while at < hi:
        part, at = await journeys.read(conn, bound, at, hi)
        folded = journeys.fold(state, part, DEFAULT_RULES)
        state = folded.state
        parts.append(part.pick(np.flatnonzero(folded.flags & int(UNUSABLE) == 0)))
    return Fixes.join(parts)


def _nearest(t: Integers, wanted: list[int]) -> Integers:
    """Indices of the first fix at or after each time, where there is one."""
    found = np.searchsorted(t, np.array(wanted, np.int64))
    return found[found < len(t)].astype(np.int64)
