"""What really happened moves a leg, and always can: later legs give way."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dispatch.kernel.db import Conn, Lock, lock_all
from dispatch.kernel.ids import LegId, OrderId
from dispatch.orders import store
from dispatch.orders.legs import clamp
from dispatch.orders.model import Leg, Period
from dispatch.orders.waiting import wait_again

STEP = timedelta(minutes=5)
"""By so much a leg that runs past its end is extended at a time."""
SLACK = timedelta(minutes=15)
"""A later trip of the same car leaves up to so much later before it is displaced; ten minutes
of that its car would have stood waiting for the party."""
GIVE_UP = timedelta(hours=12)
"""A leg so long past its planned end is extended no more: its phone is dead, its car not gone."""


async def lock_cars_and_drivers(
    conn: Conn, vehicles: Iterable[int], drivers: Iterable[int]
) -> None:
    """Take the locks of cars, then of drivers, in id order: whoever books does so first."""
    await lock_all(conn, Lock.VEHICLE, vehicles)
    await lock_all(conn, Lock.DRIVER, drivers)


async def move(conn: Conn, leg: Leg, status: str, wanted: Period, now: datetime) -> Period:
    """Set a leg's status and actual period; later legs that have not begun give way.

    A trip of the same car leaves up to SLACK later; whatever else is in the way is displaced.

    A leg that already runs or is done stays: then this one ends where that begins. The
    caller holds the locks of the car and the driver. Never fails.

    Returns:
        The period it got.
    """
    if wanted.end > leg.period.end:
        await store.give_way(conn, leg, wanted.end, SLACK)
        for order_id in await store.displace(conn, leg, Period(leg.period.start, wanted.end)):
            await _displaced(conn, order_id, leg, now)
    others = await store.in_the_way(conn, leg, wanted)
    period = clamp(wanted, leg.period, others)
    await store.move_leg(conn, leg.id, status, period)
    return period


async def _displaced(conn: Conn, order_id: OrderId, by: Leg, now: datetime) -> None:
    order = await store.order(conn, order_id)
    await store.set_order_state(conn, order_id, "displaced", now)
    await wait_again(conn, order, by.vehicle_id, {"by_order_id": by.order_id}, now)


async def extend_overdue(conn: Conn, now: datetime) -> list[LegId]:
    """Extend running legs past their end to five minutes from now, displacing what follows.

    Args:
        conn: not in a transaction; each leg gets one of its own.
        now: product time.

    Returns:
        The legs that were extended.
    """
    extended: list[LegId] = []
    for seen in await store.overdue(conn, now, GIVE_UP):
        async with conn.transaction():
            await lock_cars_and_drivers(conn, [seen.vehicle_id], [seen.driver_id])
            leg = await store.leg(conn, seen.id)
            if leg.status != "running" or leg.period.end > now:
                continue
            got = await move(conn, leg, "running", Period(leg.period.start, now + STEP), now)
            if got.end > leg.period.end:
                extended.append(leg.id)
    return extended
