"""The same key gives the same answer; another body under it is refused."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db.connection import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.db.statements import statements
from dispatch.kernel.errors import Conflict

SQL = statements(__file__, "idempotent.sql")


class KeyReused(Conflict):
    """The key was used before with another body."""

    code = "key-reused"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, then as now."""

    status: int
    body: Json
    replayed: bool


async def remember(
    conn: Conn,
    *,
    principal: str,
    key: str,
    request: bytes,
    at: datetime,
    act: Callable[[], Awaitable[tuple[int, Json]]],
) -> Reply:
    """Act once for a key, within the caller's transaction.

    A second caller with the same key waits for the first one's transaction.

    Args:
        conn: the connection whose transaction makes the change.
        principal: whose key it is.
        key: made by the client.
        request: canonical bytes of the body.
        at: product time.
        act: makes the change; returns status and JSON body.

    Raises:
        KeyReused: same key, another body.
    """
    digest = hashlib.sha256(request).digest()
    await conn.execute(SQL["lock_key"], f"{principal}\x1f{key}")
    row = await conn.fetchrow(SQL["recall"], principal, key)
    if row is not None:
        if row["request_digest"] != digest:
            raise KeyReused("this key was used before with another body")
        return Reply(row["status"], row["response"], replayed=True)
    status, body = await act()
    await conn.execute(SQL["keep"], principal, key, digest, status, body, at)
    return Reply(status, body, replayed=False)
