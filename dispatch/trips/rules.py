"""Which kilometres a platform believes: settings over time, beside the house rules."""

from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.errors import Invalid
from dispatch.kernel.ids import PoolId
from dispatch.trips.model import DEFAULT_RULE, DistanceRule, Source

SQL = statements(__file__)
PERMILLE = (1, 1_000)
METRES = (0, 100_000)


class InvalidRule(Invalid):
    """A rule of kilometres that cannot be; the message names the bound."""

    code = "invalid-distance-rule"


async def in_force(conn: Conn, pool_id: PoolId | None, at: datetime) -> DistanceRule:
    """A platform's rule at a time, else the authority's, else the default."""
    row = await conn.fetchval(SQL["distance_rule"], pool_id, at)
    if row is None:
        return DEFAULT_RULE
    order = tuple(Source(word) for word in row["order"])
    return DistanceRule(order, row["flag_permille"], row["flag_m"])


async def put(
    conn: Conn, pool_id: PoolId | None, rule: DistanceRule, since: datetime, now: datetime
) -> None:
    """Let a rule hold from a time on, in the caller's transaction; trips since then are redone.

    Args:
        conn: in a transaction.
        pool_id: None for the authority.
        rule: see DistanceRule.
        since: trips that end then or later.
        now: product time.

    Raises:
        InvalidRule: the order is no order of the three, or a bound is broken.
    """
    known = {Source.DEVICE_ODOMETER, Source.GPS, Source.DRIVER_ODOMETER}
    if not rule.order or len(set(rule.order)) != len(rule.order) or not set(rule.order) <= known:
        raise InvalidRule("an order names device_odometer, gps, driver_odometer, each once at most")
    for name, value, (least, most) in (
        ("flag_permille", rule.flag_permille, PERMILLE),
        ("flag_m", rule.flag_m, METRES),
    ):
        if not least <= value <= most:
            raise InvalidRule(f"{name} is {least} to {most}")
    said = {
        "order": [source.value for source in rule.order],
        "flag_permille": rule.flag_permille,
        "flag_m": rule.flag_m,
    }
    await conn.execute(SQL["forget_distance_rules"], pool_id, since)
    await conn.execute(SQL["end_distance_rule"], pool_id, since)
    await conn.execute(SQL["begin_distance_rule"], pool_id, said, since)
    await conn.execute(SQL["measure_again"], pool_id, since, now)
