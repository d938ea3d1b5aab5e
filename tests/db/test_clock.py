"""The product clock: shared, forward only, a scenario for ever."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from dispatch.kernel import clock, db

MONDAY = datetime(2026, 3, 2, 0, tzinfo=UTC)


@pytest.fixture
async def scenario(dsn):
    pool = await db.open_pool(dsn)
    async with pool.acquire() as conn:
        await clock.start_scenario(conn, MONDAY, 0)
    yield pool
    await pool.close()


async def test_a_scenario_steps_forward_and_never_back(scenario):
    async with scenario.acquire() as conn:
        assert await clock.step_to(conn, MONDAY + timedelta(hours=3)) == MONDAY + timedelta(hours=3)
        with pytest.raises(clock.ClockGoesForwardOnly):
            await clock.step_to(conn, MONDAY)
        assert (await clock.read(conn)).product == MONDAY + timedelta(hours=3)


async def test_a_change_of_speed_keeps_the_past(scenario):
    async with scenario.acquire() as conn:
        await clock.set_speed(conn, 1000)
        ours = await clock.ProductClock.open(scenario)
        while ours.now() < MONDAY + timedelta(seconds=20):
            await ours.refresh(conn)
        await clock.set_speed(conn, 0)
        held = (await clock.read(conn)).product
        assert held >= MONDAY + timedelta(seconds=20)
        assert (await clock.read(conn)).product == held


async def test_real_time_cannot_be_stepped(conn):
    with pytest.raises(clock.NotAScenario):
        await clock.step_to(conn, datetime(2100, 1, 1, tzinfo=UTC))


async def test_a_scenario_database_never_becomes_real(scenario):
    async with scenario.acquire() as conn:
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute("UPDATE product_clock SET scenario = false")


async def test_real_time_follows_the_database(conn):
    read = await clock.read(conn)
    now = await conn.fetchval("SELECT clock_timestamp()")
    assert abs(read.product - now) < timedelta(seconds=5)
