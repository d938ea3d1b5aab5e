"""Received messages into the database: one transaction a batch, then the acknowledgements."""

import asyncio
import enum
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import DATABASE_AWAY, TRY_AGAIN, Backoff, Conn, Pool
from dispatch.kernel.log import get_logger
from telemetry import positions, storage
from telemetry.ingest.apart import aside
from telemetry.ingest.intake import Intake, Received
from telemetry.ingest.names import Names
from telemetry.ingest.reading import Hearing, Told, put_aside
from telemetry.ingest.sorting import FUTURE, Batch, Limits, ahead, sort
from telemetry.ingest.writing import is_bad_data, write

log = get_logger("telemetry.ingest")

AT_MOST_MESSAGES = 1_000
AT_MOST_BYTES = 4 * 1024 * 1024
WITHIN_S = 0.02
"""No message waits longer for others to come."""
GATHER = 1.5
"""They are gathered for so many times as long as the quicker of the last two batches took, so that
small batches, of which each costs us some 2 ms however few its messages are, take two fifths of the
time at most, and those after a slow one do not wait for it a second time."""
AT_A_TIME = 50
"""Messages that are read before the batch that is being stored may send more of itself."""
BYTES_AT_A_TIME = 256 * 1024
"""The same of their payloads."""
FIXES_AT_A_TIME = 1_000
"""The same of fixes that are packed."""
REPEATED_BATCHES = 50
"""After a double so many batches go the way that takes doubles, which costs twice."""


class Outcome(enum.Enum):
    """Of one transaction."""

    STORED = enum.auto()
    AGAIN = enum.auto()


@dataclass(frozen=True, slots=True)
class Ready:
    """A batch as it is to be written."""

    batch: Batch
    fixes: positions.Packed


