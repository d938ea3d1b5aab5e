"""What a vehicle's day consists of, as rows that the rooms below would have written."""

from datetime import timedelta

from telemetry import positions, roads, wire
from telemetry.roads import Road, RoadClass

REQUEST = """
INSERT INTO trip_request (client_key, unit_id, pool_id, requested_by, purpose, purpose_text, passengers,
    lead_passenger, kind, from_place, to_place, depart_at, return_at, out_of_city, state, review_required,
    violations, submitted_at, distance_m, drive_s)
SELECT $1, u.id, $2, p.id, 'RESEARCH', '调研', 2, '乘车人', 'wait_and_return', a.id, a.id, $3, $4, false,
       'completed', false, '[]', $3, 40000, 2400
  FROM unit u, person p, place a ORDER BY u.id, p.id, a.id LIMIT 1 RETURNING id
"""
ORDER = """
INSERT INTO dispatch_order (order_no, request_id, pool_id, state, created_at)
VALUES ($1, $2, $3, 'completed', $4) RETURNING id
"""
LEG = """
INSERT INTO leg (order_id, vehicle_id, driver_id, kind, status, during, planned)
SELECT $1, $2, d.id, 'trip', 'done', tstzrange($3, $4), tstzrange($3, $4) FROM driver d ORDER BY d.id LIMIT 1
RETURNING id, driver_id
"""
TRIP = """
INSERT INTO trip (leg_id, order_id, vehicle_id, driver_id, started_at, ended_at, gps_m, device_odometer_m,
                  driver_odometer_m, declared_m, declared_source, variance_m, doubts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
WEST, NORTH = 118.60, 30.70
KM_EAST = 1 / 95.6
"""Degrees of longitude in a kilometre there."""


async def a_trip(conn, vehicle_id, pool_id, order_no, over, said, declared):
    """A trip that is over; over: start and end; said: metres by (track, odometer, driver)."""
    request = await conn.fetchval(REQUEST, order_no, pool_id, *over)
    order = await conn.fetchval(ORDER, order_no, request, pool_id, over[0])
    leg = await conn.fetchrow(LEG, order, vehicle_id, *over)
    metres, source, doubts = declared
    known = [m for m in said if m is not None]
    await conn.execute(
        TRIP, leg["id"], order, vehicle_id, leg["driver_id"], *over, *said, metres, source,
        max(known) - min(known) if len(known) > 1 else None, list(doubts),
    )  # fmt: skip
    return order


async def a_visit(conn, vehicle_id, fence_id, entered_at, left_at):
    """A stay in a fence; left_at None: it is inside."""
    await conn.execute(
        "INSERT INTO fence_visit (vehicle_id, fence_id, entered_at, left_at, version) VALUES ($1, $2, $3, $4, '')",
        vehicle_id, fence_id, entered_at, left_at,
    )  # fmt: skip


async def an_expressway(conn, since):
    """An expressway of 50 km, straight to the east."""
    line = tuple(
        (round((WEST + km * KM_EAST) * 1e7), round(NORTH * 1e7)) for km in range(0, 51, 10)
    )
    async with conn.transaction():
        await roads.put(
            conn, [Road(RoadClass.EXPRESSWAY, line)], "n", since=since, at=since, by="test"
        )


async def along_it(conn, device, start, minutes=20, kmh=108):
    """Fixes of a car that drives along the expressway."""
    device_id = await conn.fetchval("SELECT id FROM device WHERE name = $1", device)
    metres = [kmh / 3.6 * 10 * n for n in range(minutes * 6)]
    fixes = [
        wire.Fix(
            ts=start + timedelta(seconds=10 * n), lon=WEST + m / 1000 * KM_EAST, lat=NORTH,
            speed_kmh=float(kmh), ignition=True, odometer_m=10_000_000 + round(m), fuel_ml=40_000 - 20 * n,
        )
        for n, m in enumerate(metres)
    ]  # fmt: skip
    async with conn.transaction():
        await positions.ensure_weeks(conn, start - timedelta(days=1), start + timedelta(days=1))
        await positions.append(conn, [positions.pack(device_id, fix, fix.ts) for fix in fixes])
    return metres[-1]
