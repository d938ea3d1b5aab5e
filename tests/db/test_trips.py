"""Trips: three witnesses, and whatever is known later."""

from datetime import timedelta

import pytest

from dispatch import trips
from dispatch.kernel import db
from dispatch.trips import Distances, Source, declare
from telemetry import positions, understand
from tests.db.city import found
from tests.tracks import drive
from tests.understanding import LATER, START, bind, send, terminal

END = START + timedelta(hours=1)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (Distances(9_900, 10_000, 10_400, None), (10_000, Source.DEVICE_ODOMETER, 500)),
        (Distances(9_900, None, 10_400, None), (9_900, Source.GPS, 500)),
        (Distances(None, None, 10_400, None), (10_400, Source.DRIVER_ODOMETER, None)),
        (Distances(9_900, 0, None, None), (9_900, Source.GPS, None)),
        (Distances(None, None, None, None), (0, Source.NONE, None)),
    ],
    ids=["all", "no odometer", "the driver alone", "a stuck odometer", "nobody"],
)
def test_declared_kilometres_come_from_the_best_witness(said, answer):
    assert declare(said) == answer


@pytest.fixture
async def done(conn):
    """An order of car 1 whose leg ran from START to END, and its terminal."""
    await found(conn)
    await positions.ensure_weeks(conn, START - timedelta(days=8), START + timedelta(days=8))
    await conn.execute(
        "INSERT INTO trip_request (id, client_key, unit_id, pool_id, requested_by, purpose, purpose_text, "
        "passengers, lead_passenger, kind, from_place, to_place, depart_at, return_at, out_of_city, state, "
        "review_required, violations, submitted_at, distance_m, drive_s) VALUES "
        "(1, 'k', 1, 1, 1, 'RESEARCH', '调研', 2, '甲', 'wait_and_return', 1, 2, $1, $2, false, "
        "'completed', false, '[]', $1, 46000, 1800)",
        START,
        END,
    )
    await conn.execute(
        "INSERT INTO dispatch_order (id, order_no, request_id, pool_id, state, created_at) "
        "VALUES (1, 'XZ1', 1, 1, 'completed', $1)",
        START,
    )
    await conn.execute(
        "INSERT INTO leg (id, order_id, vehicle_id, driver_id, kind, status, during, planned) "
        "VALUES (1, 1, 1, 1, 'trip', 'done', tstzrange($1, $2), tstzrange($1, $2))",
        START,
        END,
    )
    device = await terminal(conn)
    await bind(conn, device, 1)
    return device


async def say(conn, kind, at, odometer_m=None):
    await conn.execute(
        "INSERT INTO check_in (client_key, driver_id, order_id, kind, taken_at, counter, received_at, "
        "odometer_m, body_digest) VALUES ($1, 1, 1, $1, $2, 1, $2, $3, 'x')",
        kind,
        at,
        odometer_m,
    )


@pytest.fixture
def settle(pool, conn):
    """Understand everything, then let the trips follow."""

    async def settle():
        await understand.drain(pool, LATER)
        while await db.number_events(conn) or await trips.catch_up(conn):
            pass

    return settle


async def completed(conn):
    await db.emit(conn, "order.completed", {"order_id": 1}, at=END)


async def test_a_finished_leg_becomes_a_trip_with_its_variance(conn, done, settle):
    await send(conn, done, drive((600, 0), (1800, 60), (600, 0), odometer=50_000_000))
    await say(conn, "depart", START, 50_000_000)
    await say(conn, "onboard", START + timedelta(minutes=20))
    await say(conn, "return", END, 50_031_000)
    await completed(conn)
    await settle()
    trip = await conn.fetchrow("SELECT * FROM trip")
    assert trip["device_odometer_m"] == 30_000
    assert abs(trip["gps_m"] - 30_000) <= 300
    assert trip["driver_odometer_m"] == 31_000
    assert trip["declared_source"] == "device_odometer"
    assert trip["variance_m"] == 31_000 - min(trip["gps_m"], 30_000)
    assert abs(trip["empty_m"] - 10_000) <= 300
    assert await conn.fetchval("SELECT count(*) FROM trip_mark") == 1


async def test_a_track_that_comes_later_corrects_the_trip(conn, done, settle):
    await completed(conn)
    await settle()
    assert await conn.fetchval("SELECT declared_source FROM trip") == "none"
    await send(conn, done, drive((600, 0), (1800, 60), (600, 0)))
    await settle()
    trip = await conn.fetchrow("SELECT * FROM trip")
    assert (trip["declared_source"], trip["version"]) == ("gps", 2)
    assert await conn.fetchval("SELECT count(*) FROM fact_change WHERE consumer = 'trips'") == 0


async def test_what_changes_nothing_wakes_nobody(conn, done, settle):
    await send(conn, done, drive((600, 0), (1800, 60), (600, 0)))
    for _ in range(3):
        await completed(conn)
        await settle()
    assert await conn.fetchval("SELECT version FROM trip") == 1
    assert await conn.fetchval("SELECT count(*) FROM trip_mark") == 1


async def test_a_leg_under_way_is_no_trip_yet(conn, done, settle):
    await conn.execute("UPDATE leg SET status = 'running'")
    await completed(conn)
    await settle()
    assert await conn.fetchval("SELECT count(*) FROM trip") == 0
