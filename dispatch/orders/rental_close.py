"""A rental is over: its dispatcher writes down what the firm drove and charges."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel import db
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import Invalid
from dispatch.kernel.ids import OrderId
from dispatch.orders import store
from dispatch.orders.close import audit_close
from dispatch.orders.errors import NoSuchOrder, NotDispatching, OrderNotOpen
from dispatch.orders.follow import EARLIEST, clock
from dispatch.orders.model import Order
from dispatch.requests import Request

SQL = statements(__file__, "rental_close.sql")

MOST_M_A_DAY = 2_000_000
"""More than this a car does not drive on a day: a digit too many."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RentalClosing:
    """What the firm's bill says, and who drove (H23: nothing is left open).

    Attributes:
        distance_m: with the party and empty, as charged.
        price_fen: all of the bill, with tolls and parking.
        note: why the price is above the firm's tariff; else anything, or None.
    """

    plate: str
    driver_name: str
    departed_at: datetime
    returned_at: datetime
    distance_m: int
    price_fen: int
    note: str | None = None

    @property
    def days(self) -> int:
        """Days begun."""
        return max(1, -(-(self.returned_at - self.departed_at) // DAY))


def contract_fen(closing: RentalClosing, day_price_fen: int, km_price_fen: int) -> int:
    """The tariff's price of what was driven: days begun and metres, half a fen rounded up."""
    return closing.days * day_price_fen + (closing.distance_m * km_price_fen + 500) // 1000


async def close_rental(
    conn: Conn, order_id: OrderId, closing: RentalClosing, who: Principal, now: datetime
) -> Order:
    """Complete a rental with the firm's kilometres and price; the ledger takes that price.

    It goes into the audit chain, without names.

    Args:
        conn: in a transaction.
        order_id: a rental that the authority agreed to, and that is not over.
        closing: what the bill says.
        who: dispatches for the order's platform.
        now: product time.

    Raises:
        NoSuchOrder: it does not exist, or not for this caller.
        NotDispatching: the caller dispatches for another platform.
        OrderNotOpen: it is no rental, nobody agreed to it yet, or it is over.
        Invalid: times that lie ahead, in the wrong order or a day before the trip, more
            kilometres than a car drives, or a price above the tariff without a word why.
    """
    seen = await store.order(conn, order_id)
    request = await requests.get(conn, seen.request_id)
    if not requests.may_read(who, request):
        raise NoSuchOrder(f"order {order_id}")
    if not requests.may(who, requests.DISPATCHERS, pool_id=seen.pool_id):
        raise NotDispatching(f"order {order_id} is dispatched by another platform")
    await requests.lock(conn, seen.request_id)
    order = await store.order(conn, order_id)
    _must_run(order)
    _must_be_possible(closing, request, max(now, await clock(conn)))
    tariff = await conn.fetchrow(SQL["firm_tariff"], order_id)
    if tariff is None:
        raise LookupError(f"rental order {order_id} has no firm")
    due_fen = contract_fen(closing, tariff["day_price_fen"], tariff["km_price_fen"])
    if closing.price_fen > due_fen and closing.note is None:
        raise Invalid(
            f"金额高于协议价 {due_fen / 100:.2f} 元，请说明原因 · "
            f"the price is above the tariff's {due_fen / 100:.2f} yuan: say why"
        )
    await _write(conn, order, closing, tariff["rental_price_fen"] or 0, due_fen, who, now)
    await _complete(conn, order, who, now, closing, due_fen)
    return await store.order(conn, order_id)


def _must_run(order: Order) -> None:
    if order.rental_firm_id is None:
        raise OrderNotOpen(
            "该单不是租赁 · the order is no rental", order_id=order.id, state=order.state
        )
    if order.state == "created":
        raise OrderNotOpen(
            "租赁尚未审核 · nobody agreed to the rental yet", order_id=order.id, state=order.state
        )
    if order.state != "sent":
        raise OrderNotOpen(
            f"派车单已结束 · the order is {order.state}", order_id=order.id, state=order.state
        )


def _must_be_possible(closing: RentalClosing, request: Request, now: datetime) -> None:
    if closing.returned_at <= closing.departed_at:
        raise Invalid("回场时间须晚于出车时间 · the return is not after the departure")
    if closing.departed_at < request.depart_at - EARLIEST:
        raise Invalid("出车时间比计划早一天以上 · the departure is a day too early")
    if closing.returned_at > now:
        raise Invalid("回场时间不得晚于现在 · the return lies ahead")
    if closing.distance_m > closing.days * MOST_M_A_DAY:
        raise Invalid("里程过大，请核对 · more kilometres than a car can drive in that time")


async def _write(
    conn: Conn,
    order: Order,
    closing: RentalClosing,
    agreed_fen: int,
    due_fen: int,
    who: Principal,
    now: datetime,
) -> None:
    await conn.execute(
        SQL["close_rental"],
        order.id,
        closing.plate,
        closing.driver_name,
        closing.departed_at,
        closing.returned_at,
        closing.distance_m,
        closing.price_fen,
        agreed_fen,
        due_fen,
        closing.note,
        now,
        who.person_id,
    )
    await conn.execute(SQL["charge"], order.id, closing.price_fen)


async def _complete(
    conn: Conn,
    order: Order,
    who: Principal,
    now: datetime,
    closing: RentalClosing,
    due_fen: int,
) -> None:
    await store.set_order_state(conn, order.id, "completed", now)
    await requests.mark_completed(conn, order.request_id)
    data: dict[str, Json] = {"order_id": order.id, "order_no": order.order_no}
    await db.emit(conn, "order.completed", data, at=now, pool_id=order.pool_id)
    detail: dict[str, Json] = {
        "departed_at": closing.departed_at.isoformat(),
        "returned_at": closing.returned_at.isoformat(),
        "distance_m": closing.distance_m,
        "price_fen": closing.price_fen,
        "contract_fen": due_fen,
    }
    await audit_close(conn, order, detail, who, now)
