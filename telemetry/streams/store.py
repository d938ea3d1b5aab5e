"""What every stream's side of the database has in common."""

from collections.abc import Mapping, Sequence

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import VehicleId
from telemetry.streams.contract import Window
from telemetry.streams.difference import Stored
from telemetry.streams.times import from_us, to_us


async def read_stored(
    conn: Conn, statement: str, windows: Sequence[Window]
) -> dict[VehicleId, list[Stored]]:
    """Stored facts that begin in the windows, by vehicle.

    Args:
        conn: in the fold's transaction.
        statement: takes arrays of vehicle_id, lo, hi; gives vehicle_id, id, key, lo, hi (END
            where an open one has no last), version, is_open.
        windows: at least one, one a vehicle.
    """
    columns = zip(*((w.vehicle_id, from_us(w.lo), from_us(w.hi)) for w in windows), strict=True)
    found: dict[VehicleId, list[Stored]] = {}
    for r in await conn.fetch(statement, *columns):
        one = Stored(r["id"], r["key"], to_us(r["lo"]), to_us(r["hi"]), r["version"], r["is_open"])
        found.setdefault(r["vehicle_id"], []).append(one)
    return found


async def write_rows(
    conn: Conn,
    statements: Mapping[str, str],
    gone: Sequence[int],
    change: Sequence[tuple[object, ...]],
    new: Sequence[tuple[object, ...]],
) -> None:
    """Write what differs: "delete" takes ids, the others a column for each place in a row.

    Args:
        conn: in the fold's transaction.
        statements: "delete", "change" and "insert".
        gone: ids of facts that are none any more.
        change: rows that begin with an id.
        new: rows of facts that came.
    """
    if gone:
        await conn.execute(statements["delete"], gone)
    if change:
        await conn.execute(statements["change"], *zip(*change, strict=True))
    if new:
        await conn.execute(statements["insert"], *zip(*new, strict=True))
