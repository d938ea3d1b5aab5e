"""A vehicle's track: sensitive, so every reading is itself recorded."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from dispatch import access, register
from dispatch.kernel.errors import Invalid, NotFound
from dispatch.kernel.ids import VehicleId
from telemetry import journeys
from web.api.deps import Caller, Now, Transaction, requires

router = APIRouter(prefix="/api/v1", tags=["tracks"])

READERS = ("dispatcher", "city_dispatcher", "fleet_manager", "supervisor")
LONGEST = timedelta(days=7)


class JourneyOut(BaseModel):
    """One drive as understood; metres, km/h; ended_at is null while it is open."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    gps_m: int
    odometer_m: int | None
    max_kmh: float | None


class TrackOut(BaseModel):
    """Points as [RFC 3339 time, lon, lat, km/h or null], oldest first, and the journeys."""

    points: list[tuple[datetime, float, float, float | None]]
    journeys: list[JourneyOut]


@router.get("/vehicles/{vehicle_id}/track", dependencies=[requires(*READERS)])
async def track(
    conn: Transaction,
    who: Caller,
    now: Now,
    vehicle_id: VehicleId,
    frm: Annotated[AwareDatetime, Query(alias="from")],
    to: AwareDatetime,
) -> TrackOut:
    """Where a vehicle of one's own platforms was, at most seven days at once.

    Raises:
        Invalid: the period is empty or longer than seven days.
        NotFound: there is no such vehicle on the caller's platforms at both ends of the period.
    """
    if not timedelta(0) < to - frm <= LONGEST:
        raise Invalid("a track is read for a period of up to seven days")
    pool = await register.pool_of_vehicle(conn, vehicle_id, min(to, now))
    before = await register.pool_of_vehicle(conn, vehicle_id, frm)
    if pool is None or not {pool, before or pool} <= who.pools(*READERS):
        raise NotFound("no such vehicle on your platforms")
    points = await journeys.track(conn, vehicle_id, frm, to)
    driven = await journeys.between(conn, vehicle_id, frm, to)
    await access.append(
        conn,
        at=now,
        actor=f"person:{who.person_id}",
        action="track.read",
        object=f"vehicle:{vehicle_id}",
        detail={"from": frm.isoformat(), "to": to.isoformat(), "points": len(points)},
        pool_id=pool,
    )
    return TrackOut(
        points=[(p.ts, p.lon, p.lat, p.kmh) for p in points],
        journeys=[JourneyOut.model_validate(j, from_attributes=True) for j in driven],
    )
