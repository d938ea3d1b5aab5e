"""What people do with requests."""

from collections.abc import Sequence
from datetime import datetime

from dispatch.access import Principal
from dispatch.kernel import db
from dispatch.kernel.db import Conn, Lock, lock_all
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import PoolId, RequestId
from dispatch.requests import store
from dispatch.requests.approval import awaited_stage
from dispatch.requests.approval import decide as next_state
from dispatch.requests.errors import HouseRulesBroken, NotAwaiting, NotYours
from dispatch.requests.model import Ask, Check, Decision, Request, Stage, State, Travel
from dispatch.requests.rules import judge
from dispatch.requests.scope import AUTHORS, READERS, may

_APPROVERS: dict[Stage, str] = {
    "unit": "unit_approver",
    "authority": "authority_reviewer",
    "rental": "authority_reviewer",
}


def may_read(who: Principal, request: Request) -> bool:
    """Whether a request lies in a grant of the caller."""
    return may(who, READERS, pool_id=request.pool_id, unit_id=request.unit_id)


async def check(conn: Conn, ask: Ask, who: Principal, now: datetime, travel: Travel) -> Check:
    """What the house rules say, without asking.

    Raises:
        NotYours: the caller may not ask for this unit.
    """
    return (await _check(conn, ask, who, now, travel))[1]


async def _check(
    conn: Conn, ask: Ask, who: Principal, now: datetime, travel: Travel
) -> tuple[PoolId, Check]:
    known = await store.known(conn, ask, now)
    if not may(who, AUTHORS, pool_id=known.pool_id, unit_id=ask.unit_id):
        raise NotYours(f"no role to ask for unit {ask.unit_id}")
    about = known.circumstances
    drive_s, metres = travel(about.origin, about.destination)
    found = judge(ask, about, known.rules)
    return known.pool_id, Check(found, metres, drive_s, about.out_of_city)


async def submit(
    conn: Conn, ask: Ask, who: Principal, now: datetime, travel: Travel
) -> tuple[Request, bool]:
    """Ask for a trip, once for each key of the author.

    Returns:
        The request as it is now, and whether the key had been used before.

    Raises:
        NotYours: the caller may not ask for this unit.
        HouseRulesBroken: a rule forbids it; every broken rule is named.
        KeyReused: same key, another body.
    """

    async def act() -> tuple[int, Json]:
        await lock_all(conn, Lock.REQUEST, [ask.unit_id])
        pool_id, found = await _check(conn, ask, who, now, travel)
        if found.blocked:
            raise HouseRulesBroken(found)
        made = await store.insert(conn, ask, found, pool_id, who.person_id, now)
        data: dict[str, Json] = {
            "request_id": made,
            "unit_id": ask.unit_id,
            "depart_at": ask.depart_at.isoformat(),
            "emergency": ask.emergency,
        }
        await db.emit(conn, "request.submitted", data, at=now, pool_id=pool_id)
        return 201, made

    reply = await db.remember(
        conn,
        principal=f"person:{who.person_id}",
        key=f"request:{ask.client_key}",
        request=store.canonical(ask),
        at=now,
        act=act,
    )
    if not isinstance(reply.body, int):
        raise TypeError("a remembered request is its id")
    return await store.get(conn, RequestId(reply.body)), reply.replayed


async def approve(
    conn: Conn,
    request_id: RequestId,
    decision: Decision,
    who: Principal,
    now: datetime,
    comment: str | None = None,
) -> Request:
    """Decide on a request at the stage that is awaited.

    One's own request may be decided too: the record names who did, and the event says so.

    Raises:
        NoSuchRequest: it does not exist, or not for this caller.
        NotAwaiting: nobody's decision is awaited.
        NotYours: the awaited decision is somebody else's.
    """
    request = await _locked(conn, request_id, who)
    given = frozenset(a.stage for a in await store.approvals(conn, request_id))
    stage = awaited_stage(
        request.state,
        emergency=request.emergency,
        review_required=request.review_required,
        given=given,
    )
    if stage is None:
        raise NotAwaiting(request_id, request.state)
    if not may(
        who, frozenset({_APPROVERS[stage]}), pool_id=request.pool_id, unit_id=request.unit_id
    ):
        raise NotYours(f"the {stage} decides on request {request_id} now")
    await store.add_decision(conn, request_id, stage, decision, who.person_id, now, comment)
    state = next_state(request.state, stage, decision, review_required=request.review_required)
    if state != request.state:
        reason = None if decision == "approved" else comment
        await store.set_state(conn, request_id, state, reason, now)
    data: dict[str, Json] = {
        "request_id": request_id,
        "stage": stage,
        "state": state,
        "own": who.person_id == request.requested_by,
    }
    kind = "request.approved" if decision == "approved" else "request.rejected"
    await db.emit(conn, kind, data, at=now, pool_id=request.pool_id)
    return await store.get(conn, request_id)


