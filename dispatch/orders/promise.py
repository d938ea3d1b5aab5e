"""Available to promise: whether a car can be had beside all that is held and promised."""

from datetime import datetime, timedelta

from dispatch import requests
from dispatch.kernel.calendar import business_day, day_bounds
from dispatch.kernel.db import Conn, Lock, lock_all
from dispatch.orders import store
from dispatch.orders.candidates import board, reasons, take
from dispatch.orders.model import Period
from dispatch.orders.search import Board, Option, Refusal

NEAR = timedelta(hours=4)
"""Promises further away than any empty drive do not touch each other."""


async def promise(conn: Conn, request: requests.Request, now: datetime) -> bool:
    """Promise a car to an approved request, or note why none can be.

    Promised requests that wait are put on the board in the order of their promises, each by
    best insertion; the promise is given if this one still finds a car. One promise at a time.

    Returns:
        Whether it was promised.
    """
    await lock_all(conn, Lock.PLANNER, [0])
    found = await _search(conn, request, now)
    promised = any(isinstance(one, Option) for one in found)
    if promised:
        await requests.mark_promised(conn, request.id, now)
    else:
        await requests.mark_promised(conn, request.id, None, reasons(found))
    return promised


async def _search(conn: Conn, request: requests.Request, now: datetime) -> list[Option | Refusal]:
    fleet = await store.fleet(conn, max(now, request.depart_at))
    day = business_day(request.depart_at)
    start, end = day_bounds(day)
    span = Period(min(start, request.depart_at), max(end, request.return_at))
    table = await board(conn, span, fleet, now)
    near = Period(request.depart_at - NEAR, request.return_at + NEAR)
    for other in await requests.open_between(conn, start, end):
        beside = Period(other.depart_at, other.return_at).overlaps(near)
        if other.promised_at is not None and other.id != request.id and beside:
            _put(table, other)
    return list(table.search(request))


def _put(table: Board, request: requests.Request) -> None:
    best = table.best(request)
    if best is not None:
        take(table, request, best)
