"""One batch into its tables, within the caller's transaction."""

import asyncpg

from dispatch.kernel.db import Conn
from telemetry import devices, positions, receipts
from telemetry.ingest import store
from telemetry.ingest.apart import aside
from telemetry.ingest.intake import Received
from telemetry.ingest.sorting import Batch
from telemetry.wire import encode

STRANGER = ("unknown", "disabled")


async def write(conn: Conn, batch: Batch) -> int:
    """Store all of a batch but its fixes, in the caller's transaction.

    Returns:
        How many messages were put aside.
    """
    await store.observe(conn, batch)
    second = await receipts.append(conn, [ready for _, ready in batch.bought])
    conflicts = [_conflict(*batch.bought[index]) for index in second]
    await positions.put_aside(conn, batch.quarantined + conflicts)
    strangers = {one.device: one.refusal for one in batch.refused if one.refusal in STRANGER}
    for name, reason in sorted(strangers.items()):
        await devices.refuse(conn, name, str(reason), "broker")
    await store.refuse_publishes(
        conn,
        [
            (
                one.device,
                str(one.topic) if one.refused_topic is None else one.refused_topic,
                str(one.refusal),
            )
            for one in batch.refused
            if one.refusal not in STRANGER
        ],
    )
    return len(batch.quarantined) + len(conflicts)


def _conflict(item: Received, ready: receipts.Incoming) -> positions.Quarantined:
    detail = f"transaction {ready.receipt.txn} line {ready.receipt.line} came with another body"
    return aside(item, "conflict", detail, encode([ready.receipt]))


def is_bad_data(error: BaseException) -> bool:
    """Whether no retry can store this: class 22 and 23 of SQLSTATE, or a limit of the program.

    asyncpg raises a ValueError for an argument that does not fit its type.
    """
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate)[:2] in ("22", "23", "54")
    return isinstance(error, asyncpg.InterfaceError)
