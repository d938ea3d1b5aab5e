"""Dispatch orders: candidates, assigning, renting, taking back, the day as a chart."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from dispatch import orders
from dispatch.kernel.ids import FirmId, OrderId, RequestId
from web.api.deps import Caller, Now, Reading, Transaction, requires
from web.api.requests import READERS, ApprovalOut, RequestOut

router = APIRouter(prefix="/api/v1", tags=["orders"])

DISPATCHERS = ("dispatcher", "city_dispatcher")


class ChoiceIn(BaseModel):
    """A car and a driver; `version` of the request as the caller read it.

    `chain`: the car waits where its trip before ends, as the candidates may say.
    """

    vehicle_id: int
    driver_id: int
    chain: bool = False
    version: int | None = None

    def choice(self) -> orders.Choice:
        """Decode."""
        return orders.Choice(self.vehicle_id, self.driver_id, chain=self.chain)


class RentIn(BaseModel):
    """A rental firm, and why."""

    firm_id: int
    reason: Annotated[str, Field(min_length=2, max_length=500)]


class RentalDecisionIn(BaseModel):
    """The authority's word on a rental."""

    decision: Literal["approved", "rejected"]
    comment: Annotated[str, Field(max_length=500)] | None = None


class ReasonIn(BaseModel):
    """Why."""

    reason: Annotated[str, Field(min_length=2, max_length=500)]


class ClosingIn(BaseModel):
    """What is known of a trip whose driver's phone cannot tell; an odometer may be unknown."""

    returned_at: AwareDatetime
    reason: Annotated[str, Field(min_length=2, max_length=500)]
    departed_at: AwareDatetime | None = None
    odometer_out_m: Annotated[int, Field(ge=0, le=5_000_000_000)] | None = None
    odometer_in_m: Annotated[int, Field(ge=0, le=5_000_000_000)] | None = None


class OrderOut(BaseModel):
    """An order as it is listed. A rental has no car, driver and leg."""

    id: int
    order_no: str
    request_id: int
    pool_id: int
    state: str
    settlement_fen: int
    version: int
    created_at: datetime
    closed_at: datetime | None
    dispatcher: str | None
    rental_firm_id: int | None
    rental_firm: str | None
    rental_price_fen: int | None
    rental_proof: dict[str, Any] | None
    leg_id: int | None
    leg_status: str | None
    vehicle_id: int | None
    plate: str | None
    vehicle_pool_id: int | None
    driver_id: int | None
    driver_name: str | None
    starts: datetime | None
    ends: datetime | None
    unit_name: str
    lead_passenger: str | None
    passengers: int
    from_name: str
    to_name: str
    depart_at: datetime
    return_at: datetime


class OrderFull(OrderOut):
    """The whole dispatch order (派车单)."""

    request: RequestOut | None
    approvals: list[ApprovalOut] | list[dict[str, Any]]
    legs: list[dict[str, Any]]
    check_ins: list[dict[str, Any]]
    trip: dict[str, Any] | None


class OrderList(BaseModel):
    """Orders; `next` continues the list where there is more."""

    items: list[OrderOut]
    next: int | None = None


class SplitOut(BaseModel):
    """Fen by kind."""

    deadhead_fen: int
    loaded_fen: int
    use_fen: int
    driver_fen: int
    toll_fen: int
    settlement_fen: int


class AlternativeOut(BaseModel):
    """A car with a driver that can serve a request."""

    vehicle_id: int
    plate: str
    vehicle_class: str
    driver_id: int
    driver_name: str
    pool_id: int
    pool_name: str
    cross_pool: bool
    start_at: datetime
    chain: bool
    cost_fen: int
    split: SplitOut
    deadhead_m: int


class IneligibleOut(BaseModel):
    """A car that cannot, and the first rule it breaks."""

    vehicle_id: int
    plate: str
    rule: str
    facts: dict[str, str | int]
    message: str


class RentalOut(BaseModel):
    """The cheapest rental."""

    firm_id: int
    name: str
    price_fen: int


class CandidatesOut(BaseModel):
    """Every car of every platform for one request."""

    alternatives: list[AlternativeOut]
    ineligible: list[IneligibleOut]
    rental: RentalOut | None


class GanttLeg(BaseModel):
    """A leg; of others' trips only when and of what kind."""

    leg_id: int
    order_id: int | None
    order_no: str | None
    kind: str
    status: str
    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    driver_name: str | None


class GanttCar(BaseModel):
    """A car's day."""

    vehicle_id: int
    plate: str
    pool_id: int
    legs: list[GanttLeg]


