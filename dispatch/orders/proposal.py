"""A car breaks down: where its orders could go. Nothing is changed here."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import optimizer
from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import Conn
from dispatch.kernel.errors import Invalid
from dispatch.kernel.ids import VehicleId
from dispatch.kernel.log import get_logger
from dispatch.orders import store
from dispatch.orders.day_problem import day_problem
from dispatch.orders.errors import NotDispatching
from dispatch.orders.model import Fleet, Held, Period
from dispatch.orders.problem import Day

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
    must_have(fleet, vehicle_id, who)
    mine = await orders_of(conn, vehicle_id, until, fleet, now)
    stranded = tuple(h.order_no for h in mine if h.status == "running" and h.order_no)
    waiting = [h for h in mine if h.status == "assigned"]
    placed: dict[int, Move] = {}
    kept = 0
    for on in sorted({business_day(h.depart_at) for h in waiting if h.depart_at}):
        found, others = await _moves_of(conn, on, vehicle_id, until, waiting, now)
        placed |= found
        kept += others
    moves = tuple(placed.get(h.request_id or 0) or _nowhere(h) for h in waiting)
    return Proposal(vehicle_id, until, moves, stranded, kept)


async def orders_of(
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
    held = {int(h.request_id): h for h in waiting if h.request_id is not None}
    return {i: _move(day, found.plan, held[i], adds.get(i)) for i in mine}, others


def _only(day: Day, tasks: tuple[optimizer.Task, ...]) -> optimizer.Problem:
    """The day without what waits, and without the rentals that could serve it."""
    return replace(day.problem, tasks=tuple(replace(t, rental=False) for t in tasks))


def must_have(fleet: Fleet, vehicle_id: VehicleId, who: Principal) -> None:
    """Refuse who does not dispatch for the car's platform.

    Raises:
        NotDispatching: or there is no such car.
    """
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
