"""What time alone does: legs that run over are extended, requests without a car expire."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import asyncpg

from dispatch import requests
from dispatch.kernel import db
from dispatch.kernel.db import Conn, Pool
from dispatch.kernel.log import get_logger
from dispatch.orders.late import extend_overdue

log = get_logger("orders")

EVERY_S = 1.0
BUSY = (
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
)
"""Somebody else holds what we want: look again a second later."""


async def keep_time(pool: Pool, now: Callable[[], datetime], stop: asyncio.Event) -> None:
    """Look once a wall second until told to stop; a database that is away is waited for."""
    retry = db.Backoff()
    while not stop.is_set():
        async for attempt in retry.until_stored():
            with attempt:
                await tick(pool, now())
            if stop.is_set():
                return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


async def tick(pool: Pool, now: datetime) -> None:
    """Look once."""
    async with pool.acquire() as conn:
        await look(conn, now)


async def look(conn: Conn, now: datetime) -> None:
    """Extend what is overdue and expire who waits in vain; the connection is in no transaction."""
    try:
        extended = await extend_overdue(conn, now)
        async with conn.transaction():
            expired = await requests.expire_overdue(conn, now)
    except BUSY as error:
        log.warning("busy", error=type(error).__name__)
        return
    if extended or expired:
        log.info("time passed", extended=len(extended), expired=len(expired))
