"""Who was in a fence over a period, and who still is."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from dispatch import access
from dispatch.kernel.db import statements
from dispatch.kernel.errors import Invalid
from dispatch.kernel.ids import FenceId
from web.api.deps import Caller, Now, Transaction, requires
from web.api.fences import READERS, seen

router = APIRouter(prefix="/api/v1", tags=["fences"])
SQL = statements(__file__, "fence_visits.sql")
LONGEST = timedelta(days=31)
AT_MOST = 1_000


class VisitorOut(BaseModel):
    """A vehicle in the fence over [entered_at, left_at); left_at null: it is inside."""

    vehicle_id: int
    plate: str | None
    pool_id: int
    entered_at: AwareDatetime
    left_at: AwareDatetime | None


class VisitsOut(BaseModel):
    """Newest first; others: visits of other platforms' vehicles; cut: there are more than these."""

    items: list[VisitorOut]
    others: int
    cut: bool


@router.get("/fences/{fence_id}/visits", dependencies=[requires(*READERS)])
async def visits_of(
    conn: Transaction,
    who: Caller,
    now: Now,
    fence_id: int,
    frm: Annotated[AwareDatetime, Query(alias="from")],
    to: AwareDatetime,
) -> VisitsOut:
    """Visits that touch a period of at most 31 days, by vehicles that were then the caller's.

    Raises:
        Invalid: the period is empty or longer than 31 days.
        UnknownFence: the caller's platforms have no such fence.
    """
    if not timedelta(0) < to - frm <= LONGEST:
        raise Invalid("visits are read for a period of up to 31 days")
    line = await seen(conn, who, now, FenceId(fence_id))
    own = sorted(who.pools(*READERS))
    rows = await conn.fetch(SQL["visits"], line.id, frm, to, own, AT_MOST + 1)
    others = await conn.fetchval(SQL["others"], line.id, frm, to, own)
    await access.append(
        conn,
        at=now,
        actor=f"person:{who.person_id}",
        action="visits.read",
        object=f"fence:{line.id}",
        detail={"from": frm.isoformat(), "to": to.isoformat(), "rows": len(rows)},
        pool_id=line.pool_id,
    )
    items = [VisitorOut(**dict(row)) for row in rows[:AT_MOST]]
    return VisitsOut(items=items, others=others, cut=len(rows) > AT_MOST)
