"""A dispatcher closes an order whose driver's phone cannot: what is known is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from dispatch import access, requests
from dispatch.access import Principal
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import Invalid
from dispatch.kernel.ids import OrderId
from dispatch.orders import store
from dispatch.orders.errors import NoSuchOrder, NotDispatching, OdometerBelowLast, OrderNotOpen
from dispatch.orders.facts import CheckIn, Facts, facts_of
from dispatch.orders.follow import EARLIEST, clock, follow, locked_leg, taps_of
from dispatch.orders.model import OVER, Leg, Order
from dispatch.orders.rides import riding

SQL = statements(__file__, "close.sql")


@dataclass(frozen=True, slots=True)
class Closing:
    """What is known of a trip whose phone is lost.

    Attributes:
        returned_at: when the car was back.
        reason: why the driver cannot tell.
        departed_at: None: as the phone said, else as planned.
        odometer_out_m, odometer_in_m: None: unknown.
        instrument_changed: since the car's last reading, or that reading is wrong.
    """

    returned_at: datetime
    reason: str
    departed_at: datetime | None = None
    odometer_out_m: int | None = None
    odometer_in_m: int | None = None
    instrument_changed: bool = False


async def close_order(
    conn: Conn, order_id: OrderId, closing: Closing, who: Principal, now: datetime
) -> Order:
    """Write departure and return down in the driver's place; the order is completed.

    What the phone said counts first, also if it is found and tells it afterwards. It goes into
    the audit chain. Of a shared ride, all orders are.

    Args:
        conn: in a transaction.
        order_id: an order with a car, that is not over.
        closing: what is known.
        who: dispatches for the order's platform.
        now: product time.

    Raises:
        NoSuchOrder: it does not exist, or not for this caller.
        NotDispatching: the caller dispatches for another platform.
        OrderNotOpen: it is over, or a rental.
        Invalid: times that lie ahead, in the wrong order or days before the trip, an odometer
            that goes backwards or much too far.
        OdometerBelowLast: the odometer lies below what an earlier trip left it at, and the
            instrument was not changed.
    """
    order = await store.order(conn, order_id)
    if not requests.may_read(who, await requests.get(conn, order.request_id)):
        raise NoSuchOrder(f"order {order_id}")
    if not requests.may(who, requests.DISPATCHERS, pool_id=order.pool_id):
        raise NotDispatching(f"order {order_id} is dispatched by another platform")
    if order.rental_firm_id is not None:
        raise OrderNotOpen(
            "租赁单请按企业账单结单 · a rental has no check-ins: close it with the firm's bill",
            order_id=order_id,
            state=order.state,
        )
    leg = await locked_leg(conn, order_id)
    order = await store.order(conn, order_id)
    if order.state in OVER:
        raise OrderNotOpen(f"order is {order.state}", order_id=order_id, state=order.state)
    if closing.departed_at is not None and closing.departed_at < leg.planned.start - EARLIEST:
        raise Invalid("出车时间比计划早一天以上 · the departure is a day too early")
    told = await taps_of(conn, order_id, leg.driver_id)
    entries = _entries(closing, told, leg)
    facts = facts_of([*told, *entries])
    _must_be_possible(facts)
    if facts.returned_at is not None and facts.returned_at > max(now, await clock(conn)):
        raise Invalid("回场时间不得晚于现在 · the return lies ahead")
    if facts_of(told).odometer_out_m is None and not closing.instrument_changed:
        await _must_go_on(conn, order, leg, closing, facts.departed_at or leg.planned.start)
    for one in await riding(conn, leg.id, order_id):
        beside = await store.order(conn, one)
        if beside.state not in OVER:
            await _enter(conn, beside, leg, entries, who, now)
            await follow(conn, beside, await store.leg(conn, leg.id), facts, now)
            await _remember(conn, beside, facts, closing, who, now)
    return await store.order(conn, order_id)


def _entries(closing: Closing, told: Sequence[CheckIn], leg: Leg) -> list[CheckIn]:
    """A departure where one is missing or its odometer is, and always a return."""
    by_phone = facts_of(told).departed_at
    departed_at = by_phone or closing.departed_at or leg.planned.start
    out = CheckIn("depart", departed_at, 1, closing.odometer_out_m, entered=True)
    back = CheckIn(
        "return", closing.returned_at, 2, closing.odometer_in_m, closing.reason, entered=True
    )
    known = by_phone is not None and closing.odometer_out_m is None
    return [back] if known else [out, back]


def _must_be_possible(facts: Facts) -> None:
    if "return_before_depart" in facts.notes:
        raise Invalid("回场时间须晚于出车时间 · the return is not after the departure")
    if "odometer_backwards" in facts.notes:
        raise Invalid("回场里程小于出车里程 · the odometer goes backwards")
    if "odometer_far_ahead" in facts.notes:
        raise Invalid(
            "里程相差过大，请核对，未知请留空 · the odometer is too far ahead; or say nothing"
        )


async def _must_go_on(
    conn: Conn, order: Order, leg: Leg, closing: Closing, departed_at: datetime
) -> None:
    """An odometer counts on from where the car's trip before left it."""
    read = [m for m in (closing.odometer_out_m, closing.odometer_in_m) if m is not None]
    last = await conn.fetchrow(SQL["last_reading"], leg.vehicle_id, order.id, departed_at)
    if read and last is not None and min(read) < last["odometer_m"]:
        raise OdometerBelowLast(last["odometer_m"], last["taken_at"])


async def _enter(
    conn: Conn,
    order: Order,
    leg: Leg,
    entries: Sequence[CheckIn],
    who: Principal,
    now: datetime,
) -> None:
    for entry in entries:
        await conn.execute(
            SQL["enter"],
            f"closed:{uuid4()}",  # no phone can have taken it before
            leg.driver_id,
            order.id,
            entry.kind,
            entry.taken_at,
            entry.counter,
            now,
            entry.odometer_m,
            entry.note,
            who.person_id,
        )


async def _remember(
    conn: Conn, order: Order, facts: Facts, closing: Closing, who: Principal, now: datetime
) -> None:
    detail: dict[str, Json] = {
        "departed_at": None if facts.departed_at is None else facts.departed_at.isoformat(),
        "returned_at": None if facts.returned_at is None else facts.returned_at.isoformat(),
        "odometer_out_m": facts.odometer_out_m,
        "odometer_in_m": facts.odometer_in_m,
        "instrument_changed": closing.instrument_changed,
    }
    await audit_close(conn, order, detail, who, now)


async def audit_close(
    conn: Conn, order: Order, detail: Mapping[str, Json], who: Principal, now: datetime
) -> None:
    """Write into the audit chain who closed an order, what it was before, and what was said."""
    await access.append(
        conn,
        at=now,
        actor=f"person:{who.person_id}",
        action="order.close",
        object=f"order:{order.id}",
        detail={"was": order.state, **detail},
        pool_id=order.pool_id,
    )
