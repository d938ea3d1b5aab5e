"""One ingest process: a mouth, a writer, a clock; opened bottom up, closed mouth first."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import DATABASE_AWAY, Backoff, Pool, open_pool
from dispatch.kernel.log import get_logger
from telemetry import positions
from telemetry.ingest import broker_url, probes, talk, tls, watch
from telemetry.ingest.broker import Broker
from telemetry.ingest.door import Door
from telemetry.ingest.gate import Gate
from telemetry.ingest.intake import Intake
from telemetry.ingest.settings import IngestSettings
from telemetry.ingest.writer import Writer

log = get_logger("telemetry.ingest")
T = TypeVar("T")

DRAIN_WITHIN_S = 10.0
CONNECTIONS = 6


async def run(
    settings: IngestSettings, *, stop: asyncio.Event, ready: Callable[[int], None]
) -> None:
    """Take messages in until stop is set; then shut the mouth, store the rest, acknowledge it.

    Waits for a database that is away, also at the start. What cannot be stored within ten
    seconds of stop was not acknowledged, and comes again.

    Args:
        settings: see IngestSettings.
        stop: set it to end.
        ready: called once with the door's port, or with 0 when a broker has granted the
            subscription.

    Raises:
        SetupError: the port is taken, or the broker's URL cannot be read.
        ExceptionGroup: a bug; nothing of the batch in hand was acknowledged.
    """
    async with (
        _pool(settings, stop, CONNECTIONS) as pool,
        _pool(settings, stop, 2, stateless=True) as storing,
    ):
        if pool is None or storing is None:
            return
        weeks = positions.Weeks(timedelta(days=settings.retention_days))
        clock = await ProductClock.open(pool)
        async with pool.acquire() as conn:
            await weeks.ensure(conn, clock.now())
        intake = Intake()
        mouth: Door | Broker
        if settings.mqtt_url is None:
            mouth = Door(
                Gate(pool),
                intake,
                clock,
                pace=settings.pace,
                strangers_at_most=settings.strangers_at_most,
            )
        else:
            mouth = _broker(settings, settings.mqtt_url, intake, clock, ready)
        try:
            async with asyncio.TaskGroup() as tasks:
                followers = [
                    tasks.create_task(clock.follow(pool), name="clock"),
                    tasks.create_task(weeks.keep(pool, clock.now), name="partitions"),
                ]
                writer = Writer(intake, storing, clock, weeks, settings.gauge)
                writing = tasks.create_task(writer.run(), name="writer")
                if isinstance(mouth, Door):
                    port = await mouth.listen(settings.host, settings.port, _tls(settings))
                    log.info("door open", host=settings.host, port=port)
                    ready(port)
                followers.append(tasks.create_task(mouth.run(), name="mouth"))
                listening = watch.keep(pool, clock.now, lambda: mouth.is_open)
                followers.append(tasks.create_task(listening, name="watch"))
                if isinstance(mouth, Broker) and settings.mqtt_shared:
                    followers.append(tasks.create_task(_judge_sharing(mouth.where), name="probe"))
                await stop.wait()
                mouth.shut()
                intake.close()
                await asyncio.wait({writing}, timeout=DRAIN_WITHIN_S)
                await mouth.hang_up()
                for task in (*followers, writing):
                    task.cancel()
        finally:
            mouth.abort()
        log.info("ingest closed", unstored=len(intake))


def _broker(
    settings: IngestSettings,
    url: str,
    intake: Intake,
    clock: ProductClock,
    ready: Callable[[int], None],
) -> Broker:
    told = False

    def once() -> None:
        nonlocal told
        if not told:
            told = True
            ready(0)

    where = broker_url.parse(url, settings.mqtt_ca, settings.mqtt_certificate, settings.mqtt_key)
    return Broker(
        where,
        settings.mqtt_client_id,
        intake,
        clock,
        shared=settings.mqtt_shared,
        subscribed=once,
    )


async def _judge_sharing(where: broker_url.BrokerUrl) -> None:
    """A granted $share proves nothing: try it, and say what came of it."""
    try:
        found = await probes.shared(where)
    except talk.NoAnswer as error:
        log.info("cannot tell whether the broker shares", error=str(error))
        return
    tell = log.error if found.good is False else log.info
    tell("whether the broker shares", good=found.good, said=found.said)


def _tls(settings: IngestSettings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None:
        return None
    return tls.door_context(settings.tls_certificate, settings.tls_key)


@asynccontextmanager
async def _pool(
    settings: IngestSettings, stop: asyncio.Event, at_most: int, *, stateless: bool = False
) -> AsyncIterator[Pool | None]:
    """A pool, as soon as the database answers; None: stopped before it did."""
    pool = await _or_stop(_patiently(settings.dsn, at_most, stateless=stateless), stop)
    try:
        yield pool
    finally:
        if pool is not None:
            await _close(pool)


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(5):
            await pool.close()
    except DATABASE_AWAY:
        pool.terminate()


async def _patiently(dsn: str, at_most: int, *, stateless: bool) -> Pool:
    async for attempt in Backoff(longest_s=1.0).until_stored():
        with attempt:
            try:
                return await open_pool(
                    dsn, at_most=at_most, role="gongche ingest", stateless=stateless
                )
            except DATABASE_AWAY as error:
                log.warning("database unreachable", error=str(error))
                raise
    raise AssertionError("Backoff ends only when an attempt succeeds")


async def _or_stop(work: Awaitable[T], stop: asyncio.Event) -> T | None:
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