async def review_rental(
    conn: Conn,
    request_id: RequestId,
    decision: Decision,
    who: Principal,
    now: datetime,
    comment: str | None = None,
) -> Request:
    """Record the authority's word on renting for a request (H3); the order follows it.

    Raises:
        NoSuchRequest: it does not exist, or not for this caller.
        NotYours: the caller is no authority reviewer of its platform.
    """
    request = await _locked(conn, request_id, who)
    if not may(who, frozenset({_APPROVERS["rental"]}), pool_id=request.pool_id, unit_id=None):
        raise NotYours(f"the authority decides on renting for request {request_id}")
    await store.add_decision(conn, request_id, "rental", decision, who.person_id, now, comment)
    return request


async def cancel(conn: Conn, request_id: RequestId, who: Principal, now: datetime) -> Request:
    """Call a request off before its car has left; its order must be withdrawn before.

    Raises:
        NoSuchRequest: it does not exist, or not for this caller.
        NotYours: the caller is neither its author nor administers its unit.
        NotAwaiting: it is over, or on a car.
    """
    request = await _locked(conn, request_id, who)
    may_cancel = who.person_id == request.requested_by or may(
        who, frozenset({"unit_admin"}), pool_id=request.pool_id, unit_id=request.unit_id
    )
    if not may_cancel:
        raise NotYours(f"request {request_id} is somebody else's")
    if request.state not in ("submitted", "unit_approved", "approved"):
        raise NotAwaiting(request_id, request.state)
    await store.set_state(conn, request_id, "cancelled", None, now)
    data: dict[str, Json] = {"request_id": request_id}
    await db.emit(conn, "request.cancelled", data, at=now, pool_id=request.pool_id)
    return await store.get(conn, request_id)


async def _locked(conn: Conn, request_id: RequestId, who: Principal) -> Request:
    request = await store.lock(conn, request_id)
    if not may_read(who, request):
        raise NotYours(f"request {request_id} belongs to another unit or platform")
    return request


async def mark_assigned(conn: Conn, request_id: RequestId) -> bool:
    """An order was made; False where the request waits for none."""
    came_from: tuple[State, ...] = ("approved", "submitted", "unit_approved")
    return await store.mark(conn, request_id, "assigned", came_from)


async def mark_completed(conn: Conn, request_id: RequestId) -> bool:
    """The order is complete."""
    return await store.mark(conn, request_id, "completed", ("assigned",))


async def requeue(conn: Conn, request_id: RequestId) -> bool:
    """The order fell away: back to the queue, still promised if it was."""
    return await store.mark(conn, request_id, "approved", ("assigned",))


async def mark_promised(
    conn: Conn, request_id: RequestId, at: datetime | None, reason: dict[str, Json] | None = None
) -> None:
    """A car can be had for it beside all other promises (a time), or not (None and why)."""
    await store.promise(conn, request_id, at, reason)


async def expire_overdue(conn: Conn, now: datetime) -> Sequence[RequestId]:
    """Expire requests without a car half an hour after their start."""
    gone = await store.expire(conn, now)
    for request_id, pool_id in gone:
        data: dict[str, Json] = {"request_id": request_id, "reason": "expired"}
        await db.emit(conn, "request.cancelled", data, at=now, pool_id=pool_id)
    return [request_id for request_id, _ in gone]
