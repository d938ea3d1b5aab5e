"""A car breaks down: what of its orders goes where, proposed, and done when a person agrees."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import optimizer
from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel import db
from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import FleetError, Invalid
from dispatch.kernel.ids import OrderId, VehicleId
from dispatch.kernel.log import get_logger
from dispatch.orders import store
from dispatch.orders.assign import Choice, rebook
from dispatch.orders.errors import NotDispatching, ProposalChanged
from dispatch.orders.late import lock_cars_and_drivers
from dispatch.orders.model import Fleet, Held, Period
from dispatch.orders.plans import day_problem
from dispatch.orders.problem import Day
from dispatch.orders.release import release

SQL = statements(__file__, "breakdown.sql")

log = get_logger("orders")

THINK_S = 3.0
LONGEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Move:
    """An order that cannot stay on the car; without a new car its request waits again.

    Attributes:
        adds_fen: what serving it there adds.
    """

    order_id: int
    order_no: str
    request_id: int
    vehicle_id: int | None
    plate: str | None
    driver_id: int | None
    driver_name: str | None
    start_at: datetime
    chain: bool
    adds_fen: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a breakdown changes.

    Attributes:
        moves: orders of the car, in order of start.
        stranded: order numbers that are under way in it: somebody must help them.
        kept: so many other orders stay as they are.
    """

    vehicle_id: int
    until: datetime
    moves: tuple[Move, ...]
    stranded: tuple[str, ...]
    kept: int


async def propose_breakdown(
    conn: Conn, vehicle_id: VehicleId, until: datetime, who: Principal, now: datetime
) -> Proposal:
    """Where the orders of a car that is out until then could go; nothing is changed.

    Raises:
        NotDispatching: the caller does not dispatch for the car's platform.
        Invalid: until is not ahead, or more than 14 days.
    """
    if not now < until <= now + LONGEST:
        raise Invalid(
            f"停用时间须在 14 天以内 · must lie ahead, 14 days at most: {until.isoformat()}"
        )
    fleet = await store.fleet(conn, now)
    _must_have(fleet, vehicle_id, who)
    mine = await _orders_of(conn, vehicle_id, until, fleet, now)
    stranded = tuple(h.order_no for h in mine if h.status == "running" and h.order_no)
    waiting = [h for h in mine if h.status == "assigned"]
    placed: dict[int, Move] = {}
    kept = 0
    for on in sorted({business_day(h.depart_at) for h in waiting if h.depart_at}):
        moves, others = await _moves_of(conn, on, vehicle_id, until, waiting, now)
        placed |= moves
        kept += others
    moves = tuple(placed.get(h.request_id or 0) or _nowhere(h) for h in waiting)
    return Proposal(vehicle_id, until, moves, stranded, kept)


async def _orders_of(
    conn: Conn, vehicle_id: VehicleId, until: datetime, fleet: Fleet, now: datetime
) -> list[Held]:
    """Trips that the car is held for until then, in order of departure."""
    span, net = Period(now, until), store.net_of(fleet)
    held = await store.held(conn, span, net, vehicles=[vehicle_id], drivers=[])
    trips = [h for h in held if h.kind == "trip" and h.status in ("assigned", "running")]
    return sorted(trips, key=lambda h: h.period.start)


async def _moves_of(
    conn: Conn,
    on: date,
    vehicle_id: VehicleId,
    until: datetime,
    waiting: list[Held],
    now: datetime,
) -> tuple[dict[int, Move], int]:
    """Of one day: new places by request, and how many other orders stay as they are."""
    day = await day_problem(conn, on, now)
    fixed = tuple(t for t in day.problem.tasks if t.fixed)
    mine = {t.id: t for t in fixed if t.id in {h.request_id for h in waiting}}
    others = len(fixed) - len(mine)
    if not mine or vehicle_id not in day.problem.vehicle_of:
        return {}, others
    # Its way to a party may begin while it is out, and the trip itself later.
    last_s = max(t.fixed.start_s for t in mine.values() if t.fixed)
    out = (max(0, day.second(now)), max(day.second(until), last_s + 1))
    problem = _only(day, fixed)
    plan = optimizer.Plan(optimizer.Board.of(problem).duties(), (), ())
    try:
        found = await asyncio.to_thread(
            optimizer.replan, problem, plan, {vehicle_id: out}, seconds=THINK_S
        )
    except optimizer.EngineFailed as error:
        log.warning("no way round a broken car", vehicle_id=vehicle_id, reason=str(error))
        return {}, others
    adds = {room.task: room.fen for room in found.rooms}
    held = {h.request_id: h for h in waiting}
    return {i: _move(day, found.plan, held[i], adds.get(i)) for i in mine}, others


