"""The job: looks at the disk and the calendar, and lets go what is due."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from dispatch.kernel.db import DATABASE_AWAY, TRY_AGAIN, Pool
from dispatch.kernel.log import get_logger
from telemetry.storage.disk import Gauge
from telemetry.storage.model import Disk, Level, Policy
from telemetry.storage.retention import Also, Unpublished, run

log = get_logger("telemetry.storage")

LOOK_EVERY_S = 1.0
RUN_EVERY = timedelta(hours=1)
LOW_EVERY_S = 60.0
PRESSED = (Level.LOW, Level.FULL)


async def keep(
    pool: Pool,
    now: Callable[[], datetime],
    policy: Policy,
    gauge: Gauge,
    unpublished: Unpublished,
    also: Also | None = None,
) -> None:
    """Run retention every hour of product time, and at once when the disk gets low.

    Until cancelled; any number of processes may try, one of them does it.
    """
    loop = asyncio.get_running_loop()
    ran_at, ran_s, before = None, 0.0, Level.OK
    while True:
        disk = gauge.read()
        _tell(before, disk)
        low, new = disk.level in PRESSED, before not in PRESSED
        before = disk.level
        pressed = low and (new or loop.time() - ran_s > LOW_EVERY_S)
        if ran_at is None or now() - ran_at >= RUN_EVERY or pressed:
            try:
                async with pool.acquire() as conn:
                    await run(conn, policy, now(), await unpublished(conn), low=low, also=also)
                ran_at, ran_s = now(), loop.time()
            except (*DATABASE_AWAY, *TRY_AGAIN) as error:
                log.info("retention must wait", error=type(error).__name__)
        await asyncio.sleep(LOOK_EVERY_S)


def _tell(before: Level, disk: Disk) -> None:
    if disk.level is before or disk.level is Level.UNKNOWN:
        return
    tell = log.info if disk.level is Level.OK else log.warning
    tell("disk", level=disk.level, free_bytes=disk.free_bytes)
