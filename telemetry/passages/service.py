"""Checking passages, for ever: what is marked is compared with the track again."""

import asyncio
from collections.abc import Sequence

import numpy as np

from dispatch.kernel import db
from dispatch.kernel.db import Conn
from dispatch.kernel.log import get_logger
from telemetry import journeys, parking
from telemetry.journeys import UNUSABLE, Fixes
from telemetry.passages import store
from telemetry.passages.judge import judge
from telemetry.passages.model import DEFAULT_RULES, Check, Rules
from telemetry.passages.store import Mark, Passage

LOG = get_logger(__name__)
_SECOND_US = 1_000_000


async def run(pool: db.Pool, *, idle_s: float = 0.5) -> None:
    """Check until cancelled; while the database is away, wait and try again."""
    while True:
        try:
            done = await _round(pool)
        except (*db.DATABASE_AWAY, *db.TRY_AGAIN) as error:
            LOG.warning("checks wait", error=repr(error))
            done = 0
        if not done:
            await asyncio.sleep(idle_s)


async def _round(pool: db.Pool) -> int:
    """Check together; where that raises, one by one, so that only the culprit is parked."""
    async with pool.acquire() as conn:
        try:
            return await recheck(conn)
        except Exception as error:
            if _may_pass(error):
                raise
            LOG.warning("checked one by one", error=repr(error))
    async with pool.acquire() as conn:
        return sum([await _check_or_park(conn, mark) for mark in await store.marks(conn)])


async def _check_or_park(conn: Conn, mark: Mark) -> int:
    try:
        return await recheck(conn, ids=[mark.id])
    except Exception as error:
        if _may_pass(error):
            raise
        await parking.park(conn, "passages", mark.subject, error)
        return 1


def _may_pass(error: Exception) -> bool:
    return db.is_away(error) or isinstance(error, db.TRY_AGAIN)


async def recheck(
    conn: Conn, rules: Rules = DEFAULT_RULES, ids: Sequence[int] | None = None
) -> int:
    """Check some of what is marked, by the marks protocol.

    Marks are read before fixes: a fix that commits later brings a mark that stays. A passage is
    announced before its fixes are read, and these are read only when all have ended who could
    not see it announced; so no change goes by unmarked.

    Args:
        conn: outside a transaction.
        rules: thresholds.
        ids: of which marks; None: of those that wait longest.

    Returns:
        How many marks were done; 0 where there are none, another process checks, or somebody's
        transaction has to end first.
    """
    async with conn.transaction(isolation="read_committed"):
        if not await store.only_one(conn):
            return 0
        found = await store.claims(conn, await store.marks(conn, ids))
        new = [p for p in found if not p.ready]
        await store.announce(conn, new)
    if new:
        await store.stamp(conn)
    async with conn.transaction(isolation="read_committed"):
        if not await store.only_one(conn):
            return 0
        marked = await store.marks(conn, ids)
        passages = await store.claims(conn, marked)
        ready = [p for p in passages if p.ready and not p.final]
        await store.put(conn, [(p, await _check(conn, p, rules)) for p in ready])
        left = {_key(p) for p in passages if not p.ready}
        done = [m for m in marked if _key(m) not in left]
        await store.delete_marks(conn, done)
        return len(done)


def _key(one: Passage | Mark) -> tuple[object, ...]:
    return one.receipt_id, one.device_id, one.seen_at, one.seen_digest


async def drain(conn: Conn) -> int:
    """Check until nothing is marked. Returns: how many marks that were."""
    total = 0
    while done := await recheck(conn):
        total += done
    return total


async def _check(conn: Conn, passage: Passage, rules: Rules) -> Check:
    if passage.vehicle_id is None:
        return Check("no-vehicle")
    around = 2 * rules.within_s * _SECOND_US
    at = passage.claim.at
    bound = await journeys.bound_to(conn, passage.vehicle_id)
    parts: list[Fixes] = []
    upto = at - around
    while upto < at + around:
        part, upto = await journeys.read(conn, bound, upto, at + around)
        parts.append(part)
    return judge(passage.claim, usable(parts), rules)


def usable(parts: Sequence[Fixes]) -> Fixes:
    """The fixes that can be where the vehicle was."""
    whole = Fixes.join(list(parts))
    flags = journeys.fold(journeys.State(), whole, journeys.DEFAULT_RULES).flags
    return whole.pick(np.flatnonzero((flags & int(UNUSABLE)) == 0))
