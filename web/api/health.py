"""Whether we are alive, and what runs."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from dispatch.access import Role
from dispatch.kernel.db import statements
from web.api.deps import Autocommit, Reading, public, requires

router = APIRouter(tags=["health"])
SQL = statements(__file__, "health.sql")


class Health(BaseModel):
    """The database answered."""

    ok: bool


class Process(BaseModel):
    """A process of ours by its last heartbeat."""

    role: str
    pid: int
    host: str
    started_at: AwareDatetime
    seen_at: AwareDatetime
    alive: bool
    detail: dict[str, object]


class Status(BaseModel):
    """What runs and how much comes in."""

    processes: list[Process]
    devices_last_minute: int
    quarantined: int
    parked_folds: int
    refused_devices: int


@router.get("/healthz", dependencies=[public()])
async def healthz(conn: Autocommit) -> Health:
    """200 when the database answers, else 503."""
    return Health(ok=await conn.fetchval(SQL["answer"]) == 1)


@router.get(
    "/api/v1/status",
    dependencies=[requires(*(role for role in Role if role is not Role.RENTAL_OPERATOR))],
)
async def status(conn: Reading) -> Status:
    """What runs and how much comes in, by the database's clock."""
    processes = await conn.fetch(SQL["processes"])
    counts = await conn.fetchrow(SQL["counts"])
    return Status(processes=[Process(**dict(p)) for p in processes], **dict(counts or {}))
