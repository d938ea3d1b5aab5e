"""Road sets in the database."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from dispatch import access
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from telemetry.roads.model import Road, RoadClass, RoadSet

SQL = statements(__file__)


async def put(
    conn: Conn, roads: Sequence[Road], name: str, *, since: datetime, at: datetime, by: str
) -> int:
    """Let roads be the network from a time on, in the caller's transaction.

    Sets that begin later are replaced; what was in force before stays so until then. Every
    vehicle is judged anew from then on. The same roads as those in force change nothing.

    Args:
        conn: in a transaction.
        roads: at least one.
        name: what people call this network.
        since: from when on it is true.
        at: product time.
        by: pseudonymous, such as person:17.

    Returns:
        The id of the set.
    """
    digest = hashlib.sha256(repr(roads).encode()).digest()
    held = await conn.fetchrow(SQL["in_force"], since)
    if held and held["digest"] == digest and held["until"] is None:
        return int(held["id"])
    for step in ("drop_later_roads", "drop_later", "end_before"):
        await conn.execute(SQL[step], since)
    set_id: int = await conn.fetchval(SQL["begin"], name, digest, since)
    await conn.executemany(SQL["add"], [_row(set_id, road) for road in roads])
    await conn.execute(SQL["changed"])
    await conn.execute(SQL["mark"], since)
    said: dict[str, Json] = {"name": name, "roads": len(roads), "since": since.isoformat()}
    await access.append(
        conn, at=at, actor=by, action="roads.import", object=f"road_set:{set_id}", detail=said
    )
    return set_id


def _row(set_id: int, road: Road) -> tuple[object, ...]:
    lon, lat = zip(*road.line, strict=True)
    return set_id, road.kind.word, road.limit_kmh, road.name, list(lon), list(lat)


async def sets(conn: Conn) -> list[RoadSet]:
    """All networks, oldest first."""
    return [RoadSet(**dict(r)) for r in await conn.fetch(SQL["sets"])]


async def roads_of(conn: Conn, set_id: int) -> list[Road]:
    """The roads of a set, in order."""
    return [
        Road(
            RoadClass[r["class"].upper()],
            tuple(zip(r["lon"], r["lat"], strict=True)),
            r["limit_kmh"],
            r["name"],
        )
        for r in await conn.fetch(SQL["roads_of"], set_id)
    ]
