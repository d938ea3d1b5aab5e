"""Plans as people see them: how far one is, and what it decided for their platforms."""

import re
from datetime import date

from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel.db import Conn, statements
from dispatch.orders.decisions import Decisions
from dispatch.orders.errors import NoSuchPlan
from dispatch.orders.views import Row
from dispatch.orders.why import trips_of

SQL = statements(__file__, "plans.sql")

RAISED = re.compile(r"^[ \t].*\n(?:\w+\.)*([A-Z]\w*)(?::|$)", re.MULTILINE)
"""After the lines of a frame a traceback names what was raised."""


async def show_plan(conn: Conn, plan_id: int, who: Principal) -> Row:
    """A plan with the decisions that concern the caller's platforms, or how far it is.

    Raises:
        NoSuchPlan: it does not exist.
    """
    row = await conn.fetchrow(SQL["show"], plan_id)
    if row is None:
        raise NoSuchPlan(f"plan {plan_id}")
    pools = set(requests.reach(who, requests.READERS)[0])
    decisions: Decisions = row["plan"] or {"assignments": [], "rented": [], "unserved": []}
    mine = {
        kind: [one for one in rows if {one["pool_id"], one.get("vehicle_pool_id")} & pools]
        for kind, rows in decisions.items()
    }
    state = "running" if row["progress"] is not None else row["state"]
    return {k: v for k, v in row.items() if k != "plan"} | {
        "error": reason(row["error"]),
        "state": state,
        "stopping": row["stop_asked_at"] is not None,
        "trips": await trips_of(conn, mine, pools),
        "assignments": mine["assignments"],
        "moves": mine.get("moves", []),
        "rented": mine["rented"],
        "unserved_reasons": mine["unserved"],
    }


async def list_plans(conn: Conn, day: date | None) -> list[Row]:
    """Plans, newest first, of one day or of all."""
    rows = await conn.fetch(SQL["list"], day)
    return [dict(row) | {"error": reason(row["error"])} for row in rows]


def reason(error: str | None) -> str | None:
    """Why a plan failed or is a fallback, as anybody may read it: one line.

    Plans that failed long ago keep the traceback of it, of which only the name of what was
    raised is told.
    """
    if error is None or not ("Traceback (" in error or "\n" in error.strip()):
        return error
    names = RAISED.findall(error)
    return names[-1] if names else "error"
