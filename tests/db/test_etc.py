"""Toll checks in the database: made again by whatever they rest on."""

from datetime import timedelta

import pytest

from telemetry import devices, passages, roads, understand
from telemetry.journeys import from_us
from telemetry.passages import TollPlace
from telemetry.roads import Road, RoadClass
from tests.tracks import LAT, LON, MM_PER_E7, T0, drive, later
from tests.understanding import LATER, START, bind, car, prepare, seconds, send, terminal, vehicle

NORTH = TollPlace("北收费站", "station", LON / 1e7, LAT / 1e7 + 20e6 / MM_PER_E7 / 1e7)
SOUTH = TollPlace("南收费站", "station", LON / 1e7, LAT / 1e7)
FAR = TollPlace("远收费站", "station", LON / 1e7 + 1, LAT / 1e7)
ROAD = drive((1800, 60), every_s=30)  # from the south to 30 km north


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
        await passages.put_places(conn, [NORTH, SOUTH, FAR])
    return pool


async def plate(conn, vehicle_id, number="皖P1"):
    await conn.execute("INSERT INTO plate (number) VALUES ($1) ON CONFLICT DO NOTHING", number)
    await conn.execute(
        "INSERT INTO vehicle_plate SELECT $1, id, '[2020-01-01,)' FROM plate WHERE number = $2",
        vehicle_id, number,
    )  # fmt: skip


async def toll(conn, txn, minute, place=NORTH, entry_minute=0, entry=SOUTH, fen=1_000, undoes=None):
    await conn.execute(
        "INSERT INTO receipt (issuer, txn, kind, body_digest, at, received_at, plate, place,"
        " entry_at, entry_place, amount_fen, reverses_txn, detail)"
        " VALUES ('etc', $1, 'toll', '', $2, $2, '皖P1', $3, $4, $5, $6, $7, '{}')",
        txn, seconds(minute * 60), place.name,
        None if entry is None else seconds(entry_minute * 60), entry and entry.name, fen, undoes,
    )  # fmt: skip


async def checked(conn):
    await passages.drain(conn)
    found = await passages.between(conn, START - timedelta(days=1), START + timedelta(days=30))
    return [(c.side, c.verdict) for c in found]


async def marks_of_tolls(conn):
    return await conn.fetchval("SELECT count(*) FROM toll_mark")


async def test_both_sides_of_a_toll_are_checked(city, conn):
    v, d = await car(conn)
    await plate(conn, v)
    await send(conn, d, ROAD)
    await understand.drain(city, LATER)
    await toll(conn, "a", 20)
    await toll(conn, "b", 25, place=FAR, entry=None)
    assert await checked(conn) == [
        ("entry", "confirmed"),
        ("exit", "confirmed"),
        ("exit", "contradicted"),
    ]
    assert await marks_of_tolls(conn) == 0
    day = START, START + timedelta(days=1)
    (wrong,) = await passages.between(conn, *day, vehicle_id=v, verdict="contradicted")
    assert (wrong.place, wrong.amount_fen, wrong.fixes) == (FAR.name, 1_000, 41)
    assert wrong.distance_m == pytest.approx(97_000, rel=0.02)
    assert (wrong.before_at, wrong.after_at) == (seconds(1_500), seconds(1_500))
    assert await passages.between(conn, *day, vehicle_id=v, at_most=1, skip=1) != []


async def test_late_fixes_change_the_verdict(city, conn):
    v, d = await car(conn)
    await plate(conn, v)
    await toll(conn, "a", 20, entry=None)
    assert await checked(conn) == [("exit", "no-data")]
    await send(conn, d, later(drive((3600, 0), every_s=300), -3600))
    await understand.drain(city, LATER)
    assert await checked(conn) == [("exit", "no-data")]
    await send(conn, d, ROAD)
    await understand.drain(city, LATER)
    assert await marks_of_tolls(conn) == 1
    assert await checked(conn) == [("exit", "confirmed")]


async def test_fixes_far_away_in_time_leave_no_mark(city, conn):
    v, d = await car(conn)
    await plate(conn, v)
    await toll(conn, "a", 20, entry=None)
    await checked(conn)
    await send(conn, d, later(ROAD, 86_400))
    await understand.drain(city, LATER)
    assert await marks_of_tolls(conn) == 0


async def test_a_binding_a_plate_and_a_place_entered_late_are_enough(city, conn):
    v, d = await vehicle(conn), await terminal(conn)
    other = TollPlace("新收费站", "station", NORTH.lon, NORTH.lat)
    await send(conn, d, ROAD)
    await toll(conn, "a", 20, place=other, entry=None)
    assert await checked(conn) == [("exit", "no-vehicle")]
    await plate(conn, v)
    assert await checked(conn) == [("exit", "no-place")]
    name = await conn.fetchval("SELECT name FROM device WHERE id = $1", d)
    async with conn.transaction():
        await devices.bind(conn, name, v, START - timedelta(days=1))
    assert await passages.put_places(conn, [other]) == 1
    assert await passages.put_places(conn, [other]) == 0
    assert await checked(conn) == [("exit", "confirmed")]


