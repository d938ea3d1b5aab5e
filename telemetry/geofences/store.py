"""Fences and visits in the database."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import FenceId, PoolId, VehicleId
from dispatch.kernel.units import to_e7
from telemetry.geofences.model import Fence
from telemetry.streams import to_us

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class Circle:
    """A fence as a person draws it: degrees WGS-84, 20 to 50,000 m, over [since, until)."""

    pool_id: PoolId
    name: str
    kind: str
    lon: float
    lat: float
    radius_m: int
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredVisit:
    """A vehicle was inside over [entered_at, left_at); left_at None: it still is."""

    id: int
    vehicle_id: VehicleId
    fence_id: FenceId
    entered_at: datetime
    left_at: datetime | None


async def fences(conn: Conn) -> list[Fence]:
    """All fences, as the fold reads them."""
    return [
        Fence(
            r["id"],
            to_e7(r["lon"]),
            to_e7(r["lat"]),
            r["radius_m"],
            to_us(r["lo"]),
            to_us(r["hi"]),
        )
        for r in await conn.fetch(SQL["fences"])
    ]


async def put(conn: Conn, circle: Circle) -> FenceId:
    """Create or change the fence of that platform and name, in the caller's transaction.

    Every vehicle is folded again over the time that the fence was or is in force.
    """
    held = await conn.fetchrow(SQL["held"], circle.pool_id, circle.name)
    fence_id: FenceId | None = await conn.fetchval(
        SQL["put"],
        circle.pool_id,
        circle.name,
        circle.kind,
        circle.lon,
        circle.lat,
        circle.radius_m,
        circle.since,
        circle.until,
    )
    if fence_id is None:
        return FenceId(held["id"]) if held else FenceId(0)
    await conn.execute(SQL["mark"], min(circle.since, held["lo"]) if held else circle.since)
    return fence_id


async def ensure_depots(conn: Conn, since: datetime, radius_m: int = 100) -> int:
    """Give each platform that has none a fence around its depot, in the caller's transaction.

    Returns:
        How many were created; the vehicles are folded again if there were any.
    """
    made = await conn.fetch(SQL["depots"], radius_m, since)
    if made:
        await conn.execute(SQL["mark"], since)
    return len(made)


async def visits(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime
) -> list[StoredVisit]:
    """Visits that touch [lo, hi), oldest first, as far as they are understood."""
    rows = await conn.fetch(SQL["visits"], vehicle_id, lo, hi)
    return [StoredVisit(**dict(r)) for r in rows]


async def inside_now(conn: Conn, fence_id: FenceId) -> list[VehicleId]:
    """The vehicles that are inside a fence, as far as they are understood."""
    return [r["vehicle_id"] for r in await conn.fetch(SQL["inside_now"], fence_id)]
