"""Trip requests: ask, check, list, decide, call off."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dispatch import orders, requests
from dispatch.kernel.ids import PlaceId, RequestId, UnitId
from web.api.deps import Caller, Now, Reading, Transaction, requires

router = APIRouter(prefix="/api/v1", tags=["requests"])

AUTHORS = ("requester", "unit_admin", "unit_approver")
DECIDERS = ("unit_approver", "authority_reviewer")
DISPATCHERS = ("dispatcher", "city_dispatcher")
READERS = (
    *AUTHORS,
    "authority_reviewer",
    "dispatcher",
    "city_dispatcher",
    "fleet_manager",
    "accountant",
    "supervisor",
)
Text = Annotated[str, Field(min_length=1, max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Purpose = Literal[
    "IMPORTANT_EVENT",
    "EMERGENCY",
    "CONFIDENTIAL",
    "RESEARCH",
    "LONG_DISTANCE",
    "GROUP",
    "ENFORCEMENT",
    "MEETING_SHUTTLE",
    "OTHER_APPROVED",
]
VehicleClass = Literal["sedan", "suv", "mpv", "midibus", "coach", "special"]


class AskIn(BaseModel):
    """A request as its author writes it."""

    model_config = ConfigDict(extra="forbid")

    client_key: Annotated[str, Field(min_length=8, max_length=128)]
    unit_id: int
    purpose: Purpose
    purpose_text: Text
    passengers: Annotated[int, Field(ge=1, le=60)]
    lead_passenger: Name
    kind: requests.Kind
    from_place: int
    to_place: int
    depart_at: AwareDatetime
    return_at: AwareDatetime
    vehicle_class: VehicleClass | None = None
    emergency: bool = False
    shareable: bool = True

    def ask(self) -> requests.Ask:
        """Decode."""
        plain = self.model_dump()
        plain["unit_id"] = UnitId(self.unit_id)
        plain["from_place"] = PlaceId(self.from_place)
        plain["to_place"] = PlaceId(self.to_place)
        plain["depart_at"] = self.depart_at.astimezone(UTC)
        plain["return_at"] = self.return_at.astimezone(UTC)
        return requests.Ask(**plain)


class ViolationOut(BaseModel):
    """One broken house rule."""

    rule: str
    code: str
    severity: str
    facts: dict[str, str | int]
    message: str
    message_en: str


class CheckOut(BaseModel):
    """What the house rules say."""

    violations: list[ViolationOut]
    review_required: bool
    blocked: bool
    out_of_city: bool
    distance_m: int
    drive_s: int

    @classmethod
    def of(cls, check: requests.Check) -> "CheckOut":
        """Encode."""
        return cls(
            violations=[
                ViolationOut.model_validate(v, from_attributes=True) for v in check.violations
            ],
            review_required=check.review_required,
            blocked=check.blocked,
            out_of_city=check.out_of_city,
            distance_m=check.distance_m,
            drive_s=check.drive_s,
        )


class PlaceOut(BaseModel):
    """A place, degrees WGS-84."""

    id: int
    name: str
    lon: float
    lat: float


class RideBrief(BaseModel):
    """When a party gets on and off a shared ride, and how many parties ride."""

    on_at: datetime
    off_at: datetime
    parties: int


class OrderBrief(BaseModel):
    """The order that serves a request."""

    id: int
    order_no: str
    state: str
    vehicle_id: int | None
    plate: str | None
    driver_name: str | None
    rental_firm: str | None
    ride: RideBrief | None


class RequestOut(BaseModel):
    """A request and where it stands."""

    id: int
    unit_id: int
    unit_name: str
    pool_id: int
    requested_by: int
    purpose: str
    purpose_text: str
    passengers: int
    lead_passenger: str
    kind: str
    from_place: PlaceOut
    to_place: PlaceOut
    depart_at: datetime
    return_at: datetime
    vehicle_class: str | None
    emergency: bool
    out_of_city: bool
    state: str
    review_required: bool
    violations: list[dict[str, Any]]
    reject_reason: str | None
    promised_at: datetime | None
    queue_reason: dict[str, Any] | None
    version: int
    submitted_at: datetime
    distance_m: int
    drive_s: int
    shareable: bool
    order: OrderBrief | None


class ApprovalOut(BaseModel):
    """One decision."""

    stage: str
    decision: str
    by_person: int
    by_name: str
    at: datetime
    comment: str | None


class RequestFull(RequestOut):
    """A request with its decisions."""

    approvals: list[ApprovalOut]


class RequestList(BaseModel):
    """Requests; `next` continues the list where there is more."""

    items: list[RequestOut]
    next: int | None = None


class DecisionIn(BaseModel):
    """A decision of the stage that is awaited."""

    decision: requests.Decision
    comment: Annotated[str, Field(max_length=500)] | None = None


class MoveOut(BaseModel):
    """A promised request that would go by another car than it would now."""

    request_id: int
    from_plate: str
    to_plate: str
    fen: int


class RoomOut(BaseModel):
    """Whether a car can be had beside all that is held and promised, and what that would move.

    `moves` are those that the caller may read, `others` counts the rest. Where no car can be
    had, `reasons` counts the cars by the first rule they break.
    """

    fits: bool
    moves: list[MoveOut]
    others: int
    reasons: dict[str, Any] | None


def _next(items: Sequence[RequestOut], limit: int, *, queue: bool) -> int | None:
    return items[-1].id if len(items) == limit and not queue else None


@router.post("/requests", status_code=201, dependencies=[requires(*AUTHORS)])
async def submit(
    body: AskIn, response: Response, conn: Transaction, who: Caller, now: Now
) -> RequestOut:
    """Ask for a trip; the same key and body again is the same request."""
    made, replayed = await requests.submit(conn, body.ask(), who, now, await orders.drives(conn))
    response.headers["Idempotent-Replayed"] = "true" if replayed else "false"
    return RequestOut.model_validate(await orders.show_request(conn, who, made.id))


@router.post("/requests/check", dependencies=[requires(*AUTHORS)])
async def check(body: AskIn, conn: Reading, who: Caller, now: Now) -> CheckOut:
    """What the house rules would say, without asking."""
    return CheckOut.of(await requests.check(conn, body.ask(), who, now, await orders.drives(conn)))


@router.get("/requests", dependencies=[requires(*READERS)])
async def list_requests(
    conn: Reading,
    who: Caller,
    *,
    state: Annotated[list[str] | None, Query()] = None,
    mine: bool = False,
    queue: bool = False,
    day: date | None = None,
    cursor: int | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> RequestList:
    """Requests within the caller's reach, newest first; the queue in its own order."""
    wanted = orders.RequestFilter(state, mine, queue, day, cursor, limit)
    rows = await orders.list_requests(conn, who, wanted)
    items = [RequestOut.model_validate(row) for row in rows]
    return RequestList(items=items, next=_next(items, limit, queue=queue))


