"""Taking an order off its car, and letting its neighbours go home again."""

from datetime import datetime

import asyncpg

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import OrderId
from dispatch.orders import store
from dispatch.orders.assign import MARGIN
from dispatch.orders.legs import Trip, from_home
from dispatch.orders.model import Fleet, Held, Leg, Period
from dispatch.orders.rides import SQL, leave


async def release(conn: Conn, order_id: OrderId, leg: Leg, fleet: Fleet, now: datetime) -> None:
    """Take one order off its car; of a shared ride the others stay as they are.

    The caller holds the locks of the car and the driver.
    """
    if not await leave(conn, leg, order_id, now):
        await release_leg(conn, leg, fleet, now)


async def release_leg(conn: Conn, leg: Leg, fleet: Fleet, now: datetime) -> None:
    """Call a leg off with all who ride on it; trips that were chained with it go home again.

    A neighbour that cannot (its driver is busy elsewhere) keeps its period. The caller holds
    the locks of the car and the driver.
    """
    await conn.execute(store.SQL["cancel_leg"], leg.id, now)
    await conn.execute(SQL["end_ride"], leg.id, now)
    car = next((c for c in fleet.cars if c.id == leg.vehicle_id), None)
    if car is None:
        return
    net = store.net_of(fleet)
    home = net.row(car.home_lon, car.home_lat)
    span = Period(leg.period.start - MARGIN, leg.period.end + MARGIN)
    for neighbour in await store.held(conn, span, net, vehicles=[car.id], drivers=[]):
        touches = leg.period.start == neighbour.period.end or (
            leg.period.end == neighbour.period.start
        )
        trip = _trip(neighbour)
        if touches and trip is not None:
            await _try_shift(conn, neighbour, from_home(trip, home, net))


def _trip(held: Held) -> Trip | None:
    if (
        held.status != "assigned"
        or held.depart_at is None
        or held.return_at is None
        or held.origin is None
        or held.destination is None
        or held.driver_id is None
    ):
        return None
    return Trip(held.depart_at, held.return_at, held.origin, held.destination, held.driver_id)


async def _try_shift(conn: Conn, held: Held, whole: Period) -> None:
    """Widen a leg to its way from or to home, if nothing is in the way."""
    wanted = Period(min(held.period.start, whole.start), max(held.period.end, whole.end))
    if wanted == held.period:
        return
    try:
        async with conn.transaction():
            await store.shift_leg(conn, held.leg_id, wanted)
    except asyncpg.ExclusionViolationError:
        return
