"""A database from before breakdowns were written down."""

from dispatch.kernel import db
from tests import orders_city as city
from tests.orders_city import at
from tests.upgrading import database_before


async def test_cars_that_are_out_already_are_out_by_a_breakdown(server_dsn):
    async with database_before(server_dsn, "0019") as conn:
        await city.found(conn)
        for vehicle, status, start, end in (
            (1, "held", "06:00", "09:00"),
            (1, "held", "12:00", "20:00"),
            (2, "done", "06:00", "07:00"),
        ):
            await conn.execute(
                "INSERT INTO leg (vehicle_id, kind, status, during, planned) VALUES "
                "($1, 'maintenance', $2, tstzrange($3, $4), tstzrange($3, $4))",
                vehicle, status, at(start), at(end),
            )  # fmt: skip
        assert "0019_breakdowns.sql" in await db.migrate(conn)
        [out] = await conn.fetch("SELECT id, vehicle_id, said_at, until, ended_at FROM breakdown")
        assert tuple(out)[1:] == (1, at("06:00"), at("20:00"), None)
        linked = await conn.fetch("SELECT breakdown_id FROM leg ORDER BY id")
        assert [row["breakdown_id"] for row in linked] == [out["id"], out["id"], None]
