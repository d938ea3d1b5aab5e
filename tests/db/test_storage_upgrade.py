"""A database from before the closer packing keeps every fix it has."""

from dispatch.kernel import db
from tests.storing import NOON, WEEK
from tests.upgrading import database_before

OLD = """
INSERT INTO fix (ts, received_at, digest, device_id, lon, lat, seq, ignition)
VALUES ($1::timestamptz + $2 * interval '1 s', $1::timestamptz + $3 * interval '1 ms', $4::int4, 7, $4::int4, 5, NULL, true)
"""


async def test_fixes_and_variants_move_over(server_dsn):
    async with database_before(server_dsn, "0010") as conn:
        for week in range(2):
            await conn.execute(
                "SELECT create_fix_week(date_trunc('week', $1::timestamptz, 'UTC'))",
                NOON + week * WEEK,
            )
            for said in ((0, 0, 1), (0, 40, 2), (1, 3_450, 3), (2, 1_000, 4)):
                await conn.execute(OLD, NOON + week * WEEK, *said)
        assert "0010_storage.sql" in await db.migrate(conn)
        rows = await conn.fetch(
            "SELECT ts - $1 AS at, lon, delay_ds, ignition FROM every_fix ORDER BY ts, digest",
            NOON,
        )
        first = [
            (r["at"].total_seconds(), r["lon"], r["delay_ds"], r["ignition"]) for r in rows[:4]
        ]
        assert first == [(0, 1, 0, True), (0, 2, 0, True), (1, 3, 24, True), (2, 4, -10, True)]
        assert len(rows) == 8
        assert await conn.fetchval("SELECT count(*) FROM fix_variant") == 2
        assert await conn.fetchval("SELECT digest FROM fix WHERE ts = $1", NOON) == 1
        left = await conn.fetchval("SELECT count(*) FROM pg_class WHERE relname LIKE 'old_fix%'")
        assert left == 0
