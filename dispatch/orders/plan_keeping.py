"""How long a plan can explain itself: its problem and its duties are kept, then its figures."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispatch.kernel.calendar import business_day
from dispatch.kernel.db import Conn, statements

SQL = statements(__file__, "plan_keeping.sql")

AT_ONCE = 50
"""Plans a statement: each may be megabytes."""


@dataclass(frozen=True, slots=True)
class PlansKept:
    """What is stored of plans.

    Attributes:
        whole: plans that can explain themselves.
        shed: plans of which figures and outcome are left.
        held: of the whole ones those that are due, but were put into orders of a month that
            is not published.
        bytes: of the whole ones, as they are stored.
        since: the earliest day of those.
    """

    whole: int
    shed: int
    held: int
    bytes: int
    since: date | None


async def shed_plans(
    conn: Conn, now: datetime, keep: timedelta, unpublished_since: datetime | None
) -> int:
    """Let problems and duties of old plans go; figures, decisions and outcome stay.

    Args:
        conn: outside a transaction.
        now: product time.
        keep: so long after its day a plan can explain itself.
        unpublished_since: the begin of the first month not published; plans that became orders
            from then on are kept whole. None: all is published.

    Returns:
        Of how many plans.
    """
    shed = 0
    while True:
        tag = await conn.execute(SQL["shed"], *_days(now, keep, unpublished_since), AT_ONCE)
        gone = int(tag.rpartition(" ")[2])
        shed += gone
        if gone < AT_ONCE:
            return shed


async def plans_kept(
    conn: Conn, now: datetime, keep: timedelta, unpublished_since: datetime | None
) -> PlansKept:
    """What is stored of plans, and what keeps it; arguments as for `shed_plans`."""
    row = await conn.fetchrow(SQL["kept"], *_days(now, keep, unpublished_since))
    if row is None:
        raise LookupError("an aggregate has a row")
    return PlansKept(**dict(row))


def _days(
    now: datetime, keep: timedelta, unpublished_since: datetime | None
) -> tuple[date, date | None]:
    """Plans of days before the first are due; from the second on they may be held."""
    month = None if unpublished_since is None else business_day(unpublished_since)
    return business_day(now - keep), month
