"""Which weeks of fixes go now, which stay, and why. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from telemetry.storage.model import Hold, Kept, Policy, Stored, Week

GRACE = timedelta(days=1)
"""A week goes a day after its last fix expired, so no process takes a fix of it any more."""


def judge(
    stored: Sequence[Stored],
    holds: Sequence[Hold],
    unpublished_since: datetime | None,
    keep: timedelta,
    now: datetime,
) -> list[Week]:
    """Say of each partition what keeps it.

    Retention goes from the oldest on and stops at the first week that is too young or belongs
    to a month that is not published: so what is left is whole, and can be folded again. A legal
    hold stops nothing; it keeps the held vehicle's rows of its weeks.

    Args:
        stored: oldest first.
        holds: in force.
        unpublished_since: the begin of the first business month not published; None: none.
        keep: how long fixes are kept.
        now: product time.
    """
    return [_judge(one, holds, unpublished_since, keep, now) for one in stored]


def _judge(
    one: Stored,
    holds: Sequence[Hold],
    unpublished_since: datetime | None,
    keep: timedelta,
    now: datetime,
) -> Week:
    due = one.hi + keep + GRACE
    why = Kept.NOTHING
    if due > now:
        why = Kept.AGE
    elif unpublished_since is not None and unpublished_since < one.hi:
        why = Kept.UNPUBLISHED
    elif any(hold.touches(one.lo, one.hi) for hold in holds):
        why = Kept.HOLD
    goes_at = due if why in (Kept.AGE, Kept.NOTHING) else None
    return Week(one.name, one.lo, one.hi, one.rows, one.bytes, why, goes_at)


def due(
    stored: Sequence[Stored], weeks: Sequence[Week], holds: Sequence[Hold]
) -> list[tuple[Stored, str | None]]:
    """What to do, oldest first: drop a week (None), or leave only what these holds keep."""
    work: list[tuple[Stored, str | None]] = []
    for one, week in zip(stored, weeks, strict=True):
        if week.kept_by is Kept.NOTHING:
            work.append((one, None))
        elif week.kept_by is Kept.HOLD:
            ids = ",".join(str(h.id) for h in holds if h.touches(one.lo, one.hi))
            if one.trimmed_for != ids:
                work.append((one, ids))
        else:
            break
    return work


def bytes_a_day(stored: Sequence[Stored], now: datetime) -> int | None:
    """What fixes cost a day, by the newest four weeks that are over and hold something."""
    whole = [s for s in stored if s.hi <= now and s.rows > 0 and s.trimmed_for is None][-4:]
    return sum(s.bytes for s in whole) // (7 * len(whole)) if whole else None


def policy_when(policy: Policy, *, low: bool) -> timedelta:
    """How long fixes are kept: less where the disk is low."""
    return min(policy.raw, policy.raw_at_least) if low else policy.raw
