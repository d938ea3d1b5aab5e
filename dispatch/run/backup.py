"""The whole database in one file, and back: by the programs that come with the embedded server."""

import asyncio
import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dispatch.run import database
from dispatch.run.datadir import find_database, occupied
from dispatch.run.embedded import postgres
from dispatch.run.embedded.place import client_programs
from dispatch.run.errors import BackupFailed, NotEmpty
from dispatch.run.settings import Settings
from dispatch.run.whole_file import whole

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


def back_up(settings: Settings, target: Path) -> None:
    """Write the database of what runs here into a file, as it is at one moment; work goes on.

    Args:
        settings: which database.
        target: a file that only its owner can read; one that is there is replaced at the end.

    Raises:
        NothingRuns: nothing runs here, and no database is given.
        BackupFailed: in PostgreSQL's words; what was there before stays.
    """
    with whole(target) as out:
        _run("pg_dump", find_database(settings), ["--format=custom"], stdout=out.fileno())


def restore(settings: Settings, source: Path) -> None:
    """Fill an empty database from such a file: all of it or, where it fails, nothing.

    Args:
        settings: a database that is given, else the embedded one, which is made and started here.
        source: what `back_up` wrote.

    Raises:
        NotEmpty: the database holds tables.
        AlreadyRunning: the data directory is in use.
        BackupFailed: in PostgreSQL's words.
    """
    if settings.database_url:
        _fill(settings.database_url, source)
        return
    with occupied(settings.data_dir), postgres.running(settings.data_dir) as cluster:
        _fill(postgres.dsn(cluster), source)


def _fill(dsn: str, source: Path) -> None:
    if asyncio.run(_tables(dsn)):
        raise NotEmpty
    _run(
        "pg_restore",
        dsn,
        ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(source)],
    )


async def _tables(dsn: str) -> int:
    conn = await database.connect(dsn)
    try:
        return int(await conn.fetchval(TABLES))
    finally:
        await conn.close()


def _run(program: str, dsn: str, options: list[str], stdout: int = subprocess.DEVNULL) -> None:
    """Run a client program; everybody on the machine can read arguments, so none is a password."""
    parts = urlsplit(dsn)
    name, _, host = parts.netloc.rpartition("@")
    user, _, password = name.partition(":")
    bare = parts._replace(netloc=f"{user}@{host}" if user else host).geturl()
    environment = {**os.environ, "PGPASSWORD": unquote(password)} if password else None
    command = [str(client_programs() / program), f"--dbname={bare}", *options]
    done = subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, env=environment, check=False
    )
    if done.returncode:
        raise BackupFailed(program, done.stderr.decode(errors="replace").strip())
