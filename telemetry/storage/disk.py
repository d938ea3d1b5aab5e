"""The disk under the database: looked at, never guessed."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from telemetry.storage.model import Disk, Level

LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Gauge:
    """Where to look, and which free bytes mean what.

    Attributes:
        path: a folder of the database's file system; None: it is on another machine.
        warn_bytes: less than this is worth a warning.
        low_bytes: less than this sheds raw data before its time.
        reserve_bytes: less than this is left to the facts: ingest stops acknowledging.
    """

    path: Path | None = None
    warn_bytes: int = 0
    low_bytes: int = 0
    reserve_bytes: int = 0

    def read(self) -> Disk:
        """How full it is now."""
        if self.path is None:
            return Disk(Level.UNKNOWN)
        try:
            found = os.statvfs(self.path)
        except OSError:
            return Disk(Level.UNKNOWN)
        free = found.f_bavail * found.f_frsize
        return Disk(self.level(free), free, found.f_blocks * found.f_frsize)

    def level(self, free_bytes: int) -> Level:
        """What so many free bytes mean."""
        if free_bytes < self.reserve_bytes:
            return Level.FULL
        if free_bytes < self.low_bytes:
            return Level.LOW
        return Level.WARN if free_bytes < self.warn_bytes else Level.OK

    async def room(self) -> bool:
        """Wait while the disk is full.

        It is not full any more when a tenth of the reserve more is free, so that it does not
        fall in and out at the edge.

        Returns:
            Whether there was need to wait.
        """
        if self.read().level is not Level.FULL:
            return False
        enough = self.reserve_bytes * 1.1
        free: int | None = 0
        while free is not None and free < enough:
            await asyncio.sleep(LOOK_EVERY_S)  # nothing tells us: a file system has no events
            free = self.read().free_bytes
        return True
