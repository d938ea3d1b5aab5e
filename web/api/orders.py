"""Dispatch orders: candidates, assigning, renting, taking back, the day as a chart."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from dispatch import accounting, orders
from dispatch.kernel.ids import FirmId, OrderId, RequestId
from web.api.deps import Caller, Now, Reading, Transaction, requires
from web.api.order_shapes import (
    CandidatesOut,
    ChoiceIn,
    ClosingIn,
    GanttCar,
    GanttOut,
    OrderFull,
    OrderList,
    OrderOut,
    ReasonIn,
    RentalClosingIn,
    RentalDecisionIn,
    RentIn,
)
from web.api.requests import READERS

router = APIRouter(prefix="/api/v1", tags=["orders"])

DISPATCHERS = ("dispatcher", "city_dispatcher")


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
    row = await orders.show_order(conn, who, OrderId(order_id))
    driven = None if row["trip"] is None else await accounting.order_costs(conn, order_id)
    return OrderFull.model_validate(row | {"costs": None if driven is None else asdict(driven)})


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


@router.post("/orders/{order_id}/rental-closing", dependencies=[requires(*DISPATCHERS)])
async def close_rental(
    order_id: int, body: RentalClosingIn, conn: Transaction, who: Caller, now: Now
) -> OrderFull:
    """Complete a rental with the firm's kilometres and price."""
    closing = orders.RentalClosing(**body.model_dump())
    await orders.close_rental(conn, OrderId(order_id), closing, who, now)
    return await _full(conn, who, order_id)


@router.get("/gantt", dependencies=[requires(*READERS)])
async def gantt(conn: Reading, who: Caller, day: date, pool_id: int | None = None) -> GanttOut:
    """Cars with their legs of a day."""
    rows = await orders.gantt(conn, who, day, pool_id)
    return GanttOut(vehicles=[GanttCar.model_validate(row) for row in rows])
