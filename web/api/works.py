"""How the works run, for engineers: folds that broke, intake, storage and disk."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from dispatch import accounting
from dispatch.access import Role
from dispatch.kernel.db import statements
from telemetry import storage
from web.api.deps import Now, Ours, Reading, requires
from web.api.shapes import Page

router = APIRouter(prefix="/api/v1/status", tags=["health"])
SQL = statements(__file__, "works.sql")

ENGINEERS = (Role.SYSTEM_ADMIN,)
OVERSEERS = (*ENGINEERS, Role.COMPETENT_ADMIN, Role.SUPERVISOR)


class ParkedOut(BaseModel):
    """A vehicle whose facts cannot be worked out, with our mistake; times are the database's.

    Without a vehicle, code names other work that raised: its room, and what it was about.
    """

    vehicle_id: int | None
    code: str
    plate: str | None
    tries: int
    traceback: str
    first_at: AwareDatetime
    retry_at: AwareDatetime


class IntakeOut(BaseModel):
    """Up to when intake listened, the end of its last outage, and what waits to be understood.

    listened_until and deaf_until are product time; null: nothing to tell.
    """

    listened_until: AwareDatetime | None
    deaf_until: AwareDatetime | None
    devices_waiting: int
    vehicles_waiting: int
    oldest_waiting: AwareDatetime | None


class WeekOut(BaseModel):
    """A partition of fixes; kept_by: age, unpublished, hold; empty: it goes with the next run."""

    name: str
    lo: AwareDatetime
    hi: AwareDatetime
    rows: int
    bytes: int
    kept_by: storage.Kept
    goes_at: AwareDatetime | None


class DiskOut(BaseModel):
    """The disk of the database; unknown where it is on another machine."""

    level: storage.Level
    free_bytes: int | None
    total_bytes: int | None


class StorageOut(BaseModel):
    """What is stored, oldest week first; horizon: raw fixes before it are gone."""

    horizon: AwareDatetime | None
    weeks: list[WeekOut]
    disk: DiskOut
    bytes_a_day: int | None
    full_in_days: float | None
    keep_days: int


@router.get("/folds", dependencies=[requires(*ENGINEERS)])
async def parked(conn: Reading, now: Now) -> Page[ParkedOut]:
    """Folds and other work that raised, longest first; tried again by themselves."""
    rows = await conn.fetch(SQL["parked"], now)
    return Page(items=[ParkedOut(**dict(row)) for row in rows])


@router.get("/intake", dependencies=[requires(*OVERSEERS, Role.FLEET_MANAGER)])
async def intake(conn: Reading) -> IntakeOut:
    """Whether intake listens, and how far understanding is behind."""
    row = await conn.fetchrow(SQL["intake"])
    return IntakeOut(**dict(row or {}))


@router.get("/storage", dependencies=[requires(*OVERSEERS)])
async def stored(conn: Reading, now: Now, ours: Ours) -> StorageOut:
    """Partitions with what keeps them, the disk, and a forecast."""
    kept = ours.settings.kept
    since = await accounting.first_unpublished(conn)
    said = await storage.status(conn, kept, now, ours.settings.gauge, since)
    weeks = [WeekOut.model_validate(one, from_attributes=True) for one in said.weeks]
    return StorageOut(
        horizon=said.horizon,
        weeks=weeks,
        disk=DiskOut.model_validate(said.disk, from_attributes=True),
        bytes_a_day=said.bytes_a_day,
        full_in_days=said.full_in_days,
        keep_days=kept.raw.days,
    )
