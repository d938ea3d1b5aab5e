"""What could not be stored, with the reason."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from dispatch.access import Role
from dispatch.kernel.db import statements
from web.api.deps import Caller, Reading, requires

router = APIRouter(prefix="/api/v1", tags=["quarantine"])
SQL = statements(__file__, "quarantine.sql")

KEEPERS = (Role.FLEET_MANAGER, Role.SYSTEM_ADMIN, Role.SUPERVISOR)


class Quarantined(BaseModel):
    """A message as it came; the payload's first 2,000 bytes, unreadable ones replaced."""

    id: int
    device: str
    topic: str
    reason: str
    detail: str
    payload: str
    received_at: AwareDatetime
    times: int
    settled_at: AwareDatetime | None


class QuarantinePage(BaseModel):
    """Newest first."""

    items: list[Quarantined]
    next: int | None


@router.get("/quarantine", dependencies=[requires(*KEEPERS)])
async def quarantine(
    conn: Reading,
    who: Caller,
    cursor: Annotated[int | None, Query(description="next of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> QuarantinePage:
    """Quarantined messages, newest first: all, or those of one's own platforms' vehicles."""
    pools = None if who.may(*KEEPERS) else sorted(who.pools(*KEEPERS))
    rows = await conn.fetch(SQL["quarantine_page"], cursor, limit, pools)
    items = [
        Quarantined(**{**dict(row), "payload": row["payload"][:2000].decode(errors="replace")})
        for row in rows
    ]
    return QuarantinePage(items=items, next=items[-1].id if len(items) == limit else None)
