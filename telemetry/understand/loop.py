"""Understanding, for ever: resolve marks, fold what is due, ring timers."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel import db
from dispatch.kernel.clock import ProductClock
from dispatch.kernel.ids import VehicleId
from telemetry.streams import from_us
from telemetry.understand.rounds import Clock, Round
from telemetry.understand.settings import UnderstandSettings
from telemetry.understand.store import SQL
from telemetry.understand.streams import ALL, Streams
from telemetry.understand.watch import read_watch
from telemetry.understand.worker import Folder


@dataclass(frozen=True, slots=True)
class Parked:
    """A vehicle whose fold raised; it is tried again at retry_at (the database's clock)."""

    vehicle_id: VehicleId
    tries: int
    traceback: str
    first_at: datetime
    retry_at: datetime


async def run(settings: UnderstandSettings, *, stop: asyncio.Event) -> None:
    """Fold vehicles until stop is set; the folds in hand are finished first.

    While the database is away nothing is lost: marks wait in it.
    """
    pool = await db.open_pool(
        settings.database_url, at_most=settings.workers + 2, role="gongche understand"
    )
    async with pool:
        clock = await ProductClock.open(pool)
        following = asyncio.create_task(clock.follow(pool), name="product clock")
        try:
            await _until(stop, pool, clock, settings, Folder(settings.streams))
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def _until(
    stop: asyncio.Event,
    pool: db.Pool,
    clock: Clock,
    settings: UnderstandSettings,
    folder: Folder,
) -> None:
    backoff = db.Backoff()
    timers_at = 0.0
    while not stop.is_set():
        did = 0
        async for attempt in backoff.until_stored():
            with attempt:
                did = await once(pool, clock, settings, folder)
                if asyncio.get_running_loop().time() >= timers_at:
                    did += await ring(pool, clock, settings, folder)
                    timers_at = asyncio.get_running_loop().time() + settings.timers_s
            if stop.is_set():
                return
        if not did:
            await _pause(stop, settings.poll_s)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def drain(
    pool: db.Pool,
    clock: Clock,
    *,
    streams: Streams = ALL,
    workers: int = 2,
    pause_s: float = 0.02,
) -> int:
    """Work until no marks are left but those of parked folds, and no timer is due.

    Returns:
        How much was done: marks resolved and vehicles folded; 0 when all was quiet.
    """
    settings, folder = UnderstandSettings("", workers=workers), Folder(streams)
    total = 0
    while True:
        did = await once(pool, clock, settings, folder) + await ring(pool, clock, settings, folder)
        total += did
        async with pool.acquire() as conn:
            if not did and await conn.fetchval(SQL["quiet"]):
                return total
        if not did:
            await asyncio.sleep(pause_s)  # another worker has them in hand


async def once(pool: db.Pool, clock: Clock, settings: UnderstandSettings, folder: Folder) -> int:
    """Resolve marks, then fold the vehicles that wait longest.

    Returns:
        How much was done; 0 when there was nothing to do.
    """
    async with pool.acquire() as conn:
        resolved: int = await conn.fetchval(SQL["resolve"])
        due = [r["vehicle_id"] for r in await conn.fetch(SQL["due"], settings.batch)]
        watch = await read_watch(conn)
    return resolved + await Round(pool, clock, settings, folder, watch).fold(due)


async def ring(pool: db.Pool, clock: Clock, settings: UnderstandSettings, folder: Folder) -> int:
    """Fold vehicles whose silence means something by now.

    Returns:
        How many.
    """
    async with pool.acquire() as conn:
        watch = await read_watch(conn)
        silent = from_us(watch.at(clock.now()).silent)
        awake = [r["vehicle_id"] for r in await conn.fetch(SQL["awake"], silent, settings.batch)]
    return await Round(pool, clock, settings, folder, watch).fold(awake)


async def parked(conn: db.Conn) -> list[Parked]:
    """The vehicles whose fold raises, for the status page."""
    return [Parked(**dict(r)) for r in await conn.fetch(SQL["parked"])]
