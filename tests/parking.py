"""Loops that must not end, watched while they run."""

import asyncio
from contextlib import asynccontextmanager


@asynccontextmanager
async def running(work):
    """What goes on for ever, and must not have ended by itself."""
    task = asyncio.create_task(work)
    try:
        yield task
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(task, look):
    """Look again until it is so; a task that ended will not make it so."""
    async with asyncio.timeout(30):
        while not await look():
            if task.done():
                await task
            await asyncio.sleep(0.02)


async def due_now(conn):
    await conn.execute("UPDATE parked_work SET retry_at = now()")


async def waits_for_a_lock(conn):
    return await conn.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
