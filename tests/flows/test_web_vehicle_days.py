"""A vehicle's days over HTTP: trips by three witnesses, fences, drives without a toll; each reading is recorded."""

from datetime import timedelta

import pytest

from tests.driven_day import a_trip, a_visit, along_it, an_expressway
from tests.website import id_of, imported, person, program, site, token

AGO = timedelta(days=5)
HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(pool, clock, conn):
    """A dispatcher of XZ."""
    async with site(pool, clock) as app:
        await imported(app, conn)
        who = await person(conn, "D", ("dispatcher", {"pool_id": await id_of(conn, "pool", "XZ")}))
        async with program(app, await token(conn, who)) as client:
            yield client


async def read(desk, conn, clock, what, vehicle="V-XZ1", days=9):
    number = await id_of(conn, "vehicle", vehicle)
    period = {
        "from": (clock.now() - timedelta(days=days)).isoformat(),
        "to": clock.now().isoformat(),
    }
    return await desk.get(f"/api/v1/vehicles/{number}/{what}", params=period)


async def fence_of(conn, pool):
    return await conn.fetchval(
        "SELECT f.id FROM fence f WHERE f.pool_id = $1 ORDER BY f.id LIMIT 1",
        await id_of(conn, "pool", pool),
    )


async def test_a_trip_shows_its_three_witnesses_and_who_was_believed(desk, conn, clock):
    start = clock.now() - 3 * HOUR
    cars = [await id_of(conn, "vehicle", f"V-XZ{n}") for n in (1, 2)]
    own = await id_of(conn, "pool", "XZ")
    said = (39_000, 90_000, 40_000), (39_000, "gps", ["device_odometer", "variance"])
    await a_trip(conn, cars[0], own, "N1", (start, start + HOUR), *said)
    await a_trip(conn, cars[1], own, "N2", (start + HOUR, start + 2 * HOUR), *said)
    (trip,) = (await read(desk, conn, clock, "trips")).json()["items"]
    assert (trip["order_no"], trip["gps_m"], trip["device_odometer_m"], trip["driver_odometer_m"]) == (
        "N1", 39_000, 90_000, 40_000,
    )  # fmt: skip
    assert (trip["declared_m"], trip["declared_source"], trip["variance_m"]) == (
        39_000,
        "gps",
        51_000,
    )
    assert trip["doubts"] == ["device_odometer", "variance"]


async def test_a_vehicles_visits_are_those_in_fences_of_ones_own(desk, conn, clock):
    car, now = await id_of(conn, "vehicle", "V-XZ1"), clock.now()
    await a_visit(conn, car, await fence_of(conn, "XZ"), now - HOUR, None)
    await a_visit(conn, car, await fence_of(conn, "NG"), now - 3 * HOUR, now - 2 * HOUR)
    (visit,) = (await read(desk, conn, clock, "visits")).json()["items"]
    assert (visit["kind"], visit["left_at"]) == ("depot", None)


async def test_a_drive_is_untolled_once_three_days_went_by_without_a_toll(desk, conn, clock):
    await an_expressway(conn, clock.now() - 9 * timedelta(days=1))
    driven_m = await along_it(conn, "bd-xz1", clock.now() - AGO)
    await along_it(conn, "bd-xz1", clock.now() - timedelta(days=1))
    said = (await read(desk, conn, clock, "untolled")).json()
    (drive,) = said["items"]
    assert drive["metres"] == pytest.approx(driven_m, rel=0.02)
    assert said["after_hours"] == 72
    assert (await read(desk, conn, clock, "untolled", vehicle="V-XZ2")).json()["items"] == []


async def test_every_reading_is_recorded_and_anothers_vehicle_is_not_there(desk, conn, clock):
    for what in ("trips", "visits", "untolled"):
        assert (await read(desk, conn, clock, what)).status_code == 200
        assert (await read(desk, conn, clock, what, vehicle="V-NG1")).status_code == 404
        assert (await read(desk, conn, clock, what, days=32)).status_code == 400
    rows = await conn.fetch(
        "SELECT action FROM audit_entry WHERE action LIKE '%.read' ORDER BY seq"
    )
    assert [row["action"] for row in rows] == ["trips.read", "visits.read", "untolled.read"]


async def visitors(desk, clock, fence_id, days=7):
    period = {
        "from": (clock.now() - timedelta(days=days)).isoformat(),
        "to": clock.now().isoformat(),
    }
    return await desk.get(f"/api/v1/fences/{fence_id}/visits", params=period)


async def test_a_fence_says_who_was_there_and_who_still_is_newest_first(desk, conn, clock):
    fence, now = await fence_of(conn, "XZ"), clock.now()
    first, second, foreign = [
        await id_of(conn, "vehicle", code) for code in ("V-XZ1", "V-XZ2", "V-NG1")
    ]
    await a_visit(conn, first, fence, now - 5 * HOUR, now - 4 * HOUR)
    await a_visit(conn, second, fence, now - HOUR, None)
    await a_visit(conn, first, fence, now - 12 * timedelta(days=1), now - 11 * timedelta(days=1))
    await a_visit(conn, foreign, fence, now - 2 * HOUR, None)
    said = (await visitors(desk, clock, fence)).json()
    shown = [(one["plate"], one["left_at"] is None) for one in said["items"]]
    assert shown == [("皖PXZ002", True), ("皖PXZ001", False)]
    assert (said["others"], said["cut"]) == (1, False)
    assert len((await visitors(desk, clock, fence, days=30)).json()["items"]) == 3
    assert await conn.fetchval("SELECT count(*) FROM audit_entry WHERE action = 'visits.read'") == 2


async def test_a_foreign_fence_is_not_there_and_a_period_has_a_bound(desk, conn, clock):
    foreign = await visitors(desk, clock, await fence_of(conn, "NG"))
    assert foreign.status_code == 404
    own = await fence_of(conn, "XZ")
    assert (await visitors(desk, clock, own, days=32)).status_code == 400
    assert (await visitors(desk, clock, own, days=-1)).status_code == 400
