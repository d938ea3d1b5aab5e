"""The weeks of one ingest process: made before they are needed, and known when they are gone."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from dispatch.kernel.db import DATABASE_AWAY, TRY_AGAIN, Conn, Pool
from dispatch.kernel.log import get_logger
from telemetry.positions.partitions import AHEAD, ensure_weeks, horizon, window

log = get_logger("telemetry.positions")

LOOK_EVERY_S = 0.5
LEAST_AHEAD = AHEAD - timedelta(days=1)
MUST_WAIT: tuple[type[BaseException], ...] = (*TRY_AGAIN, *DATABASE_AWAY)
READ_HORIZON_EVERY = 20
"""Looks; a process that does not know yet what was dropped is told so by the database."""


class Weeks:
    """Opened with the process by ensure; keep goes on with it.

    Attributes:
        retention: older fixes are not taken.
        gone_before: neither are fixes before this, None: nothing went yet.
    """

    def __init__(self, retention: timedelta) -> None:
        self.retention = retention
        self.gone_before: datetime | None = None
        self._there_until: datetime | None = None

    async def ensure(self, conn: Conn, now: datetime) -> None:
        """Make every week from now - retention to two weeks ahead; now is product time."""
        await self.look(conn)
        lo, hi = window(now, self.retention)
        if created := await ensure_weeks(conn, lo, hi):
            log.info("partitions created", count=created)
        self._there_until = hi

    async def make(self, conn: Conn, lo: datetime, hi: datetime) -> None:
        """A row found no partition: make it, unless it is gone for good, which is known then."""
        await self.look(conn)
        await ensure_weeks(conn, lo, hi)

    async def look(self, conn: Conn) -> None:
        """Read again what is gone."""
        self.gone_before = await horizon(conn)

    async def keep(self, pool: Pool, now: Callable[[], datetime]) -> None:
        """Make partitions before they are needed, also when a scenario steps; until cancelled."""
        looks = 0
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            looks += 1
            late = self._there_until is None or self._there_until - now() < LEAST_AHEAD
            try:
                if late:
                    async with pool.acquire() as conn:
                        await self.ensure(conn, now())
                elif looks % READ_HORIZON_EVERY == 0:
                    async with pool.acquire() as conn:
                        await self.look(conn)
            except MUST_WAIT as error:
                log.info("partitions must wait", error=type(error).__name__)
