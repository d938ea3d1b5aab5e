"""What dispatchers do with requests and orders."""

from dataclasses import asdict, replace
from datetime import datetime

from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel import db
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import FirmId, OrderId, RequestId
from dispatch.orders import store
from dispatch.orders.assign import Choice, book, must_wait
from dispatch.orders.candidates import Candidates, find
from dispatch.orders.errors import (
    NoSuchOrder,
    OrderNotOpen,
    Stale,
    VehicleTaken,
)
from dispatch.orders.late import lock_cars_and_drivers
from dispatch.orders.model import Order
from dispatch.orders.promise import Answer, ask, promise
from dispatch.orders.rental import book_rental, proof_of
from dispatch.orders.takeback import dispatchable, must_dispatch, take_back
from dispatch.requests import Decision, Request


async def approve(
    conn: Conn,
    request_id: RequestId,
    decision: Decision,
    who: Principal,
    now: datetime,
    comment: str | None = None,
) -> Request:
    """Decide on a request; a final approval looks whether a car can be promised.

    Without one the request waits in the queue all the same, with the reason.
    """
    request = await requests.approve(conn, request_id, decision, who, now, comment)
    if request.state == "approved" and decision == "approved":
        await promise(conn, request, now)
    return await requests.get(conn, request_id)


async def room_for(conn: Conn, request_id: RequestId, who: Principal, now: datetime) -> Answer:
    """Whether a car could be promised to a request now, and what would have to move for it.

    Raises:
        NoSuchRequest: it does not exist, or belongs to another unit or platform.
    """
    request = await requests.get(conn, request_id)
    if not requests.may_read(who, request):
        raise requests.NoSuchRequest(request_id)
    return await ask(conn, request, who, now)


async def cancel_request(
    conn: Conn, request_id: RequestId, who: Principal, now: datetime
) -> Request:
    """Call a request off; its order, if the car has not left, is withdrawn with it."""
    request = await requests.get(conn, request_id)
    if requests.may_read(who, request) and request.state == "assigned":
        order = await store.live_order(conn, request_id)
        if order is not None:
            await take_back(conn, order, now, "request cancelled")
    return await requests.cancel(conn, request_id, who, now)


async def candidates(
    conn: Conn, request_id: RequestId, who: Principal, now: datetime
) -> Candidates:
    """Every car of every platform for a request: ranked, or with the first rule it breaks."""
    request = await dispatchable(conn, request_id, who)
    return await find(conn, request, now)


async def assign(
    conn: Conn,
    request_id: RequestId,
    choice: Choice,
    who: Principal,
    now: datetime,
    *,
    version: int | None = None,
) -> Order:
    """Put a request on a car.

    Raises:
        VehicleTaken: somebody was first; the facts name their order and the next best car.
        DriverTaken: the driver is held elsewhere.
        RequestNotOpen, CarDoesNotFit, Stale: as they say.
    """
    await lock_cars_and_drivers(conn, [choice.vehicle_id], [choice.driver_id])
    request = await requests.lock(conn, request_id)
    must_dispatch(request, who)
    if version is not None and version != request.version:
        raise Stale(f"request {request_id} changed: it is version {request.version} now")
    fleet = await store.fleet(conn, max(now, request.depart_at))
    try:
        return await book(conn, request, choice, fleet, by=who.person_id, now=now)
    except VehicleTaken as taken:
        found = await find(conn, request, now)
        best = next((o for o in found.alternatives if o.vehicle_id != choice.vehicle_id), None)
        taken.best_candidate = None if best is None else asdict(best)
        raise


async def rent(
    conn: Conn,
    request_id: RequestId,
    firm_id: FirmId,
    reason: str,
    who: Principal,
    now: datetime,
) -> Order:
    """Give a request to a rental firm, when no own car of any platform can serve it.

    Raises:
        OwnCarFits: one can; the facts name the best.
        NoRentalCar: the firm has none left then.
        RequestNotOpen: the request waits for no car.
    """
    request = await requests.lock(conn, request_id)
    must_dispatch(request, who)
    await must_wait(conn, request)
    fleet = await store.fleet(conn, max(now, request.depart_at))
    found = await find(conn, request, now)
    proof = proof_of(found, reason, request_id)
    return await book_rental(conn, request, fleet, firm_id, proof, by=who.person_id, now=now)


async def review_rental(
    conn: Conn,
    order_id: OrderId,
    decision: Decision,
    who: Principal,
    now: datetime,
    comment: str | None = None,
) -> Order:
    """The authority agrees to a rental, or sends its request back to the queue (H3).

    Raises:
        NoSuchOrder: it does not exist, or not for this caller.
        OrderNotOpen: it is no rental, or was decided on.
        NotYours: the caller is no authority reviewer of its platform.
    """
    seen = await store.order(conn, order_id)
    if not requests.may_read(who, await requests.get(conn, seen.request_id)):
        raise NoSuchOrder(f"order {order_id}")
    await requests.lock(conn, seen.request_id)
    order = await store.order(conn, order_id)
    if order.rental_firm_id is None or order.state != "created":
        raise OrderNotOpen(f"order is {order.state}", order_id=order_id, state=order.state)
    await requests.review_rental(conn, order.request_id, decision, who, now, comment)
    if decision != "approved":
        return await take_back(conn, order, now, comment or "rental not approved")
    await store.set_order_state(conn, order_id, "sent", now)
    data: dict[str, Json] = {
        "order_id": order_id,
        "order_no": order.order_no,
        "request_id": order.request_id,
    }
    await db.emit(conn, "order.rented", data, at=now, pool_id=order.pool_id)
    return replace(order, state="sent")
