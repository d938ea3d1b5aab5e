"""What was measured is kept; a device that cannot be measured holds up no other."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import asyncpg

from dispatch.kernel import db
from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.log import get_logger
from telemetry import parking
from telemetry.parking import Subject
from telemetry.quality.model import Finding
from telemetry.quality.service import heard, measure_one, segments_of
from telemetry.streams import Integers

SQL = statements(__file__)
log = get_logger(__name__)
AGAIN_S = 5.0
"""After a round that the database or others broke off."""


async def keep(pool: db.Pool, now: Callable[[], datetime], *, every_s: float = 600) -> None:
    """Measure today, and yesterday as long as late data may come, again and again.

    What is parked of earlier days is tried again too, when its time has come.
    """
    while True:
        wait_s = every_s
        try:
            async with pool.acquire() as conn:
                await keep_once(conn, now())
        except (*db.DATABASE_AWAY, *db.TRY_AGAIN) as error:
            log.warning("quality waits", error=repr(error))
            wait_s = min(every_s, AGAIN_S)
        await asyncio.sleep(wait_s)


async def keep_once(conn: Conn, now: datetime) -> None:
    """One round over all days that are due; conn is outside a transaction."""
    today = business_day(now)
    late = {
        date.fromisoformat(str(p.subject["day"]))
        for p in await parking.parked(conn, "quality")
        if p.due
    }
    for day in sorted(late | {today - timedelta(days=1), today}):
        try:
            async with conn.transaction():
                if await conn.fetchval(SQL["only_one"], int(db.Lock.HEALTH)):
                    await refresh(conn, day, now)
        except Exception as error:
            if db.is_away(error) or isinstance(error, db.TRY_AGAIN):
                raise
            await parking.park(conn, "quality", {"day": day.isoformat()}, error)


async def refresh(conn: Conn, day: date, now: datetime) -> int:
    """Measure a day of all devices and keep what was found; what raises is parked.

    Returns:
        How many devices were measured.
    """
    parked = [p for p in await parking.parked(conn, "quality") if _day(p.subject) == str(day)]
    wait = {p.subject.get("device") for p in parked if not p.due} - {None}
    found = [r for r in await heard(conn, day) if r["id"] not in wait]
    segments = await segments_of(conn, day)
    bad = [r["id"] for r in found if not await _keep_or_park(conn, r, day, now, segments)]
    gone = [p.subject for p in parked if p.subject.get("device") not in {*wait, *bad}]
    await parking.release(conn, "quality", gone)
    return len(found) - len(bad)


def _day(subject: Subject) -> str:
    return str(subject["day"])


async def _keep_or_park(
    conn: Conn, r: asyncpg.Record, day: date, now: datetime, segments: Integers
) -> bool:
    try:
        async with conn.transaction():
            h = await measure_one(conn, r, day, now, segments)
            row = h.device_id, day, h.vehicle_id, h.fixes, _json(h.findings), now
            await conn.execute(SQL["keep"], *row)
    except Exception as error:
        if db.is_away(error) or isinstance(error, db.TRY_AGAIN):
            raise
        subject = {"device": r["id"], "day": day.isoformat()}
        await parking.park(conn, "quality", subject, error)
        return False
    return True


def _json(findings: Sequence[Finding]) -> list[dict[str, object]]:
    return [
        {"reason": f.reason.value, "count": f.count, "figure": f.figure, "detail": f.detail}
        for f in findings
    ]
