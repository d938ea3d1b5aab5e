"""The database edge: connections, named statements, locks, migrations, events, idempotency."""

from dispatch.kernel.db.connection import (
    DATABASE_AWAY,
    TRY_AGAIN,
    Backoff,
    Conn,
    Lock,
    Pool,
    is_away,
    lock_all,
    open_pool,
)
from dispatch.kernel.db.idempotent import KeyReused, Reply, remember
from dispatch.kernel.db.migrate import DatabaseNewer, MigrationEdited, migrate
from dispatch.kernel.db.outbox import Event, emit, events_since, last_seq, number_events, sequence
from dispatch.kernel.db.statements import statements

__all__ = [
    "DATABASE_AWAY",
    "TRY_AGAIN",
    "Backoff",
    "Conn",
    "DatabaseNewer",
    "Event",
    "KeyReused",
    "Lock",
    "MigrationEdited",
    "Pool",
    "Reply",
    "emit",
    "events_since",
    "is_away",
    "last_seq",
    "lock_all",
    "migrate",
    "number_events",
    "open_pool",
    "remember",
    "sequence",
    "statements",
]