async def test_what_a_unit_saw_is_checked_by_its_terminal(city, conn):
    v, d = await car(conn)
    await send(conn, d, ROAD)
    for digest, (gantry, lat) in enumerate(((NORTH.name, None), ("没有", NORTH.lat), ("无", None))):
        detail = {"lon": NORTH.lon, "lat": lat} if lat else {}
        await conn.execute(
            "INSERT INTO etc_observation VALUES ($1, $2, $3, 'OBU1', $4, $5, $2)",
            d, seconds(1_200), digest, gantry, detail,
        )  # fmt: skip
    assert sorted(await checked(conn)) == [
        ("gantry", "confirmed"),
        ("gantry", "confirmed"),
        ("gantry", "no-place"),
    ]
    assert {c.vehicle_id for c in await passages.between(conn, START, LATER.at)} == {v}


async def test_a_change_that_was_under_way_when_the_toll_came_is_not_missed(city, pool, conn):
    """Its trigger could not see the check; the check waits until it has ended."""
    v, d = await vehicle(conn), await terminal(conn)
    await plate(conn, v)
    await send(conn, d, ROAD)
    async with pool.acquire() as slow:
        changing = slow.transaction()
        await changing.start()
        await bind(slow, d, v)
        await slow.execute(
            "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, $2, $3)",
            v, START, seconds(9_000),
        )  # fmt: skip
        await toll(conn, "a", 20, entry=None)
        assert await passages.drain(conn) == 0
        await changing.commit()
    assert await checked(conn) == [("exit", "confirmed")]


async def test_only_one_checks_at_a_time(city, pool, conn):
    v, _ = await car(conn)
    await plate(conn, v)
    await toll(conn, "a", 20)
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT pg_advisory_xact_lock(86, 1)")
        assert await passages.recheck(conn) == 0
    assert await passages.recheck(conn) == 1


async def test_a_reversal_is_no_passage(city, conn):
    v, _ = await car(conn)
    await plate(conn, v)
    await toll(conn, "a", 20, entry=None)
    await toll(conn, "b", 20, entry=None, fen=-1_000, undoes="a")
    assert len(await checked(conn)) == 1
    assert from_us(T0) == START


async def test_an_expressway_without_a_toll_is_listed_after_three_days(city, conn):
    v, d = await car(conn)
    await plate(conn, v)
    await send(conn, d, drive((600, 40), (1200, 100), (600, 40)))
    line = tuple((LON, LAT + round(km * 1e6 / MM_PER_E7)) for km in (0, 20, 42))
    net = [Road(RoadClass.EXPRESSWAY, line), Road(RoadClass.CITY, ((LON, LAT), (LON + 9, LAT)))]
    async with conn.transaction():
        await roads.put(conn, net, "n", since=START - timedelta(days=9), at=START, by="test")
    day = START, START + timedelta(days=1)
    assert await passages.untolled(conn, v, *day, START + timedelta(days=2)) == []
    (one,) = await passages.untolled(conn, v, *day, START + timedelta(days=5))
    assert one.metres == pytest.approx(46_600 - 4_600, abs=700)
    assert one.started_at <= seconds(60)
    await toll(conn, "late", 32, entry_minute=10)
    assert await passages.untolled(conn, v, *day, START + timedelta(days=5)) == []
    await toll(conn, "back", 32, entry_minute=10, fen=-1_000, undoes="late")
    assert len(await passages.untolled(conn, v, *day, START + timedelta(days=5))) == 1


async def test_a_verdict_outlives_the_fixes_it_rests_on(city, conn):
    v, d = await car(conn)
    await plate(conn, v)
    await send(conn, d, ROAD)
    await understand.drain(city, LATER)
    await toll(conn, "a", 20, entry=None)
    assert await checked(conn) == [("exit", "confirmed")]
    await conn.execute("UPDATE raw_horizon SET since = $1", START + timedelta(days=1))
    await conn.execute("DELETE FROM fix")
    await conn.execute(
        "INSERT INTO vehicle_mark VALUES (DEFAULT, $1, '2020-01-01Z', 'infinity')", v
    )
    assert await marks_of_tolls(conn) == 1
    assert await checked(conn) == [("exit", "confirmed")]
    assert await marks_of_tolls(conn) == 0


async def test_a_verdict_is_not_handed_on_to_another_vehicle(city, conn):
    v, d = await car(conn)
    await plate(conn, v)
    await send(conn, d, ROAD)
    await understand.drain(city, LATER)
    await toll(conn, "a", 20, entry=None)
    assert await checked(conn) == [("exit", "confirmed")]
    await conn.execute("UPDATE raw_horizon SET since = $1", START + timedelta(days=1))
    await conn.execute("DELETE FROM fix")
    other = await vehicle(conn)
    await conn.execute("UPDATE vehicle_plate SET vehicle_id = $1", other)
    assert await marks_of_tolls(conn) == 1
    assert await checked(conn) == [("exit", "no-data")]
    row = await conn.fetchrow("SELECT vehicle_id, distance_m, fixes, lon FROM toll_check")
    assert tuple(row) == (other, None, 0, None)
