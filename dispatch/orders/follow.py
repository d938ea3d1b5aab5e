"""What check-ins say moves the stored order, its leg and its request."""

from datetime import datetime, timedelta

from dispatch import requests
from dispatch.kernel import db
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import DriverId, OrderId
from dispatch.orders import store
from dispatch.orders.errors import NoSuchOrder
from dispatch.orders.facts import CheckIn, Facts
from dispatch.orders.late import lock_cars_and_drivers, move
from dispatch.orders.model import Leg, Order, Period
from dispatch.orders.release import release
from dispatch.orders.waiting import wait_again

SQL = store.SQL

EARLIEST = timedelta(days=1)
"""No car leaves so long before it should: a phone's clock was set back, or a date is mistyped."""


async def locked_leg(conn: Conn, order_id: OrderId) -> Leg:
    """The order's leg with its car and driver locked; read again, should it have changed."""
    leg = await store.order_leg(conn, order_id)
    while leg is not None:
        await lock_cars_and_drivers(conn, [leg.vehicle_id], [leg.driver_id])
        again = await store.order_leg(conn, order_id)
        if again is not None and again.id == leg.id:
            return again
        leg = again
    raise NoSuchOrder(f"order {order_id}")


async def taps_of(conn: Conn, order_id: OrderId, driver_id: DriverId) -> list[CheckIn]:
    """What is known of a driver on an order, in no order."""
    return [CheckIn(*row) for row in await conn.fetch(SQL["check_ins"], order_id, driver_id)]


async def follow(conn: Conn, order: Order, leg: Leg, facts: Facts, now: datetime) -> None:
    """Let the stored order, leg and request follow the facts; the caller holds the leg's locks."""
    if facts.state == "aborted":
        await _declined(conn, order, leg, now)
    elif facts.departed_at is not None or facts.returned_at is not None:
        await _move(conn, leg, facts, now)
    if facts.state != order.state:
        await store.set_order_state(conn, order.id, facts.state, now)
    if facts.state == "completed" and order.state != "completed":
        await requests.mark_completed(conn, order.request_id)
        data: dict[str, Json] = {"order_id": order.id, "order_no": order.order_no}
        await db.emit(
            conn,
            "order.completed",
            data,
            at=now,
            pool_id=order.pool_id,
            vehicle_id=leg.vehicle_id,
        )


async def _declined(conn: Conn, order: Order, leg: Leg, now: datetime) -> None:
    """The driver will not drive: the car is free again, and the request waits."""
    await release(conn, order.id, leg, await store.fleet(conn, leg.planned.start), now)
    await wait_again(conn, order, leg.vehicle_id, {"withdrawn": "declined"}, now)


async def _move(conn: Conn, leg: Leg, facts: Facts, now: datetime) -> None:
    start = facts.departed_at or leg.planned.start
    if start < leg.planned.start - EARLIEST:  # else the car is held for years
        start = leg.planned.start
    end = facts.returned_at or leg.period.end
    status = "running" if facts.returned_at is None else "done"
    if end <= start:  # a note says so; the planned period stands in
        start, end = leg.planned.start, leg.planned.end
    wanted = Period(start, end)
    if (status, wanted) != (leg.status, leg.period):
        await move(conn, leg, status, wanted, now)


async def clock(conn: Conn) -> datetime:
    """Product time, read again."""
    now: datetime = await conn.fetchval(SQL["product_now"])
    return now