async def _full(conn: Reading, who: Caller, request_id: int) -> RequestFull:
    row = await orders.show_request(conn, who, RequestId(request_id))
    decided = await requests.approvals(conn, RequestId(request_id))
    return RequestFull.model_validate(
        row | {"approvals": [ApprovalOut.model_validate(a, from_attributes=True) for a in decided]}
    )


@router.get("/requests/{request_id}", dependencies=[requires(*READERS)])
async def show(request_id: int, conn: Reading, who: Caller) -> RequestFull:
    """One request with its decisions and its order."""
    return await _full(conn, who, request_id)


@router.get("/requests/{request_id}/room", dependencies=[requires(*DECIDERS, *DISPATCHERS)])
async def room(request_id: int, conn: Reading, who: Caller, now: Now) -> RoomOut:
    """What approving it now would promise, and which promises would move; nothing is changed."""
    found = await orders.room_for(conn, RequestId(request_id), who, now)
    return RoomOut.model_validate(found, from_attributes=True)


@router.post("/requests/{request_id}/approval", dependencies=[requires(*DECIDERS)])
async def decide(
    request_id: int, body: DecisionIn, conn: Transaction, who: Caller, now: Now
) -> RequestFull:
    """Approve, reject or return a request, at the stage that is awaited."""
    await orders.approve(conn, RequestId(request_id), body.decision, who, now, body.comment)
    return await _full(conn, who, request_id)


@router.post("/requests/{request_id}/cancel", dependencies=[requires(*AUTHORS)])
async def cancel(request_id: int, conn: Transaction, who: Caller, now: Now) -> RequestFull:
    """Call a request off before its car has left."""
    await orders.cancel_request(conn, RequestId(request_id), who, now)
    return await _full(conn, who, request_id)
