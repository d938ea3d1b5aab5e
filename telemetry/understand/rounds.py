"""Some vehicles that wait, folded by several hands: together as far as possible."""

import asyncio
import traceback
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dispatch.kernel import db
from dispatch.kernel.ids import VehicleId
from dispatch.kernel.log import get_logger
from telemetry.understand.facts import Now
from telemetry.understand.settings import UnderstandSettings
from telemetry.understand.store import SQL
from telemetry.understand.watch import Watch
from telemetry.understand.worker import Folder

log = get_logger(__name__)


class Clock(Protocol):
    """Product time."""

    def now(self) -> datetime:
        """Aware UTC."""


@dataclass(frozen=True, slots=True)
class Round:
    """Some vehicles, folded by several hands: together as far as possible, else one by one."""

    pool: db.Pool
    clock: Clock
    settings: UnderstandSettings
    folder: Folder
    watch: Watch

    async def fold(self, vehicles: Sequence[VehicleId]) -> int:
        """How many were folded, or parked."""
        hands = self.settings.workers
        size = max(1, min(self.settings.together, -(-len(vehicles) // hands)))
        chunks = (vehicles[at : at + size] for at in range(0, len(vehicles), size))
        left: list[VehicleId] = []
        folded = await _all([self._together(chunks, left) for _ in range(hands)])
        alone = iter(left)
        return folded + await _all([self._one_by_one(alone) for _ in range(hands)])

    async def _together(self, chunks: Iterator[Sequence[VehicleId]], left: list[VehicleId]) -> int:
        folded = 0
        for chunk in chunks:
            try:
                async with self.pool.acquire() as conn:
                    done = await self.folder.fold_together(conn, chunk, self._now())
            except Exception as error:
                if db.is_away(error):
                    raise
                log.warning("folded one by one", vehicles=len(chunk), error=repr(error))
                left += chunk
            else:
                folded += len(done.done)
                left += done.left
        return folded

    async def _one_by_one(self, waiting: Iterator[VehicleId]) -> int:
        folded = 0
        for vehicle_id in waiting:
            folded += await self._fold_or_park(vehicle_id)
        return folded

    async def _fold_or_park(self, vehicle_id: VehicleId) -> int:
        """Fold one vehicle; what raises is put aside with its traceback, and tried again later."""
        try:
            async with self.pool.acquire() as conn:
                done = await self.folder.fold(conn, vehicle_id, self._now())
        except Exception as error:
            if db.is_away(error):
                raise
            log.exception("fold parked", vehicle_id=vehicle_id)
            async with self.pool.acquire() as conn:
                await conn.execute(SQL["park"], vehicle_id, traceback.format_exc())
            return 1
        return 0 if done is None else 1

    def _now(self) -> Now:
        return self.watch.at(self.clock.now())


async def _all(hands: Sequence[Coroutine[None, None, int]]) -> int:
    """Let each hand finish what it has, then raise what one of them met."""
    done = await asyncio.gather(*hands, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
    return sum(n for n in done if isinstance(n, int))
