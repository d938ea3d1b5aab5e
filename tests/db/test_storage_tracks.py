"""A month on the map, and what is said of the time whose raw fixes are gone."""

from datetime import timedelta

import pytest

from telemetry import journeys, positions, storage, tracks, understand
from tests.storing import DAY
from tests.understanding import LATER, START, car, day, prepare, seconds, send

WHOLE = timedelta(days=1)


@pytest.fixture
async def conn(conn):
    await prepare(conn)
    return conn


async def test_journeys_begin_and_end_on_the_line_however_few_its_points(pool, conn):
    v, d = await car(conn)
    await send(conn, d, day())
    await understand.drain(pool, LATER)
    line = await tracks.simplified(conn, v, START, START + WHOLE, at_most=5)
    there = {p.ts for p in line.points}
    driven = await journeys.between(conn, v, START, START + WHOLE)
    assert len(driven) == 2
    assert {t for j in driven for t in (j.started_at, j.ended_at)} <= there
    assert len(line.points) == 6  # the four, the first and the last
    assert (line.fixes, line.since) == (len(day()), START)
    whole = await tracks.simplified(conn, v, START, START + WHOLE)
    assert (len(whole.points), whole.max_error_m) == (len(day()), 0)


async def test_a_time_whose_fixes_are_gone_is_said_to_be_gone(conn):
    v, d = await car(conn)
    await send(conn, d, day())
    policy = storage.Policy(raw=7 * DAY)
    await storage.run(conn, policy, START + 40 * DAY, None)
    horizon = await positions.horizon(conn)
    assert horizon > START + WHOLE
    with pytest.raises(positions.RawFixesGone) as said:
        await tracks.simplified(conn, v, START, START + WHOLE)
    assert said.value.since == horizon
    line = await tracks.simplified(conn, v, START, horizon + DAY)
    assert (line.points, line.since) == ([], horizon)


async def test_what_a_legal_hold_kept_can_be_read(conn):
    v, d = await car(conn)
    await send(conn, d, day())
    said = {"by": "person:1", "at": START}
    await storage.place_hold(conn, v, START, seconds(3_000), "case 7", **said)
    ran = await storage.run(conn, storage.Policy(raw=7 * DAY), START + 40 * DAY, None)
    assert len(ran.trimmed) == 1
    line = await tracks.simplified(conn, v, START, seconds(3_000))
    assert line.fixes == sum(1 for p in day() if p.t - day()[0].t < 3_000_000_000)
    with pytest.raises(positions.RawFixesGone):
        await tracks.simplified(conn, v, START, seconds(3_001))
