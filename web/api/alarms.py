"""Alarm cases over HTTP: listed, looked at with their history, acknowledged and closed."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from dispatch.access import Principal, Role
from dispatch.kernel.db import Conn
from dispatch.kernel.errors import Invalid, NotAllowed
from dispatch.kernel.ids import VehicleId
from telemetry import alarms
from web.api.deps import Caller, Now, Reading, Transaction, requires

router = APIRouter(prefix="/api/v1", tags=["alarms"])

HANDLERS = (Role.DISPATCHER, Role.CITY_DISPATCHER, Role.FLEET_MANAGER)
READERS = (*HANDLERS, Role.SUPERVISOR, Role.COMPETENT_ADMIN)
State = Literal["raised", "acknowledged", "auto_cleared", "closed", "withdrawn_by_data"]


class CaseOut(BaseModel):
    """A case; peak and bound in the rule's unit (docs/alarms.md), lon and lat degrees WGS-84."""

    id: int
    vehicle_id: int
    vehicle_code: str
    plate: str | None
    pool_id: int | None
    rule: int
    state: State
    severity: int
    shadow: bool
    notify: bool
    opened_at: AwareDatetime
    started_at: AwareDatetime
    raised_at: AwareDatetime
    ended_at: AwareDatetime | None
    peak: int
    bound: int
    causes: tuple[str, ...]
    lon: float | None
    lat: float | None
    outcome: alarms.Outcome | None


class CasePage(BaseModel):
    """Newest first; next is the cursor of the page after, null on the last."""

    items: list[CaseOut]
    next: str | None


class EventOut(BaseModel):
    """What happened to a case; actor null: the data."""

    at: AwareDatetime
    kind: str
    actor: str | None
    detail: dict[str, JsonValue]


class DetailOut(BaseModel):
    """One case, its history oldest first, and whether the caller may handle it."""

    case: CaseOut
    history: list[EventOut]
    may_settle: bool


class NoteIn(BaseModel):
    """What a person says about it."""

    note: str = Field("", max_length=500)


class CloseIn(NoteIn):
    """What it was."""

    outcome: alarms.Outcome


class Filter(BaseModel):
    """Which cases; what is not given says nothing. Times: whose time touches [since, until)."""

    pool_id: int | None = None
    rule: alarms.Rule | None = None
    severity: alarms.Severity | None = None
    vehicle_id: int | None = None
    state: State | None = None
    shadow: bool = False
    open: bool | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    cursor: str | None = Field(None, description="next of the page before", max_length=80)
    limit: int = Field(50, ge=1, le=200)

    def query(self, who: Principal) -> alarms.Query:
        """As the room takes it, cut to what the caller may see."""
        return alarms.Query(
            pools=_pools(who, self.pool_id),
            rules=() if self.rule is None else (self.rule,),
            vehicle_id=None if self.vehicle_id is None else VehicleId(self.vehicle_id),
            states=() if self.state is None else (self.state,),
            severities=() if self.severity is None else (self.severity,),
            shadow=self.shadow,
            since=self.since,
            until=self.until,
            open=self.open,
        )


@router.get("/alarms", dependencies=[requires(*READERS)])
async def cases(conn: Reading, who: Caller, wanted: Annotated[Filter, Query()]) -> CasePage:
    """Cases of the caller's platforms, newest first."""
    after = None if wanted.cursor is None else _after(wanted.cursor)
    page = await alarms.cases(conn, wanted.query(who), after=after, at_most=wanted.limit)
    following = None if page.next is None else f"{page.next[0].isoformat()}~{page.next[1]}"
    return CasePage(items=[_out(case) for case in page.cases], next=following)


@router.get("/alarms/counts", dependencies=[requires(*READERS)])
async def counts(conn: Reading, who: Caller) -> dict[int, int]:
    """How many cases nobody has settled, by severity; shadow cases are left out."""
    return await alarms.open_counts(conn, _pools(who, None))


@router.get("/alarms/{case_id}", dependencies=[requires(*READERS)])
async def case(case_id: int, conn: Reading, who: Caller) -> DetailOut:
    """One case with its history."""
    found, history = await alarms.find_case(conn, case_id, _pools(who, None))
    return DetailOut(
        case=_out(found),
        history=[EventOut.model_validate(one, from_attributes=True) for one in history],
        may_settle=_may_handle(who, found),
    )


@router.post("/alarms/{case_id}/acknowledge", dependencies=[requires(*HANDLERS)])
async def acknowledge(
    case_id: int, body: NoteIn, conn: Transaction, who: Caller, now: Now
) -> CaseOut:
    """Look after a case: it is not cleared by itself any more."""
    await _must_handle(conn, who, case_id)
    return _out(await alarms.acknowledge(conn, case_id, by=_by(who), at=now, note=body.note))


@router.post("/alarms/{case_id}/close", dependencies=[requires(*HANDLERS)])
async def close(case_id: int, body: CloseIn, conn: Transaction, who: Caller, now: Now) -> CaseOut:
    """Say what it was."""
    await _must_handle(conn, who, case_id)
    done = await alarms.close(conn, case_id, body.outcome, by=_by(who), at=now, note=body.note)
    return _out(done)


def _out(found: alarms.Case) -> CaseOut:
    return CaseOut.model_validate(found, from_attributes=True)


def _pools(who: Principal, wanted: int | None) -> list[int] | None:
    """The platforms that are seen; None: all, and what is of no platform."""
    if wanted is None and who.may(*READERS):
        return None
    own = who.pools(*READERS)
    return sorted(own if wanted is None else own & {wanted})


def _after(cursor: str) -> tuple[datetime, int]:
    at, _, case_id = cursor.partition("~")
    try:
        return datetime.fromisoformat(at), int(case_id)
    except ValueError as error:
        raise Invalid("no such cursor") from error


def _may_handle(who: Principal, found: alarms.Case) -> bool:
    return who.may(*HANDLERS, pool_id=found.pool_id)


async def _must_handle(conn: Conn, who: Principal, case_id: int) -> None:
    found, _ = await alarms.find_case(conn, case_id, _pools(who, None))
    if not _may_handle(who, found):
        raise NotAllowed("this platform's alarms are not yours to handle")


def _by(who: Principal) -> str:
    return f"person:{who.person_id}"
