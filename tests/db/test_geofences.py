"""Fences in the database: what a person changes, and what is understood after it."""

import asyncio
import json
import random
from datetime import date, time, timedelta
from itertools import pairwise

import pytest

from dispatch import register
from dispatch.register import Day
from telemetry import geofences, understand
from telemetry.geofences import Window
from tests.suite import FULL
from tests.tracks import LAT, LON, drive, later
from tests.understanding import (
    LATER,
    START,
    At,
    car,
    day,
    marks_left,
    prepare,
    seconds,
    send,
    vehicle,
)

WHO = {"at": START, "by": "person:1"}
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
    return pool


def around(points, radius_m=200, name="现场", **more):
    there = points[181]  # where the second stop of day() begins
    made = geofences.circle(1, name, "site", LON / 1e7, there.lat / 1e7, radius_m)
    return geofences.Draft(1, name, "site", made.shape, radius_m, **more)


def square(half_e7=20_000):
    lon, lat = LON / 1e7, LAT / 1e7
    d = half_e7 / 1e7
    ring = [[lon - d, lat - d], [lon + d, lat - d], [lon + d, lat + d], [lon - d, lat + d]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


async def visited(conn, v, fence):
    found = await geofences.visits_of(conn, fence, START - timedelta(days=1), LATER.now())
    return [(x.entered_at, x.left_at) for x in found if x.vehicle_id == v]


async def test_an_edit_a_correction_an_end_and_undoing_them_fold_again(city, conn):
    v, d = await car(conn)
    track = day()
    await send(conn, d, track)
    fence = await geofences.create(conn, around(track), since=START, **WHO)
    await understand.drain(city, LATER)
    stay = [(seconds(5400), seconds(7230))]
    assert await visited(conn, v, fence) == stay
    noon = seconds(6000)
    edit = await geofences.change(conn, fence, around(track, 2000), since=noon, **WHO)
    await understand.drain(city, LATER)
    (longer,) = await visited(conn, v, fence)
    assert longer[0] == stay[0][0]
    assert longer[1] > stay[0][1]  # one stay, though the fence became another
    over = await geofences.end(conn, fence, since=noon, **WHO)
    await understand.drain(city, LATER)
    assert await visited(conn, v, fence) == [(stay[0][0], noon)]
    with pytest.raises(geofences.StaleChange):
        await geofences.undo(conn, edit, **WHO)
    await geofences.undo(conn, over, **WHO)
    await understand.drain(city, LATER)
    assert await visited(conn, v, fence) == [longer]
    correction = await geofences.change(conn, fence, around(track), since=START, **WHO)
    await understand.drain(city, LATER)
    assert await visited(conn, v, fence) == stay
    undone = await geofences.undo(conn, correction, **WHO)
    await geofences.undo(conn, undone, **WHO)  # and done again
    await understand.drain(city, LATER)
    assert await visited(conn, v, fence) == stay
    actions = [c.action for c in await geofences.changes(conn, fence)]
    assert actions == ["undone", "undone", "changed", "undone", "ended", "changed", "created"]
    assert await marks_left(conn) == 0


async def test_an_edit_from_now_on_reads_nothing_old(city, conn):
    v, d = await car(conn)
    track = day()
    await send(conn, d, track)
    await understand.drain(city, LATER)
    await geofences.create(conn, around(track), since=seconds(20_000), **WHO)
    done = await understand.Folder().fold(conn, v, understand.Now.of(LATER.now()))
    assert done.read == 0


async def test_versions_and_lines_say_what_was_when(city, conn):
    fence = await geofences.create(conn, around(day()), since=START, until=seconds(100), **WHO)
    night = Window(EVERY_DAY, "any", time(22), time(5))
    drawn = geofences.Draft(
        1, "现场", "sensitive", square(), windows=(night,), confirm_fixes=3, confirm_s=0
    )
    await geofences.change(conn, fence, drawn, since=seconds(50), until=seconds(80), **WHO)
    spans = [(v.since, v.until, v.draft.kind) for v in await geofences.versions(conn, fence)]
    assert spans == [
        (START, seconds(50), "site"),
        (seconds(50), seconds(80), "sensitive"),
        (seconds(80), seconds(100), "site"),
    ]
    line = await geofences.find(conn, fence, seconds(60))
    assert (line.in_force, line.shape, line.windows) == (True, square(), (night,))
    assert (line.confirm_fixes, line.confirm_s, line.radius_m) == (3, 0, None)
    assert [x.name for x in await geofences.lines(conn, seconds(60))] == ["现场", "车场"]
    assert [x.name for x in await geofences.lines(conn, seconds(200))] == ["车场"]
    old = await geofences.lines(conn, seconds(200), pools=[1], kinds=["site"], ended=True)
    assert [(x.name, x.in_force) for x in old] == [("现场", False)]
    assert await geofences.lines(conn, seconds(60), pools=[2]) == []
    with pytest.raises(geofences.UnknownFence):
        await geofences.find(conn, 999, START)


async def test_names_are_taken_only_while_there_is_such_a_fence(city, conn):
    first = await geofences.create(conn, around(day()), since=START, until=seconds(100), **WHO)
    with pytest.raises(geofences.NameTaken):
        await geofences.create(conn, around(day()), since=seconds(50), **WHO)
    assert await geofences.create(conn, around(day()), since=seconds(100), **WHO) == first
    other = await geofences.create(conn, around(day(), name="别处"), since=START, **WHO)
    with pytest.raises(geofences.NameTaken):
        await geofences.change(conn, other, around(day()), since=START, **WHO)
    await geofences.change(conn, other, around(day(), name="远处"), since=START, **WHO)
    assert (await geofences.find(conn, other, START)).name == "远处"


async def test_what_cannot_be_is_refused_with_its_reasons(city, conn):
    bow = {
        "type": "Polygon",
        "coordinates": [[[118, 30], [118.1, 30.1], [118.1, 30], [118, 30.1], [118, 30]]],
    }
    draft = geofences.Draft(1, "", "custom", bow)
    with pytest.raises(geofences.InvalidFence) as refused:
        await geofences.create(conn, draft, since=START, until=START, **WHO)
    assert [p.code for p in refused.value.problems] == ["name", "invalid", "period"]
    with pytest.raises(geofences.InvalidFence):
        await geofences.create(
            conn, geofences.Draft(99, "x", "custom", square()), since=START, **WHO
        )


async def test_who_is_inside_now(city, conn):
    v, d = await car(conn)
    fence = (await geofences.lines(conn, START))[0].id
    await send(conn, d, drive((600, 0)))
    await understand.drain(city, At(seconds(600)))
    (inside,) = await geofences.inside_now(conn, fence)
    assert (inside.vehicle_id, inside.since) == (v, START)
    assert (await geofences.find(conn, fence, START)).inside == 1
    await send(conn, d, later(drive((600, 36), lat=LAT + 1_000_000), 700))
    await understand.drain(city, At(seconds(1400)))
    assert await geofences.inside_now(conn, fence) == []


async def test_a_window_ends_a_visit_though_nothing_is_heard(city, conn):
    v, d = await car(conn)
    office = Window(EVERY_DAY, "any", time(8, 5), time(8, 20))
    draft = geofences.Draft(1, "时段", "custom", square(), windows=(office,))
    fence = await geofences.create(conn, draft, since=START, **WHO)
    await send(conn, d, drive((600, 0)))  # from 08:00 to 08:10
    await understand.drain(city, At(seconds(600)))
    assert await visited(conn, v, fence) == [(seconds(300), None)]
    await understand.drain(city, At(seconds(1200)))
    assert await visited(conn, v, fence) == [(seconds(300), seconds(1200))]
    ids = [x.id for x in await geofences.visits_of(conn, fence, START, LATER.now())]
    await send(conn, d, later(drive((600, 0)), 1500))
    await understand.drain(city, At(seconds(2100)))
    assert await visited(conn, v, fence) == [(seconds(300), seconds(1200))]
    assert [x.id for x in await geofences.visits_of(conn, fence, START, LATER.now())] == ids


async def test_a_change_of_the_calendar_is_folded_again(city, conn):
    v, d = await car(conn)
    await send(conn, d, drive((6000, 0), every_s=60))
    office = Window(EVERY_DAY, "workdays", time(8), time(9))
    draft = geofences.Draft(1, "工作日", "custom", square(), windows=(office,))
    fence = await geofences.create(conn, draft, since=START - timedelta(days=1), **WHO)
    await understand.drain(city, LATER)
    assert await visited(conn, v, fence) == []  # nothing is known of that day
    for kind, expected in (("workday", [(START, seconds(3600))]), ("holiday", [])):
        days = [Day(date(2026, 3, 2), kind, None)]
        await register.set_days(conn, days, overwrite=True)
        await understand.drain(city, LATER)
        assert await visited(conn, v, fence) == expected


async def test_a_change_marks_every_vehicle_over_its_period(city, conn):
    v, _ = await car(conn)
    await vehicle(conn)  # without a terminal there is nothing to fold
    await conn.execute("DELETE FROM vehicle_mark")
    until = seconds(100)
    await geofences.create(conn, around(day()), since=START, until=until, **WHO)
    marks = await conn.fetch("SELECT vehicle_id, lo, hi FROM vehicle_mark")
    assert [tuple(m) for m in marks] == [(v, START, until)]


async def test_two_people_who_edit_one_fence_take_turns(city, conn):
    fence = await geofences.create(conn, around(day()), since=START, **WHO)

    async def edit(radius_m):
        async with city.acquire() as mine, mine.transaction():
            draft = around(day(), radius_m)
            return await geofences.change(mine, fence, draft, since=seconds(radius_m), **WHO)

    await asyncio.gather(*(edit(radius_m) for radius_m in (100, 200, 300, 400)))
    found = await geofences.versions(conn, fence)
    assert found[0].since == START
    assert found[-1].until is None
    assert all(a.until == b.since for a, b in pairwise(found))
    assert len(await geofences.changes(conn, fence)) == 5


async def test_import_says_of_each_feature_what_became_of_it(city, conn):
    lines = await geofences.lines(conn, START)
    good = geofences.export_geojson(lines, "gcj02")
    good["features"][0]["properties"] |= {"name": "进口", "kind": "blind"}
    bad = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": []},
        "properties": None,
    }
    good["features"].append(bad)

    features = geofences.read_geojson(json.dumps(good), "gcj02")
    given = {"since": START, **WHO}
    tried = await geofences.import_features(conn, features, 1, "city", **given, dry_run=True)
    assert [(t.fence_id, bool(t.problems)) for t in tried] == [(None, False), (None, True)]
    assert len(await geofences.lines(conn, START)) == 1
    done = await geofences.import_features(conn, features, 1, "city", **given, dry_run=False)
    assert done[1].problems[0].code == "shape"
    made = await geofences.find(conn, done[0].fence_id, START)
    assert (made.name, made.kind, made.radius_m) == ("进口", "blind", 100)
    assert made.shape["coordinates"] == pytest.approx(lines[0].shape["coordinates"], abs=2e-7)
    again = await geofences.import_features(conn, features, 1, "city", **given, dry_run=False)
    assert again[0].problems[0].code == "fence-name-taken"


