"""Trips follow the facts: check-ins by the numbered events, tracks by their own marks."""

import asyncio
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from dispatch.kernel import db, log
from dispatch.trips import rules
from dispatch.trips.model import Distances, Trip, declare
from telemetry import journeys, parking, positions

SQL = db.statements(__file__)
LOG = log.get_logger(__name__)
OF_ORDERS = frozenset({"order.checked_in", "order.completed", "order.assigned"})


@dataclass(frozen=True, slots=True)
class TripLine:
    """A trip as the lists show it; metres, times UTC. A shared one has several parties, once."""

    id: int
    order_id: int
    order_no: str
    pool_id: int
    vehicle_id: int
    driver_id: int
    started_at: datetime
    ended_at: datetime
    gps_m: int | None
    device_odometer_m: int | None
    driver_odometer_m: int | None
    empty_m: int | None
    declared_m: int
    declared_source: str
    variance_m: int | None
    doubts: list[str]
    plate: str | None
    parties: int


async def refresh_leg(conn: db.Conn, leg_id: int) -> bool:
    """Measure one leg again, within the caller's transaction.

    Returns:
        Whether the trip is new or differs from what was known.
    """
    row = await conn.fetchrow(SQL["read_leg"], leg_id)
    if row is None or row["status"] != "done":
        return False
    try:
        trip = await _measure(conn, row)
    except positions.RawFixesGone:  # what was measured while they were there stands
        LOG.info("leg cannot be measured again", leg_id=leg_id)
        return False
    trip_id = await conn.fetchval(
        SQL["upsert_trip"],
        trip.leg_id,
        trip.order_id,
        trip.vehicle_id,
        trip.driver_id,
        trip.started_at,
        trip.ended_at,
        trip.distances.gps_m,
        trip.distances.device_odometer_m,
        trip.distances.driver_odometer_m,
        trip.distances.empty_m,
        trip.declared_m,
        trip.declared_source.value,
        trip.variance_m,
        list(trip.doubts),
    )
    if trip_id is None:
        return False
    await conn.execute(SQL["mark_trip"], trip_id)
    await conn.execute(SQL["mark_receipts"], trip.vehicle_id, trip.started_at, trip.ended_at)
    return True


async def _measure(conn: db.Conn, row: asyncpg.Record) -> Trip:
    start, end, vehicle = row["started_at"], row["ended_at"], row["vehicle_id"]
    whole = await journeys.distance(conn, vehicle, start, end)
    distances = Distances(
        gps_m=whole.gps_m if whole.fixes else None,
        device_odometer_m=whole.odometer_m,
        driver_odometer_m=_difference(row["odometer_out_m"], row["odometer_in_m"]),
        empty_m=await _empty(conn, row) if whole.fixes else None,
    )
    said = declare(distances, await rules.in_force(conn, row["pool_id"], end))
    return Trip(
        leg_id=row["leg_id"],
        order_id=row["order_id"],
        vehicle_id=vehicle,
        driver_id=row["driver_id"],
        started_at=start,
        ended_at=end,
        distances=distances,
        declared_m=said.metres,
        declared_source=said.source,
        variance_m=said.variance_m,
        doubts=said.doubts,
    )


def _difference(out_m: int | None, in_m: int | None) -> int | None:
    if out_m is None or in_m is None or in_m < out_m:
        return None
    return in_m - out_m


async def _empty(conn: db.Conn, row: asyncpg.Record) -> int | None:
    """Metres without a passenger: to the pick-up, and after a drop-off back home."""
    onboard, arrived = row["onboard_at"], row["arrived_at"]
    if onboard is None or not row["started_at"] <= onboard <= row["ended_at"]:
        return None
    metres = (await journeys.distance(conn, row["vehicle_id"], row["started_at"], onboard)).gps_m
    if row["request_kind"] == "drop_off" and arrived and onboard <= arrived < row["ended_at"]:
        metres += (await journeys.distance(conn, row["vehicle_id"], arrived, row["ended_at"])).gps_m
    return metres


async def catch_up(conn: db.Conn) -> int:
    """Refresh every trip whose order or track changed since the last call; one transaction.

    A leg that cannot be measured is parked and tried again later; the others go on.

    Returns:
        How many events and marks were consumed; 0 where another process is at it.
    """
    async with conn.transaction():
        if not await conn.fetchval("SELECT pg_try_advisory_xact_lock($1, 1)", int(db.Lock.BOOKS)):
            return 0
        events = await db.events_since(conn, await conn.fetchval(SQL["cursor"]))
        orders = [int(str(e.data["order_id"])) for e in events if e.kind in OF_ORDERS]
        legs = {r["id"] for r in await conn.fetch(SQL["legs_of_orders"], orders)}
        marks = await conn.fetch(SQL["read_marks"])
        for mark in marks:
            touched = await conn.fetch(
                SQL["legs_touched"], mark["vehicle_id"], mark["lo"], mark["hi"]
            )
            legs |= {r["id"] for r in touched}
        again = functools.partial(refresh_leg, conn)
        await parking.try_each(conn, "trips", "leg", legs, again)
        if events:
            await conn.execute(SQL["set_cursor"], events[-1].seq)
        await conn.execute(SQL["delete_marks"], [m["id"] for m in marks])
    return len(events) + len(marks)


async def run(pool: db.Pool, *, idle_s: float = 0.3) -> None:
    """Catch up until cancelled; while the database is away or busy, wait and try again."""
    while True:
        try:
            async with pool.acquire() as conn:
                consumed = await catch_up(conn)
        except (*db.DATABASE_AWAY, *db.TRY_AGAIN) as error:
            LOG.warning("trips wait", error=repr(error))
            consumed = 0
        if not consumed:
            await asyncio.sleep(idle_s)


async def on_day(
    conn: db.Conn, start: datetime, end: datetime, pools: Sequence[int] | None
) -> list[TripLine]:
    """Trips that ended in [start, end), of platforms that paid or lent; None: of all."""
    rows = await conn.fetch(SQL["on_day"], start, end, None if pools is None else list(pools))
    return [TripLine(**dict(row)) for row in rows]
