"""The product clock over HTTP, and whether the pipeline has come to rest."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from dispatch import orders
from dispatch.access import CLOCK, Role
from dispatch.kernel import clock
from dispatch.kernel.db import statements
from web.api.deps import Autocommit, Ours, Reading, requires, signed_in
from web.house import House

router = APIRouter(prefix="/api/v1/clock", tags=["clock"])
SQL = statements(__file__, "clock.sql")
MAY_STEP = requires(Role.SYSTEM_ADMIN, scopes=frozenset({CLOCK}))


class ClockOut(BaseModel):
    """Product time and its speed, product seconds per wall second."""

    scenario: bool
    now: AwareDatetime
    speed: float


class StepIn(BaseModel):
    """Where to."""

    to: AwareDatetime


class SpeedIn(BaseModel):
    """Product seconds per wall second; 0 holds the clock still."""

    speed: float = Field(ge=0, le=10_000)


class Pending(BaseModel):
    """What each stage has still to do; parked folds wait for their retry and do not count."""

    dirty_marks: int
    vehicle_marks: int
    fact_changes: int
    trip_marks: int
    receipt_marks: int
    toll_marks: int
    events_unread: int
    outbox: int
    wakes_due: int


class Drained(BaseModel):
    """Whether all stages have come to rest."""

    pending: Pending
    idle: bool


def _out(ours: House) -> ClockOut:
    return ClockOut(scenario=ours.clock.scenario, now=ours.clock.now(), speed=ours.clock.speed)


@router.get("", dependencies=[signed_in()])
async def read(ours: Ours, conn: Reading) -> ClockOut:
    """Read the clock's row."""
    await ours.clock.refresh(conn)
    return _out(ours)


@router.post("/step", dependencies=[MAY_STEP])
async def step(body: StepIn, ours: Ours, conn: Autocommit) -> ClockOut:
    """Move a scenario's clock forward, and let happen what is due by then."""
    async with conn.transaction():
        await clock.step_to(conn, body.to)
    await ours.clock.refresh(conn)
    # Who steps over a quarter of an hour in a moment must not outrun the look once a second.
    await orders.look(conn, ours.clock.now())
    return _out(ours)


@router.post("/speed", dependencies=[MAY_STEP])
async def set_speed(body: SpeedIn, ours: Ours, conn: Autocommit) -> ClockOut:
    """Change a scenario's speed."""
    async with conn.transaction():
        await clock.set_speed(conn, body.speed)
    await ours.clock.refresh(conn)
    return _out(ours)


@router.get("/drained", dependencies=[signed_in()])
async def drained(conn: Reading) -> Drained:
    """What is still to be understood, so that a simulator steps only over a system at rest."""
    row = await conn.fetchrow(SQL["pending"])
    pending = Pending(**dict(row or {}))
    return Drained(pending=pending, idle=not any(pending.model_dump().values()))
