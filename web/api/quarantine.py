"""What could not be stored, with the reason: looked at, settled, or tried again after a fix."""

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from dispatch import access
from dispatch.access import Principal, Role
from dispatch.kernel.db import Conn
from telemetry import ingest, positions
from web.api.deps import Autocommit, Caller, Now, Ours, Reading, Transaction, requires
from web.api.shapes import Page

router = APIRouter(prefix="/api/v1", tags=["quarantine"])

KEEPERS = (Role.FLEET_MANAGER, Role.SYSTEM_ADMIN)
READERS = (*KEEPERS, Role.SUPERVISOR)
SHORT = 300
"""So many bytes of a payload are shown in a list."""

Wanted = Literal["waiting", "settled", "all"]


class Quarantined(BaseModel):
    """A message that was put aside; payload: its beginning, as text in which all is visible."""

    id: int
    device: str
    topic: str
    reason: str
    detail: str
    payload: str
    bytes: int
    received_at: AwareDatetime
    times: int
    settled_at: AwareDatetime | None
    outcome: str | None
    shed: bool


class Raw(Quarantined):
    """The same with its first 4,096 bytes as text and as a hex dump; left_out: how many follow."""

    text: str
    hexadecimal: str
    left_out: int


class CountOut(BaseModel):
    """How many of a reason wait for a person, and how many are settled."""

    reason: str
    waiting: int
    settled: int
    newest: AwareDatetime


class ReasonIn(BaseModel):
    """Which entries are tried again: of one reason, perhaps of one device."""

    reason: str
    device: str | None = None


class RetriedOut(BaseModel):
    """What became of an entry: stored, partly, still, settled, impossible."""

    id: int
    outcome: str
    detail: str


@router.get("/quarantine", dependencies=[requires(*READERS)])
async def quarantine(
    conn: Reading,
    who: Caller,
    reason: str | None = None,
    device: str | None = None,
    state: Wanted = "waiting",
    cursor: Annotated[int | None, Query(description="next of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[Quarantined]:
    """Quarantined messages, newest first: all, or those of one's own platforms' vehicles."""
    waiting = None if state == "all" else state == "waiting"
    found = await positions.page(
        conn,
        _seen(who),
        reason=reason,
        device=device,
        waiting=waiting,
        before=cursor,
        at_most=limit,
    )
    return Page(items=[Quarantined(**_brief(one)) for one in found.entries], next=found.next)


@router.get("/quarantine/counts", dependencies=[requires(*READERS)])
async def counts(conn: Reading, who: Caller) -> Page[CountOut]:
    """How many there are of each reason."""
    found = await positions.counts(conn, _seen(who))
    return Page(items=[CountOut.model_validate(one, from_attributes=True) for one in found])


@router.get("/quarantine/{entry_id}", dependencies=[requires(*READERS)])
async def one(entry_id: int, conn: Reading, who: Caller) -> Raw:
    """One entry with its bytes."""
    found = await positions.entry(conn, entry_id, _seen(who))
    raw = positions.shown(found.payload)
    return Raw(**_brief(found), **asdict(raw))


@router.post("/quarantine/{entry_id}/settle", status_code=204, dependencies=[requires(*KEEPERS)])
async def settle(entry_id: int, conn: Transaction, who: Caller, now: Now) -> None:
    """A person has dealt with it."""
    await positions.entry(conn, entry_id, _seen(who))
    await positions.settle(conn, entry_id, now)
    await _note(conn, who, now, "quarantine.settled", str(entry_id))


@router.post("/quarantine/{entry_id}/retry", dependencies=[requires(*KEEPERS)])
async def retry(entry_id: int, conn: Transaction, who: Caller, now: Now, ours: Ours) -> RetriedOut:
    """Take an entry in again as if it came now; what is as wrong as before stays."""
    again = await ingest.try_again(conn, entry_id, now, ours.settings.kept.raw, _seen(who))
    await _note(conn, who, now, "quarantine.retried", str(entry_id))
    return RetriedOut.model_validate(again, from_attributes=True)


@router.post("/quarantine/retry", dependencies=[requires(*KEEPERS)])
async def retry_all(
    body: ReasonIn, conn: Autocommit, who: Caller, now: Now, ours: Ours
) -> Page[RetriedOut]:
    """Take in again what waits for one reason, oldest first, a thousand at most, each by itself."""
    again = await ingest.try_all_again(
        conn, body.reason, now, ours.settings.kept.raw, _seen(who), device=body.device
    )
    async with conn.transaction():
        await _note(conn, who, now, "quarantine.retried", body.reason)
    return Page(items=[RetriedOut.model_validate(one, from_attributes=True) for one in again])


def _seen(who: Principal) -> list[int] | None:
    return None if who.may(*READERS) else sorted(who.pools(*READERS))


def _brief(entry: positions.Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "device": entry.device,
        "topic": entry.topic,
        "reason": entry.reason,
        "detail": entry.detail,
        "payload": positions.shown(entry.payload[:SHORT]).text,
        "bytes": len(entry.payload),
        "received_at": entry.received_at,
        "times": entry.times,
        "settled_at": entry.settled_at,
        "outcome": entry.outcome,
        "shed": entry.shed,
    }


async def _note(conn: Conn, who: Principal, now: Now, action: str, what: str) -> None:
    mine = f"person:{who.person_id}"
    await access.append(
        conn, at=now, actor=mine, action=action, object=f"quarantine:{what}", detail={}
    )
