"""A car breaks down: what its orders could do instead, and doing it."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict

from dispatch import orders
from dispatch.kernel.ids import VehicleId
from web.api.deps import Caller, Now, Reading, Transaction, requires

router = APIRouter(prefix="/api/v1/vehicles", tags=["breakdowns"])

DISPATCHERS = ("dispatcher", "city_dispatcher")


class OutUntil(BaseModel):
    """The car is of no use until then; `agreed` has the car of each order that was shown."""

    until: AwareDatetime
    agreed: dict[int, int | None] | None = None


class MoveOut(BaseModel):
    """An order of the car with its new car; without one its request waits again."""

    model_config = ConfigDict(from_attributes=True)

    order_id: int
    order_no: str
    request_id: int
    vehicle_id: int | None
    plate: str | None
    driver_id: int | None
    driver_name: str | None
    start_at: AwareDatetime
    chain: bool
    adds_fen: int | None


class ProposalOut(BaseModel):
    """What a breakdown changes: orders that move, those under way, and how many stay."""

    model_config = ConfigDict(from_attributes=True)

    vehicle_id: int
    until: AwareDatetime
    moves: list[MoveOut]
    stranded: list[str]
    kept: int


class BreakdownOut(BaseModel):
    """Order numbers: moved to another car, waiting again, under way in the broken car."""

    moved: list[str]
    waiting: list[str]
    stranded: list[str]


class BackOut(BaseModel):
    """An order that the car had before and would serve cheaper; a person may give it back."""

    model_config = ConfigDict(from_attributes=True)

    order_id: int
    order_no: str
    depart_at: AwareDatetime
    plate: str | None
    driver_id: int
    driver_name: str
    chain: bool
    saves_fen: int


class RepairedOut(BaseModel):
    """A car is fit again; `until` is when that was expected."""

    model_config = ConfigDict(from_attributes=True)

    vehicle_id: int
    until: AwareDatetime
    back: list[BackOut]


@router.get("/{vehicle_id}/breakdown", dependencies=[requires(*DISPATCHERS)])
async def propose(
    vehicle_id: int, until: AwareDatetime, conn: Reading, who: Caller, now: Now
) -> ProposalOut:
    """What would move if the car were out until then; nothing is changed."""
    found = await orders.propose_breakdown(conn, VehicleId(vehicle_id), until, who, now)
    return ProposalOut.model_validate(found)


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
async def end(vehicle_id: int, conn: Transaction, who: Caller, now: Now) -> RepairedOut:
    """The car is fit again: it is free from now on; its former orders stay where they are."""
    done = await orders.end_breakdown(conn, VehicleId(vehicle_id), who, now)
    return RepairedOut.model_validate(done)
