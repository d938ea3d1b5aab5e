"""Events: dense, in order, never lost behind an open transaction."""

import asyncio
import random
from datetime import UTC, datetime

from dispatch.kernel import db
from tests.waiting import until

AT = datetime(2026, 3, 2, tzinfo=UTC)


async def test_every_committed_event_is_numbered_without_a_hole(pool):
    async def write(writer: int) -> int:
        kept = 0
        chance = random.Random(writer)
        for i in range(30):
            async with pool.acquire() as conn:
                tx = conn.transaction()
                await tx.start()
                await db.emit(conn, "tested", {"writer": writer, "i": i}, at=AT)
                if chance.random() < 0.3:
                    await tx.rollback()
                else:
                    await tx.commit()
                    kept += 1
        return kept

    sequencer = asyncio.create_task(db.sequence(pool, every_s=0.001))
    kept = sum(await asyncio.gather(*(write(w) for w in range(6))))
    async with pool.acquire() as conn:

        async def all_of_them():
            events = await db.events_since(conn, 0, 10_000)
            return events if len(events) >= kept else None

        events = await until(all_of_them)
    sequencer.cancel()
    assert [e.seq for e in events] == list(range(1, kept + 1))
    for writer in range(6):
        mine = [e.data["i"] for e in events if e.data["writer"] == writer]
        assert mine == sorted(mine)


async def test_a_long_open_transaction_holds_nobody_back_and_loses_nothing(pool):
    async with pool.acquire() as slow, pool.acquire() as quick:
        tx = slow.transaction()
        await tx.start()
        await db.emit(slow, "slow", {}, at=AT)
        await db.emit(quick, "quick", {}, at=AT)
        assert await db.number_events(quick) == 1
        assert [e.kind for e in await db.events_since(quick, 0)] == ["quick"]
        await tx.commit()
        assert await db.number_events(quick) == 1
        assert [e.kind for e in await db.events_since(quick, 1)] == ["slow"]


async def test_committed_means_on_disk_whatever_the_server_prefers(dsn):
    pool = await db.open_pool(dsn)
    async with pool, pool.acquire() as conn:
        await conn.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
    pool = await db.open_pool(dsn, at_most=1)
    async with pool:
        for _ in range(3):  # a connection that comes back to the pool is reset
            async with pool.acquire() as conn:
                assert await conn.fetchval("SHOW synchronous_commit") == "on"
        async with pool.acquire() as conn:
            await conn.execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")
