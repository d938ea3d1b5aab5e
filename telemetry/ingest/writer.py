"""Received messages into the database: one transaction a batch, then the acknowledgements."""

import enum
from collections.abc import Sequence
from datetime import timedelta

import asyncpg

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import DATABASE_AWAY, Backoff, Conn, Pool
from dispatch.kernel.log import get_logger
from telemetry import devices, positions, receipts
from telemetry.ingest import store
from telemetry.ingest.intake import Intake, Received
from telemetry.ingest.sorting import FUTURE, Batch, Heard, Limits, aside, is_ahead, read, sort
from telemetry.wire import encode

log = get_logger("telemetry.ingest")

AT_MOST_MESSAGES = 1_000
AT_MOST_BYTES = 4 * 1024 * 1024
WITHIN_S = 0.01
AGAIN = (
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.SerializationError,
)
"""Nobody's fault: the same transaction may succeed at once."""
STRANGER = ("unknown", "disabled")


class Outcome(enum.Enum):
    """Of one transaction."""

    STORED = enum.auto()
    AGAIN = enum.auto()


class Writer:
    """Runs until its intake is closed and drained.

    Three failures are told apart. The database is away: the batch in hand waits, nothing is
    acknowledged, the intake fills and the sources slow down. A message that cannot be stored:
    the batch is halved until it stands alone, and goes to quarantine. Anything else is a bug:
    it ends the process, and the devices send the batch again.
    """

    def __init__(
        self, intake: Intake, pool: Pool, clock: ProductClock, retention: timedelta
    ) -> None:
        self._intake = intake
        self._pool = pool
        self._clock = clock
        self._retention = retention

    async def run(self) -> None:
        """Store batch after batch."""
        while batch := await self._intake.take(AT_MOST_MESSAGES, AT_MOST_BYTES, WITHIN_S):
            await self._store([read(item) for item in batch])
            self._intake.done(batch)

    async def _store(self, heard: Sequence[Heard]) -> None:
        try:
            await self._until_stored(heard)
        except (asyncpg.PostgresError, ValueError) as error:
            if not is_bad_data(error):
                raise
            if len(heard) > 1:
                half = len(heard) // 2
                await self._store(heard[:half])
                await self._store(heard[half:])
            else:
                (one,) = heard
                detail = f"{type(error).__name__}: {error}"
                log.warning("message cannot be stored", device=one.item.device, detail=detail)
                bad = [aside(one.item, "unstorable", detail)]
                await self._until_stored([Heard(one.item, [], bad)])

    async def _until_stored(self, heard: Sequence[Heard]) -> None:
        async for attempt in Backoff(longest_s=1.0).until_stored():
            with attempt:
                try:
                    while await self._once(heard) is Outcome.AGAIN:
                        pass
                except DATABASE_AWAY as error:
                    log.warning("batch waits", messages=len(heard), error=type(error).__name__)
                    raise

    async def _once(self, heard: Sequence[Heard]) -> Outcome:
        """One transaction."""
        async with self._pool.acquire() as conn:
            await self._resolve(conn, [one.item for one in heard])
            batch = sort(heard, await self._limits(conn, heard))
            try:
                async with conn.transaction():
                    await _write(conn, batch)
            except AGAIN as error:
                log.info("transaction tried again", error=type(error).__name__)
                return Outcome.AGAIN
            except asyncpg.CheckViolationError as error:
                if not positions.is_without_partition(error):
                    raise
                times = [row[0] for row in batch.fixes]
                await positions.ensure_weeks(conn, min(times), max(times))
                return Outcome.AGAIN
        return Outcome.STORED

    async def _resolve(self, conn: Conn, items: Sequence[Received]) -> None:
        """Find out whose the names are that a broker handed over; refuse the unknown."""
        unresolved = [one for one in items if one.device_id is None and one.refusal is None]
        if not unresolved:
            return
        known = await devices.credentials(conn, list({one.device for one in unresolved}))
        for item in unresolved:
            found = known.get(item.device)
            if found is None or not found.enabled:
                item.refusal = "unknown" if found is None else "disabled"
            elif item.topic.channel.is_providers != (found.kind == "provider"):
                item.refusal = "foreign-topic"
            else:
                item.device_id = found.id

    async def _limits(self, conn: Conn, heard: Sequence[Heard]) -> Limits:
        """Product time, re-read from the row before anything is called future.

        A scenario steps, and messages of after the step may come before we have seen it:
        what claims to be later than it was received is stamped anew.
        """
        limit = timedelta(0) if self._clock.scenario else FUTURE
        ahead = [one for one in heard if is_ahead(one, limit)]
        if ahead:
            await self._clock.refresh(conn)
        if self._clock.scenario:
            for one in ahead:
                one.item.received_at = self._clock.now()
        return Limits(self._clock.now(), self._retention)


async def _write(conn: Conn, batch: Batch) -> None:
    if batch.fixes:
        await positions.append(conn, batch.fixes)
    await store.observe(conn, batch)
    second = await receipts.append(conn, [ready for _, ready in batch.bought])
    conflicts = [_conflict(*batch.bought[index]) for index in second]
    await positions.put_aside(conn, batch.quarantined + conflicts)
    strangers = {one.device: one.refusal for one in batch.refused if one.refusal in STRANGER}
    for name, reason in sorted(strangers.items()):
        await devices.refuse(conn, name, str(reason), "broker")
    await store.refuse_publishes(
        conn,
        [
            (
                one.device,
                str(one.topic) if one.refused_topic is None else one.refused_topic,
                str(one.refusal),
            )
            for one in batch.refused
            if one.refusal not in STRANGER
        ],
    )


def _conflict(item: Received, ready: receipts.Incoming) -> positions.Quarantined:
    detail = f"transaction {ready.receipt.txn} line {ready.receipt.line} came with another body"
    return aside(item, "conflict", detail, encode([ready.receipt]))


def is_bad_data(error: BaseException) -> bool:
    """Whether no retry can store this: class 22 and 23 of SQLSTATE, or a limit of the program.

    asyncpg raises a ValueError for an argument that does not fit its type.
    """
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate)[:2] in ("22", "23", "54")
    return isinstance(error, asyncpg.InterfaceError)
