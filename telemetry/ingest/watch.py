"""Say while we listen, so that an outage of ours is not taken for a silence of vehicles."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from dispatch.kernel.db import DATABASE_AWAY, TRY_AGAIN, Conn, Pool, statements

SQL = statements(__file__, "watch.sql")

BEAT_S: Final = 1.0
STORED_WITHIN_S: Final = 2.0
OUTAGE_S: Final = 10.0
"""Seconds of the wall; less is a hiccup, after which devices send again what was not taken."""


async def beat(conn: Conn, listened: datetime, outage_s: float = OUTAGE_S) -> None:
    """All that devices said up to a product time had an open ear; an outage before it is noted."""
    await conn.execute(SQL["beat"], listened, outage_s)


async def keep(
    pool: Pool,
    now: Callable[[], datetime],
    is_open: Callable[[], bool] = lambda: True,
    every_s: float = BEAT_S,
) -> None:
    """Beat while the mouth is open and the database takes what comes; a last time when cancelled.

    Args:
        pool: of connections.
        now: product time.
        is_open: whether devices, or the broker, reach us.
        every_s: between two beats.
    """
    try:
        while True:
            if is_open():
                await _say(pool, now())
            await asyncio.sleep(every_s)
    finally:  # it listened until now
        await _say(pool, now())


async def _say(pool: Pool, listened: datetime) -> None:
    try:
        async with asyncio.timeout(STORED_WITHIN_S), pool.acquire() as conn:
            await beat(conn, listened)
    except (*DATABASE_AWAY, *TRY_AGAIN):
        pass  # nothing can be stored: we are deaf
