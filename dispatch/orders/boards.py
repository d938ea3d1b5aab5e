"""The boards of the days that were asked for last, each of one version of the database."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from dispatch import requests
from dispatch.kernel.calendar import business_day, day_bounds
from dispatch.kernel.db import Conn
from dispatch.kernel.ids import LegId
from dispatch.orders import store
from dispatch.orders.beginning import known_now
from dispatch.orders.carried import NOTHING
from dispatch.orders.day_boards import Boards
from dispatch.orders.model import Fleet, Held, Period, Version
from dispatch.orders.pieces import Pieces
from dispatch.orders.problem import AFTER, REST, Day, day_of

NIGHT = timedelta(hours=4)
"""Who leaves so soon after midnight may need a car that leaves its home the day before."""
MOST_KEPT = 8
WAIT_S = 0.2
"""Those that are kept are waited for no longer than it takes to make others."""


_KEPT: dict[tuple[date, date, date, int], Boards] = {}
"""The boards asked for last, by days and hour; a version names their content."""


def forget() -> None:
    """Make all boards anew when they are asked for next."""
    _KEPT.clear()


async def boards_for(conn: Conn, request: requests.Request, now: datetime) -> Boards:
    """The boards of the days that a request touches, made anew where the database has changed.

    Those of a trip soon after midnight begin the day before: drivers are within the hours of
    that day, and what is held is not chained with.
    """
    of, last = business_day(request.depart_at), business_day(request.return_at)
    on = business_day(request.depart_at - NIGHT)
    start, end = day_bounds(on)[0], day_bounds(last)[1]
    today = start <= now < end
    hour = request.depart_at.replace(minute=0, second=0, microsecond=0)
    at, span = max(now, request.depart_at), Period(start - REST, end + AFTER)
    version = await store.board_version(conn, at, span, now)
    if today:
        version = replace(version, fleet=f"{version.fleet}, {now:%d %H}")
    key = on, of, last, hour.hour if today else -1
    kept = _KEPT.get(key)
    if kept is None or kept.version != version:
        fleet, live = await _rows(conn, kept, version, at, span)
        known = await known_now(conn, fleet, live.values(), now) if today else NOTHING
        make = partial(
            day_of, fleet, tuple(live.values()), (), epoch=start, now=now, known=known, until=end,
            leaves=hour, apart=on < of, papers=of,
        )  # fmt: skip
        kept = await _next(kept, version, make, live, end)
    _KEPT.pop(key, None)
    _KEPT[key] = kept
    for old in list(_KEPT)[:-MOST_KEPT]:
        del _KEPT[old]
    kept.now_s = max(0, kept.day.second(now))
    return kept


async def _rows(
    conn: Conn, kept: Boards | None, version: Version, at: datetime, span: Period
) -> tuple[Fleet, dict[LegId, Held]]:
    """The fleet and the live legs of a version: only what was written since the boards are kept.

    What is read may be newer than the version says. Then the next version names it otherwise,
    and it is read again.
    """
    if kept is None or kept.version.fleet != version.fleet:
        fleet = await store.fleet(conn, at)
        return fleet, {h.leg_id: h for h in await store.held(conn, span, store.net_of(fleet))}
    written = dict(zip(kept.version.legs, kept.version.written, strict=True))
    same = {
        i: kept.live[i]
        for i, number in zip(version.legs, version.written, strict=True)
        if written.get(i) == number and i in kept.live
    }
    new = [i for i in version.legs if i not in same]
    found = await store.held(conn, span, kept.day.roads, legs=new) if new else []
    return kept.day.fleet, dict(sorted({**same, **{h.leg_id: h for h in found}}.items()))


async def _next(
    kept: Boards | None,
    version: Version,
    make: Callable[..., Day],
    live: Mapping[LegId, Held],
    end: datetime,
) -> Boards:
    """The boards of a version; those that are kept go on if legs alone are different."""
    if kept is None:
        return await asyncio.to_thread(_made, version, make, live, end)
    if kept.version.fleet == version.fleet and await _free(kept.lock):
        try:
            return await asyncio.to_thread(_made, version, make, live, end, kept)
        finally:
            kept.lock.release()
    boards = await asyncio.to_thread(_made, version, make, live, end)
    boards.before = kept.cars()
    return boards


async def _free(lock: asyncio.Lock) -> bool:
    """Take a lock, unless that takes long.

    Who holds it may wait for a request that the caller has locked in the database.
    """
    try:
        async with asyncio.timeout(WAIT_S):
            return await lock.acquire()
    except TimeoutError:
        return False


def _made(
    version: Version,
    make: Callable[..., Day],
    live: Mapping[LegId, Held],
    end: datetime,
    kept: Boards | None = None,
) -> Boards:
    pieces = (Pieces(), Pieces()) if kept is None else kept.pieces
    another = partial(make, apart=True, pieces=pieces[1])
    boards = Boards(version, make(pieces=pieces[0]), another, end, live, pieces)
    if kept is not None:
        boards.follow(kept)
    return boards
