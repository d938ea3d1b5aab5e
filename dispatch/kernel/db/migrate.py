"""Numbered plain SQL files, each in one transaction, applied once, never edited afterwards."""

import hashlib
from importlib.resources import files

from dispatch.kernel.db.connection import Conn, Lock
from dispatch.kernel.errors import SetupError


class MigrationEdited(SetupError):
    """A migration that was applied here has another text now."""

    code = "migration-edited"


class DatabaseNewer(SetupError):
    """The database was migrated by a newer version of the product."""

    code = "database-newer"


def migrations() -> dict[str, str]:
    """All migrations of this version: name to SQL text, in order."""
    folder = files("dispatch.kernel.db") / "migrations"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return {file.name: file.read_text(encoding="utf-8") for file in found}


async def migrate(conn: Conn) -> list[str]:
    """Bring the schema up to date; many processes may try at once.

    Returns:
        The names of the migrations applied now.

    Raises:
        MigrationEdited: an applied file was changed.
        DatabaseNewer: the database knows a file that we do not.
    """
    await conn.execute("SELECT pg_advisory_lock($1, 0)", int(Lock.MIGRATION))
    try:
        return await _migrate(conn)
    finally:
        await conn.execute("SELECT pg_advisory_unlock($1, 0)", int(Lock.MIGRATION))


async def _migrate(conn: Conn) -> list[str]:
    await conn.execute(
        "CREATE TABLE IF NOT EXISTS schema_migration (name text PRIMARY KEY, "
        "digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    applied = {r["name"]: r["digest"] for r in await conn.fetch("TABLE schema_migration")}
    known = migrations()
    if newer := sorted(applied.keys() - known.keys()):
        raise DatabaseNewer(f"the database has migrations this version does not know: {newer}")
    now = []
    for name, text in known.items():
        digest = hashlib.sha256(text.encode()).hexdigest()
        if name not in applied:
            async with conn.transaction():
                await conn.execute(text)
                await conn.execute(
                    "INSERT INTO schema_migration (name, digest) VALUES ($1, $2)", name, digest
                )
            now.append(name)
        elif applied[name] != digest:
            raise MigrationEdited(f"{name} was edited after it was applied")
    return now
