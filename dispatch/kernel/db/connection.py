"""Connections, and what it means that the database is away."""

import asyncio
import enum
import json
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncpg.pool import PoolConnectionProxy

    Conn: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Conn = asyncpg.Connection
    Pool = asyncpg.Pool

DATABASE_AWAY: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.OutOfMemoryError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a query on a connection that the server has just given up
)
"""The database or its disk is away: stop reading, retry. Anything else is bad data or a bug."""

TRY_AGAIN: tuple[type[asyncpg.PostgresError], ...] = (
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.SerializationError,
)
"""Nobody's fault: the same transaction may succeed at once."""


def is_away(error: BaseException) -> bool:
    """Whether the database or its disk is away; InterfaceError also names unfit arguments."""
    return isinstance(error, DATABASE_AWAY) and not isinstance(error, ValueError)


class Lock(enum.IntEnum):
    """Classes of advisory locks; the one place where they are named."""

    FOLD = 77
    VEHICLE = 78
    DRIVER = 79
    SEQUENCER = 80
    MIGRATION = 81
    AUDIT = 82
    BOOKS = 83
    PLANNER = 84
    REQUEST = 85
    TOLLS = 86
    HEALTH = 88


async def _prepare(conn: asyncpg.Connection) -> None:
    await conn.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _nothing_to_reset(conn: asyncpg.Connection) -> None:
    """Where nobody leaves a session state behind."""


async def open_pool(
    dsn: str, *, at_most: int = 10, role: str = "gongche", stateless: bool = False
) -> Pool:
    """Open a pool of connections in UTC with jsonb as Python values.

    Args:
        dsn: a libpq URL.
        at_most: connections at most.
        role: shown as application_name.
        stateless: who borrows a connection sets nothing beyond its transaction, so that giving
            it back costs no round trip; an open transaction is rolled back none the less.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=at_most,
        init=_prepare,
        reset=_nothing_to_reset if stateless else None,
        command_timeout=60,
        server_settings={
            "application_name": role,
            "timezone": "UTC",
            # "committed" means on disk, whatever the server's own default says
            "synchronous_commit": "on",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "120s",
        },
    )


async def lock_all(conn: Conn, lock: Lock, ids: Iterable[int]) -> None:
    """Take transaction locks of one class in id order, which is what prevents deadlocks."""
    for one in sorted(set(ids)):
        await conn.execute("SELECT pg_advisory_xact_lock($1, $2)", int(lock), one)


class Backoff:
    """Retries while the database is away or busy: 50 ms doubling to 5 s, with jitter."""

    def __init__(self, first_s: float = 0.05, longest_s: float = 5.0) -> None:
        self._first_s = first_s
        self._longest_s = longest_s

    async def until_stored(self) -> AsyncIterator[AbstractContextManager[None]]:
        """Yield attempts without end, until one leaves its block without such an error."""
        wait_s = self._first_s
        while True:
            attempt = _Attempt()
            yield attempt.guard()
            if attempt.stored:
                return
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))
            wait_s = min(self._longest_s, wait_s * 2)


class _Attempt:
    stored = False

    @contextmanager
    def guard(self) -> "Iterator[None]":
        try:
            yield
        except (*DATABASE_AWAY, *TRY_AGAIN) as error:
            if not (is_away(error) or isinstance(error, TRY_AGAIN)):
                raise
            return
        self.stored = True
