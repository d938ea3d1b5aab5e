"""Trips: three witnesses, and whatever is known later."""

from datetime import timedelta

import pytest

from dispatch import trips
from dispatch.kernel import db
from dispatch.trips import Declared, DistanceRule, Distances, Source, declare
from telemetry import positions, understand
from telemetry.streams import from_us
from tests.db.city import found
from tests.tracks import drive
from tests.understanding import LATER, START, bind, send, terminal

END = START + timedelta(hours=1)


ODOMETER, GPS, DRIVER = Source.DEVICE_ODOMETER, Source.GPS, Source.DRIVER_ODOMETER
WITNESSES = {
    "all": ((39_000, 40_000, 40_400), (40_000, ODOMETER, 1_400, ())),
    "no odometer": ((39_000, None, 40_400), (39_000, GPS, 1_400, ())),
    "the driver alone": ((None, None, 10_400), (10_400, DRIVER, None, ())),
    "a stuck odometer": ((9_900, 0, None), (9_900, GPS, None, ("device_odometer",))),
    "nobody": ((None, None, None), (0, Source.NONE, None, ())),
    "nothing was driven": ((0, 0, 0), (0, Source.NONE, None, ())),
    "just inside 5 %": ((38_000, 40_000, None), (40_000, ODOMETER, 2_000, ())),
    "just outside 5 %": ((37_999, 40_000, None), (40_000, ODOMETER, 2_001, ("variance",))),
    "short trips differ by rounding": ((1_200, 2_000, None), (2_000, ODOMETER, 800, ())),
    "a broken odometer": (
        (39_000, 90_000, 40_000),
        (39_000, GPS, 51_000, ("device_odometer", "variance")),
    ),
    "an odometer that was reset": (
        (39_000, 12_000, 40_000),
        (39_000, GPS, 28_000, ("device_odometer", "variance")),
    ),
    "a driver who mistyped": (
        (39_000, 40_000, 400_000),
        (40_000, ODOMETER, 361_000, ("driver_odometer", "variance")),
    ),
    "a track with holes": (
        (9_000, 40_000, 40_500),
        (40_000, ODOMETER, 31_500, ("gps", "variance")),
    ),
    "three who all differ": ((20_000, 40_000, 60_000), (40_000, ODOMETER, 40_000, ("variance",))),
}


@pytest.mark.parametrize("case", WITNESSES)
def test_declared_kilometres_come_from_the_best_witness(case):
    (gps, device, driver), answer = WITNESSES[case]
    assert declare(Distances(gps, device, driver, None)) == Declared(*answer)


def test_a_platform_orders_the_witnesses_itself():
    rule = DistanceRule(order=(GPS, DRIVER), flag_permille=10, flag_m=100)
    said = declare(Distances(10_000, 10_200, 10_150, None), rule)
    assert said == Declared(10_000, GPS, 150, ("variance",))


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


async def test_another_rule_measures_the_trips_since_then_again(conn, done, settle):
    track = drive((600, 0), (1800, 60), (600, 0), odometer=50_000_000)
    doubled = [p.but(odometer=2 * p.odometer - track[0].odometer) for p in track]
    await send(conn, done, doubled)
    await completed(conn)
    await settle()
    first = await conn.fetchrow("SELECT declared_source, declared_m, doubts FROM trip")
    assert tuple(first) == ("device_odometer", 60_000, ["variance"])
    rule = DistanceRule(order=(GPS, ODOMETER))
    await trips.put_distance_rule(conn, 1, rule, START, LATER.now())
    await settle()
    assert await conn.fetchval("SELECT declared_source FROM trip") == "gps"
    assert await trips.distance_rule(conn, 1, START) == rule
    assert await trips.distance_rule(conn, 1, START - timedelta(1)) == trips.DEFAULT_RULE
    await trips.put_distance_rule(conn, None, trips.DEFAULT_RULE, START, LATER.now())
    await settle()
    assert await conn.fetchval("SELECT declared_source FROM trip") == "gps"  # its own rule wins
    with pytest.raises(trips.InvalidRule):
        await trips.put_distance_rule(conn, 1, DistanceRule(order=(GPS, GPS)), START, START)
    with pytest.raises(trips.InvalidRule):
        await trips.put_distance_rule(conn, 1, DistanceRule(flag_permille=0), START, START)


@pytest.mark.parametrize("fault", ["reset", "leap", "swap"])
async def test_an_odometer_that_fails_half_way_is_not_believed_blindly(conn, done, settle, fault):
    track = drive((600, 0), (1800, 60), (600, 0), odometer=50_000_000)
    half = len(track) // 2
    after = {"reset": -49_000_000, "leap": 7_000_000, "swap": 0}[fault]
    if fault == "swap":
        other = await terminal(conn)
        await conn.execute("DELETE FROM binding")
        moment = from_us(track[half].t)
        await bind(conn, done, 1, until=moment)
        await bind(conn, other, 1, since=moment)
        await send(conn, other, [p.but(odometer=p.odometer + 800_000) for p in track[half:]])
        await send(conn, done, track[:half])
    else:
        await send(
            conn, done, track[:half] + [p.but(odometer=p.odometer + after) for p in track[half:]]
        )
    await completed(conn)
    await settle()
    trip = await conn.fetchrow("SELECT * FROM trip")
    assert abs(trip["gps_m"] - 30_000) <= 300
    assert (
        29_500 <= trip["device_odometer_m"] <= 30_000
    )  # only the step at the fault is not counted
    assert trip["doubts"] == []


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
