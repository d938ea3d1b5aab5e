"""Orders whose car has not left: given another car, or taken back."""

from dataclasses import replace
from datetime import datetime

from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel.db import Conn
from dispatch.kernel.ids import OrderId, RequestId
from dispatch.orders import store
from dispatch.orders.assign import Choice, rebook
from dispatch.orders.errors import NoSuchOrder, NotDispatching, OrderNotOpen, Stale
from dispatch.orders.late import lock_cars_and_drivers
from dispatch.orders.model import Leg, Order
from dispatch.orders.release import release, release_leg
from dispatch.orders.rides import load_of
from dispatch.orders.waiting import wait_again
from dispatch.requests import Request

CALLED_BACK = ("created", "sent", "accepted")
"""States in which an order's car has not left."""


async def dispatchable(conn: Conn, request_id: RequestId, who: Principal) -> Request:
    """A request that the caller may dispatch.

    Raises:
        NoSuchRequest: it does not exist, or belongs to another platform.
        NotDispatching: the caller reads it but does not dispatch.
    """
    request = await requests.get(conn, request_id)
    must_dispatch(request, who)
    return request


def must_dispatch(request: Request, who: Principal) -> None:
    """Refuse who does not dispatch for the request's platform.

    Raises:
        NoSuchRequest, NotDispatching: as of `dispatchable`.
    """
    if not requests.may_read(who, request):
        raise requests.NoSuchRequest(request.id)
    if not requests.may(who, requests.DISPATCHERS, pool_id=request.pool_id):
        raise NotDispatching(f"request {request.id} is dispatched by another platform")


async def reassign(
    conn: Conn, order_id: OrderId, choice: Choice, who: Principal, now: datetime
) -> Order:
    """Give an order that has not left another car or driver; the order keeps its number.

    A shared ride moves as a whole.

    Raises:
        NotDispatching: the caller does not dispatch for all who ride.
        OrderNotOpen: the car has left, or the order is over or a rental.
    """
    order, leg = await _locked(conn, order_id, choice)
    request = await requests.lock(conn, order.request_id)
    must_dispatch(request, who)
    if leg is None or order.state not in CALLED_BACK:
        raise OrderNotOpen(f"order is {order.state}", order_id=order_id, state=order.state)
    orders, load = await load_of(conn, leg)
    for one in load.asked:
        must_dispatch(one, who)
    fleet = await store.fleet(conn, max(now, request.depart_at))
    await release_leg(conn, leg, fleet, now)
    await rebook(conn, orders, load, choice, fleet, now=now)
    return await store.order(conn, order_id)


async def withdraw(
    conn: Conn, order_id: OrderId, reason: str, who: Principal, now: datetime
) -> Order:
    """Take an order back before its car has left; its request waits again.

    Of a shared ride the others' orders stand.
    """
    order = await store.order(conn, order_id)
    request = await requests.get(conn, order.request_id)
    if not requests.may_read(who, request):
        raise NoSuchOrder(f"order {order_id}")
    must_dispatch(request, who)
    return await take_back(conn, order, now, reason)


async def take_back(conn: Conn, seen: Order, now: datetime, reason: str) -> Order:
    """The same for whoever may; the request is locked.

    Raises:
        OrderNotOpen: the car has left, or the order is over.
    """
    order, leg = await _locked(conn, seen.id, None)
    await requests.lock(conn, order.request_id)
    if order.state not in CALLED_BACK:
        raise OrderNotOpen(f"order is {order.state}", order_id=order.id, state=order.state)
    if leg is not None:
        await release(conn, order.id, leg, await store.fleet(conn, leg.planned.start), now)
    await store.set_order_state(conn, order.id, "aborted", now)
    vehicle_id = None if leg is None else leg.vehicle_id
    await wait_again(conn, order, vehicle_id, {"withdrawn": reason}, now)
    return replace(order, state="aborted", closed_at=now)


async def _locked(conn: Conn, order_id: OrderId, choice: Choice | None) -> tuple[Order, Leg | None]:
    """An order and its leg, with the locks of its car and driver and of the chosen ones."""
    leg = await store.order_leg(conn, order_id)
    vehicles = [choice.vehicle_id] if choice else []
    drivers = [choice.driver_id] if choice else []
    if leg is not None:
        vehicles.append(leg.vehicle_id)
        drivers.append(leg.driver_id)
    await lock_cars_and_drivers(conn, vehicles, drivers)
    again = await store.order_leg(conn, order_id)
    if (again and again.id) != (leg and leg.id):
        raise Stale(f"order {order_id} got another car meanwhile")
    return await store.order(conn, order_id), again
