"""Business days and months: Asia/Shanghai, and nowhere else in the code."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def business_day(at: datetime) -> date:
    """The local date of an aware instant."""
    return at.astimezone(SHANGHAI).date()


def business_month(at: datetime) -> date:
    """The first day of the local month of an aware instant."""
    return business_day(at).replace(day=1)


def local(day: date, clock: time = time()) -> datetime:
    """The UTC instant of a local wall time on a business day."""
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """UTC instants [midnight, next midnight) of a business day."""
    return local(day), local(day + timedelta(days=1))


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """UTC instants [first midnight, first midnight of the next month)."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return local(first), local(following)


def local_time(at: datetime) -> time:
    """The local wall time of an aware instant."""
    return at.astimezone(SHANGHAI).time()
