"""The database of an installation: the embedded one under our care, or one that is given."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from dispatch.kernel import clock, db
from dispatch.kernel.db import Conn
from dispatch.kernel.errors import SetupError
from dispatch.kernel.log import get_logger
from dispatch.run.embedded import postgres
from dispatch.run.embedded.errors import NotStarted
from dispatch.run.embedded.place import Cluster
from dispatch.run.errors import DatabaseTooOld, DatabaseUnreachable

log = get_logger(__name__)

OLDEST_MAJOR = 15
CONNECT_WITHIN_S = 10.0
LOOK_EVERY_S = 0.1
UNREACHABLE: tuple[type[BaseException], ...] = (
    *db.DATABASE_AWAY,
    asyncpg.PostgresError,
    ValueError,
)
LONGEST_WAIT_S = 5.0


class Embedded:
    """An embedded server that is started again whenever it dies; `tell` hears of its pids."""

    def __init__(self, cluster: Cluster, server: postgres.Server) -> None:
        self.cluster = cluster
        self.server = server
        self.tell: Callable[[str, int | None], None] = lambda role, pid: None

    async def watch(self) -> None:
        """Until cancelled: start the server again when it has died."""
        wait_s = LOOK_EVERY_S
        while True:
            await asyncio.sleep(wait_s)
            wait_s = LOOK_EVERY_S
            if self.server.poll() is None:
                continue
            log.warning("database ended", code=self.server.returncode)
            self.tell("postgres", None)
            try:
                # In this very thread: the server would be stopped with a worker thread.
                self.server = postgres.launch(self.cluster)
                await asyncio.to_thread(postgres.await_ready, self.cluster, self.server)
                self.tell("postgres", self.server.pid)
                log.info("database recovered", pid=self.server.pid)
            except NotStarted as error:
                log.error("database did not start", error=str(error))
                wait_s = LONGEST_WAIT_S

    def stop(self) -> None:
        """Stop it, last of all."""
        postgres.stop(self.cluster, self.server)


@asynccontextmanager
async def embedded(data_dir: Path) -> AsyncIterator[Embedded]:
    """The embedded server of a data directory, kept running for the length of a block."""
    held = Embedded(*postgres.start(data_dir))
    watching = asyncio.create_task(held.watch(), name="database watch")
    try:
        yield held
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await asyncio.to_thread(held.stop)


async def connect(dsn: str) -> Conn:
    """One connection.

    Raises:
        DatabaseUnreachable: nobody answers there, or refuses us.
        DatabaseTooOld: its engine is older than the schema needs.
    """
    where = _without_password(dsn)
    try:
        conn = await asyncpg.connect(dsn, timeout=CONNECT_WITHIN_S)
    except UNREACHABLE as error:
        raise DatabaseUnreachable(where, str(error) or type(error).__name__) from error
    version = conn.get_server_version()
    if version.major < OLDEST_MAJOR:
        await conn.close()
        raise DatabaseTooOld(f"{version.major}.{version.minor}")
    return conn


async def prepare(dsn: str) -> list[str]:
    """Bring the schema up to date.

    Returns:
        The names of the migrations applied now.
    """
    conn = await connect(dsn)
    try:
        return await db.migrate(conn)
    except asyncpg.InsufficientPrivilegeError as error:
        raise SetupError(f"the database refuses to be migrated: {error}") from error
    finally:
        await conn.close()


async def start_clock(dsn: str) -> None:
    """Start real time where no clock runs; a scenario stays one."""
    conn = await connect(dsn)
    try:
        await clock.start_real(conn)
    finally:
        await conn.close()


def _without_password(dsn: str) -> str:
    try:
        parts = urlsplit(dsn)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return "given"
