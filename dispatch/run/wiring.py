"""What each role does: named coroutines in one task group, with heartbeats.

The rooms are imported inside the functions, so that a process loads only what its role needs.
"""

import asyncio
import os
import socket
from dataclasses import dataclass

from dispatch.kernel import db
from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import Pool
from dispatch.kernel.log import get_logger
from dispatch.run.roles import Role
from dispatch.run.settings import Settings
from dispatch.run.signals import stop_signal, until

log = get_logger(__name__)
SQL = db.statements(__file__, "run.sql")

BEAT_EVERY_S = 2.0
CONNECTIONS = {Role.INGEST: 8, Role.UNDERSTAND: 8, Role.PLANNER: 6, Role.WEB: 30}


@dataclass(frozen=True, slots=True)
class Context:
    """What every coroutine of a role is given."""

    settings: Settings
    dsn: str
    pool: Pool
    clock: ProductClock
    stop: asyncio.Event


async def play(role: Role, settings: Settings, dsn: str) -> None:
    """Play a role until SIGINT or SIGTERM; a bug in one coroutine ends the process."""
    async with stop_signal() as stop:
        pool = await _open_pool(role, dsn, stop)
        if pool is None:
            return
        async with pool:
            context = Context(settings, dsn, pool, await ProductClock.open(pool), stop)
            await _run(role, context)


async def _open_pool(role: Role, dsn: str, stop: asyncio.Event) -> Pool | None:
    """The pool, as soon as the database answers; None when we are stopped before."""
    opening = asyncio.create_task(_retry(role, dsn))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not opening.done():
        opening.cancel()
        return None
    return opening.result()


async def _retry(role: Role, dsn: str) -> Pool:
    async for attempt in db.Backoff().until_stored():
        with attempt:
            pool = await db.open_pool(dsn, at_most=CONNECTIONS[role], role=f"gongche {role}")
    return pool


async def _run(role: Role, context: Context) -> None:
    from dispatch.run.jobs import OF_ROLE

    log.info("role started", role=role, pid=os.getpid())
    async with asyncio.TaskGroup() as tasks:
        for name, job in OF_ROLE[role].items():
            tasks.create_task(job(context), name=name)
        for name, endless in (
            ("clock", context.clock.follow(context.pool)),
            ("heartbeat", beat(role, context.pool)),
        ):
            tasks.create_task(until(context.stop, endless), name=name)
    log.info("role ended", role=role, pid=os.getpid())


async def beat(role: Role, pool: Pool) -> None:
    """Say that we live, every two seconds of wall time, until cancelled."""
    who = (role, os.getpid(), socket.gethostname())
    try:
        while True:
            try:
                async with pool.acquire() as conn:
                    await conn.execute(SQL["forget_dead"])
                    await conn.execute(SQL["beat"], *who, {})
            except (*db.DATABASE_AWAY, *db.TRY_AGAIN) as error:
                log.warning("heartbeat waits", role=role, error=type(error).__name__)
            await asyncio.sleep(BEAT_EVERY_S)
    finally:
        async with asyncio.timeout(2), pool.acquire() as conn:
            await conn.execute(SQL["forget_heartbeat"], *who)
