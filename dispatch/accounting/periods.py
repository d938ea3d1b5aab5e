"""Months are closed and published; what comes later goes to the open month."""

from datetime import date, datetime

from dispatch.kernel import db
from dispatch.kernel.calendar import month_bounds
from dispatch.kernel.errors import Refused

SQL = db.statements(__file__)


class PeriodNotOpen(Refused):
    """The month is in another state than this step needs."""

    code = "period-state"

    def __init__(self, pool_id: int, month: date, state: str | None) -> None:
        super().__init__(f"period {pool_id}/{month:%Y-%m} is {state or 'not begun'}")
        self.pool_id = pool_id
        self.month = month
        self.state = state


async def _move(
    conn: db.Conn, pool_id: int, month: date, frm: str, to: str, at: datetime | None
) -> None:
    await conn.execute(SQL["ensure_period"], pool_id, month)
    state = await conn.fetchval(SQL["lock_period"], pool_id, month)
    if state != frm:
        raise PeriodNotOpen(pool_id, month, state)
    await conn.execute(SQL["set_period"], pool_id, month, to, at)


async def close(conn: db.Conn, pool_id: int, month: date) -> None:
    """Close an open month; nothing is posted to it any more.

    Raises:
        PeriodNotOpen: it is not open.
    """
    await _move(conn, pool_id, month, "open", "closed", None)


async def publish(conn: db.Conn, pool_id: int, month: date, at: datetime) -> None:
    """Publish a closed month within the unit (公示).

    Raises:
        PeriodNotOpen: it is not closed.
    """
    await _move(conn, pool_id, month, "closed", "published", at)
    await db.emit(
        conn,
        "period.published",
        {"pool_id": pool_id, "month": month.isoformat()},
        at=at,
        pool_id=pool_id,
    )


async def first_unpublished(conn: db.Conn) -> datetime | None:
    """The begin of the first month that is not published on every platform that drove in it.

    None: all that was driven or booked is published.
    """
    month: date | None = await conn.fetchval(SQL["first_unpublished"])
    return None if month is None else month_bounds(month)[0]
