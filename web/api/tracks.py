"""A vehicle's track and what it used: sensitive, so every reading is itself recorded."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from dispatch import access, register
from dispatch.access import Principal
from dispatch.kernel.db import Conn
from dispatch.kernel.errors import Invalid, NotFound
from dispatch.kernel.ids import PoolId, VehicleId
from telemetry import fuel, journeys, passages, tracks
from web.api.deps import Caller, Now, Transaction, requires

router = APIRouter(prefix="/api/v1", tags=["tracks"])

READERS = ("dispatcher", "city_dispatcher", "fleet_manager", "supervisor")
LONGEST = timedelta(days=31)
CURVE_AT_MOST = 500
Period = tuple[datetime, datetime]
Read = tuple[str, VehicleId, datetime, datetime, int]
From = Annotated[AwareDatetime, Query(alias="from")]


class JourneyOut(BaseModel):
    """One drive as understood; metres, km/h; ended_at is null while it is open."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    gps_m: int
    odometer_m: int | None
    max_kmh: float | None


class TrackOut(BaseModel):
    """Points as [RFC 3339 time, lon, lat, km/h or null], oldest first, and the journeys.

    Of `fixes` so many points are shown that none left out lies further than max_error_m from
    the line; since: later than asked where older fixes are gone with retention.
    """

    points: list[tuple[datetime, float, float, float | None]]
    journeys: list[JourneyOut]
    fixes: int
    max_error_m: float
    since: datetime


class EventOut(BaseModel):
    """A refuel, a drop, a jump of the sensor or a charge; see docs/energy.md."""

    medium: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    settled: bool
    before_ml: int | None
    after_ml: int | None
    amount_ml: int | None
    before_permille: int | None
    after_permille: int | None
    amount_wh: int | None
    error_ml: int | None
    confidence: int


class LevelOut(BaseModel):
    """A point of the level's curve, as the terminal said it."""

    at: datetime
    fuel_ml: int | None
    soc_pct: float | None


class UsedOut(BaseModel):
    """What was used, ml or Wh; null where it is not known, and why."""

    used: int | None
    error: int
    put_in: int
    lost: int
    confidence: int
    why: str


class SlipOut(BaseModel):
    """A refuel or charge beside its receipts."""

    verdict: str
    medium: str
    seen: int | None
    paid: int | None
    apart_m: int | None
    at: datetime


class PassageOut(BaseModel):
    """A toll passage against the track."""

    side: str
    at: datetime
    place: str | None
    amount_fen: int | None
    verdict: str
    distance_m: int | None
    lon: float | None
    lat: float | None


class EnergyOut(BaseModel):
    """What the vehicle used and passed in a period."""

    events: list[EventOut]
    curve: list[LevelOut]
    fuel: UsedOut
    electricity: UsedOut
    slips: list[SlipOut]
    passages: list[PassageOut]


@router.get("/vehicles/{vehicle_id}/track", dependencies=[requires(*READERS)])
async def track(
    conn: Transaction,
    who: Caller,
    now: Now,
    vehicle_id: VehicleId,
    frm: From,
    to: AwareDatetime,
    points: Annotated[int, Query(ge=2, le=5_000)] = 2_000,
) -> TrackOut:
    """Where a vehicle of one's own platforms was, at most 31 days at once.

    Raises:
        Invalid: the period is empty or longer than 31 days.
        NotFound: there is no such vehicle on the caller's platforms at both ends of the period.
        RawFixesGone: all of that time is older than what is kept.
    """
    pool = await own_pool(conn, who, now, vehicle_id, (frm, to))
    line = await tracks.simplified(conn, vehicle_id, frm, to, points)
    driven = await journeys.between(conn, vehicle_id, frm, to)
    await note(conn, who, now, pool, ("track.read", vehicle_id, frm, to, len(line.points)))
    return TrackOut(
        points=[(p.ts, p.lon, p.lat, p.kmh) for p in line.points],
        journeys=[JourneyOut.model_validate(j, from_attributes=True) for j in driven],
        fixes=line.fixes,
        max_error_m=line.max_error_m,
        since=line.since,
    )


@router.get("/vehicles/{vehicle_id}/energy", dependencies=[requires(*READERS)])
async def energy(
    conn: Transaction, who: Caller, now: Now, vehicle_id: VehicleId, frm: From, to: AwareDatetime
) -> EnergyOut:
    """Levels, refuels, thefts, charges and toll passages, at most 31 days at once.

    Raises:
        Invalid, NotFound: as of a track.
    """
    pool = await own_pool(conn, who, now, vehicle_id, (frm, to))
    events = await fuel.between(conn, vehicle_id, frm, to)
    curve = await fuel.curve(conn, vehicle_id, frm, to, CURVE_AT_MOST)
    used = [
        await fuel.consumption(conn, vehicle_id, frm, to, medium)
        for medium in ("fuel", "electricity")
    ]
    slips = await fuel.settled(conn, vehicle_id, frm, to)
    passed = await passages.between(conn, frm, to, vehicle_id=vehicle_id)
    await note(conn, who, now, pool, ("energy.read", vehicle_id, frm, to, len(curve)))
    return EnergyOut(
        events=[EventOut.model_validate(e, from_attributes=True) for e in events],
        curve=[LevelOut.model_validate(p, from_attributes=True) for p in curve],
        fuel=UsedOut.model_validate(used[0], from_attributes=True),
        electricity=UsedOut.model_validate(used[1], from_attributes=True),
        slips=[SlipOut.model_validate(s, from_attributes=True) for s in slips],
        passages=[PassageOut.model_validate(p, from_attributes=True) for p in passed],
    )


async def own_pool(
    conn: Conn, who: Principal, now: datetime, vehicle_id: VehicleId, over: Period
) -> PoolId:
    """The platform, where the caller's own had the vehicle at both ends of the period.

    Raises:
        Invalid: the period is empty or longer than 31 days.
        NotFound: there is no such vehicle on the caller's platforms at both ends of it.
    """
    frm, to = over
    if not timedelta(0) < to - frm <= LONGEST:
        raise Invalid("a track is read for a period of up to 31 days")
    pool = await register.pool_of_vehicle(conn, vehicle_id, min(to, now))
    before = await register.pool_of_vehicle(conn, vehicle_id, frm)
    if pool is None or not {pool, before or pool} <= who.pools(*READERS):
        raise NotFound("no such vehicle on your platforms")
    return pool


async def note(conn: Conn, who: Principal, now: datetime, pool: PoolId, read: Read) -> None:
    """Record that somebody read where a vehicle was: what, whose, from, to, how many rows."""
    action, vehicle_id, frm, to, points = read
    await access.append(
        conn,
        at=now,
        actor=f"person:{who.person_id}",
        action=action,
        object=f"vehicle:{vehicle_id}",
        detail={"from": frm.isoformat(), "to": to.isoformat(), "points": points},
        pool_id=pool,
    )
