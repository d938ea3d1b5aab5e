"""Receipts as issuers sent them: raw, append-only, once per (issuer, transaction, kind, line)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from dispatch.kernel.db import Conn, statements
from telemetry.wire import Receipt

SQL = statements(__file__)
_CANONICAL = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A receipt ready to be stored; the issuer is the provider that published it."""

    issuer: str
    receipt: Receipt
    received_at: datetime
    row: dict[str, object]


def prepare(issuer: str, receipt: Receipt, received_at: datetime) -> Incoming:
    """Make a receipt ready.

    Raises:
        OverflowError: one of its times is none in UTC, such as the year 1 east of Greenwich.
    """
    said = _in_utc(receipt)
    detail: dict[str, object] = msgspec.to_builtins(said)
    row = {
        **detail,
        "issuer": issuer,
        "received_at": received_at.isoformat(),
        "body_digest": hashlib.sha256(_CANONICAL.encode(said)).hexdigest(),
        "line": receipt.line,
        "lon": None if receipt.lon is None else round(receipt.lon * 1e7),
        "lat": None if receipt.lat is None else round(receipt.lat * 1e7),
        "detail": detail,
    }
    return Incoming(issuer, receipt, received_at, row)


def _in_utc(receipt: Receipt) -> Receipt:
    times = {"at": receipt.at, "entry_at": receipt.entry_at, "posted_at": receipt.posted_at}
    said = {name: time.astimezone(UTC) for name, time in times.items() if time is not None}
    return msgspec.structs.replace(receipt, **said)


async def append(conn: Conn, incoming: Sequence[Incoming]) -> list[int]:
    """Store receipts and mark them for accounting, in the caller's transaction.

    The first under a key wins. The same body again is nothing new: the digest of a body is
    SHA-256 over what it says, with its times in UTC.

    Returns:
        Indices of those whose key is taken by another body: for quarantine.
    """
    if not incoming:
        return []
    rows = [one.row | {"ordinal": ordinal} for ordinal, one in enumerate(incoming)]
    await conn.execute(SQL["accept"], rows)
    return [row["ordinal"] for row in await conn.fetch(SQL["conflicting"], rows)]
