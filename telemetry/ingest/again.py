"""What was put aside, tried again after a fix: the same way in, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import asyncpg

from dispatch.kernel.db import Conn
from telemetry import devices, positions
from telemetry.ingest.intake import Received
from telemetry.ingest.names import attribute
from telemetry.ingest.reading import hear
from telemetry.ingest.sorting import Batch, Limits, sort
from telemetry.ingest.writing import is_bad_data, write
from telemetry.wire import BadTopic, parse_topic

Outcome = Literal["stored", "partly", "still", "settled", "impossible"]
NOT_WHOLE = ("too-large",)
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of an entry.

    stored: all of it is in its table. partly: of an array, the rest has entries of its own.
    still: as wrong as before, and waits on. settled: somebody was first. impossible: its bytes
    are not kept whole.
    """

    id: int
    outcome: Outcome
    detail: str


class _StillWrong(Exception):
    """Nothing of it can be stored; what was begun is undone."""


class Nobody:
    """Waits for no acknowledgement: the device has had it."""

    def settle(self, item: Received) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""


async def try_again(
    conn: Conn,
    entry_id: int,
    now: datetime,
    retention: timedelta,
    pools: Sequence[int] | None = None,
) -> Retried:
    """Decode, sort and store an entry as if it came now; settled with the outcome.

    Any number of times, and beside others: what is stored is stored once. It keeps the time at
    which it was received. Permission and audit are the caller's.

    Args:
        conn: in the caller's transaction, or outside one.
        entry_id: an entry of quarantine.
        now: product time.
        retention: older fixes are not taken.
        pools: platforms whose entries the caller sees, None for all.

    Raises:
        NotInQuarantine: no such entry, or not for this caller.
    """
    await positions.entry(conn, entry_id, pools)
    async with conn.transaction():
        entry = await positions.lock_entry(conn, entry_id)
        if entry is None or entry.settled_at is not None:
            return Retried(entry_id, "settled", (entry and entry.outcome) or "")
        item = _received(entry)
        if item is None:
            return Retried(entry_id, "impossible", "its bytes or its topic are not kept whole")
        known = await devices.credentials(conn, [item.device])
        attribute(item, known.get(item.device))
        limits = Limits(now, retention, await positions.horizon(conn))
        batch = sort(hear([item]), limits)
        try:
            outcome: Outcome = await _store(conn, batch)
        except _StillWrong as error:
            await positions.say_why(conn, entry_id, str(error))
            return Retried(entry_id, "still", str(error))
        await positions.settle(conn, entry_id, now, outcome)
        return Retried(entry_id, outcome, "")


def _received(entry: positions.Entry) -> Received | None:
    try:
        topic = parse_topic(entry.topic)
    except BadTopic:
        return None
    if entry.shed or entry.reason in NOT_WHOLE:
        return None
    return Received(
        source=Nobody(),
        device=entry.device,
        device_id=None,
        topic=topic,
        payload=entry.payload,
        size=len(entry.payload),
        received_at=entry.received_at,
    )


async def _store(conn: Conn, batch: Batch) -> Outcome:
    for refused in batch.refused:
        raise _StillWrong(f"{refused.refusal}: {refused.device}")
    good = len(batch.fixes) + len(batch.bought)
    good += len(batch.fuel) + len(batch.etc) + len(batch.statuses)
    why = "; ".join(f"{one.reason}: {one.detail}" for one in batch.quarantined[:3])
    try:
        async with conn.transaction():
            if len(batch.fixes):
                await positions.ensure_weeks(conn, *batch.fixes.span())
            await positions.append_packed(conn, positions.pack_all(batch.fixes))
            bad = await write(conn, batch)
            if good == bad - len(batch.quarantined):  # all that could be read is a conflict
                raise _StillWrong(why or "conflict: it came before with another body")
    except (asyncpg.PostgresError, ValueError) as error:
        if not is_bad_data(error):
            raise
        raise _StillWrong(f"{type(error).__name__}: {error}") from error
    return "partly" if bad else "stored"


async def try_all_again(
    conn: Conn,
    reason: str,
    now: datetime,
    retention: timedelta,
    pools: Sequence[int] | None = None,
    *,
    device: str | None = None,
    at_most: int = 1_000,
) -> list[Retried]:
    """Try the entries of a reason that wait, oldest first, each in a transaction of its own."""
    done: list[Retried] = []
    after = 0
    while len(done) < at_most:
        some = min(AT_ONCE, at_most - len(done))
        ids = await positions.waiting_ids(conn, pools, reason, device, after, some)
        if not ids:
            break
        done += [await try_again(conn, one, now, retention, pools) for one in ids]
        after = ids[-1]
    return done
