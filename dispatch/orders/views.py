"""What people see of requests and orders: rows as they are shown, within a caller's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

import asyncpg

from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel.calendar import day_bounds
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import DriverId, OrderId, RequestId
from dispatch.orders.errors import NoSuchOrder
from dispatch.requests import NoSuchRequest

SQL = statements(__file__, "views.sql")
CHANGES = statements(__file__, "moves.sql")

Row: TypeAlias = dict[str, object]
MOST = 500
RIDE = ("on_at", "off_at", "parties")


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests to list, newest first; the queue in the order in which it is served."""

    states: Sequence[str] | None = None
    mine: bool = False
    queue: bool = False
    day: date | None = None
    before_id: int | None = None
    limit: int = 200


async def list_requests(conn: Conn, who: Principal, wanted: RequestFilter) -> list[Row]:
    """Requests within the caller's reach, with the order that serves each."""
    return await _requests(conn, who, wanted, None)


async def show_request(conn: Conn, who: Principal, request_id: RequestId) -> Row:
    """One request.

    Raises:
        NoSuchRequest: it does not exist, or not for this caller.
    """
    found = await _requests(conn, who, RequestFilter(limit=1), request_id)
    if not found:
        raise NoSuchRequest(request_id)
    return found[0]


async def _requests(
    conn: Conn, who: Principal, wanted: RequestFilter, request_id: int | None
) -> list[Row]:
    pools, units = requests.reach(who, requests.READERS)
    rows = await conn.fetch(
        SQL["requests"],
        pools,
        units,
        request_id,
        None if wanted.states is None else list(wanted.states),
        who.person_id if wanted.mine else None,
        wanted.queue,
        *_bounds(wanted.day),
        wanted.before_id,
        min(wanted.limit, MOST),
    )
    return [_request(row) for row in rows]


def _bounds(day: date | None) -> tuple[datetime | None, datetime | None]:
    return (None, None) if day is None else day_bounds(day)


def _request(row: asyncpg.Record) -> Row:
    shown = _with_places(row)
    order = None
    if row["order_id"] is not None:
        order = {
            "id": row["order_id"],
            "order_no": row["order_no"],
            "state": row["order_state"],
            "vehicle_id": row["vehicle_id"],
            "plate": row["plate"],
            "driver_name": row["driver_name"],
            "rental_firm": row["rental_firm"],
            "ride": _ride(row),
        }
    gone = ("order_id", "order_no", "order_state", "plate", "driver_name", "rental_firm", *RIDE)
    return {k: v for k, v in shown.items() if k not in (*gone, "vehicle_id")} | {"order": order}


def _ride(row: asyncpg.Record) -> Row | None:
    """When it gets on and off a shared ride, and how many parties ride."""
    return {key: row[key] for key in RIDE} if row["on_at"] is not None else None


def _with_places(row: asyncpg.Record) -> Row:
    shown = {k: v for k, v in row.items() if not k.startswith(("from_", "to_"))}
    for end in ("from", "to"):
        shown[f"{end}_place"] = {k: row[f"{end}_{k}"] for k in ("id", "name", "lon", "lat")}
    return shown


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list, newest first. A platform's: of its units, and on its cars."""

    states: Sequence[str] | None = None
    day: date | None = None
    pool_id: int | None = None
    before_id: int | None = None
    limit: int = 200


async def list_orders(conn: Conn, who: Principal, wanted: OrderFilter) -> list[Row]:
    """Orders within the caller's reach, and those of others on the caller's cars."""
    return await _orders(conn, who, wanted, None)


async def _orders(
    conn: Conn, who: Principal, wanted: OrderFilter, order_id: int | None
) -> list[Row]:
    pools, units = requests.reach(who, requests.READERS)
    rows = await conn.fetch(
        SQL["orders"],
        pools,
        units,
        order_id,
        None if wanted.states is None else list(wanted.states),
        *_bounds(wanted.day),
        wanted.pool_id,
        wanted.before_id,
        min(wanted.limit, MOST),
    )
    return [{k: v for k, v in row.items() if k not in RIDE} | {"ride": _ride(row)} for row in rows]


async def show_order(conn: Conn, who: Principal, order_id: OrderId) -> Row:
    """The full dispatch order: request, legs, check-ins, approvals, and the trip as driven.

    The platform whose car is lent sees the order, and not the request behind it.

    Raises:
        NoSuchOrder: it does not exist, or not for this caller.
    """
    found = await _orders(conn, who, OrderFilter(limit=1), order_id)
    if not found:
        raise NoSuchOrder(f"order {order_id}")
    request_id = RequestId(int(str(found[0]["request_id"])))
    rows = await _requests(conn, who, RequestFilter(limit=1), request_id)
    decided = await requests.approvals(conn, request_id) if rows else []
    trip = await conn.fetchrow(SQL["order_trip"], order_id)
    bill = await conn.fetchrow(SQL["order_rental_closing"], order_id)
    reach, leg = requests.reach(who, requests.READERS), found[0]["leg_id"]
    riders = await conn.fetch(SQL["order_ride"], order_id, *reach, leg)
    return found[0] | {
        "request": rows[0] if rows else None,
        "approvals": [
            {
                "stage": a.stage,
                "decision": a.decision,
                "by_name": a.by_name,
                "at": a.at,
                "comment": a.comment,
            }
            for a in decided
        ],
        "legs": [dict(row) for row in await conn.fetch(SQL["order_legs"], order_id)],
        "check_ins": [dict(row) for row in await conn.fetch(SQL["order_check_ins"], order_id)],
        "trip": None if trip is None else dict(trip),
        "rental_closing": None if bill is None else dict(bill),
        "parties": [dict(row) for row in riders],
    }


async def gantt(conn: Conn, who: Principal, day: date, pool_id: int | None) -> list[Row]:
    """Cars with their legs of a day; whose trips they are only where it concerns the caller."""
    pools, _ = requests.reach(who, requests.READERS)
    rows = await conn.fetch(SQL["gantt"], pools, pool_id, *day_bounds(day))
    cars: dict[int, Row] = {}
    legs: dict[int, list[Row]] = {}
    for row in rows:
        car = row["vehicle_id"]
        legs.setdefault(car, [])
        cars.setdefault(
            car,
            {
                "vehicle_id": car,
                "plate": row["plate"],
                "pool_id": row["pool_id"],
                "legs": legs[car],
            },
        )
        if row["leg_id"] is not None:
            legs[car].append(
                {
                    "leg_id": row["leg_id"],
                    "order_id": row["order_id"],
                    "order_no": row["order_no"],
                    "kind": row["kind"],
                    "status": row["status"],
                    "is_breakdown": row["is_breakdown"],
                    "from": row["starts"],
                    "to": row["ends"],
                    "driver_name": row["driver_name"],
                    "parties": max(1, row["parties"]),
                }
            )
    return list(cars.values())


async def my_changes(conn: Conn, driver_id: DriverId, now: datetime) -> list[Row]:
    """What others took from a driver within half a day, newest first, and where it went."""
    return [dict(row) for row in await conn.fetch(CHANGES["changes"], driver_id, now)]


async def my_orders(conn: Conn, driver_id: DriverId, now: datetime) -> list[Row]:
    """A driver's own orders: what is to come, what runs, and what ended since yesterday."""
    mine = []
    for row in await conn.fetch(SQL["my_orders"], driver_id, now):
        out = [c["odometer_m"] for c in row["check_ins"] if c["kind"] == "depart"]
        mine.append(_with_places(row) | {"odometer_out_m": out[-1] if out else None})
    return mine
