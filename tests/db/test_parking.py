"""One poisoned device, or toll, is put aside where it is seen; the others go on, and it is tried again."""

import asyncio
from datetime import date

import asyncpg
import pytest

from dispatch.kernel import db
from telemetry import parking, passages, quality, understand
from tests.parking import due_now, running, until, waits_for_a_lock
from tests.tracks import LAT, LON, drive
from tests.understanding import LATER, START, At, car, day, marks_left, prepare, seconds, send

DAY = date(2026, 3, 2)
THAT_EVENING = At(seconds(86_400 - 3_600))
NOT_A_PLACE = {"lon": 999.0, "lat": 0}
PLACE = {"lon": LON / 1e7, "lat": LAT / 1e7}


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
    return pool


async def cannot_be_measured(conn, vehicle_id):
    await conn.execute("UPDATE vehicle SET home_lon = 'NaN' WHERE id = $1", vehicle_id)


async def measured(conn):
    found = await quality.overview(conn, DAY, DAY, sound=True)
    return sorted(h.device_id for h in found)


async def test_a_device_that_cannot_be_measured_holds_up_no_other(city, conn):
    (_, good), (broken, bad), (_, last) = [await car(conn) for _ in range(3)]
    for device in (good, bad, last):
        await send(conn, device, day())
    await cannot_be_measured(conn, broken)
    async with running(quality.keep(city, THAT_EVENING.now, every_s=0.05)) as task:
        await until(task, lambda: parking.parked(conn))
    assert await measured(conn) == [good, last]
    (one,) = await parking.parked(conn, "quality")
    assert one.subject == {"device": bad, "day": DAY.isoformat()}
    assert "NaN" in one.traceback
    assert await parking.parked(conn, "passages") == []


async def test_a_device_is_measured_once_it_can_be_also_days_later(city, conn):
    broken, bad = await car(conn)
    await send(conn, bad, day())
    await cannot_be_measured(conn, broken)
    await quality.keep_once(conn, THAT_EVENING.now())
    await conn.execute("UPDATE vehicle SET home_lon = 0 WHERE id = $1", broken)
    await conn.execute("UPDATE parked_work SET retry_at = now() + interval '1 hour'")
    await quality.keep_once(conn, LATER.now())
    assert await measured(conn) == []  # its time has not come
    await due_now(conn)
    await quality.keep_once(conn, LATER.now())
    assert await measured(conn) == [bad]
    assert await parking.parked(conn) == []


async def test_who_is_parked_waits_longer_each_time(conn):
    waits = []
    for _ in range(9):
        async with conn.transaction():
            await parking.park(conn, "quality", {"device": 1, "day": "2026-03-02"}, ValueError())
            waits.append(await conn.fetchval("SELECT retry_at - now() FROM parked_work"))
    assert [w.total_seconds() for w in waits] == [1, 4, 16, 64, 256, 1024, 3600, 3600, 3600]
    assert [p.tries for p in await parking.parked(conn)] == [9]


async def test_a_day_on_which_nothing_can_be_measured_does_not_end_the_process(city, conn):
    _, device = await car(conn)
    await send(conn, device, day())
    roads = await conn.fetchval(
        "INSERT INTO road_set (name, digest, during) VALUES ('x', '', '[2020-01-01,)') RETURNING id"
    )
    await conn.execute(
        "INSERT INTO road (road_set_id, class, lon, lat) VALUES ($1, 'road', '{1,NULL}', '{1,2}')",
        roads,
    )
    async with running(quality.keep(city, THAT_EVENING.now, every_s=0.05)) as task:
        await until(task, lambda: parking.parked(conn))
    assert {p.subject["day"] for p in await parking.parked(conn)} >= {DAY.isoformat()}
    await conn.execute("UPDATE road SET lon = '{1,2}'")
    await quality.keep_once(conn, THAT_EVENING.now())
    assert await parking.parked(conn) == []
    assert await measured(conn) == [device]


