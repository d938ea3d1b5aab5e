"""A statement that was ended because somebody else held a row or table ends no process."""

import asyncio

import pytest

from dispatch import orders
from dispatch.kernel import db
from dispatch.run import wiring
from dispatch.run.roles import Role
from tests.parking import running, until
from web.live.hub import Hub

LOOPS = {
    "clock": ("product_clock", lambda pool, clock: clock.follow(pool, every_s=0.01)),
    "sequencer": ("outbox", lambda pool, clock: db.sequence(pool, every_s=0.01)),
    "drive times": (
        "place",
        lambda pool, clock: orders.keep_drive_times(pool, clock.now, asyncio.Event()),
    ),
    "heartbeat": ("process_heartbeat", lambda pool, clock: wiring.beat(Role.PLANNER, pool)),
    "live picture": ("live_position", lambda pool, clock: Hub(pool, clock, hz=1).run()),
}


@pytest.mark.parametrize("loop", LOOPS)
async def test_it_goes_on_when_its_wait_was_ended(pool, conn, clock, loop):
    table, work = LOOPS[loop]
    seen = set()

    async def waits_anew():
        one = await conn.fetchrow("SELECT pid, waitstart FROM pg_locks WHERE NOT granted")
        if one is None or one["waitstart"] is None or one in seen:
            return False
        seen.add(one)
        return await conn.fetchval("SELECT pg_cancel_backend($1)", one["pid"])

    async with running(work(pool, clock)) as task, conn.transaction():
        await conn.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        for _ in range(3):  # the last words of a loop that ends may wait too
            await until(task, waits_anew)
