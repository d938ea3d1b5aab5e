"""A car that was out is fit again: it is free at once, and its former orders may come back."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

import optimizer
from dispatch.access import Principal
from dispatch.kernel import db
from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import Conn, Lock, lock_all, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import VehicleId
from dispatch.orders import store
from dispatch.orders.candidates import VIA_HOME
from dispatch.orders.day_problem import day_problem
from dispatch.orders.errors import NotOut
from dispatch.orders.problem import Day
from dispatch.orders.proposal import must_have

SQL = statements(__file__, "breakdown.sql")


@dataclass(frozen=True, slots=True)
class Back:
    """An order that the car had before, and would serve cheaper than the car it has now.

    Attributes:
        chain: it comes straight from where its trip before ends.
    """

    order_id: int
    order_no: str
    depart_at: datetime
    plate: str
    driver_id: int
    driver_name: str
    chain: bool
    saves_fen: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of a breakdown.

    Attributes:
        until: when it was thought to be over.
        back: dearest detour first; they stay where they are until a person moves them.
    """

    vehicle_id: int
    until: datetime
    back: tuple[Back, ...]


async def end_breakdown(
    conn: Conn, vehicle_id: VehicleId, who: Principal, now: datetime
) -> Repaired:
    """Say that a car is fit again, before it was thought to be; no order moves.

    Only what the breakdown held is free: what the car is out for otherwise stays.

    Args:
        conn: in a transaction.
        vehicle_id: the car.
        who: dispatches for its platform.
        now: product time.

    Raises:
        NotDispatching: the caller does not dispatch for the car's platform.
        NotOut: it has not broken down.
    """
    await lock_all(conn, Lock.VEHICLE, [vehicle_id])
    fleet = await store.fleet(conn, now)
    must_have(fleet, vehicle_id, who)
    known = await conn.fetchrow(SQL["going_on"], vehicle_id, now)
    if known is None:
        raise NotOut("该车没有故障停用 · the car is not out by a breakdown", vehicle_id=vehicle_id)
    until: datetime = known["until"]
    await conn.execute(SQL["end_breakdown"], known["id"], now, who.person_id)
    await conn.execute(SQL["end_repair"], known["id"], now)
    await conn.execute(SQL["call_off_repair"], known["id"], now)
    pool_id = next(car.pool_id for car in fleet.cars if car.id == vehicle_id)
    data: dict[str, Json] = {"vehicle_id": vehicle_id, "was_until": until.isoformat()}
    await db.emit(conn, "vehicle.repaired", data, at=now, pool_id=pool_id, vehicle_id=vehicle_id)
    return Repaired(vehicle_id, until, await _cheaper_back(conn, vehicle_id, now))


async def _cheaper_back(conn: Conn, vehicle_id: VehicleId, now: datetime) -> tuple[Back, ...]:
    rows = await conn.fetch(SQL["moved_away"], vehicle_id, now)
    found: list[Back] = []
    for on in sorted({business_day(row["depart_at"]) for row in rows}):
        day = await day_problem(conn, on, now)
        for row in rows:
            if business_day(row["depart_at"]) == on:
                option = await asyncio.to_thread(_cheaper, day, row["request_id"], vehicle_id)
                if option is not None:
                    found.append(_back(day, row, *option))
    return tuple(sorted(found, key=lambda one: (-one.saves_fen, one.order_id)))


def _cheaper(day: Day, request_id: int, vehicle_id: int) -> tuple[optimizer.Option, int] | None:
    """The car's option for a fixed trip, all else as it is, and by how much it is cheaper."""
    task = day.problem.task_of.get(request_id)
    if task is None or task.fixed is None:
        return None
    loose = replace(task, fixed=None)
    rest = tuple(one for one in day.problem.tasks if one.fixed and one.id != request_id)
    problem = replace(day.problem, tasks=(*rest, loose))
    answer = optimizer.insert(
        optimizer.Board.of(problem), loose, limit=len(problem.vehicles), explain=False
    )
    fen = {option.vehicle: option.costs.fen for option in answer.options}
    here = next((one for one in answer.options if one.vehicle == vehicle_id), None)
    now_fen = fen.get(task.fixed.vehicle)
    if here is None or now_fen is None or here.start_s != task.fixed.start_s:
        return None
    saves = now_fen - here.costs.fen
    return (here, saves) if saves > 0 else None


def _back(day: Day, row: asyncpg.Record, option: optimizer.Option, saves_fen: int) -> Back:
    driver = next(d for d in day.fleet.drivers if d.id == option.driver)
    return Back(
        order_id=row["order_id"],
        order_no=row["order_no"],
        depart_at=row["depart_at"],
        plate=row["plate"],
        driver_id=driver.id,
        driver_name=driver.name,
        chain=option.way.at > 0 and option.way.ways[option.way.at] not in VIA_HOME,
        saves_fen=saves_fen,
    )
