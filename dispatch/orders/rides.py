"""Shared rides as they are stored: one leg, and each order's stops on it."""

from collections.abc import Sequence
from datetime import datetime

from dispatch import requests
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import LegId, OrderId
from dispatch.orders import store
from dispatch.orders.load import Load, Seat
from dispatch.orders.model import Leg, Order

SQL = statements(__file__, "rides.sql")


async def add_ride(
    conn: Conn, leg_id: LegId, orders: Sequence[Order], load: Load, seats: Sequence[Seat]
) -> None:
    """Let several orders ride on a leg; the leg stands under the first of them."""
    await conn.execute(SQL["add_ride"], leg_id, load.loaded_m, load.driving_s)
    for order, seat in zip(orders, seats, strict=True):
        await conn.execute(
            SQL["add_party"],
            leg_id,
            order.id,
            seat.on_turn,
            seat.off_turn,
            seat.on_at,
            seat.off_at,
        )


async def riding(conn: Conn, leg_id: LegId, order_id: OrderId) -> list[OrderId]:
    """The orders that a leg serves, in the order of getting on; one, if it is not shared."""
    rows = await conn.fetch(SQL["riding"], leg_id)
    return [OrderId(row["order_id"]) for row in rows] or [order_id]


async def load_of(conn: Conn, leg: Leg) -> tuple[list[Order], Load]:
    """The orders of a leg with their requests, locked, and their stops."""
    rows = await conn.fetch(SQL["riding"], leg.id)
    orders = [await store.order(conn, OrderId(row["order_id"])) for row in rows]
    if not orders:
        orders = [await store.order(conn, leg.order_id)]
    for request_id in sorted(order.request_id for order in orders):
        await requests.lock(conn, request_id)
    asked = [await requests.get(conn, order.request_id) for order in orders]
    if len(orders) == 1:  # who is left of a ride goes like anyone else, at its own time
        return orders, Load(tuple(asked))
    loaded_m, driving_s = (await conn.fetch(SQL["ride"], leg.id))[0]
    seats = [Seat(r["on_turn"], r["off_turn"], r["on_at"], r["off_at"]) for r in rows]
    return orders, Load(tuple(asked), tuple(seats), loaded_m, driving_s)


async def leave(conn: Conn, leg: Leg, order_id: OrderId, now: datetime) -> bool:
    """Take an order off its ride; the caller holds the leg's locks.

    Returns:
        Whether others stay on the leg, which then stands under the first of them.
    """
    others = [one for one in await riding(conn, leg.id, order_id) if one != order_id]
    await conn.execute(SQL["leave"], leg.id, order_id, now)
    if others:
        await conn.execute(SQL["stand_under"], leg.id, others[0])
    return bool(others)
