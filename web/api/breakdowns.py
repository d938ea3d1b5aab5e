"""A car breaks down: what its orders could do instead, and doing it."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from dispatch import orders
from dispatch.kernel.ids import VehicleId
from web.api.deps import Caller, Now, Reading, Transaction, requires

router = APIRouter(prefix="/api/v1/vehicles", tags=["breakdowns"])

DISPATCHERS = ("dispatcher", "city_dispatcher")


class OutUntil(BaseModel):
    """The car is of no use until then; `agreed` has the car of each order that was shown."""

    until: AwareDatetime
    agreed: dict[int, int | None] | None = None


class BreakdownOut(BaseModel):
    """Order numbers: moved to another car, waiting again, under way in the broken car."""

    moved: list[str]
    waiting: list[str]
    stranded: list[str]


@router.get("/{vehicle_id}/breakdown", dependencies=[requires(*DISPATCHERS)])
async def propose(
    vehicle_id: int, until: AwareDatetime, conn: Reading, who: Caller, now: Now
) -> orders.Proposal:
    """What would move if the car were out until then; nothing is changed."""
    return await orders.propose_breakdown(conn, VehicleId(vehicle_id), until, who, now)


@router.post("/{vehicle_id}/breakdown", dependencies=[requires(*DISPATCHERS)])
async def apply(
    vehicle_id: int, body: OutUntil, conn: Transaction, who: Caller, now: Now
) -> BreakdownOut:
    """Take the car out until then; its orders go where they can."""
    done = await orders.apply_breakdown(
        conn, VehicleId(vehicle_id), body.until, who, now, agreed=body.agreed
    )
    return BreakdownOut.model_validate(done)


@router.delete("/{vehicle_id}/breakdown", dependencies=[requires(*DISPATCHERS)])
async def end(vehicle_id: int, conn: Transaction, who: Caller, now: Now) -> orders.Repaired:
    """The car is fit again: it is free from now on; its former orders stay where they are."""
    return await orders.end_breakdown(conn, VehicleId(vehicle_id), who, now)