async def test_putting_what_is_there_changes_nothing(city, conn):
    draft = around(day())
    fence = await geofences.put(conn, draft, since=START, **WHO)
    assert await geofences.put(conn, draft, since=START, **WHO) == fence
    assert len(await geofences.changes(conn, fence)) == 1
    assert await geofences.put(conn, around(day(), 300), since=START, **WHO) == fence
    (version,) = await geofences.versions(conn, fence)
    assert version.draft.radius_m == 300


def town(track):
    """A square, a corridor and a circle with windows along the way; one is edited on the day."""
    middle = track[len(track) // 2].lat / 1e7
    way = [[LON / 1e7, LAT / 1e7 + 0.05], [LON / 1e7, middle]]
    line = {"type": "LineString", "coordinates": way}
    office = Window(EVERY_DAY, "any", time(9, 10), time(9, 55))
    return [
        geofences.Draft(1, "方", "city", square(500_000)),
        geofences.Draft(1, "路", "custom", line, 40),
        around(track, windows=(office,)),
    ]


@pytest.mark.parametrize("seed", range(20 if FULL else 3))
async def test_visits_are_the_same_however_the_data_came(city, conn, seed):
    chance, track = random.Random(seed), day()
    (v, d), (w, e) = await car(conn), await car(conn)
    made = [await geofences.create(conn, f, since=START, **WHO) for f in town(track)]
    await geofences.change(
        conn, made[0], geofences.Draft(1, "方", "city", square(900_000)), since=seconds(3000), **WHO
    )
    await send(conn, d, track)
    await understand.drain(city, LATER)
    shuffled = chance.sample(track, len(track)) + chance.sample(track, 30)
    while shuffled:
        n = chance.randint(1, 120)
        batch, shuffled = shuffled[:n], shuffled[n:]
        await send(conn, e, batch)
        if chance.random() < 0.5:
            await understand.drain(city, At(seconds(chance.randint(0, 20_000))))
    await understand.drain(city, LATER)
    said = [[await visited(conn, one, fence) for fence in made] for one in (v, w)]
    assert said[0] == said[1]
    assert all(said[0])
