"""Databases as they were before a migration."""

import hashlib
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg

from dispatch.kernel.db.migrate import migrations
from tests.conftest import with_database


@asynccontextmanager
async def database_before(server_dsn, migration):
    """A connection to a database of its own with every migration before this one."""
    name = f"t_{uuid4().hex[:12]}"
    server = await asyncpg.connect(server_dsn)
    await server.execute(f'CREATE DATABASE "{name}"')
    try:
        conn = await asyncpg.connect(with_database(server_dsn, name))
        try:
            await _as_it_was(conn, migration)
            yield conn
        finally:
            await conn.close()
    finally:
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await server.close()


async def _as_it_was(conn, migration):
    await conn.execute(
        "CREATE TABLE schema_migration (name text PRIMARY KEY, digest text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())"
    )
    for name, text in migrations().items():
        if name < migration:
            await conn.execute(text)
            digest = hashlib.sha256(text.encode()).hexdigest()
            await conn.execute("INSERT INTO schema_migration VALUES ($1, $2)", name, digest)
