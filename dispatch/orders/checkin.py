"""What a driver's phone tells: stored once, in any order, and turned into the order's facts."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.kernel import db
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import Invalid
from dispatch.kernel.ids import DriverId, OrderId
from dispatch.kernel.units import to_e7
from dispatch.orders import store
from dispatch.orders.errors import NoSuchOrder, OrderNotOpen
from dispatch.orders.facts import CheckIn, Kind, facts_of
from dispatch.orders.follow import clock, follow, locked_leg, taps_of
from dispatch.orders.model import Leg, Order
from dispatch.orders.photo import reencode
from dispatch.orders.rides import riding

SQL = store.SQL

TOGETHER = frozenset({"accept", "decline", "depart", "arrive", "return"})
"""What the parties of a shared ride have in common; each gets on by itself."""
AHEAD = timedelta(hours=1)
"""A phone's clock may be ahead by so much."""


@dataclass(frozen=True, slots=True)
class Tap:
    """One check-in as the phone sends it; degrees WGS-84, metres, fen."""

    client_key: str
    kind: Kind
    taken_at: datetime
    counter: int
    odometer_m: int | None = None
    lon: float | None = None
    lat: float | None = None
    amount_fen: int | None = None
    note: str | None = None
    photo: bytes | None = None

    def canonical(self) -> bytes:
        """Bytes that are equal for equal taps, whatever the zone of their time."""
        photo = None if self.photo is None else hashlib.sha256(self.photo).hexdigest()
        plain = (
            self.kind, self.taken_at.timestamp(), self.counter, self.odometer_m, self.lon,
            self.lat, self.amount_fen, self.note, photo,
        )  # fmt: skip
        return json.dumps(plain).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the phone is told; the same again for the same key."""

    status: int
    body: dict[str, Json]
    replayed: bool


async def check_in(
    conn: Conn, order_id: OrderId, driver_id: DriverId, tap: Tap, now: datetime
) -> Answer:
    """Store a tap and let the order's state and leg follow.

    Args:
        conn: in a transaction.
        order_id: one of the driver's own orders.
        driver_id: whose phone it is.
        tap: what was tapped.
        now: product time.

    Raises:
        NoSuchOrder: it does not exist, or is somebody else's.
        KeyReused: same key, another body.
        OrderNotOpen: declining after departure, departing after declining, or tapped after the
            order was taken back or given to another driver.
        BadPhoto: the photo cannot be read.
        Invalid: taken more than an hour ahead of product time.
    """
    await _must_be_sane(conn, tap, now)
    if await conn.fetchval(SQL["driver_of_order"], order_id, driver_id) is None:
        raise NoSuchOrder(f"order {order_id}")

    async def act() -> tuple[int, Json]:
        return 201, await _store(conn, order_id, driver_id, tap, now)

    reply = await db.remember(
        conn,
        principal=f"driver:{driver_id}",
        key=f"check-in:{tap.client_key}",
        request=f"{order_id}:".encode() + tap.canonical(),
        at=now,
        act=act,
    )
    if not isinstance(reply.body, dict):
        raise TypeError("a remembered check-in is an object")
    return Answer(200 if reply.replayed else 201, reply.body, reply.replayed)


async def _store(
    conn: Conn, order_id: OrderId, driver_id: DriverId, tap: Tap, now: datetime
) -> Json:
    """Of a shared ride, what all do together is said once and kept for each of them."""
    leg = await locked_leg(conn, order_id)
    order = await store.order(conn, order_id)
    _must_be_theirs(order, leg, driver_id, tap)
    said = await _store_one(conn, order, leg, driver_id, tap, now)
    if tap.kind in TOGETHER and leg.driver_id == driver_id:
        for other in await riding(conn, leg.id, order_id):
            if other != order_id:
                again = replace(tap, client_key=f"{tap.client_key}:{other}")
                beside = await store.order(conn, other)
                now_leg = await store.leg(conn, leg.id)
                await _store_one(conn, beside, now_leg, driver_id, again, now)
    return said


async def _store_one(
    conn: Conn, order: Order, leg: Leg, driver_id: DriverId, tap: Tap, now: datetime
) -> Json:
    taps = await taps_of(conn, order.id, driver_id)
    _must_agree(order, {t.kind for t in taps}, tap.kind)
    await _keep_tap(conn, order.id, driver_id, tap, now)
    facts = facts_of(
        [*taps, CheckIn(tap.kind, tap.taken_at, tap.counter, tap.odometer_m, tap.note)]
    )
    state = order.state
    if order.state not in ("displaced", "aborted"):
        state = facts.state
        await follow(conn, order, leg, facts, now)
    data: dict[str, Json] = {
        "order_id": order.id,
        "order_no": order.order_no,
        "kind": tap.kind,
        "state": state,
        "taken_at": tap.taken_at.isoformat(),
    }
    await db.emit(
        conn,
        "order.checked_in",
        data,
        at=now,
        pool_id=order.pool_id,
        vehicle_id=leg.vehicle_id,
    )
    return {"state": state, "notes": list(facts.notes)}


async def _keep_tap(
    conn: Conn, order_id: OrderId, driver_id: DriverId, tap: Tap, now: datetime
) -> None:
    photo_id = None if tap.photo is None else await _keep(conn, tap.photo, now)
    await conn.execute(
        SQL["add_check_in"],
        tap.client_key,
        driver_id,
        order_id,
        tap.kind,
        tap.taken_at,
        tap.counter,
        now,
        tap.odometer_m,
        None if tap.lon is None else to_e7(tap.lon),
        None if tap.lat is None else to_e7(tap.lat),
        photo_id,
        tap.amount_fen,
        tap.note,
        hashlib.sha256(tap.canonical()).digest(),
    )


def _must_agree(order: Order, kinds: set[Kind], kind: Kind) -> None:
    """To decline and to drive exclude each other: the first that arrives counts."""
    drove = kinds & {"depart", "onboard", "arrive", "return"}
    if kind == "decline" and drove:
        raise OrderNotOpen("车辆已出发 · the car has left", order_id=order.id, state=order.state)
    if "decline" in kinds and kind not in ("decline", "accept", "receipt"):
        raise OrderNotOpen(
            "派车单已被拒接 · the order was declined", order_id=order.id, state=order.state
        )


def _must_be_theirs(order: Order, leg: Leg, driver_id: DriverId, tap: Tap) -> None:
    """What was tapped before the order was taken back is kept as evidence, later taps are not."""
    if order.closed_at is not None and order.state in ("aborted", "displaced"):
        if tap.taken_at > order.closed_at:
            raise OrderNotOpen(
                "派车单已撤回 · the order was taken back", order_id=order.id, state=order.state
            )
    elif leg.driver_id != driver_id:
        raise OrderNotOpen(
            "派车单已改派给其他驾驶员 · the order went to another driver",
            order_id=order.id,
            state=order.state,
        )


async def _keep(conn: Conn, upload: bytes, now: datetime) -> str:
    photo = await asyncio.to_thread(reencode, upload)
    kept: str = await conn.fetchval(
        SQL["keep_file"], photo.media_type, photo.digest, photo.content, now
    )
    return kept


async def _must_be_sane(conn: Conn, tap: Tap, now: datetime) -> None:
    """The clock is read again before anything is called future: it may just have been stepped."""
    if tap.taken_at - now > AHEAD and tap.taken_at - await clock(conn) > AHEAD:
        raise Invalid("taken_at lies in the future")
