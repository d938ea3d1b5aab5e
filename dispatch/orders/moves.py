"""Orders that a plan moves: the old one is withdrawn, another stands for it; drivers are told."""

from datetime import datetime

from dispatch import requests
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import FleetError
from dispatch.kernel.ids import OrderId
from dispatch.orders import store
from dispatch.orders.errors import OrderNotOpen
from dispatch.orders.model import Order
from dispatch.orders.moving import UNHEARD
from dispatch.orders.release import release_leg
from dispatch.orders.waiting import wait_again

SQL = statements(__file__, "moves.sql")
Decision = dict[str, Json]


class CannotMove(Exception):
    """An order cannot move as planned; so none does. `cause` is why."""

    def __init__(self, cause: FleetError) -> None:
        super().__init__(str(cause))
        self.cause = cause


async def take_off(conn: Conn, plan_id: int, move: Decision, now: datetime) -> None:
    """Withdraw an order that moves, if nobody has accepted it; the caller holds the locks.

    Raises:
        CannotMove: it was accepted, has left, is over, or is on another car by now.
    """
    order = await store.order(conn, OrderId(int(str(move["order_id"]))))
    leg = await store.order_leg(conn, order.id)
    there = leg is not None and (leg.vehicle_id, leg.driver_id) == (
        move["from_vehicle_id"],
        move["from_driver_id"],
    )
    await requests.lock(conn, order.request_id)
    if leg is None or not there or order.state not in UNHEARD:
        raise CannotMove(
            OrderNotOpen(
                f"派车单 {order.order_no} 已接单或已变更，不再调整 · accepted or changed meanwhile",
                order_id=order.id,
                state=order.state,
            )
        )
    await release_leg(conn, leg, await store.fleet(conn, leg.planned.start), now)
    await store.set_order_state(conn, order.id, "aborted", now)
    why: Decision = {"driver_id": leg.driver_id, "withdrawn": f"plan {plan_id} moved it"}
    await wait_again(conn, order, leg.vehicle_id, why, now)


async def stand_for(conn: Conn, move: Decision, made: Order) -> None:
    """Write down which order stands for the one that was withdrawn."""
    await conn.execute(SQL["moved_to"], int(str(move["order_id"])), made.id)
