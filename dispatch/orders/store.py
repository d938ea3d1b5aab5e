"""Rows of orders and legs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from dispatch import drivers, pools, requests, tariffs
from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import FirmId, LegId, OrderId, PersonId, RequestId
from dispatch.orders import drive_times
from dispatch.orders.errors import NoSuchOrder
from dispatch.orders.model import Fleet, Held, Leg, Order, OrderState, Period, Version
from dispatch.orders.travel import Roads, roads

SQL = statements(__file__)


async def fleet(conn: Conn, at: datetime) -> Fleet:
    """Cars, drivers, platforms, firms, prices and places at an instant."""
    return Fleet(
        cars=await pools.cars(conn, at),
        drivers=await drivers.drivers(conn, at),
        pools=await pools.pools(conn),
        firms=await pools.firms(conn),
        tariffs=await tariffs.in_force(conn, at),
        places=await requests.places(conn),
        known=await drive_times.known(conn),
    )


async def held(
    conn: Conn,
    span: Period,
    net: Roads,
    *,
    vehicles: Sequence[int] | None = None,
    drivers: Sequence[int] | None = None,
    legs: Sequence[LegId] | None = None,
) -> list[Held]:
    """Live legs that touch a period, by id: of these cars or drivers, or of all; or these."""
    rows = await conn.fetch(SQL["held"], span.start, span.end, vehicles, drivers, legs)
    return [_held(row, net) for row in rows]


async def board_version(conn: Conn, at: datetime, span: Period, now: datetime) -> Version:
    """Names what the fleet at an instant and the legs that touch a period are made of."""
    (row,) = await conn.fetch(SQL["board_version"], at, span.start, span.end, now)
    return Version(row["fleet"], tuple(row["ids"]), tuple(row["written"]), row["begun"])


def net_of(fleet: Fleet) -> Roads:
    """Roads between all places and homes of a fleet."""
    return roads(fleet.places, fleet.cars, fleet.known)


def _held(row: asyncpg.Record, net: Roads) -> Held:
    ways = 1 if row["request_kind"] == "drop_off" else 2
    rows: tuple[int | None, int | None] = (None, None)
    if row["f_lon"] is not None:
        rows = net.row(row["f_lon"], row["f_lat"]), net.row(row["t_lon"], row["t_lat"])
    driving_s = ways * row["drive_s"] if row["ride_s"] is None else row["ride_s"]
    if row["depart_at"] is not None:
        driving_s = min(driving_s, int((row["return_at"] - row["depart_at"]).total_seconds()))
    return Held(
        leg_id=row["id"],
        order_id=row["order_id"],
        order_no=row["order_no"],
        request_id=row["request_id"],
        pool_id=row["pool_id"],
        unit_id=row["unit_id"],
        vehicle_id=row["vehicle_id"],
        driver_id=row["driver_id"],
        kind=row["kind"],
        status=row["status"],
        period=Period(row["starts"], row["ends"]),
        depart_at=row["depart_at"],
        return_at=row["return_at"],
        origin=rows[0],
        destination=rows[1],
        driving_s=driving_s,
        loaded_m=ways * row["distance_m"] if row["ride_m"] is None else row["ride_m"],
        passengers=row["passengers"],
        order_state=row["order_state"],
        shared=row["ride_s"] is not None,
    )


async def add_order(
    conn: Conn,
    request: requests.Request,
    pool_code: str,
    *,
    state: OrderState,
    settlement_fen: int,
    by: PersonId | None,
    now: datetime,
    rental: tuple[FirmId, int, Json] | None = None,
) -> Order:
    """Store an order under the next number of its platform and day, without a gap."""
    day = business_day(now)
    number = await conn.fetchval(SQL["next_number"], request.pool_id, day)
    firm, price, proof = rental or (None, None, None)
    made: int = await conn.fetchval(
        SQL["insert_order"],
        f"{pool_code}{day:%Y%m%d}{number:04d}",
        request.id,
        request.pool_id,
        state,
        firm,
        price,
        proof,
        settlement_fen,
        now,
        by,
    )
    return await order(conn, OrderId(made))


async def add_leg(
    conn: Conn, order_id: OrderId, vehicle_id: int, driver_id: int, period: Period
) -> LegId:
    """Hold a car and a driver for an order.

    Raises:
        asyncpg.ExclusionViolationError: one of them is held already.
    """
    made: int = await conn.fetchval(
        SQL["insert_leg"], order_id, vehicle_id, driver_id, period.start, period.end
    )
    return LegId(made)


async def shift_leg(conn: Conn, leg_id: LegId, period: Period) -> None:
    """Change when a leg that has not begun is planned."""
    await conn.execute(SQL["shift_leg"], leg_id, period.start, period.end)


async def move_leg(conn: Conn, leg_id: LegId, status: str, period: Period) -> None:
    """Change a leg's status and its actual period."""
    await conn.execute(SQL["move_leg"], leg_id, status, period.start, period.end)


