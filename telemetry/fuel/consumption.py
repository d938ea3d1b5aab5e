"""What a vehicle used in a period: what went in, less what its level rose by.

The level at a moment is a robust figure over readings on both sides of it, none of them beyond
an event; an event belongs to the moment it ended. So the parts of a period add up to the whole.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.fuel import store
from telemetry.fuel.levels import middle, quartiles
from telemetry.fuel.model import Medium
from telemetry.fuel.store import EnergyEvent, Reading
from telemetry.streams import to_us

_CLOSE: Final = timedelta(minutes=15)
_SURE, _STEP_ERROR = 95, 100
_FEW = 4


@dataclass(frozen=True, slots=True)
class Level:
    """What was in there at a moment: ml or permille, and what it rests on.

    between: no reading was near, so the level lies on a line from one to the next.
    """

    value: int
    error: int
    readings: int
    first_at: datetime
    last_at: datetime
    between: bool


@dataclass(frozen=True, slots=True)
class Consumption:
    """What was used; ml or Wh. None where it is not known, and `why`.

    balance: in less rise of the level, exactly additive; within the error it may be negative.
    used: the same, but never below 0; None where the balance contradicts the events.
    why: no-level-before, no-level-after, contradiction, no-battery-size; empty where it is known.
    """

    used: int | None
    balance: int | None
    error: int
    put_in: int
    lost: int
    jumps: int
    before: Level | None
    after: Level | None
    events: int
    confidence: int
    why: str


async def consumption(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime, medium: Medium = "fuel"
) -> Consumption:
    """What a vehicle used in [lo, hi); parts add up to the whole by `balance`."""
    unit = 1
    if medium == "electricity":
        known = await store.capacities(conn, [vehicle_id])
        unit = known[vehicle_id].battery_wh if vehicle_id in known else 0
    before = await level_at(conn, vehicle_id, lo, medium)
    after = await level_at(conn, vehicle_id, hi, medium)
    found = await store.between(conn, vehicle_id, lo, hi)
    events = [e for e in found if e.medium == medium and lo < e.last_at <= hi]
    return weigh(before, after, events, medium, unit)


async def level_at(
    conn: Conn, vehicle_id: VehicleId, at: datetime, medium: Medium = "fuel"
) -> Level | None:
    """The level at a moment; None where nothing was read within a day."""
    return (await levels_at(conn, [vehicle_id], at, medium)).get(vehicle_id)


async def levels_at(
    conn: Conn, vehicles: Sequence[VehicleId], at: datetime, medium: Medium = "fuel"
) -> dict[VehicleId, Level]:
    """The levels at a moment, of those of which something was read within a day."""
    readings = await store.readings_around(conn, vehicles, at, medium)
    borders = await store.borders(conn, list(readings), at, medium)
    found = ((i, level(said, at, *borders[i])) for i, said in readings.items())
    return {i: known for i, known in found if known is not None}


def level(
    readings: Sequence[Reading],
    at: datetime,
    since: datetime | None,
    until: tuple[datetime, datetime] | None,
) -> Level | None:
    """The level at a moment, from readings around it.

    Args:
        readings: in order of time.
        at: the moment.
        since: the last event before it ended then; older readings are of another level.
        until: the next event: when it began, and when it ended (after `at`).
    """
    kept = [r for r in readings if since is None or r.at >= since]
    left = [r for r in kept if r.at < at and (until is None or r.at <= until[0])]
    right = [r for r in kept if r.at >= at and (until is None or r.at <= until[0])]
    if until is not None and until[0] < at:
        right = []
    if not left and not right:
        return None
    if not left or not right:
        return _level(left or right, between=False)
    if at - left[-1].at <= _CLOSE and right[0].at - at <= _CLOSE:
        return _level([*left, *right], between=False)
    a, b = _level(left, between=True), _level(right, between=True)
    whole = to_us(right[0].at) - to_us(left[-1].at)
    part = to_us(at) - to_us(left[-1].at)
    value = a.value + (b.value - a.value) * part // whole
    return Level(value, max(a.error, b.error), a.readings + b.readings, a.first_at, b.last_at, True)


def _level(readings: Sequence[Reading], *, between: bool) -> Level:
    values = np.array([r.value for r in readings], np.int64)
    n = len(values)
    noise = quartiles(values, n) * 3 // 4
    error = _STEP_ERROR + int(2 * noise * math.sqrt(1.5 / n))
    return Level(middle(values, n), error, n, readings[0].at, readings[-1].at, between)


def weigh(
    before: Level | None,
    after: Level | None,
    events: Sequence[EnergyEvent],
    medium: Medium,
    unit: int,
) -> Consumption:
    """In less rise of the level.

    Args:
        before: at the start.
        after: at the end.
        events: that ended in between.
        medium: fuel in ml, electricity in permille of ...
        unit: ... so many Wh; 0: not known.
    """
    rises = [(e, _rise(e)) for e in events]
    put_in = sum(rise for e, rise in rises if e.kind in ("refuel", "charge"))
    lost = -sum(rise for e, rise in rises if e.kind == "drop")
    jumps = sum(rise for e, rise in rises if e.kind == "jump")
    errors = [e.error_ml or 0 for e in events] + [x.error for x in (before, after) if x]
    error = int(math.sqrt(sum(x * x for x in errors)))
    why = "no-level-before" if before is None else "no-level-after" if after is None else ""
    balance = None
    if before and after:
        balance = before.value - after.value + put_in - lost + jumps
    if medium == "electricity":
        why = why or ("" if unit else "no-battery-size")
        balance = balance * unit // 1000 if balance is not None and unit else None
        put_in, lost, jumps, error = (x * unit // 1000 for x in (put_in, lost, jumps, error))
    if balance is not None and balance < -error:
        why = "contradiction"
    used = max(0, balance) if balance is not None and not why else None
    sure = _confidence(before, after, events, used, error)
    return Consumption(
        used, balance, error, put_in, lost, jumps, before, after, len(events), sure, why
    )


def _rise(event: EnergyEvent) -> int:
    """By what an event raised the level."""
    if event.kind == "charge":
        return (event.after_permille or 0) - (event.before_permille or 0)
    amount = event.amount_ml or 0
    return -amount if event.kind == "drop" else amount


def _confidence(
    before: Level | None,
    after: Level | None,
    events: Sequence[EnergyEvent],
    used: int | None,
    error: int,
) -> int:
    if used is None or before is None or after is None:
        return 0
    sure = min([_SURE, *(e.confidence for e in events)])
    sure -= 10 * (before.between + after.between)
    sure -= 10 * (min(before.readings, after.readings) < _FEW)
    return max(5, min(sure, 50) if error > used else sure)
