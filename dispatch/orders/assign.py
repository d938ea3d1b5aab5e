"""Putting a request on a car. Constraints decide races, locks avoid them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from dispatch import requests
from dispatch.kernel import db
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import PersonId
from dispatch.orders import store
from dispatch.orders.errors import (
    CarDoesNotFit,
    DriverTaken,
    RequestNotOpen,
    VehicleTaken,
)
from dispatch.orders.legs import Fit, Trip, fit, from_home
from dispatch.orders.match import misfit, settlement_fen
from dispatch.orders.messages import both
from dispatch.orders.model import Fleet, Held, Order, Period
from dispatch.orders.tasks import trip_ends
from dispatch.orders.travel import Roads

MARGIN = timedelta(days=1)
"""Legs so far around a trip are looked at for chaining."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A car and a driver for a request.

    Attributes:
        start_at: where the party must wait for it.
        chain: the car waits where its trip before ends instead of going home.
    """

    vehicle_id: int
    driver_id: int
    start_at: datetime | None = None
    chain: bool = False


async def book(
    conn: Conn,
    request: requests.Request,
    choice: Choice,
    fleet: Fleet,
    *,
    by: PersonId | None,
    now: datetime,
) -> Order:
    """Make an order with its leg; the caller holds the locks and may dispatch this request.

    Raises:
        RequestNotOpen: it waits for no car.
        CarDoesNotFit: the car or driver may not serve it, whenever it is.
        VehicleTaken: the car is held for something else; by whom is said.
        DriverTaken: the driver is.
    """
    await must_wait(conn, request)
    planned = await _place(conn, request, choice, fleet, now)
    code = next(p.code for p in fleet.pools if p.id == request.pool_id)
    car = next(c for c in fleet.cars if c.id == choice.vehicle_id)
    order = await store.add_order(
        conn,
        request,
        code,
        state="sent",
        settlement_fen=settlement_fen(request, car, fleet),
        by=by,
        now=now,
    )
    await hold(conn, order, choice, planned)
    await requests.mark_assigned(conn, request.id)
    await announce(conn, order, choice, now)
    return order


async def must_wait(conn: Conn, request: requests.Request) -> None:
    """Refuse a request that waits for no car.

    Raises:
        RequestNotOpen: with its state and the order that serves it.
    """
    if requests.may_be_assigned(request.state, emergency=request.emergency):
        return
    order = await store.live_order(conn, request.id)
    raise RequestNotOpen(
        f"request {request.id} is {request.state}",
        request_id=request.id,
        state=request.state,
        by_order=None if order is None else order.order_no,
    )


async def rebook(
    conn: Conn,
    order: Order,
    request: requests.Request,
    choice: Choice,
    fleet: Fleet,
    *,
    now: datetime,
) -> None:
    """Give an order another car or driver: a new leg; the old one must be cancelled before."""
    planned = await _place(conn, request, choice, fleet, now)
    car = next(c for c in fleet.cars if c.id == choice.vehicle_id)
    await conn.execute(store.SQL["set_settlement"], order.id, settlement_fen(request, car, fleet))
    await store.set_order_state(conn, order.id, "sent", now)
    await hold(conn, order, choice, planned)
    await announce(conn, order, choice, now)


async def announce(conn: Conn, order: Order, choice: Choice, now: datetime) -> None:
    """Tell that an order has a car and a driver."""
    data: dict[str, Json] = {
        "order_id": order.id,
        "order_no": order.order_no,
        "request_id": order.request_id,
        "vehicle_id": choice.vehicle_id,
        "driver_id": choice.driver_id,
    }
    await db.emit(
        conn,
        "order.assigned",
        data,
        at=now,
        pool_id=order.pool_id,
        vehicle_id=choice.vehicle_id,
    )


async def _place(
    conn: Conn, request: requests.Request, choice: Choice, fleet: Fleet, now: datetime
) -> Fit:
    car = next((c for c in fleet.cars if c.id == choice.vehicle_id), None)
    driver = next((d for d in fleet.drivers if d.id == choice.driver_id), None)
    if car is None:
        raise CarDoesNotFit(
            "没有这辆车 · no such car", rule="unknown", vehicle_id=choice.vehicle_id
        )
    if driver is None:
        raise CarDoesNotFit(
            "没有这名驾驶员 · no such driver", rule="unknown", driver_id=choice.driver_id
        )
    wrong = misfit(request, car, driver)
    if wrong is not None:
        raise CarDoesNotFit(
            both(wrong),
            rule=wrong.rule,
            vehicle_id=car.id,
            driver_id=driver.id,
            **wrong.facts,
        )
    net = store.net_of(fleet)
    home = net.row(car.home_lon, car.home_lat)
    trip = delayed(trip_of(request, net, choice), home, net, now)
    span = Period(trip.depart_at - MARGIN, trip.return_at + MARGIN)
    held = await store.held(conn, span, net, vehicles=[car.id], drivers=[driver.id])
    mine = [h for h in held if h.vehicle_id == car.id]
    found = fit(trip, home, net, mine, chain=choice.chain)
    if isinstance(found, Held):
        raise VehicleTaken(car.id, found.order_no)
    _driver_is_free(found, held, choice)
    return found


def trip_of(request: requests.Request, net: Roads, choice: Choice) -> Trip:
    """A request as a trip of a driver, later by as much as the party must wait."""
    origin, end = trip_ends(request)
    wait = max(timedelta(), (choice.start_at or request.depart_at) - request.depart_at)
    return Trip(
        request.depart_at + wait,
        request.return_at + wait,
        net.row(origin.lon, origin.lat),
        net.row(end.lon, end.lat),
        choice.driver_id,
    )


def delayed(trip: Trip, home: int, net: Roads, now: datetime) -> Trip:
    """A trip whose car should have left by now leaves now, and ends as much later."""
    late = max(timedelta(), now - from_home(trip, home, net).start)
    return Trip(
        trip.depart_at + late, trip.return_at + late, trip.origin, trip.destination, trip.driver_id
    )


def _driver_is_free(found: Fit, held: list[Held], choice: Choice) -> None:
    for leg in held:
        elsewhere = leg.driver_id == choice.driver_id and leg.vehicle_id != choice.vehicle_id
        if elsewhere and leg.period.overlaps(found.period):
            raise DriverTaken(choice.driver_id, leg.order_no)


async def hold(conn: Conn, order: Order, choice: Choice, planned: Fit) -> None:
    """Store the leg and shift the legs that are chained with it.

    Raises:
        VehicleTaken, DriverTaken: the constraints saw what the locks should have prevented.
    """
    try:
        async with conn.transaction():
            for leg, period in planned.shifts:
                await store.shift_leg(conn, leg.leg_id, period)
            await store.add_leg(conn, order.id, choice.vehicle_id, choice.driver_id, planned.period)
    except asyncpg.ExclusionViolationError as error:
        if error.constraint_name == "leg_driver_once":
            raise DriverTaken(choice.driver_id, None) from error
        raise VehicleTaken(choice.vehicle_id, None) from error
