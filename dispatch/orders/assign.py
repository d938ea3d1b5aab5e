"""Putting a request on a car. Constraints decide races, locks avoid them."""

from collections.abc import Sequence
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
from dispatch.orders.load import Load
from dispatch.orders.match import misfit, settlement_fen
from dispatch.orders.messages import both
from dispatch.orders.model import Fleet, Held, Order, Period
from dispatch.orders.rides import add_ride
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
    """Make an order for one request; see `book_load`."""
    return (await book_load(conn, Load((request,)), choice, fleet, by=by, now=now))[0]


async def book_load(
    conn: Conn,
    load: Load,
    choice: Choice,
    fleet: Fleet,
    *,
    by: PersonId | None,
    now: datetime,
) -> list[Order]:
    """Make an order for each party and one leg for all; the caller holds the locks.

    The caller may dispatch all of the requests, and has them locked.

    Raises:
        RequestNotOpen: one waits for no car.
        CarDoesNotFit: the car or driver may not serve it, whenever it is.
        VehicleTaken: the car is held for something else; by whom is said.
        DriverTaken: the driver is.
    """
    for request in load.asked:
        await must_wait(conn, request)
    trip, planned = await _place(conn, load, choice, fleet, now)
    code = {p.id: p.code for p in fleet.pools}
    car = next(c for c in fleet.cars if c.id == choice.vehicle_id)
    orders = [
        await store.add_order(
            conn,
            request,
            code[request.pool_id],
            state="sent",
            settlement_fen=settlement_fen(request, car, fleet),
            by=by,
            now=now,
        )
        for request in load.asked
    ]
    await hold(conn, orders, load, choice, (trip, planned))
    for order in orders:
        await requests.mark_assigned(conn, order.request_id)
        await announce(conn, order, choice, now)
    return orders


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
    conn: Conn, orders: Sequence[Order], load: Load, choice: Choice, fleet: Fleet, *, now: datetime
) -> None:
    """Give the orders of a leg another car or driver: a new leg; the old one must be over."""
    trip, planned = await _place(conn, load, choice, fleet, now)
    car = next(c for c in fleet.cars if c.id == choice.vehicle_id)
    for order, request in zip(orders, load.asked, strict=True):
        fen = settlement_fen(request, car, fleet)
        await conn.execute(store.SQL["set_settlement"], order.id, fen)
        await store.set_order_state(conn, order.id, "sent", now)
    await hold(conn, orders, load, choice, (trip, planned))
    for order in orders:
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
    conn: Conn, load: Load, choice: Choice, fleet: Fleet, now: datetime
) -> tuple[Trip, Fit]:
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
    wrong = misfit(load.asked, car, driver)
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
    trip = delayed(load.trip(net, choice.driver_id, choice.start_at), home, net, now)
    span = Period(trip.depart_at - MARGIN, trip.return_at + MARGIN)
    held = await store.held(conn, span, net, vehicles=[car.id], drivers=[driver.id])
    mine = [h for h in held if h.vehicle_id == car.id]
    found = fit(trip, home, net, mine, chain=choice.chain)
    if isinstance(found, Held):
        raise VehicleTaken(car.id, found.order_no)
    _driver_is_free(found, held, choice)
    return trip, found


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


async def hold(
    conn: Conn,
    orders: Sequence[Order],
    load: Load,
    choice: Choice,
    planned: tuple[Trip, Fit],
) -> None:
    """Store the leg, and who rides on it, and shift the legs that are chained with it.

    Raises:
        VehicleTaken, DriverTaken: the constraints saw what the locks should have prevented.
    """
    trip, place = planned
    first, car, driver = orders[0].id, choice.vehicle_id, choice.driver_id
    try:
        async with conn.transaction():
            for leg, period in place.shifts:
                await store.shift_leg(conn, leg.leg_id, period)
            leg_id = await store.add_leg(conn, first, car, driver, place.period)
            if load.seats:
                await add_ride(conn, leg_id, orders, load, load.seats_from(trip.depart_at))
    except asyncpg.ExclusionViolationError as error:
        if error.constraint_name == "leg_driver_once":
            raise DriverTaken(driver, None) from error
        raise VehicleTaken(car, None) from error
