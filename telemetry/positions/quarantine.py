"""What could not be stored as it was meant, with the reason, for a person to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.errors import NotFound

SQL = statements(__file__)
KEPT_BYTES = 64 * 1024


class NotInQuarantine(NotFound):
    """No such entry waits for a person."""

    code = "not-in-quarantine"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A payload that was put aside.

    Reasons: too-large, not-json, out-of-range, too-many, empty, wrong-kind (the wire's),
    future, expired, conflict, unstorable, bug.
    """

    device: str
    topic: str
    reason: str
    detail: str
    payload: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A quarantined payload as stored; times counts how often it came."""

    id: int
    device: str
    topic: str
    reason: str
    detail: str
    payload: bytes
    received_at: datetime
    times: int


async def put_aside(conn: Conn, bad: Sequence[Quarantined]) -> None:
    """Store payloads in the caller's transaction; of each, at most 64 KiB."""
    if not bad:
        return
    await conn.execute(
        SQL["quarantine"],
        [_text(one.device) for one in bad],
        [_text(one.topic) for one in bad],
        [one.reason for one in bad],
        [_text(one.detail) for one in bad],
        [one.payload[:KEPT_BYTES] for one in bad],
        [one.received_at for one in bad],
    )


def _text(said: str) -> str:
    """Text that PostgreSQL can hold, whatever a device said."""
    storable = said.encode("utf-8", "replace").decode("utf-8")
    return storable.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:1_000]


async def unsettled(conn: Conn, at_most: int = 200) -> list[Entry]:
    """What waits for a person, newest first."""
    return [Entry(**dict(row)) for row in await conn.fetch(SQL["unsettled"], at_most)]


async def count_unsettled(conn: Conn) -> int:
    """How many wait for a person."""
    waiting: int = await conn.fetchval(SQL["count_unsettled"])
    return waiting


async def settle(conn: Conn, entry_id: int, at: datetime) -> None:
    """A person has dealt with it.

    Raises:
        NotInQuarantine: no such entry, or settled already.
    """
    if await conn.fetchval(SQL["settle"], entry_id, at) is None:
        raise NotInQuarantine(f"no unsettled entry {entry_id}")