class GanttOut(BaseModel):
    """All cars of a day."""

    vehicles: list[GanttCar]


@router.get("/orders", dependencies=[requires(*READERS)])
async def list_orders(
    conn: Reading,
    who: Caller,
    *,
    day: date | None = None,
    pool_id: int | None = None,
    state: Annotated[list[str] | None, Query()] = None,
    cursor: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> OrderList:
    """Orders within the caller's reach, newest first."""
    wanted = orders.OrderFilter(state, day, pool_id, cursor, limit)
    items = [OrderOut.model_validate(row) for row in await orders.list_orders(conn, who, wanted)]
    return OrderList(items=items, next=items[-1].id if len(items) == limit else None)


async def _full(conn: Reading, who: Caller, order_id: int) -> OrderFull:
    return OrderFull.model_validate(await orders.show_order(conn, who, OrderId(order_id)))


@router.get("/orders/{order_id}", dependencies=[requires(*READERS)])
async def show(order_id: int, conn: Reading, who: Caller) -> OrderFull:
    """The whole dispatch order."""
    return await _full(conn, who, order_id)


@router.get("/requests/{request_id}/candidates", dependencies=[requires(*DISPATCHERS)])
async def candidates(request_id: int, conn: Reading, who: Caller, now: Now) -> CandidatesOut:
    """Cars for a request, ranked by cost, and why the others cannot."""
    found = await orders.candidates(conn, RequestId(request_id), who, now)
    return CandidatesOut.model_validate(found, from_attributes=True)


@router.post(
    "/requests/{request_id}/assign", status_code=201, dependencies=[requires(*DISPATCHERS)]
)
async def assign(
    request_id: int, body: ChoiceIn, conn: Transaction, who: Caller, now: Now
) -> OrderFull:
    """Put a request on a car; of two who want the same car one wins."""
    order = await orders.assign(
        conn, RequestId(request_id), body.choice(), who, now, version=body.version
    )
    return await _full(conn, who, order.id)


@router.post("/requests/{request_id}/rent", status_code=201, dependencies=[requires(*DISPATCHERS)])
async def rent(
    request_id: int, body: RentIn, conn: Transaction, who: Caller, now: Now
) -> OrderFull:
    """Rent for a request that no own car can serve; the order keeps the proof."""
    order = await orders.rent(
        conn, RequestId(request_id), FirmId(body.firm_id), body.reason, who, now
    )
    return await _full(conn, who, order.id)


@router.post("/orders/{order_id}/rental-decision", dependencies=[requires("authority_reviewer")])
async def review_rental(
    order_id: int, body: RentalDecisionIn, conn: Transaction, who: Caller, now: Now
) -> OrderFull:
    """Agree to a rental, or send its request back to the queue."""
    await orders.review_rental(conn, OrderId(order_id), body.decision, who, now, body.comment)
    return await _full(conn, who, order_id)


@router.post("/orders/{order_id}/reassign", dependencies=[requires(*DISPATCHERS)])
async def reassign(
    order_id: int, body: ChoiceIn, conn: Transaction, who: Caller, now: Now
) -> OrderFull:
    """Give an order another car or driver before it has left."""
    await orders.reassign(conn, OrderId(order_id), body.choice(), who, now)
    return await _full(conn, who, order_id)


@router.post("/orders/{order_id}/withdraw", dependencies=[requires(*DISPATCHERS)])
async def withdraw(
    order_id: int, body: ReasonIn, conn: Transaction, who: Caller, now: Now
) -> OrderFull:
    """Take an order back before its car has left; the request waits again."""
    await orders.withdraw(conn, OrderId(order_id), body.reason, who, now)
    return await _full(conn, who, order_id)


@router.post("/orders/{order_id}/close", dependencies=[requires(*DISPATCHERS)])
async def close(
    order_id: int, body: ClosingIn, conn: Transaction, who: Caller, now: Now
) -> OrderFull:
    """Close an order in the place of a driver whose phone is lost."""
    await orders.close_order(conn, OrderId(order_id), orders.Closing(**body.model_dump()), who, now)
    return await _full(conn, who, order_id)


@router.get("/gantt", dependencies=[requires(*READERS)])
async def gantt(conn: Reading, who: Caller, day: date, pool_id: int | None = None) -> GanttOut:
    """Cars with their legs of a day."""
    rows = await orders.gantt(conn, who, day, pool_id)
    return GanttOut(vehicles=[GanttCar.model_validate(row) for row in rows])
