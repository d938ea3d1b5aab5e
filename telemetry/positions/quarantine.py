"""What could not be stored as it was meant, with the reason, for a person to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.errors import NotFound

SQL = statements(__file__, "quarantine.sql")
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
    """A quarantined payload as stored.

    times counts how often it came; outcome says what became of it once it is settled. The bytes
    of one that was shed are gone: the disk was low.
    """

    id: int
    device: str
    topic: str
    reason: str
    detail: str
    payload: bytes
    received_at: datetime
    times: int
    settled_at: datetime | None
    outcome: str | None
    shed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; next is the `before` of the page after, None at the end."""

    entries: list[Entry]
    next: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a reason wait for a person, and how many are settled."""

    reason: str
    waiting: int
    settled: int
    newest: datetime


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


async def page(
    conn: Conn,
    pools: Sequence[int] | None,
    *,
    reason: str | None = None,
    device: str | None = None,
    waiting: bool | None = True,
    before: int | None = None,
    at_most: int = 100,
) -> Page:
    """A page of entries, newest first.

    Args:
        conn: reads only.
        pools: platforms of the caller, None for all. A platform sees what came from terminals
            that were on its vehicles then; what belongs to no vehicle only who sees all.
        reason: only these.
        device: only of this one.
        waiting: only those that wait, or only those that are settled; None: both.
        before: the `next` of the page before.
        at_most: how many.
    """
    said = (pools, reason, device, waiting, before, at_most)
    entries = [Entry(**dict(row)) for row in await conn.fetch(SQL["page"], *said)]
    return Page(entries, entries[-1].id if len(entries) == at_most else None)


async def entry(conn: Conn, entry_id: int, pools: Sequence[int] | None) -> Entry:
    """One entry.

    Raises:
        NotInQuarantine: there is none, or not for this caller.
    """
    row = await conn.fetchrow(SQL["page"], pools, None, None, None, entry_id + 1, 1)
    if row is None or row["id"] != entry_id:
        raise NotInQuarantine(f"no entry {entry_id}")
    return Entry(**dict(row))


async def counts(conn: Conn, pools: Sequence[int] | None) -> list[Count]:
    """How many there are of each reason, as far as the caller may see them."""
    return [Count(**dict(row)) for row in await conn.fetch(SQL["counts"], pools)]


async def waiting_ids(
    conn: Conn,
    pools: Sequence[int] | None,
    reason: str,
    device: str | None,
    after: int,
    at_most: int,
) -> list[int]:
    """Entries of a reason that wait, oldest first, with ids above one."""
    rows = await conn.fetch(SQL["waiting_ids"], pools, reason, device, after, at_most)
    return [row["id"] for row in rows]


async def lock_entry(conn: Conn, entry_id: int) -> Entry | None:
    """One entry, for this transaction alone."""
    row = await conn.fetchrow(SQL["lock_entry"], entry_id)
    return None if row is None else Entry(**dict(row))


async def say_why(conn: Conn, entry_id: int, detail: str) -> None:
    """It was tried again, and is still wrong."""
    await conn.execute(SQL["detail"], entry_id, _text(detail))


async def settle(conn: Conn, entry_id: int, at: datetime, outcome: str = "settled") -> None:
    """Somebody has dealt with it.

    Raises:
        NotInQuarantine: no such entry, or settled already.
    """
    if await conn.fetchval(SQL["settle"], entry_id, at, outcome) is None:
        raise NotInQuarantine(f"no unsettled entry {entry_id}")
