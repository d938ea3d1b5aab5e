"""What is due goes: whole weeks of fixes, and with them what is folded together with them.

DETACH waits for whoever reads or writes fixes, and all who come meanwhile wait behind it. So it
waits a tenth of a second at most, and is tried again; nobody is held up for longer. (DETACH
CONCURRENTLY holds up nobody, but cannot move the horizon and write the audit entry in its own
transaction, and leaves a half detached partition where it is interrupted.)
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from dispatch import access
from dispatch.kernel.db import Conn, Lock
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.log import get_logger
from telemetry import positions
from telemetry.storage.model import Policy, Stored
from telemetry.storage.plan import due, judge, policy_when
from telemetry.storage.store import SQL, holds, stored

log = get_logger("telemetry.storage")

TRIES = 40
AGAIN_WITHIN_S = 0.5
AT_ONCE = 10_000
COPY_WITHIN_S = 3_600.0
YOUNGEST_SHED = timedelta(days=7)

Unpublished = Callable[[Conn], Awaitable[datetime | None]]
"""Tells the begin of the first business month that is not published; telemetry cannot know."""
Also = Callable[[Conn, datetime, datetime | None], Awaitable[dict[str, int]]]
"""Lets go what rooms above keep, given product time and what `Unpublished` told: counts by name."""


@dataclass(slots=True)
class Ran:
    """What one run did.

    Attributes:
        dropped: weeks that went whole.
        trimmed: weeks of which only what legal holds keep is left.
        waiting: weeks that are due, but were in use all the time; the next run tries again.
        forgotten: rows that went, by what they were.
    """

    dropped: list[str] = field(default_factory=list)
    trimmed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    forgotten: dict[str, int] = field(default_factory=dict)


async def run(
    conn: Conn,
    policy: Policy,
    now: datetime,
    unpublished_since: datetime | None,
    *,
    low: bool = False,
    actor: str = "system:retention",
    also: Also | None = None,
) -> Ran:
    """Let everything go that is due; a second one at the same time does nothing.

    Args:
        conn: outside a transaction.
        policy: how long things are kept.
        now: product time.
        unpublished_since: the begin of the first business month not published; None: none.
        low: the disk is low, so raw data go before their time, and quarantined bytes.
        actor: for the audit chain.
        also: what else is due.
    """
    if not await conn.fetchval("SELECT pg_try_advisory_lock($1, 2)", int(Lock.MIGRATION)):
        return Ran()
    try:
        ran = await _weeks(conn, policy, now, unpublished_since, low=low, actor=actor)
        await _rows(conn, policy, now, ran.forgotten)
        if low:
            await _shed(conn, now, ran.forgotten)
        if also is not None:
            more = await also(conn, now, unpublished_since)
            ran.forgotten |= {name: count for name, count in more.items() if count}
    finally:
        await conn.execute("SELECT pg_advisory_unlock($1, 2)", int(Lock.MIGRATION))
    if ran.dropped or ran.trimmed or ran.waiting:
        log.info("retention", dropped=ran.dropped, trimmed=ran.trimmed, waiting=ran.waiting)
    return ran


async def _weeks(
    conn: Conn,
    policy: Policy,
    now: datetime,
    unpublished_since: datetime | None,
    *,
    low: bool,
    actor: str,
) -> Ran:
    ran = Ran()
    found, in_force = await stored(conn), await holds(conn)
    weeks = judge(found, in_force, unpublished_since, policy_when(policy, low=low), now)
    for week, held in due(found, weeks, in_force):
        if not await _take_out(conn, week, held, now, actor):
            ran.waiting.append(week.name)
            break
        (ran.dropped if held is None else ran.trimmed).append(week.name)
        await conn.fetch(SQL["drop_gone"])
    await conn.fetch(SQL["drop_gone"])  # also what a run that was killed left behind
    return ran


async def _take_out(conn: Conn, week: Stored, held: str | None, now: datetime, actor: str) -> bool:
    for _ in range(TRIES):
        try:
            async with conn.transaction():
                await _once(conn, week, held, now, actor)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(random.uniform(0.1, 1.0) * AGAIN_WITHIN_S)
        else:
            return True
    return False


async def _once(conn: Conn, week: Stored, held: str | None, now: datetime, actor: str) -> None:
    await conn.execute(SQL["impatient"])
    await positions.lock_weeks(conn)
    detail: dict[str, Json] = {"rows": week.rows, "bytes": week.bytes}
    if held is None:
        await conn.execute(SQL["detach"], week.lo)
    else:
        kept = await conn.fetchval(SQL["keep_held"], week.lo, held, timeout=COPY_WITHIN_S)
        detail |= {"holds": held, "kept": kept}
    action = "fixes.drop" if held is None else "fixes.trim"
    await access.append(conn, at=now, actor=actor, action=action, object=week.name, detail=detail)


async def _rows(conn: Conn, policy: Policy, now: datetime, forgotten: dict[str, int]) -> None:
    if horizon := await positions.horizon(conn):
        for name in ("fuel", "etc", "statuses", "checkpoints"):
            await _forget(conn, name, forgotten, horizon)
        await _forget(conn, "variants", forgotten)
    await _forget(conn, "quarantine", forgotten, now - policy.quarantine)
    await _forget(conn, "excess", forgotten, policy.quarantine_at_most)
    for name, age in (
        ("sessions", policy.sessions),
        ("refused", policy.quarantine),
        ("publishes", policy.quarantine),
    ):
        await _forget(conn, name, forgotten, age)


async def _forget(conn: Conn, name: str, forgotten: dict[str, int], *said: object) -> None:
    """Row by row what has no partitions, at most AT_ONCE in a transaction."""
    text = SQL[f"forget_{name}"]
    in_parts = "LIMIT $2" in text
    while True:
        gone = _count(await conn.execute(text, *said, *([AT_ONCE] if in_parts else [])))
        if gone:
            forgotten[name] = forgotten.get(name, 0) + gone
        if not in_parts or gone < AT_ONCE:
            return


async def _shed(conn: Conn, now: datetime, forgotten: dict[str, int]) -> None:
    shed = 0
    while more := _count(await conn.execute(SQL["shed_payloads"], now - YOUNGEST_SHED, AT_ONCE)):
        shed += more
    if shed:
        forgotten["payloads"] = shed
        await conn.execute("VACUUM quarantine")


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
