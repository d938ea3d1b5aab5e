"""What is stored, what keeps it, and how long the disk lasts."""

from datetime import datetime

from dispatch.kernel.db import Conn
from telemetry import positions
from telemetry.storage.disk import Gauge
from telemetry.storage.model import Disk, Level, Policy, Status
from telemetry.storage.plan import bytes_a_day, judge
from telemetry.storage.store import holds, stored


async def status(
    conn: Conn, policy: Policy, now: datetime, gauge: Gauge, unpublished_since: datetime | None
) -> Status:
    """Partitions with what keeps them, the disk, and a forecast.

    Args:
        conn: reads only.
        policy: how long things are kept.
        now: product time.
        gauge: where the disk is.
        unpublished_since: the begin of the first business month not published; None: none.
    """
    found = await stored(conn)
    weeks = judge(found, await holds(conn), unpublished_since, policy.raw, now)
    disk = gauge.read()
    a_day = bytes_a_day(found, now)
    horizon = await positions.horizon(conn)
    return Status(horizon, weeks, disk, a_day, _full_in_days(disk, gauge, a_day))


def _full_in_days(disk: Disk, gauge: Gauge, a_day: int | None) -> float | None:
    if disk.level is Level.UNKNOWN or disk.free_bytes is None or not a_day:
        return None
    return max(0.0, (disk.free_bytes - gauge.reserve_bytes) / a_day)
