"""What a vehicle's days come to: trips by their three witnesses, fences, drives without a toll."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from dispatch import trips
from dispatch.kernel.ids import VehicleId
from telemetry import geofences, passages
from web.api.deps import Caller, Now, Transaction, requires
from web.api.shapes import Page
from web.api.tracks import READERS, From, note, own_pool

router = APIRouter(prefix="/api/v1", tags=["tracks"])


class TripOut(BaseModel):
    """A trip in metres by positions, by the terminal's odometer and by the driver's readings.

    declared_source says whose figure counts; variance_m is the largest difference between two of
    them; doubts names each that two others contradict, and `variance` where that is too much.
    """

    order_id: int
    order_no: str
    started_at: datetime
    ended_at: datetime
    gps_m: int | None
    device_odometer_m: int | None
    driver_odometer_m: int | None
    declared_m: int
    declared_source: str
    variance_m: int | None
    doubts: list[str]
    parties: int


class VisitOut(BaseModel):
    """A stay of the vehicle in a fence of the caller's platforms; left_at null: it is inside."""

    fence_id: int
    fence: str
    kind: geofences.Kind
    entered_at: datetime
    left_at: datetime | None


class UntolledOut(BaseModel):
    """A drive along an expressway for which no toll came in time; metres."""

    started_at: datetime
    ended_at: datetime
    metres: int


class UntolledPage(BaseModel):
    """Oldest first; a drive is listed once its toll is so many hours overdue."""

    items: list[UntolledOut]
    after_hours: int


@router.get("/vehicles/{vehicle_id}/trips", dependencies=[requires(*READERS)])
async def trips_of(
    conn: Transaction, who: Caller, now: Now, vehicle_id: VehicleId, frm: From, to: AwareDatetime
) -> Page[TripOut]:
    """Trips of a vehicle that ended in a period of at most 31 days, oldest first.

    Raises:
        Invalid, NotFound: as of a track.
    """
    pool = await own_pool(conn, who, now, vehicle_id, (frm, to))
    known = await trips.on_day(conn, frm, to, [pool])
    found = [one for one in known if one.vehicle_id == vehicle_id]
    await note(conn, who, now, pool, ("trips.read", vehicle_id, frm, to, len(found)))
    return Page(items=[TripOut.model_validate(one, from_attributes=True) for one in found])


@router.get("/vehicles/{vehicle_id}/visits", dependencies=[requires(*READERS)])
async def visits(
    conn: Transaction, who: Caller, now: Now, vehicle_id: VehicleId, frm: From, to: AwareDatetime
) -> Page[VisitOut]:
    """Stays in fences of the caller's platforms that touch a period of at most 31 days.

    Raises:
        Invalid, NotFound: as of a track.
    """
    pool = await own_pool(conn, who, now, vehicle_id, (frm, to))
    known = await geofences.lines(conn, now, sorted(who.pools(*READERS)), ended=True)
    fences = {line.id: line for line in known}
    found = [
        VisitOut(
            fence_id=one.fence_id,
            fence=fences[one.fence_id].name,
            kind=fences[one.fence_id].kind,
            entered_at=one.entered_at,
            left_at=one.left_at,
        )
        for one in await geofences.visits(conn, vehicle_id, frm, to)
        if one.fence_id in fences
    ]
    await note(conn, who, now, pool, ("visits.read", vehicle_id, frm, to, len(found)))
    return Page(items=found)


@router.get("/vehicles/{vehicle_id}/untolled", dependencies=[requires(*READERS)])
async def untolled(
    conn: Transaction, who: Caller, now: Now, vehicle_id: VehicleId, frm: From, to: AwareDatetime
) -> UntolledPage:
    """Drives along expressways for which no toll came, in a period of at most 31 days.

    Raises:
        Invalid, NotFound: as of a track.
    """
    pool = await own_pool(conn, who, now, vehicle_id, (frm, to))
    found = await passages.untolled(conn, vehicle_id, frm, to, now)
    await note(conn, who, now, pool, ("untolled.read", vehicle_id, frm, to, len(found)))
    due = passages.DEFAULT_DRIVING.comes_within
    return UntolledPage(
        items=[UntolledOut.model_validate(one, from_attributes=True) for one in found],
        after_hours=int(due.total_seconds() // 3_600),
    )
