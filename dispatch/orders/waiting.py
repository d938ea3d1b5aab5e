"""An order has lost its place: its request waits for a car again, and who must know is told."""

from collections.abc import Mapping
from datetime import datetime

from dispatch import requests
from dispatch.kernel import db
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.orders.model import Order


async def wait_again(
    conn: Conn, order: Order, vehicle_id: int | None, why: Mapping[str, Json], now: datetime
) -> None:
    """Put the order's request back into the queue; the order has its new state already.

    Args:
        conn: in a transaction; the request is locked.
        order: which one.
        vehicle_id: the car it concerns, if it had any.
        why: what the event says beside the order and its request.
        now: product time.
    """
    await requests.requeue(conn, order.request_id)
    data: dict[str, Json] = {
        "order_id": order.id,
        "order_no": order.order_no,
        "request_id": order.request_id,
        **why,
    }
    await db.emit(
        conn, "order.displaced", data, at=now, pool_id=order.pool_id, vehicle_id=vehicle_id
    )
