"""The health of terminals in the database, and what a wrong datum looks like there."""

from datetime import date, timedelta

import pytest

from dispatch.kernel.place import from_wgs84
from telemetry import positions, quality, roads
from telemetry.quality import Reason
from telemetry.roads import Road, RoadClass
from tests.tracks import LAT, LON
from tests.understanding import LATER, START, car, day, prepare, row, send, terminal

DAY = date(2026, 3, 2)


@pytest.fixture
async def city(conn):
    await prepare(conn)
    return conn


def shown_as(points, datum):
    turned = [(p, from_wgs84(p.lon / 1e7, p.lat / 1e7, datum)) for p in points]
    return [p.but(lon=round(lon * 1e7), lat=round(lat * 1e7)) for p, (lon, lat) in turned]


async def health(conn, device):
    (found,) = await quality.measure(conn, DAY, LATER.now(), [device])
    return {f.reason: f for f in found.findings}


async def test_a_good_terminal_and_a_bad_one_on_a_page(city):
    good_car, good = await car(city)
    bad_car, bad = await car(city)
    await send(city, good, day())
    await send(city, bad, [p.but(lon=0, lat=0) if i % 5 == 0 else p for i, p in enumerate(day())])
    now = LATER.now()
    assert await quality.refresh(city, DAY, now) == 2
    assert await quality.refresh(city, DAY, now) == 2  # the same rows again
    (found,) = await quality.overview(city, DAY, DAY)
    assert (found.device_id, found.vehicle_id, found.fixes) == (bad, bad_car, len(day()))
    assert found.findings[0].reason is Reason.ZERO
    assert found.findings[0].count == (len(day()) + 4) // 5
    every = await quality.overview(city, DAY, DAY, sound=True)
    assert [h.device_id for h in every] == [bad, good]
    assert await quality.overview(city, DAY, DAY, pools=[1]) == []  # of no platform's vehicle
    await city.execute(
        "INSERT INTO vehicle_pool (vehicle_id, pool_id, during) VALUES ($1, 1, '[2020-01-01,)')",
        bad_car,
    )
    assert [h.device_id for h in await quality.overview(city, DAY, DAY, pools=[1])] == [bad]
    assert await quality.overview(city, DAY, DAY, device_id=good) == []
    assert await quality.overview(city, DAY + timedelta(1), DAY + timedelta(9)) == []
    assert good_car != bad_car


async def test_a_terminal_that_says_gcj02_is_found_by_the_roads(city):
    _, device = await car(city)
    track = day()
    line = ((LON, LAT), (LON, max(p.lat for p in track)))
    network = [Road(RoadClass.ROAD, line)]
    await roads.put(city, network, "试", since=START - timedelta(days=9), at=START, by="person:1")
    await send(city, device, shown_as(track, "gcj02"))
    found = await health(city, device)
    assert found[Reason.WRONG_DATUM].detail == "gcj02"
    other = (await car(city))[1]
    await send(city, other, track)
    assert Reason.WRONG_DATUM not in await health(city, other)


@pytest.mark.parametrize(
    ("late_s", "reason"),
    [(1, None), (-20, Reason.CLOCK_AHEAD), (600, Reason.CLOCK_BEHIND)],
    ids=["right", "ahead", "behind"],
)
async def test_clocks_are_judged_by_when_messages_came(city, late_s, reason):
    _, device = await car(city)
    rows = [row(device, p) for p in day()]
    came = [(r[0], r[0] + timedelta(seconds=late_s), *r[2:]) for r in rows]
    async with city.transaction():
        await positions.append(city, came)
    found = await health(city, device)
    assert set(found) == ({reason} if reason else set())
    assert reason is None or found[reason].figure == abs(late_s)


async def test_what_was_put_aside_as_from_the_future_is_shown_with_its_device(city):
    device = await terminal(city)
    name = await city.fetchval("SELECT name FROM device WHERE id = $1", device)
    await city.execute(
        "INSERT INTO quarantine (device, topic, reason, detail, payload, payload_digest, received_at, times)"
        " VALUES ($1, 'x', 'future', '', '', '', $2, 4)",
        name,
        START,
    )
    found = await health(city, device)
    assert found[Reason.FROM_THE_FUTURE].count == 4