def _only(day: Day, tasks: tuple[optimizer.Task, ...]) -> optimizer.Problem:
    """The day without what waits, and without the rentals that could serve it."""
    return replace(day.problem, tasks=tuple(replace(t, rental=False) for t in tasks))


def _must_have(fleet: Fleet, vehicle_id: VehicleId, who: Principal) -> None:
    pools = requests.reach(who, requests.DISPATCHERS)[0]
    car = next((c for c in fleet.cars if c.id == vehicle_id), None)
    if car is None or car.pool_id not in pools:
        raise NotDispatching("no such car, or one of another platform")


def _move(day: Day, plan: optimizer.Plan, held: Held, adds_fen: int | None) -> Move:
    """An order with its new place in the plan."""
    duty, n = next(
        (
            (duty, n)
            for duty in plan.duties
            for n, stop in enumerate(duty.stops)
            if stop.task == held.request_id
        ),
        (None, 0),
    )
    car = next((c for c in day.fleet.cars if duty and c.id == duty.vehicle), None)
    driver = next((d for d in day.fleet.drivers if duty and d.id == duty.driver), None)
    stop = duty.stops[n] if duty else None
    return Move(
        order_id=held.order_id or 0,
        order_no=held.order_no or "",
        request_id=held.request_id or 0,
        vehicle_id=car.id if car else None,
        plate=car.plate if car else None,
        driver_id=driver.id if driver else None,
        driver_name=driver.name if driver else None,
        start_at=day.at(stop.start_s) if stop else held.depart_at or held.period.start,
        chain=n > 0 and stop is not None and not stop.via_home,
        adds_fen=adds_fen,
    )


def _nowhere(held: Held) -> Move:
    """An order that no car can have: its request waits again."""
    return Move(
        order_id=held.order_id or 0,
        order_no=held.order_no or "",
        request_id=held.request_id or 0,
        vehicle_id=None,
        plate=None,
        driver_id=None,
        driver_name=None,
        start_at=held.depart_at or held.period.start,
        chain=False,
        adds_fen=None,
    )


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
    mine = await _orders_of(conn, vehicle_id, until, fleet, now)
    ours = {h.order_id for h in mine if h.status == "assigned"}
    would = {m.order_id: m.vehicle_id for m in found.moves}
    if would.keys() != ours or (agreed is not None and would != dict(agreed)):
        raise ProposalChanged("情况已变化，请重新查看方案 · this is not what was proposed any more")
    for move in found.moves:
        leg = await store.order_leg(conn, OrderId(move.order_id))
        if leg is not None:
            await release(conn, OrderId(move.order_id), leg, fleet)
    await conn.execute(SQL["repair"], vehicle_id, now, until)
    moved: list[Json] = []
    waiting: list[Json] = []
    for move in found.moves:
        done = await _rebooked(conn, move, fleet, now)
        (moved if done else waiting).append(move.order_no)
        if not done:
            await _displaced(conn, move, vehicle_id, now)
    return {"moved": moved, "waiting": waiting, "stranded": list(found.stranded)}


async def _rebooked(conn: Conn, move: Move, fleet: Fleet, now: datetime) -> bool:
    if move.vehicle_id is None or move.driver_id is None:
        return False
    order = await store.order(conn, OrderId(move.order_id))
    request = await requests.lock(conn, order.request_id)
    choice = Choice(move.vehicle_id, move.driver_id, move.start_at, move.chain)
    try:
        async with conn.transaction():
            await rebook(conn, order, request, choice, fleet, now=now)
    except FleetError:
        return False
    return True


async def _displaced(conn: Conn, move: Move, vehicle_id: VehicleId, now: datetime) -> None:
    order = await store.order(conn, OrderId(move.order_id))
    await store.set_order_state(conn, order.id, "displaced", now)
    await requests.requeue(conn, order.request_id)
    data: dict[str, Json] = {
        "order_id": order.id,
        "order_no": order.order_no,
        "request_id": order.request_id,
        "broken_vehicle_id": vehicle_id,
    }
    await db.emit(
        conn, "order.displaced", data, at=now, pool_id=order.pool_id, vehicle_id=vehicle_id
    )
