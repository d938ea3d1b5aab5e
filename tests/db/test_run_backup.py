"""A backup is whole: what is restored from it is what was there, on a server of its own as well."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import asyncpg
import pytest

from dispatch.run import backup
from dispatch.run.embedded import postgres
from dispatch.run.errors import BackupFailed, NotEmpty
from dispatch.run.settings import Settings
from telemetry import positions
from tests import orders_city as city
from tests.conftest import with_database


@pytest.fixture
def folder():
    """A short path that the server's user can enter."""
    made = Path(tempfile.mkdtemp(prefix="gc-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


async def rows(dsn):
    """The contents of every table, as a digest."""
    conn = await asyncpg.connect(dsn)
    try:
        tables = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            name: await conn.fetchval(
                f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t'
            )
            for (name,) in tables
        }
    finally:
        await conn.close()


@pytest.fixture
async def saved(dsn, pool, folder):
    """A database with a city, an order and weeks of fixes, and its backup."""
    async with pool.acquire() as conn:
        await city.found(conn)
        await positions.ensure_weeks(conn, city.SINCE, city.SUNDAY_NOON)
        await city.assigned(conn, await city.approved(conn), 1, 1)
    target = folder / "gongche.dump"
    backup.back_up(Settings(database_url=dsn), target)
    return target


async def test_what_is_restored_is_what_was_there(dsn, server_dsn, saved):
    assert saved.stat().st_mode & 0o777 == 0o600
    conn = await asyncpg.connect(server_dsn)
    empty = with_database(server_dsn, "restored")
    try:
        await conn.execute("CREATE DATABASE restored")
        await asyncio.to_thread(backup.restore, Settings(database_url=empty), saved)
        assert await rows(empty) == await rows(dsn)
        with pytest.raises(NotEmpty):
            await asyncio.to_thread(backup.restore, Settings(database_url=empty), saved)
    finally:
        await conn.execute("DROP DATABASE restored WITH (FORCE)")
        await conn.close()


def test_a_new_data_directory_is_filled(dsn, saved, folder):
    settings = Settings(data_dir=folder / "data", database_url="")
    backup.restore(settings, saved)
    with postgres.running(settings.data_dir) as cluster:
        assert asyncio.run(rows(postgres.dsn(cluster))) == asyncio.run(rows(dsn))


async def test_a_backup_that_fails_leaves_the_one_before(server_dsn, saved):
    before = saved.read_bytes()
    with pytest.raises(BackupFailed, match="does not exist"):
        backup.back_up(Settings(database_url=with_database(server_dsn, "nowhere")), saved)
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.glob("*.part")] == []
