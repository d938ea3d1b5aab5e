"""Who knocked and was not let in, and what was published where it must not be."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from dispatch import access
from dispatch.access import Role
from telemetry import devices
from web.api.deps import Caller, Now, Reading, Transaction, requires
from web.api.shapes import Page

router = APIRouter(prefix="/api/v1/devices", tags=["devices"])

KEEPERS = (Role.FLEET_MANAGER, Role.SYSTEM_ADMIN)
READERS = (*KEEPERS, Role.SUPERVISOR)


class RefusedOut(BaseModel):
    """Who knocked and was not let in; times are the database's."""

    name: str
    reason: str
    first_at: AwareDatetime
    last_at: AwareDatetime
    times: int
    address: str | None
    ignored: bool


class IgnoreIn(BaseModel):
    """A refused name, and whether it is to be out of sight."""

    name: str
    ignored: bool


class PublishOut(BaseModel):
    """A message on a topic that was not its device's; at is the database's time."""

    id: int
    device: str
    topic: str
    reason: str
    at: AwareDatetime


@router.get("/refused", dependencies=[requires(*READERS)])
async def list_refused(conn: Reading) -> Page[RefusedOut]:
    """Who was not let in, for a person to approve by adding the device, or to ignore."""
    found = await devices.refused(conn)
    return Page(items=[RefusedOut.model_validate(r, from_attributes=True) for r in found])


@router.post("/refused/ignore", status_code=204, dependencies=[requires(*KEEPERS)])
async def ignore(body: IgnoreIn, conn: Transaction, who: Caller, now: Now) -> None:
    """Put a refused name out of sight, or back; it is counted all the same."""
    await devices.ignore(conn, body.name, ignored=body.ignored)
    action = "device.ignored" if body.ignored else "device.minded"
    await access.append(
        conn, at=now, actor=f"person:{who.person_id}", action=action,
        object=f"device:{body.name}", detail={},
    )  # fmt: skip


@router.get("/refused-publishes", dependencies=[requires(*READERS)])
async def refused_publishes(
    conn: Reading,
    who: Caller,
    cursor: Annotated[int | None, Query(description="next of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[PublishOut]:
    """Messages on foreign topics, newest first, by devices on one's own platforms' vehicles."""
    pools = None if who.may(*READERS) else sorted(who.pools(*READERS))
    found = await devices.refused_publishes(conn, cursor, limit, pools)
    items = [PublishOut.model_validate(one, from_attributes=True) for one in found]
    return Page(items=items, next=items[-1].id if len(items) == limit else None)
