"""The audit chain: append-only, each entry sealed over the one before, verifiable by anyone."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from dispatch.kernel.db import Conn, Lock, statements
from dispatch.kernel.db.outbox import Json

SQL = statements(__file__)

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Chain:
    """What a verification found; broken_at is the first entry that does not fit, or None."""

    entries: int
    broken_at: int | None
    head: bytes


async def append(
    conn: Conn,
    *,
    at: datetime,
    actor: str,
    action: str,
    object: str,
    detail: dict[str, Json],
    pool_id: int | None = None,
) -> int:
    """Append an entry within the caller's transaction; do it last, it holds the chain's lock.

    Args:
        conn: in the transaction of the change.
        at: product time.
        actor: pseudonymous, such as person:17 or device:4; never a name.
        action: such as track.read.
        object: such as vehicle:9.
        detail: JSON without floats, without personal data.
        pool_id: the platform concerned.

    Returns:
        The entry's number.
    """
    await conn.execute("SELECT pg_advisory_xact_lock($1, 0)", int(Lock.AUDIT))
    last = await conn.fetchrow(SQL["chain_head"])
    seq, prev = (1, GENESIS) if last is None else (last["seq"] + 1, last["digest"])
    sealed = _seal(prev, seq, at, actor, action, object, pool_id, detail)
    await conn.execute(SQL["append"], seq, at, actor, action, object, pool_id, detail, prev, sealed)
    return int(seq)


async def verify(conn: Conn, chunk: int = 5_000) -> Chain:
    """Recompute the whole chain.

    A cut tail is found only by comparing head with one that was exported before.
    """
    prev, count = GENESIS, 0
    while rows := await conn.fetch(SQL["chain_after"], count, chunk):
        for row in rows:
            sealed = _seal(
                prev, count + 1, row["at"], row["actor"], row["action"], row["object"],
                row["pool_id"], row["detail"],
            )  # fmt: skip
            if (row["seq"], row["prev"], row["digest"]) != (count + 1, prev, sealed):
                return Chain(count, row["seq"], prev)
            prev, count = sealed, count + 1
    return Chain(count, None, prev)


def _seal(prev: bytes, *fields: int | str | datetime | dict[str, Json] | None) -> bytes:
    """SHA-256 over the previous digest and the canonical JSON of the fields."""
    plain = [
        f.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(f, datetime) else f
        for f in fields
    ]
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(prev + text.encode()).digest()
