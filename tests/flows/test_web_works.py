"""The works as those see them who keep them running."""

from datetime import timedelta

from telemetry import parking, positions
from telemetry.storage import Gauge
from tests.website import id_of, imported, person, program, site, token


async def ask(app, conn, path, role):
    who = await person(conn, f"P-{role}", (role, {}))
    async with program(app, await token(conn, who)) as client:
        return await client.get(f"/api/v1/status/{path}")


async def test_a_fold_that_broke_is_shown_with_its_traceback_to_engineers_alone(pool, clock, conn):
    async with site(pool, clock) as app:
        await imported(app, conn)
        await conn.execute(
            "INSERT INTO parked_fold (vehicle_id, tries, traceback, retry_at) VALUES ($1, 3, 'ZeroDivisionError: x', now())",
            await id_of(conn, "vehicle", "V-XZ1"),
        )
        assert (await ask(app, conn, "folds", "supervisor")).status_code == 403
        (one,) = (await ask(app, conn, "folds", "system_admin")).json()["items"]
    assert (one["plate"], one["tries"]) == ("皖PXZ001", 3)
    assert "ZeroDivisionError" in one["traceback"]


async def test_other_work_that_broke_is_shown_among_the_folds_and_counted(pool, clock, conn):
    await parking.park(conn, "quality", {"device": 3, "day": "2026-03-02"}, ZeroDivisionError("x"))
    async with site(pool, clock) as app:
        (one,) = (await ask(app, conn, "folds", "system_admin")).json()["items"]
        async with program(
            app, await token(conn, await person(conn, "P-1", ("supervisor", {})))
        ) as c:
            assert (await c.get("/api/v1/status")).json()["parked_folds"] == 1
    assert (one["vehicle_id"], one["code"]) == (None, 'quality {"day": "2026-03-02", "device": 3}')
    assert "ZeroDivisionError: x" in one["traceback"]


async def test_intake_tells_how_far_it_listened_and_what_waits(pool, clock, conn):
    at = clock.now()
    async with site(pool, clock) as app:
        quiet = (await ask(app, conn, "intake", "supervisor")).json()
        assert (quiet["listened_until"], quiet["vehicles_waiting"]) == (None, 0)
        await conn.execute("INSERT INTO intake_watch (listened) VALUES ($1)", at)
        for vehicle_id in (1, 1, 2):
            await conn.execute(
                "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, $2, $2)", vehicle_id, at
            )
        busy = (await ask(app, conn, "intake", "system_admin")).json()
    assert busy["vehicles_waiting"] == 2
    assert busy["listened_until"] == busy["oldest_waiting"] == at.isoformat().replace("+00:00", "Z")


async def test_storage_tells_weeks_disk_and_what_keeps_them(pool, clock, conn, tmp_path):
    async with site(pool, clock, gauge=Gauge(tmp_path)) as app:
        await imported(app, conn)
        now = clock.now()
        await positions.ensure_weeks(conn, now - timedelta(days=8), now + timedelta(days=8))
        said = (await ask(app, conn, "storage", "competent_admin")).json()
    assert said["disk"]["level"] == "ok"
    assert 0 < said["disk"]["free_bytes"] < said["disk"]["total_bytes"]
    assert len(said["weeks"]) >= 3
    assert {week["kept_by"] for week in said["weeks"]} == {"age"}
