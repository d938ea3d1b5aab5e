"""Promises of several days: one car for all their days, the same on the board of each.

Which it is follows from what is held and promised alone: whoever asks, and in whatever order,
finds the same.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import optimizer
from dispatch import requests
from dispatch.kernel.calendar import business_day, day_bounds
from dispatch.kernel.db import Conn
from dispatch.kernel.ids import RequestId
from dispatch.orders import store
from dispatch.orders.day_boards import Boards
from dispatch.orders.insertion import stay
from dispatch.orders.model import Fleet, Held, Period, Version
from dispatch.orders.problem import AFTER, REST, day_of
from dispatch.orders.tasks import task_of

MOST = timedelta(days=30)
"""So long a chain of such trips, each begun before the one before is over, is looked at."""
MOST_KEPT = 4


@dataclass(frozen=True, slots=True)
class _Asked:
    """What their cars follow from."""

    version: Version
    promised: tuple[requests.LongPromise, ...]


_KEPT: dict[_Asked, dict[RequestId, int]] = {}
"""The answers given last."""


async def long_cars(conn: Conn, span: Period, now: datetime) -> dict[RequestId, int]:
    """The car of each promise of several days that is under way in a span and waits.

    In the order of promises: the one on which it was promised, if that is free all the time;
    else the cheapest. Those for which there is none are left out.
    """
    whole, promised = await _chain(conn, span)
    if not promised:
        return {}
    near = Period(whole.start - REST, whole.end + AFTER)
    asked = _Asked(await store.board_version(conn, max(now, whole.start), near, now), promised)
    if asked not in _KEPT:
        fleet = await store.fleet(conn, max(now, whole.start))
        held = await store.held(conn, near, store.net_of(fleet))
        found = await requests.get_many(conn, [one.id for one in promised])
        wanted = [(found[one.id], one.vehicle_id) for one in promised if one.id in found]
        _KEPT[asked] = await asyncio.to_thread(_placed, fleet, held, wanted, whole, now)
    for old in list(_KEPT)[:-MOST_KEPT]:
        del _KEPT[old]
    return _KEPT[asked]


async def _chain(conn: Conn, span: Period) -> tuple[Period, tuple[requests.LongPromise, ...]]:
    """The days of all that touch a span, or touch what touches it; and them."""
    whole = span
    while True:
        promised = await requests.long_promises(conn, whole.start, whole.end)
        first = min([whole.start, *(one.depart_at for one in promised)])
        last = max([whole.end, *(one.return_at for one in promised)])
        wider = Period(day_bounds(business_day(first))[0], last)
        if wider == whole or wider.end - wider.start > MOST:
            return whole, tuple(promised)
        whole = wider


async def remember(
    conn: Conn, boards: Boards, request: requests.Request, moved: Iterable[RequestId]
) -> None:
    """Note the car on which a request of several days was promised, and of those that moved."""
    cars = boards.cars()
    span = Period(boards.day.epoch, boards.end)
    long = {one.id for one in await requests.long_promises(conn, span.start, span.end)}
    if business_day(request.depart_at) < business_day(request.return_at):
        long.add(request.id)
    for one in {request.id, *moved} & long:
        if one in cars:
            await requests.promise_on(conn, one, cars[one])


def _placed(
    fleet: Fleet,
    held: Sequence[Held],
    wanted: Iterable[tuple[requests.Request, int | None]],
    whole: Period,
    now: datetime,
) -> dict[RequestId, int]:
    day = day_of(fleet, held, (), epoch=whole.start, now=now, until=whole.end, apart=True)
    board = optimizer.Board.of(day.problem)
    found: dict[RequestId, int] = {}
    for request, car in wanted:
        if request.depart_at < day.epoch:
            continue
        task = task_of(request, day.roads, day.epoch)
        if car is not None and stay(board, task, car):
            found[request.id] = car
        elif options := optimizer.insert(board, task, limit=1, explain=False).options:
            board.take(task, options[0].way)
            found[request.id] = options[0].vehicle
    return found
