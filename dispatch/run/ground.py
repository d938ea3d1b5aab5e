"""What a simulated city's authority knows beforehand: its roads, and where one pays on them."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from dispatch.kernel import db
from telemetry import passages, roads


async def lay(
    dsn: str,
    name: str,
    lines: Mapping[str, object],
    stations: Iterable[tuple[str, float, float]],
    since: datetime,
) -> None:
    """Import roads and toll stations into a scenario that begins.

    Args:
        dsn: of its database.
        name: what people call this network.
        lines: GeoJSON, as `gongche roads import` takes it.
        stations: name, lon and lat, as `gongche tolls import` takes them.
        since: the scenario's first moment.
    """
    found = roads.read_roads(json.dumps(lines))
    places = [passages.TollPlace(place, "station", lon, lat) for place, lon, lat in stations]
    async with (
        await db.open_pool(dsn, at_most=1) as pool,
        pool.acquire() as conn,
        conn.transaction(),
    ):
        await roads.put(conn, found, name, since=since, at=since, by="scenario")
        await passages.put_places(conn, places)
