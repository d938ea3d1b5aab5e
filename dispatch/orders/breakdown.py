"""A broken car is taken out as was agreed, and said to be fit again."""

from collections.abc import Mapping
from datetime import datetime

from dispatch.access import Principal
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import FleetError
from dispatch.kernel.ids import OrderId, VehicleId
from dispatch.orders import store
from dispatch.orders.assign import Choice, rebook
from dispatch.orders.errors import ProposalChanged
from dispatch.orders.late import lock_cars_and_drivers
from dispatch.orders.load import Load
from dispatch.orders.model import Fleet, Order
from dispatch.orders.proposal import Move, orders_of, propose_breakdown
from dispatch.orders.release import release_leg
from dispatch.orders.rides import load_of
from dispatch.orders.waiting import wait_again

SQL = statements(__file__, "breakdown.sql")

Loads = dict[int, tuple[list[Order], Load]]
"""Who rode on each leg that was taken off the car, by the order it stood under."""


async def apply_breakdown(
    conn: Conn,
    vehicle_id: VehicleId,
    until: datetime,
    who: Principal,
    now: datetime,
    *,
    agreed: Mapping[int, int | None] | None = None,
) -> dict[str, Json]:
    """Take the car out until then, and its orders where the proposal of now puts them.

    An order that finds no car, or meets a conflict, is displaced: its request waits again.
    Said twice it is done once; said again with a later time, the car is out until then.

    Args:
        conn: in a transaction.
        vehicle_id: the car.
        until: when it can be used again.
        who: dispatches for its platform.
        now: product time.
        agreed: the car of each order that a person agreed to; None: any will do.

    Returns:
        The orders that moved, those that wait, and those under way, by number.

    Raises:
        NotDispatching: the caller does not dispatch for the car's platform.
        Invalid: until is not ahead, or more than 14 days.
        ProposalChanged: it would not be what was agreed to; nothing is done.
    """
    found = await propose_breakdown(conn, vehicle_id, until, who, now)
    cars = [vehicle_id, *(m.vehicle_id for m in found.moves if m.vehicle_id)]
    await lock_cars_and_drivers(conn, cars, (m.driver_id for m in found.moves if m.driver_id))
    fleet = await store.fleet(conn, now)
    mine = await orders_of(conn, vehicle_id, until, fleet, now)
    ours = {h.order_id for h in mine if h.status == "assigned"}
    would = {m.order_id: m.vehicle_id for m in found.moves}
    if would.keys() != ours or (agreed is not None and would != dict(agreed)):
        raise ProposalChanged("情况已变化，请重新查看方案 · this is not what was proposed any more")
    loads: Loads = {}
    for move in found.moves:
        leg = await store.order_leg(conn, OrderId(move.order_id))
        if leg is not None:
            loads[move.order_id] = await load_of(conn, leg)
            await release_leg(conn, leg, fleet, now)
    await _take_out(conn, vehicle_id, until, who, now)
    moved: list[Json] = []
    waiting: list[Json] = []
    for move in found.moves:
        done = await _rebooked(conn, move, loads, fleet, now)
        (moved if done else waiting).append(move.order_no)
        if not done:
            for order in loads[move.order_id][0]:
                await _displaced(conn, order, vehicle_id, now)
    return {"moved": moved, "waiting": waiting, "stranded": list(found.stranded)}


async def _take_out(
    conn: Conn, vehicle_id: VehicleId, until: datetime, who: Principal, now: datetime
) -> None:
    """Hold the car for one breakdown, however often it is said."""
    known = await conn.fetchrow(SQL["going_on"], vehicle_id, now)
    if known is None:
        begun = await conn.fetchval(SQL["begin_breakdown"], vehicle_id, until, now, who.person_id)
    else:
        begun = known["id"]
        await conn.execute(SQL["prolong"], begun, until)
    await conn.execute(SQL["repair"], vehicle_id, begun, now, until)


async def _rebooked(conn: Conn, move: Move, loads: Loads, fleet: Fleet, now: datetime) -> bool:
    if move.vehicle_id is None or move.driver_id is None:
        return False
    choice = Choice(move.vehicle_id, move.driver_id, move.start_at, move.chain)
    try:
        async with conn.transaction():
            await rebook(conn, *loads[move.order_id], choice, fleet, now=now)
    except FleetError:
        return False
    return True


async def _displaced(conn: Conn, order: Order, vehicle_id: VehicleId, now: datetime) -> None:
    await store.set_order_state(conn, order.id, "displaced", now)
    await wait_again(conn, order, vehicle_id, {"broken_vehicle_id": vehicle_id}, now)
