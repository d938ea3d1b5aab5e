"""Reading where a vehicle was and what it used: own vehicles only, and every reading is recorded."""

from datetime import timedelta

import pytest

from telemetry import positions, wire
from tests.website import id_of, imported, person, program, site, token


@pytest.fixture
async def desk(pool, clock, conn):
    """A dispatcher of XZ, whose first car drove for ten minutes this hour."""
    start = clock.now() - timedelta(minutes=30)
    async with site(pool, clock) as app:
        await imported(app, conn)
        device = await conn.fetchval("SELECT id FROM device WHERE name = 'bd-xz1'")
        async with conn.transaction():
            await positions.ensure_weeks(conn, start - timedelta(days=1), start + timedelta(days=1))
            times = [start + timedelta(seconds=10 * n) for n in range(60)]
            fixes = [
                wire.Fix(
                    ts=at, lon=118.7 + n / 1000, lat=30.9, speed_kmh=35.0, fuel_ml=40_000 - 10 * n
                )
                for n, at in enumerate(times)
            ]
            await positions.append(conn, [positions.pack(device, fix, fix.ts) for fix in fixes])
        own = await id_of(conn, "pool", "XZ")
        who = await person(conn, "D", ("dispatcher", {"pool_id": own}))
        async with program(app, await token(conn, who)) as client:
            yield client


async def read(desk, conn, clock, what, vehicle="V-XZ1", days=1, **more):
    period = {
        "from": (clock.now() - timedelta(days=days)).isoformat(),
        "to": clock.now().isoformat(),
    }
    path = f"/api/v1/vehicles/{await id_of(conn, 'vehicle', vehicle)}/{what}"
    return await desk.get(path, params=period | more)


async def test_a_track_says_how_wrong_it_is_where_points_are_left_out(desk, conn, clock):
    whole = (await read(desk, conn, clock, "track")).json()
    assert (len(whole["points"]), whole["fixes"], whole["max_error_m"]) == (60, 60, 0)
    thin = (await read(desk, conn, clock, "track", points=2)).json()
    assert [thin["points"][0], thin["points"][-1]] == [whole["points"][0], whole["points"][-1]]
    assert len(thin["points"]) < 60
    assert 0 <= thin["max_error_m"] < 1, "it was a straight way"


async def test_a_vehicles_levels_are_read_and_what_is_not_known_says_why(desk, conn, clock):
    said = (await read(desk, conn, clock, "energy")).json()
    levels = [one["fuel_ml"] for one in said["curve"]]
    assert (levels[0], levels[-1]) == (40_000, 39_410)
    assert said["electricity"]["used"] is None
    assert said["electricity"]["why"]
    assert said["passages"] == []


async def test_every_reading_is_recorded_and_anothers_vehicle_is_not_there(desk, conn, clock):
    for what in ("track", "energy"):
        assert (await read(desk, conn, clock, what)).status_code == 200
        assert (await read(desk, conn, clock, what, vehicle="V-NG1")).status_code == 404
        assert (await read(desk, conn, clock, what, days=32)).status_code == 400
    rows = await conn.fetch(
        "SELECT action FROM audit_entry WHERE action LIKE '%.read' ORDER BY seq"
    )
    assert [row["action"] for row in rows] == ["track.read", "energy.read"]
