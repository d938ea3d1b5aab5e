"""How much slower each hour is: measured on the drives of the last weeks, kept as a setting.

A drive is what a phone said between a party's getting on and its arrival, against what the
kept drive times say for that way. Drives to a party and home again are planned at the pace of
the hour (docs/optimizer.md); those with a party are given by who asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from dispatch.kernel.calendar import local_time
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.log import get_logger
from dispatch.orders.travel import Known, seconds_between
from optimizer.travel import percent_by_hour

SQL = statements(__file__, "hours.sql")
log = get_logger("travel")

LOOKS_BACK = timedelta(days=60)
LEAST = 30
"""So few drives say nothing: then every hour is as the drive times have it."""
LONGEST = timedelta(hours=6)
"""A drive of more is a tap that was forgotten."""


@dataclass(frozen=True, slots=True)
class Drive:
    """A way with a party, degrees WGS-84, and when it was driven."""

    from_lon: float
    from_lat: float
    to_lon: float
    to_lat: float
    began_at: datetime
    arrived_at: datetime


async def factors(conn: Conn, at: datetime | None = None) -> tuple[int, ...]:
    """24 factors in percent, in force at a time (now, if none is said); empty: none are known."""
    kept = await conn.fetchval(SQL["in_force"], at)
    return () if kept is None else tuple(map(int, kept["percent_by_hour"]))


async def measure(conn: Conn, known: Known, now: datetime) -> bool:
    """Measure them anew, in the caller's transaction.

    Returns:
        Whether they differ from what was in force; then they hold from now on.
    """
    drives = [Drive(*row) for row in await conn.fetch(SQL["drives"], now - LOOKS_BACK, now)]
    found = measured(drives, known)
    if not found or found == await factors(conn, now):
        return False
    said: dict[str, Json] = {"percent_by_hour": list(found), "drives": len(drives)}
    await conn.execute(SQL["forget"], now)
    await conn.execute(SQL["end"], now)
    await conn.execute(SQL["begin"], said, now)
    log.info("drive times by hour measured", drives=len(drives), least=min(found), most=max(found))
    return True


def measured(drives: Sequence[Drive], known: Known) -> tuple[int, ...]:
    """24 factors of drives between places that the drive times know; empty: too few."""
    usable = [
        (local_time(d.arrived_at).hour, planned_s, (d.arrived_at - d.began_at).total_seconds())
        for d in drives
        if timedelta(0) < d.arrived_at - d.began_at <= LONGEST
        and (planned_s := seconds_between(known, (d.from_lon, d.from_lat), (d.to_lon, d.to_lat)))
    ]
    if len(usable) < LEAST:
        return ()
    hour, planned, driven = (np.array(column) for column in zip(*usable, strict=True))
    return percent_by_hour(hour.astype(np.int64), planned.astype(float), driven.astype(float))
