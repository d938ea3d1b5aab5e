"""What is to be planned of a day, or of some in a row, as the database has it now."""

import asyncio
from datetime import date, datetime, timedelta
from functools import partial

from dispatch import requests
from dispatch.kernel.calendar import day_bounds
from dispatch.kernel.db import Conn
from dispatch.orders import store
from dispatch.orders.beginning import known_now
from dispatch.orders.carried import NOTHING
from dispatch.orders.days import DAY
from dispatch.orders.model import Period
from dispatch.orders.moving import movable
from dispatch.orders.problem import AFTER, REST, Day, day_of

GRACE = timedelta(minutes=30)
"""A request that should have left so long ago is still planned."""


async def day_problem(
    conn: Conn,
    on: date,
    now: datetime,
    *,
    days: int = 1,
    share: bool = False,
    may_move: bool = False,
) -> Day:
    """The problem of business days: all platforms' waiting requests beside all that is held.

    With `share`, requests that should share a car are one task. With `may_move`, orders that
    nobody has accepted may go to another car. Of `days` in a row all requests are one problem.
    """
    start, end = day_bounds(on)[0], day_bounds(on + (days - 1) * DAY)[1]
    fleet = await store.fleet(conn, max(now, start))
    waiting = await requests.open_between(conn, max(start, now - GRACE), end)
    last = max([end, *(r.return_at for r in waiting)])
    held = await store.held(conn, Period(start - REST, last + AFTER), store.net_of(fleet))
    near = start - DAY <= now < end
    known = await known_now(conn, fleet, held, now) if near else NOTHING
    made = partial(day_of, fleet, held, waiting, epoch=start, now=now, known=known, days=days)
    sent = movable(held, now) if may_move else ()
    moves = (await requests.get_many(conn, sent)).values()
    return await asyncio.to_thread(made, share=share, moves=moves)
