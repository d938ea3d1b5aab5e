"""R18: no fix is ever refused for want of a partition, and what is dropped never comes back."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from dispatch.kernel import db
from dispatch.kernel.clock import start_scenario, step_to
from telemetry import positions, wire
from tests.flows.ingest_door import Raw, add, door, publish, until
from tests.storing import DAY, NOON, WEEK, fill, put

TOPIC = "gongche/v1/bus-1/fix"
PARTITIONS = "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'fix'::regclass"


def some(now, *ages):
    return wire.encode([wire.Fix(ts=now - age, lon=117.2, lat=34.2) for age in ages])


@pytest.fixture
async def scenario(dsn):
    pool = await db.open_pool(dsn)
    async with pool, pool.acquire() as conn:
        await start_scenario(conn, NOON, 0)
        yield conn


async def test_the_clock_moves_14_months_and_a_buffered_week_comes_each_time(scenario, dsn):
    token = (await add(scenario, "bus-1"))["bus-1"]
    async with door(dsn, retention_days=366) as port:
        raw = await Raw.open(port)
        assert (await raw.hello("bus-1", token))[3] == 0
        for month in range(15):
            now = await step_to(scenario, NOON + month * timedelta(days=30.5))
            buffered = [n * timedelta(hours=6) for n in range(28)]
            await raw.send(publish(TOPIC, some(now, *buffered), month + 1))
            assert (await raw.packet())[:2] == b"\x40\x02"
        raw.close()
    assert await positions.count_unsettled(scenario) == 0
    assert await scenario.fetchval("SELECT count(*) FROM fix") == 15 * 28
    bounds = await scenario.fetch(PARTITIONS)
    assert len(bounds) >= 55 + 15
    assert [b["relname"] for b in bounds if "DEFAULT" in b["bound"]] == []


async def test_at_the_first_start_the_whole_window_is_there(scenario, dsn):
    token = (await add(scenario, "bus-1"))["bus-1"]
    async with door(dsn, retention_days=366) as port:
        raw = await Raw.open(port)
        assert (await raw.hello("bus-1", token))[3] == 0
        ages = [n * DAY for n in range(366)] + [-timedelta(minutes=5)]
        await raw.send(publish(TOPIC, some(NOON, *ages), 1))
        assert await raw.packet() == b"\x40\x02\x00\x01"
        raw.close()
    assert await scenario.fetchval("SELECT count(*) FROM fix") == 367
    assert await positions.count_unsettled(scenario) == 0


async def test_making_weeks_waits_for_no_writer_and_no_writer_waits_for_it(pool, conn):
    await fill(conn, NOON, 5)
    async with pool.acquire() as writer, writer.transaction():
        await put(writer, NOON, 5, devices=(2, 2))  # holds its locks until the end of the block
        async with asyncio.timeout(10):
            assert await positions.ensure_weeks(conn, NOON, NOON + 5 * WEEK) == 5
    assert await conn.fetchval("SELECT count(*) FROM fix") == 10


async def test_a_writer_goes_on_while_weeks_are_being_made(pool, conn):
    await fill(conn, NOON, 5)
    async with pool.acquire() as maker, maker.transaction():
        await positions.ensure_weeks(maker, NOON, NOON + 5 * WEEK)
        await conn.execute("SET lock_timeout = '2s'")
        await put(conn, NOON, 5, devices=(2, 2))
    assert await conn.fetchval("SELECT count(*) FROM fix") == 10


async def drop(conn, moment):
    monday = await conn.fetchval("SELECT date_trunc('week', $1::timestamptz, 'UTC')", moment)
    await conn.execute("SELECT detach_fix_week($1)", monday)
    await conn.fetch("SELECT drop_gone_weeks()")


async def test_a_week_that_was_dropped_is_never_made_again(conn):
    for n in range(4):
        await fill(conn, NOON + n * WEEK, 3)
    await drop(conn, NOON)
    await drop(conn, NOON + WEEK)
    assert await positions.ensure_weeks(conn, NOON - 10 * WEEK, NOON + 4 * WEEK) == 1
    assert await positions.weeks(conn) == ["fix_2026w12", "fix_2026w13", "fix_2026w14"]
    assert await positions.horizon(conn) == datetime(2026, 3, 16, tzinfo=UTC)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await conn.execute(
            "INSERT INTO fix (ts, digest, device_id, lon, lat) VALUES ($1, 1, 1, 1, 1)", NOON
        )
    assert positions.is_without_partition(refusal.value)


async def test_a_late_fix_of_a_week_just_dropped_expires_and_what_comes_with_it_is_stored(
    scenario, dsn
):
    token = (await add(scenario, "bus-1"))["bus-1"]
    async with door(dsn, retention_days=366) as port:
        raw = await Raw.open(port)
        assert (await raw.hello("bus-1", token))[3] == 0
        await until(lambda: scenario.fetchval("SELECT count(*) > 50 FROM pg_inherits"))
        await drop(scenario, NOON - 30 * DAY)  # as a low disk does; the door does not know yet
        await raw.send(publish(TOPIC, some(NOON, 30 * DAY, 20 * DAY, 0 * DAY), 1))
        assert await raw.packet() == b"\x40\x02\x00\x01"
        raw.close()
    assert await scenario.fetchval("SELECT count(*) FROM fix") == 2
    (entry,) = await positions.unsettled(scenario)
    assert entry.reason == "expired"
    assert await scenario.fetchval("SELECT to_regclass('fix_2026w06')") is None


async def test_what_is_older_than_the_window_expires_at_the_edge(scenario, dsn):
    token = (await add(scenario, "bus-1"))["bus-1"]
    second = timedelta(seconds=1)
    async with door(dsn, retention_days=30) as port:
        raw = await Raw.open(port)
        assert (await raw.hello("bus-1", token))[3] == 0
        edges = (30 * DAY, 30 * DAY + second, -timedelta(minutes=5), -timedelta(minutes=5) - second)
        await raw.send(publish(TOPIC, some(NOON, *edges), 1))
        assert await raw.packet() == b"\x40\x02\x00\x01"
        raw.close()
    assert await scenario.fetchval("SELECT count(*) FROM fix") == 2
    assert sorted(e.reason for e in await positions.unsettled(scenario)) == ["expired", "future"]


async def test_a_deadlock_while_a_week_is_made_is_tried_again(scenario, dsn):
    """Others make and drop weeks too; the batch waits for its week, and is acknowledged then."""
    token = (await add(scenario, "bus-1"))["bus-1"]
    async with door(dsn, retention_days=366) as port:
        week = await scenario.fetchval('SELECT to_char($1::timestamptz, \'"fix_"IYYY"w"IW\')', NOON)
        await scenario.execute(f"DROP TABLE {week}")
        await scenario.execute(
            """
            CREATE SEQUENCE attempts;
            ALTER FUNCTION create_fix_week RENAME TO really_create_fix_week;
            CREATE FUNCTION create_fix_week(monday timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('attempts') <= 2 THEN
                    RAISE EXCEPTION 'planted' USING ERRCODE = 'deadlock_detected';
                END IF;
                RETURN really_create_fix_week(monday);
            END $$;
            """
        )
        raw = await Raw.open(port)
        assert (await raw.hello("bus-1", token))[3] == 0
        await raw.send(publish(TOPIC, some(NOON, timedelta(0)), 7))
        assert await raw.packet() == b"\x40\x02\x00\x07"
        raw.close()
    assert await scenario.fetchval("SELECT last_value FROM attempts") == 3
    assert await scenario.fetchval(f"SELECT count(*) FROM {week}") == 1
