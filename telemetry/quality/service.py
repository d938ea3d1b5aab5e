"""Measure and list. What is kept can be measured again at any time."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime

import asyncpg
import numpy as np
from numpy.typing import NDArray

from dispatch.kernel.calendar import day_bounds
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DeviceId
from dispatch.kernel.units import to_e7
from telemetry import journeys
from telemetry.quality.clock import Delays, clock
from telemetry.quality.datum import Spots, datum
from telemetry.quality.model import DEFAULT_RULES, Finding, Health, Reason, Rules
from telemetry.quality.positions import positions
from telemetry.streams import Fixes, Integers, to_us

SQL = statements(__file__)
_MOVING_DKMH = 100
_ORDER = {reason: i for i, reason in enumerate((Reason.WRONG_DATUM, Reason.FROM_THE_FUTURE))}


async def measure(
    conn: Conn,
    day: date,
    now: datetime,
    devices: Sequence[DeviceId] | None = None,
    rules: Rules = DEFAULT_RULES,
) -> list[Health]:
    """The health of the devices that said something on a business day; None: of all.

    Reads each device's fixes of the day: some milliseconds a device.
    """
    found = await heard(conn, day, devices)
    segments = await segments_of(conn, day) if found else np.zeros((0, 4), np.int64)
    return [await measure_one(conn, r, day, now, segments, rules) for r in found]


async def heard(
    conn: Conn, day: date, devices: Sequence[DeviceId] | None = None
) -> list[asyncpg.Record]:
    """The devices that said something on a business day, of some or of all."""
    return await conn.fetch(SQL["heard"], devices, *day_bounds(day))


async def measure_one(
    conn: Conn,
    r: asyncpg.Record,
    day: date,
    now: datetime,
    segments: Integers,
    rules: Rules = DEFAULT_RULES,
) -> Health:
    """The health of a device that was heard, on a business day with these stretches of roads."""
    lo, hi = day_bounds(day)
    said = await conn.fetchrow(SQL["delays"], r["id"], lo, hi, rules.late_s, r["name"])
    fixes = await _fixes(conn, r["id"], to_us(lo), to_us(hi))
    placed = fixes.pick(np.flatnonzero((abs(fixes.lon) > 10_000) | (abs(fixes.lat) > 10_000)))
    home = None if r["home_lon"] is None else (to_e7(r["home_lon"]), to_e7(r["home_lat"]))
    spots = Spots(
        _where(placed, placed.speed >= _MOVING_DKMH),
        _where(placed, (placed.speed >= 0) & (placed.speed < 10)),
        segments,
        home,
    )
    found = [
        *positions(fixes, rules),
        *(clock(Delays(**dict(said)), rules) if said else []),
        *await asyncio.to_thread(datum, spots, rules),  # all roads of a city: it takes a while
    ]
    found.sort(key=lambda f: (_ORDER.get(f.reason, len(_ORDER)), -f.count, f.reason))
    return Health(r["id"], r["name"], r["vehicle_id"], day, len(fixes), tuple(found), now)


async def _fixes(conn: Conn, device_id: DeviceId, lo: int, hi: int) -> Fixes:
    parts, at = [], lo
    while at < hi:
        part, at = await journeys.read(conn, [journeys.Bound(device_id, lo, hi)], at, hi)
        parts.append(part)
    return Fixes.join(parts)


def _where(fixes: Fixes, kept: NDArray[np.bool_]) -> Integers:
    where: Integers = np.column_stack([fixes.lon[kept], fixes.lat[kept]])
    return where


async def segments_of(conn: Conn, day: date) -> Integers:
    """Stretches of the roads in force on a business day: (n, 4) lon lat lon lat in 1e-7 degrees."""
    at, _ = day_bounds(day)
    lines = [np.column_stack([r["lon"], r["lat"]]) for r in await conn.fetch(SQL["segments"], at)]
    parts = [np.hstack([line[:-1], line[1:]]) for line in lines]
    return np.concatenate([np.zeros((0, 4), np.int64), *parts]).astype(np.int64)


async def overview(
    conn: Conn,
    first: date,
    last: date,
    pools: Sequence[int] | None = None,
    *,
    device_id: DeviceId | None = None,
    sound: bool = False,
    at_most: int = 1_000,
) -> list[Health]:
    """What was found on business days from first to last; newest day and most findings first.

    Args:
        conn: to read with.
        first: the first day.
        last: the last day, included.
        pools: whose vehicles; None: all devices, also those on no vehicle.
        device_id: of one device only.
        sound: also devices with which nothing is wrong.
        at_most: how many rows.
    """
    some = None if pools is None else list(pools)
    rows = await conn.fetch(SQL["overview"], first, last, some, device_id, sound, at_most)
    return [
        Health(
            **{
                **dict(r),
                "findings": tuple(
                    Finding(Reason(f["reason"]), f["count"], f["figure"], f["detail"])
                    for f in r["findings"]
                ),
            }
        )
        for r in rows
    ]
