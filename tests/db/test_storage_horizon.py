"""Facts outlive the raw fixes they came from, also when everything is folded anew."""

from datetime import timedelta

import pytest

from telemetry import journeys, positions, storage, understand
from tests.storing import DAY
from tests.tracks import T0, S, drive, later
from tests.understanding import LATER, START, car, facts, prepare, send

WEEK_S = 7 * 86_400
POLICY = storage.Policy(raw=7 * DAY)
LEGS = ((1800, 0), (3600, 50), (1800, 0), (3600, 70), (1800, 0))


@pytest.fixture
async def conn(conn):
    await prepare(conn)
    return conn


def days(*weeks, shift_s=0):
    one = drive(*LEGS, every_s=30, odometer=10_000)
    return [p for w in weeks for p in later(one, w * WEEK_S + shift_s)]


async def drop_two_weeks(conn):
    ran = await storage.run(conn, POLICY, START + 3 * 7 * DAY + timedelta(days=1), None)
    assert await positions.horizon(conn) == START + 14 * DAY
    return ran


async def fold_all_anew(pool, conn, device):
    """As after an upgrade: another fold version, and something new."""
    await conn.execute("UPDATE checkpoint SET fold_version = fold_version + 1")
    await conn.execute("UPDATE fold_head SET fold_version = fold_version + 1")
    await send(conn, device, later(drive((60, 0)), 4 * WEEK_S))
    await understand.drain(pool, LATER)


async def journeys_of(conn):
    return [tuple(r) for r in await conn.fetch("SELECT * FROM journey ORDER BY started_at")]


async def visits_of(conn):
    sql = "SELECT id, entered_at, left_at, version FROM fence_visit ORDER BY entered_at"
    return [tuple(r) for r in await conn.fetch(sql)]


async def test_what_was_understood_stays_when_its_fixes_are_gone(pool, conn):
    _, d = await car(conn)
    await send(conn, d, days(0, 1, 2, 3))
    await understand.drain(pool, LATER)
    before = await journeys_of(conn)
    visits = await visits_of(conn)
    assert len(before) == 8
    assert "fix_2026w10" in (await drop_two_weeks(conn)).dropped
    await fold_all_anew(pool, conn, d)
    assert await journeys_of(conn) == before
    assert (await visits_of(conn))[: len(visits)] == visits  # and one of what is new


async def test_a_journey_over_the_horizon_is_not_told_twice(pool, conn):
    v, d = await car(conn)
    over = drive((600, 0), (7_200, 60), (1800, 0), every_s=30, at=T0 + (2 * WEEK_S - 3_600) * S)
    await send(conn, d, days(0) + over + days(3))
    await understand.drain(pool, LATER)
    before = await journeys_of(conn)
    assert len(before) == 5
    await drop_two_weeks(conn)
    await fold_all_anew(pool, conn, d)
    assert await journeys_of(conn) == before
    found, _, _ = await facts(conn, v)
    assert len(found) == 5


async def test_late_fixes_after_the_horizon_change_nothing_before_it(pool, conn):
    _, d = await car(conn)
    await send(conn, d, days(0, 1, 3))
    await understand.drain(pool, LATER)
    before = await journeys_of(conn)
    await drop_two_weeks(conn)
    await send(conn, d, days(2))
    await understand.drain(pool, LATER)
    after = await journeys_of(conn)
    assert len(after) == 8
    assert set(before) <= set(after)


async def test_a_binding_that_changes_in_the_time_that_is_gone_changes_no_facts_of_it(pool, conn):
    _, d = await car(conn)
    await send(conn, d, days(0, 1, 2, 3))
    await understand.drain(pool, LATER)
    before = await journeys_of(conn)
    await drop_two_weeks(conn)
    await conn.execute(
        "INSERT INTO vehicle_mark (vehicle_id, lo, hi) SELECT id, $1, $2 FROM vehicle",
        START,
        START + DAY,
    )
    await understand.drain(pool, LATER)
    assert await journeys_of(conn) == before


async def test_a_distance_of_the_time_that_is_gone_is_refused_not_zero(pool, conn):
    v, d = await car(conn)
    await send(conn, d, days(0, 3))
    await understand.drain(pool, LATER)
    whole = await journeys.distance(conn, v, START, START + DAY)
    assert whole.gps_m > 50_000
    await drop_two_weeks(conn)
    for lo in (START, START + 14 * DAY - timedelta(seconds=1)):
        with pytest.raises(positions.RawFixesGone):
            await journeys.distance(conn, v, lo, START + 15 * DAY)
    assert (await journeys.distance(conn, v, START + 14 * DAY, START + 28 * DAY)).gps_m > 50_000


async def test_a_vehicle_of_which_no_fix_is_left_keeps_its_history(pool, conn):
    _, d = await car(conn)
    await send(conn, d, days(0, 1))
    await understand.drain(pool, LATER)
    before = await journeys_of(conn)
    visits = await visits_of(conn)
    assert len(before) == 4
    await drop_two_weeks(conn)
    await conn.execute("UPDATE checkpoint SET fold_version = fold_version + 1")
    await conn.execute("UPDATE fold_head SET fold_version = fold_version + 1")
    for tank_ml in (50_000, 60_000):  # the first leaves it without a head
        await conn.execute("UPDATE vehicle SET tank_ml = $1", tank_ml)
        await understand.drain(pool, LATER)
        assert await journeys_of(conn) == before
        assert await visits_of(conn) == visits
    await send(conn, d, days(3))
    await understand.drain(pool, LATER)
    assert (await journeys_of(conn))[:4] == before


async def test_a_case_stays_open_when_no_fix_of_its_vehicle_is_left(pool, conn):
    _, d = await car(conn)
    await send(conn, d, days(0, 1))
    await understand.drain(pool, LATER)
    cases = "SELECT id, state, fact_id FROM alarm_case WHERE ended_at IS NULL"
    (before,) = await conn.fetch(cases)
    assert before["state"] == "raised"
    await drop_two_weeks(conn)
    await conn.execute("UPDATE vehicle SET tank_ml = 50000")
    await understand.drain(pool, LATER)
    assert await conn.fetch(cases) == [before]
    assert await conn.fetchval("SELECT motion FROM live_state") == "offline"