class Writer:
    """Runs until its intake is closed and drained.

    While a batch is in the database the next one is read and packed. They are stored and
    acknowledged one after the other, in the order in which they came.

    Three failures are told apart. The database is away: the batch in hand waits, nothing is
    acknowledged, the intake fills and the sources slow down; so it is while the disk is full
    but for its reserve. A message that cannot be stored:
    the batch is halved until it stands alone, and goes to quarantine. Anything else is a bug:
    it ends the process, and the devices send the batch again.
    """

    def __init__(
        self,
        intake: Intake,
        pool: Pool,
        clock: ProductClock,
        weeks: positions.Weeks,
        gauge: storage.Gauge,
    ) -> None:
        self._intake = intake
        self._pool = pool
        self._clock = clock
        self._weeks = weeks
        self._gauge = gauge
        self._names = Names(pool)
        self._through_inbox = 0
        self._took_s = [WITHIN_S, WITHIN_S]

    async def run(self) -> None:
        """Store batch after batch."""
        before: asyncio.Task[None] | None = None
        async with asyncio.TaskGroup() as tasks:
            while batch := await self._next():
                began = time.perf_counter()
                told = await _read(batch)
                ready = await self._patiently(told)
                if before is not None:
                    await before
                before = tasks.create_task(self._finish(batch, told, ready, began), name="batch")

    async def _next(self) -> list[Received]:
        within_s = min(WITHIN_S, GATHER * min(self._took_s))
        return await self._intake.take(AT_MOST_MESSAGES, AT_MOST_BYTES, within_s)

    async def _finish(
        self, batch: Sequence[Received], told: Told, ready: Ready, began: float
    ) -> None:
        await self._store(told, ready)
        self._intake.done(batch)
        self._took_s = [self._took_s[-1], time.perf_counter() - began]

    async def _patiently(self, told: Told) -> Ready:
        async for attempt in Backoff(longest_s=1.0).until_stored():
            with attempt:
                return await self._prepare(told)
        raise AssertionError("Backoff ends only when an attempt succeeds")

    async def _prepare(self, told: Told) -> Ready:
        await self._names.resolve([one.item for one in told.heard])
        batch = sort(told, await self._limits(told))
        return Ready(batch, await positions.pack_in_turns(batch.fixes, FIXES_AT_A_TIME))

    async def _store(self, told: Told, ready: Ready | None = None) -> None:
        try:
            await self._until_stored(told, ready)
        except (asyncpg.PostgresError, ValueError) as error:
            if not is_bad_data(error):
                raise
            if (count := len(told.heard)) > 1:
                await self._store(told.part(0, count // 2))
                await self._store(told.part(count // 2, count))
            else:
                (one,) = told.heard
                detail = f"{type(error).__name__}: {error}"
                log.warning("message cannot be stored", device=one.item.device, detail=detail)
                bad = [aside(one.item, "unstorable", detail)]
                await self._until_stored(put_aside(one.item, bad), None)

    async def _until_stored(self, told: Told, ready: Ready | None) -> None:
        """What fails is sorted anew: meanwhile the clock, a device or a week may have changed."""
        async for attempt in Backoff(longest_s=1.0).until_stored():
            with attempt:
                if await self._gauge.room():
                    ready = None
                try:
                    while await self._once(ready or await self._prepare(told)) is Outcome.AGAIN:
                        ready = None
                except DATABASE_AWAY as error:
                    ready = None
                    log.warning("batch waits", messages=len(told.heard), error=type(error).__name__)
                    raise

    async def _once(self, ready: Ready) -> Outcome:
        """One transaction."""
        async with self._pool.acquire() as conn:
            try:
                await self._write(conn, ready)
            except TRY_AGAIN as error:
                log.info("transaction tried again", error=type(error).__name__)
                return Outcome.AGAIN
            except asyncpg.UniqueViolationError as error:
                if not positions.is_double(error):
                    raise
                self._through_inbox = REPEATED_BATCHES
                return Outcome.AGAIN
            except asyncpg.CheckViolationError as error:
                if not positions.is_without_partition(error):
                    raise
                await self._weeks.make(conn, *ready.batch.fixes.span())
                return Outcome.AGAIN
        return Outcome.STORED

    async def _write(self, conn: Conn, ready: Ready) -> None:
        """All of it or nothing, committed: a few fixes and nothing else in one round trip."""
        is_little = ready.batch.is_fixes_alone and len(ready.fixes) <= positions.FEW
        if is_little and not self._through_inbox:
            await positions.append_few(conn, ready.fixes)
            return
        async with conn.transaction():
            await self._append(conn, ready.fixes)
            await write(conn, ready.batch)

    async def _append(self, conn: Conn, fixes: positions.Packed) -> None:
        if self._through_inbox:
            self._through_inbox -= 1
            await positions.append_packed(conn, fixes)
        elif 0 < len(fixes) <= positions.FEW:
            await positions.append_few(conn, fixes)
        else:
            await positions.append_new(conn, fixes)

    async def _limits(self, told: Told) -> Limits:
        """Product time, re-read from the row before anything is called future.

        A scenario steps, and messages of after the step may come before we have seen it:
        what claims to be later than it was received is stamped anew.
        """
        limit = timedelta(0) if self._clock.scenario else FUTURE
        early = ahead(told, limit)
        if early:
            async with self._pool.acquire() as conn:
                await self._clock.refresh(conn)
        if self._clock.scenario:
            now = self._clock.now()
            for item in early:
                item.received_at = now
        return Limits(self._clock.now(), self._weeks.retention, self._weeks.gone_before)


async def _read(batch: Sequence[Received]) -> Told:
    """Read all; a COPY larger than the socket's buffer goes on meanwhile."""
    hearing = Hearing()
    for some in _in_turns(batch):
        hearing.add(some)
        await asyncio.sleep(0)
    return hearing.told()


def _in_turns(batch: Sequence[Received]) -> Iterator[Sequence[Received]]:
    begin = size = 0
    for n, item in enumerate(batch):
        if n - begin >= AT_A_TIME or size >= BYTES_AT_A_TIME:
            yield batch[begin:n]
            begin, size = n, 0
        size += len(item.payload)
    yield batch[begin:]
