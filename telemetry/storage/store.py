"""Partitions as they are on disk, and legal holds."""

from datetime import UTC, datetime

from dispatch.kernel.db import Conn, statements
from telemetry.storage.model import WEEK, EmptyHold, Hold, NoSuchHold, Stored

SQL = statements(__file__)


async def stored(conn: Conn) -> list[Stored]:
    """The partitions of fixes, oldest first."""
    return [
        Stored(r["name"], (lo := begin(r["name"])), lo + WEEK, *(r[k] for k in _MEASURED))
        for r in await conn.fetch(SQL["stored"])
    ]


_MEASURED = ("rows", "bytes", "trimmed_for")


def begin(name: str) -> datetime:
    """The Monday, 00:00 UTC, of a partition such as fix_2026w09."""
    year, week = name.removeprefix("fix_").split("w")
    return datetime.fromisocalendar(int(year), int(week), 1).replace(tzinfo=UTC)


async def holds(conn: Conn) -> list[Hold]:
    """Legal holds in force, oldest first."""
    return [Hold(**dict(row)) for row in await conn.fetch(SQL["holds"])]


async def place_hold(
    conn: Conn,
    vehicle_id: int,
    since: datetime,
    until: datetime | None,
    reason: str,
    *,
    by: str,
    at: datetime,
) -> int:
    """Keep a vehicle's fixes of a time until the hold is released; what is gone stays gone.

    Raises:
        EmptyHold: no time, or no reason.
    """
    if not reason.strip() or (until is not None and until <= since):
        raise EmptyHold("a legal hold needs a reason, and an end after its begin")
    hold_id: int = await conn.fetchval(
        SQL["place_hold"], vehicle_id, since, until, reason.strip(), by, at
    )
    return hold_id


async def release_hold(conn: Conn, hold_id: int, *, by: str, at: datetime) -> None:
    """What is due goes with the next run of retention.

    Raises:
        NoSuchHold: none of that number is in force.
    """
    if await conn.fetchval(SQL["release_hold"], hold_id, by, at) is None:
        raise NoSuchHold(f"no legal hold {hold_id} is in force")
