"""Driving on expressways for which no toll came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry import journeys, roads
from telemetry.journeys import UNUSABLE
from telemetry.passages import store
from telemetry.roads import RoadClass, RoadIndex
from telemetry.streams import Fixes, Integers, from_us, to_us

_SECOND_US = 1_000_000
_ALLOWED: Final = np.array([0, 0, 120], np.int64)


@dataclass(frozen=True, slots=True)
class Driving:
    """When a drive on an expressway is one that must be paid."""

    near_m: int = 40  # of its middle line
    least_m: int = 10_000
    least_kmh: int = 60  # on average: beside it runs a slower road
    bridge_s: int = 120  # off the line, or silent, for so long: still the same drive
    paid_around: timedelta = timedelta(minutes=30)
    comes_within: timedelta = timedelta(days=3)


DEFAULT_DRIVING: Final = Driving()


@dataclass(frozen=True, slots=True)
class Untolled:
    """Metres driven on an expressway, for which no toll came."""

    vehicle_id: VehicleId
    started_at: datetime
    ended_at: datetime
    metres: int


async def untolled(
    conn: Conn,
    vehicle_id: VehicleId,
    lo: datetime,
    hi: datetime,
    now: datetime,
    driving: Driving = DEFAULT_DRIVING,
) -> list[Untolled]:
    """Drives in [lo, hi) on expressways without a toll that is long due, oldest first.

    Args:
        conn: to read with.
        vehicle_id: whose.
        lo: aware.
        hi: aware; a drive is cut there, so choose a moment at rest, such as a midnight.
        now: product time.
        driving: what counts.
    """
    found: list[Untolled] = []
    for one in await roads.sets(conn):
        since, until = max(lo, one.since), hi if one.until is None else min(hi, one.until)
        if since >= until:
            continue
        lines = [r for r in await roads.roads_of(conn, one.id) if r.kind is RoadClass.EXPRESSWAY]
        fixes, moved = await _driven(conn, vehicle_id, since, until)
        found += [
            Untolled(vehicle_id, from_us(a), from_us(b), metres)
            for a, b, metres in stretches(fixes, on_road(fixes, roads.index(lines), driving), moved,
                                          driving)
        ]  # fmt: skip
    paid = await store.paid(conn, vehicle_id, lo - timedelta(days=1), hi + timedelta(days=1))
    return [
        one
        for one in found
        if now - one.ended_at >= driving.comes_within and not _is_paid(one, paid, driving)
    ]


def _is_paid(one: Untolled, paid: Sequence[tuple[datetime, datetime]], driving: Driving) -> bool:
    return any(
        entry - driving.paid_around < one.ended_at and one.started_at < leave + driving.paid_around
        for entry, leave in paid
    )


async def _driven(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime
) -> tuple[Fixes, Integers]:
    """The usable fixes, and what each added to the distance, mm."""
    bound = await journeys.bound_to(conn, vehicle_id)
    at, state = to_us(lo), journeys.State()
    fixes: list[Fixes] = []
    moved: list[Integers] = [np.zeros(0, np.int64)]
    while at < to_us(hi):
        part, at = await journeys.read(conn, bound, at, to_us(hi))
        folded = journeys.fold(state, part, journeys.DEFAULT_RULES)
        state = folded.state
        usable = np.flatnonzero((folded.flags & int(UNUSABLE)) == 0)
        fixes.append(part.pick(usable))
        moved.append(folded.moved_mm[usable])
    return Fixes.join(fixes), np.concatenate(moved)


def on_road(fixes: Fixes, lines: RoadIndex, driving: Driving) -> NDArray[np.bool_]:
    """Of each fix, whether an expressway runs there."""
    net = lines.segments, lines.cells, lines.items, _ALLOWED
    return np.array(
        [
            roads.fastest_near(*net, lon, lat, driving.near_m * 1000) > 0
            for lon, lat in zip(fixes.lon.tolist(), fixes.lat.tolist(), strict=True)
        ],
        bool,
    )


def stretches(
    fixes: Fixes, near: NDArray[np.bool_], moved_mm: Integers, driving: Driving
) -> list[tuple[int, int, int]]:
    """Runs of fixes on the road that are long and fast enough: from, to (us), metres.

    Args:
        fixes: usable ones, in order.
        near: of each, whether it is on the road.
        moved_mm: what each added to the distance.
        driving: what counts.
    """
    t = fixes.t[near]
    if not len(t):
        return []
    along = np.cumsum(moved_mm)[near]
    first = np.flatnonzero(np.diff(t, prepend=t[0] - 2**60) > driving.bridge_s * _SECOND_US)
    last = np.append(first[1:], len(t)) - 1
    found = []
    for a, b in zip(first.tolist(), last.tolist(), strict=True):
        mm, took = int(along[b] - along[a]), int(t[b] - t[a])
        if mm >= driving.least_m * 1000 and mm * 3_600 >= driving.least_kmh * took:
            found.append((int(t[a]), int(t[b]), mm // 1000))
    return found
