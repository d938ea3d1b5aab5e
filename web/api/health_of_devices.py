"""How far terminals can be trusted: what was found about each on a business day."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from dispatch.access import Role
from dispatch.kernel.calendar import business_day
from telemetry import quality
from web.api.deps import Caller, Now, Reading, requires

router = APIRouter(prefix="/api/v1/devices", tags=["devices"])

READERS = (Role.FLEET_MANAGER, Role.SYSTEM_ADMIN, Role.SUPERVISOR)
AT_MOST = 1_000


class FindingOut(BaseModel):
    """A reason, how many fixes show it, and a figure in its unit; words in Chinese and English."""

    reason: quality.Reason
    zh: str
    en: str
    count: int
    figure: int | None
    detail: str | None


class HealthOut(BaseModel):
    """A device on a business day; the worst finding first."""

    device: str
    vehicle_id: int | None
    day: date
    fixes: int
    findings: list[FindingOut]
    computed_at: AwareDatetime


class HealthPage(BaseModel):
    """Newest day and most findings first; cut: there are more than are listed."""

    items: list[HealthOut]
    cut: bool


@router.get("/health", dependencies=[requires(*READERS)])
async def health(
    conn: Reading,
    who: Caller,
    now: Now,
    last: date | None = None,
    days: Annotated[int, Query(ge=1, le=31)] = 2,
    *,
    sound: bool = False,
) -> HealthPage:
    """What was found on some business days up to the last; sound: also where nothing is wrong."""
    end = last or business_day(now)
    pools = None if who.may(*READERS) else sorted(who.pools(*READERS))
    found = await quality.overview(
        conn, end - timedelta(days=days - 1), end, pools, sound=sound, at_most=AT_MOST + 1
    )
    return HealthPage(items=[_out(one) for one in found[:AT_MOST]], cut=len(found) > AT_MOST)


def _out(one: quality.Health) -> HealthOut:
    findings = [
        FindingOut(
            reason=f.reason,
            zh=f.reason.words[0],
            en=f.reason.words[1],
            count=f.count,
            figure=f.figure,
            detail=f.detail,
        )
        for f in one.findings
    ]
    return HealthOut(
        device=one.device,
        vehicle_id=one.vehicle_id,
        day=one.day,
        fixes=one.fixes,
        findings=findings,
        computed_at=one.computed_at,
    )
