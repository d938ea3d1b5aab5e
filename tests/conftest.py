"""Real databases for tests: one embedded server a session, one database a test from a template."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from dispatch.kernel import db
from dispatch.kernel.clock import ProductClock, start_real

TEMPLATE = "gongche_template"
# A database is some 750 new files, for which a disk's file system may take 0.6 s, memory 0.05.
IN_MEMORY, ROOM_BYTES = Path("/dev/shm"), 6 << 30


@pytest.fixture(scope="session")
def server_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty PostgreSQL server of our own: GONGCHE_TEST_DATABASE_URL, else the embedded one.

    The DSN names the database postgres; its role may create databases.
    """
    if given := os.environ.get("GONGCHE_TEST_DATABASE_URL"):
        yield given
        return
    from dispatch.run.embedded.postgres import temporary_server

    with temporary_server(_quick(tmp_path_factory.mktemp("pg"))) as dsn:
        yield dsn


def _quick(folder: Path) -> Path:
    """Memory, where there is room, else the folder: these databases need not outlive anything."""
    if not os.access(IN_MEMORY, os.W_OK):
        return folder
    return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free >= ROOM_BYTES else folder


def with_database(dsn: str, name: str) -> str:
    """The DSN of another database on the same server."""
    from urllib.parse import urlsplit, urlunsplit

    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def template(server_dsn: str) -> str:
    """A migrated database that tests copy."""
    name = f"{TEMPLATE}_{uuid4().hex[:8]}"

    async def make() -> None:
        conn = await asyncpg.connect(server_dsn)
        await conn.execute(f'CREATE DATABASE "{name}"')
        await conn.close()
        conn = await asyncpg.connect(with_database(server_dsn, name))
        await db.migrate(conn)
        await conn.close()

    asyncio.run(make())
    return name


@pytest.fixture
async def dsn(server_dsn: str, template: str) -> AsyncIterator[str]:
    """A migrated database of this test alone."""
    name = f"t_{uuid4().hex[:12]}"
    conn = await asyncpg.connect(server_dsn)
    await conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield with_database(server_dsn, name)
    finally:
        try:
            await conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        finally:
            await conn.close()


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[db.Pool]:
    """A pool on the test's database; the product clock runs in real time."""
    pool = await db.open_pool(dsn)
    async with pool.acquire() as conn:
        await start_real(conn)
    try:
        yield pool
    finally:
        await pool.close()


@pytest.fixture
async def conn(pool: db.Pool) -> AsyncIterator[db.Conn]:
    """One connection on the test's database."""
    async with pool.acquire() as conn:
        yield conn


@pytest.fixture
async def clock(pool: db.Pool) -> ProductClock:
    """The product clock of the test's database."""
    return await ProductClock.open(pool)