async def saw(conn, device, digest, detail, minute=20):
    await conn.execute(
        "INSERT INTO etc_observation VALUES ($1, $2, $3, 'OBU1', 'G', $4, $2)",
        device, seconds(minute * 60), digest, detail,
    )  # fmt: skip


async def verdicts(conn):
    found = await passages.between(conn, START, LATER.now())
    return [(c.vehicle_id, c.verdict) for c in found]


async def test_a_toll_that_cannot_be_checked_holds_up_no_other(city, conn):
    (v, d), (w, e) = await car(conn), await car(conn)
    for device in (d, e):
        await send(conn, device, drive((1800, 60), every_s=30))
    await understand.drain(city, LATER)
    await saw(conn, d, 1, NOT_A_PLACE)
    await saw(conn, e, 2, PLACE, 0)
    await saw(conn, d, 3, PLACE, 0)

    async def all_checked():
        return [said for _, said in await verdicts(conn)].count("confirmed") == 2

    async with running(passages.run(city, idle_s=0.05)) as task:
        await until(task, all_checked)
        await until(task, lambda: parking.parked(conn))
    assert sorted(await verdicts(conn)) == [(v, "confirmed"), (w, "confirmed")]
    (one,) = await parking.parked(conn, "passages")
    assert one.subject == {"device": d, "digest": 1}
    assert "out of range" in one.traceback
    assert await conn.fetchval("SELECT count(*) FROM toll_mark") == 1  # it is not forgotten


async def test_a_toll_is_checked_once_it_can_be(city, conn):
    v, d = await car(conn)
    await send(conn, d, drive((1800, 60), every_s=30))
    await understand.drain(city, LATER)
    await saw(conn, d, 1, NOT_A_PLACE, 0)
    async with running(passages.run(city, idle_s=0.05)) as task:
        await until(task, lambda: parking.parked(conn))
        await conn.execute("UPDATE etc_observation SET detail = $1", PLACE)
        await due_now(conn)

        async def released():
            return not await parking.parked(conn)

        await until(task, released)
    assert await verdicts(conn) == [(v, "confirmed")]


async def test_understanding_goes_on_when_it_was_chosen_to_end_a_deadlock(dsn, city, conn):
    """Its first statement holds the device marks and wants the vehicle marks; another, the reverse.

    It waited first, so it is the first to look, and is chosen.
    """
    _, device = await car(conn)
    await send(conn, device, day())
    stop = asyncio.Event()
    other = conn.transaction()
    await other.start()
    await conn.execute("LOCK TABLE vehicle_mark IN ACCESS EXCLUSIVE MODE")
    async with running(understand.run(understand.UnderstandSettings(dsn), stop=stop)) as task:
        await until(task, lambda: waits_for_a_lock(conn))
        await conn.execute("LOCK TABLE dirty_mark IN ACCESS EXCLUSIVE MODE")
        await other.commit()

        async def understood():
            return not await marks_left(conn)

        await until(task, understood)


async def test_a_deadlock_is_tried_again(city):
    async def both(first, second):
        async for attempt in db.Backoff(first_s=0.01).until_stored():
            with attempt:
                async with city.acquire() as conn, conn.transaction():
                    await conn.execute("SELECT pg_advisory_xact_lock($1)", first)
                    reached.add(first)
                    while not tries and len(reached) < 2:  # both have one, and want the other
                        await asyncio.sleep(0)
                    tries.append(first)
                    await conn.execute("SELECT pg_advisory_xact_lock($1)", second)

    reached, tries = set(), []
    async with asyncio.timeout(30):
        await asyncio.gather(both(1, 2), both(2, 1))
    assert len(tries) > 2


async def test_an_argument_that_does_not_fit_is_not_tried_again(conn):
    async def with_patience():
        async for attempt in db.Backoff().until_stored():
            with attempt:
                await conn.fetchval("SELECT $1::int4", "x")

    with pytest.raises(asyncpg.DataError, match="query argument"):
        await with_patience()
