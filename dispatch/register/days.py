"""The calendar: filled from a published table, edited by the authority, silent where unknown."""

from collections.abc import Iterable
from datetime import date, timedelta

import chinese_calendar

from dispatch.kernel.db import Conn, statements
from dispatch.register.model import Day

SQL = statements(__file__)

SATURDAY = 5


def published_year(year: int) -> list[Day] | None:
    """All days of a year as published; None where the table does not know the year.

    Source: the State Council's yearly notices, as carried by the package chinesecalendar.
    """
    first = date(year, 1, 1)
    count = (date(year + 1, 1, 1) - first).days
    try:
        return [_published(first + timedelta(days=i)) for i in range(count)]
    except NotImplementedError:
        return None


def _published(day: date) -> Day:
    off, name = chinese_calendar.get_holiday_detail(day)
    weekend = day.weekday() >= SATURDAY
    if off:
        return Day(day, "holiday", name) if name else Day(day, "weekend", None)
    return Day(day, "makeup" if weekend else "workday", name)


async def set_days(conn: Conn, days: Iterable[Day], *, overwrite: bool) -> int:
    """Write days; without overwrite those that an authority has set stay.

    Returns:
        How many were written.
    """
    given = list(days)
    columns = [d.day for d in given], [d.kind for d in given], [d.name for d in given]
    return int(await conn.fetchval(SQL["set_days"], *columns, overwrite))


async def days_between(conn: Conn, first: date, last: date) -> dict[date, Day]:
    """Known days of an interval, both ends included; a day that is absent is not known."""
    rows = await conn.fetch(SQL["days_between"], first, last)
    return {row["day"]: Day(**dict(row)) for row in rows}