async def order(conn: Conn, order_id: OrderId) -> Order:
    """An order.

    Raises:
        NoSuchOrder: it does not exist.
    """
    row = await conn.fetchrow(SQL["order"], order_id)
    if row is None:
        raise NoSuchOrder(f"order {order_id}")
    return Order(*row)


async def live_order(conn: Conn, request_id: RequestId) -> Order | None:
    """The order that serves a request, if one does."""
    row = await conn.fetchrow(SQL["live_order"], request_id)
    return None if row is None else Order(*row)


def _leg(row: asyncpg.Record) -> Leg:
    return Leg(
        row["id"],
        row["order_id"],
        row["vehicle_id"],
        row["driver_id"],
        row["status"],
        Period(row["starts"], row["ends"]),
        Period(row["planned_starts"], row["planned_ends"]),
    )


async def order_leg(conn: Conn, order_id: OrderId) -> Leg | None:
    """The trip leg of an order, the live one if there is one; a rental has none."""
    row = await conn.fetchrow(SQL["order_leg"], order_id)
    return None if row is None else _leg(row)


async def leg(conn: Conn, leg_id: LegId) -> Leg:
    """A leg as it is now."""
    row = await conn.fetchrow(SQL["leg"], leg_id)
    if row is None:
        raise LookupError(f"leg {leg_id}")
    return _leg(row)


async def overdue(conn: Conn, now: datetime, at_most: timedelta) -> list[Leg]:
    """Running legs whose end has passed, unless by more than at_most."""
    return [_leg(row) for row in await conn.fetch(SQL["overdue"], now, at_most)]


async def give_way(conn: Conn, moved: Leg, end: datetime, slack: timedelta) -> None:
    """Let later trips of the same car that a leg runs into leave later, by so much at most."""
    await conn.execute(SQL["give_way"], moved.id, moved.vehicle_id, end, moved.period.start, slack)


async def displace(conn: Conn, moved: Leg, period: Period) -> list[OrderId]:
    """Set later legs of the same car or driver that a period overlaps to displaced.

    Returns:
        Their orders, of a shared ride all; a maintenance or leave has none.
    """
    rows = await conn.fetch(
        SQL["displace"], moved.id, moved.vehicle_id, moved.driver_id, period.start, period.end
    )
    mine = (row["riding"] or [row["order_id"]] for row in rows if row["order_id"] is not None)
    return [order_id for orders in mine for order_id in orders]


async def in_the_way(conn: Conn, moved: Leg, wanted: Period) -> list[Period]:
    """Periods of other live legs of the same car or driver near a leg's old and wanted period."""
    rows = await conn.fetch(
        SQL["in_the_way"],
        moved.id,
        moved.vehicle_id,
        moved.driver_id,
        moved.period.start,
        moved.period.end,
        wanted.start,
        wanted.end,
    )
    return [Period(row["starts"], row["ends"]) for row in rows]


async def set_order_state(conn: Conn, order_id: OrderId, state: OrderState, at: datetime) -> None:
    """Move an order; the last states close it."""
    await conn.execute(SQL["set_order_state"], order_id, state, at)


async def rented(conn: Conn, span: Period) -> dict[int, int]:
    """How many cars of each firm are rented within a period."""
    rows = await conn.fetch(SQL["rented_that_day"], span.start, span.end)
    return {row[0]: row[1] for row in rows}
