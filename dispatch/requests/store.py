"""Rows of requests and of what the house rules ask about."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

import asyncpg

from dispatch.kernel.calendar import business_day, day_bounds
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import PersonId, PlaceId, PoolId, RequestId, UnitId
from dispatch.requests.errors import NoSuchRequest, UnknownPlace, UnknownUnit
from dispatch.requests.model import (
    Approval,
    Ask,
    Check,
    Decision,
    LongPromise,
    Place,
    Request,
    Stage,
    State,
)
from dispatch.requests.rules import Circumstances
from dispatch.requests.settings import RuleSettings, merged

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class Known:
    """What the database says about a request that is being made."""

    pool_id: PoolId
    circumstances: Circumstances
    rules: RuleSettings


async def places(conn: Conn) -> tuple[Place, ...]:
    """All places, by id."""
    return tuple(Place(*row) for row in await conn.fetch(SQL["places"]))


async def known(conn: Conn, ask: Ask, now: datetime) -> Known:
    """Everything the house rules ask about.

    Raises:
        UnknownUnit: no such unit, or it belongs to no platform now.
        UnknownPlace: no such place.
    """
    unit = await conn.fetchrow(SQL["unit"], ask.unit_id, now)
    if unit is None:
        raise UnknownUnit(f"unit {ask.unit_id} does not exist or belongs to no platform")
    ends = await conn.fetch(SQL["some_places"], [ask.from_place, ask.to_place])
    by_id = {row["id"]: Place(*row) for row in ends}
    for place_id in (ask.from_place, ask.to_place):
        if place_id not in by_id:
            raise UnknownPlace(f"place {place_id} does not exist")
    rules = await conn.fetch(SQL["rule_rows"], unit["pool_id"], now)
    about = Circumstances(
        asked_at=now,
        origin=by_id[ask.from_place],
        destination=by_id[ask.to_place],
        grassroots=unit["grassroots"],
        trips_that_day=await _trips_that_day(conn, ask),
        most_passengers={row[0]: row[1] for row in await conn.fetch(SQL["most_passengers"], now)},
        days=await _days(conn, business_day(ask.depart_at), business_day(ask.return_at)),
    )
    return Known(unit["pool_id"], about, merged(row["settings"] for row in rules))


async def _trips_that_day(conn: Conn, ask: Ask) -> int:
    bounds = day_bounds(business_day(ask.depart_at))
    count: int = await conn.fetchval(SQL["trips_that_day"], ask.unit_id, *bounds)
    return count


async def _days(conn: Conn, first: date, last: date) -> dict[date, str]:
    return {row["day"]: row["kind"] for row in await conn.fetch(SQL["calendar"], first, last)}


async def insert(
    conn: Conn, ask: Ask, check: Check, pool_id: PoolId, by: PersonId, now: datetime
) -> RequestId:
    """Store a request as submitted; its key is unique for its author."""
    violations: list[Json] = [
        {
            "rule": v.rule,
            "code": v.code,
            "severity": v.severity,
            "facts": {**v.facts},
            "message": v.message,
            "message_en": v.message_en,
        }
        for v in check.violations
    ]
    made: int = await conn.fetchval(
        SQL["insert"],
        f"{by}:{ask.client_key}",
        ask.unit_id,
        pool_id,
        by,
        ask.purpose,
        ask.purpose_text,
        ask.passengers,
        ask.lead_passenger,
        ask.kind,
        ask.from_place,
        ask.to_place,
        ask.depart_at,
        ask.return_at,
        ask.vehicle_class,
        ask.emergency,
        check.out_of_city,
        check.review_required,
        violations,
        now,
        check.distance_m,
        check.drive_s,
        ask.shareable,
    )
    return RequestId(made)


def _request(row: asyncpg.Record) -> Request:
    fields = {k: v for k, v in row.items() if not k.startswith(("f_", "t_"))}
    origin, destination = (
        Place(
            PlaceId(row[f"{end}_id"]),
            *(row[f"{end}_{k}"] for k in ("name", "lon", "lat", "adcode")),
        )
        for end in "ft"
    )
    return Request(origin=origin, destination=destination, **fields)


async def get(conn: Conn, request_id: RequestId) -> Request:
    """A request.

    Raises:
        NoSuchRequest: it does not exist.
    """
    row = await conn.fetchrow(SQL["get"], request_id)
    if row is None:
        raise NoSuchRequest(request_id)
    return _request(row)


async def get_many(conn: Conn, ids: Collection[RequestId]) -> dict[RequestId, Request]:
    """Those that exist."""
    rows = await conn.fetch(SQL["get_many"], list(ids))
    return {row["id"]: _request(row) for row in rows}


async def lock(conn: Conn, request_id: RequestId) -> Request:
    """A request, locked until the transaction ends.

    Raises:
        NoSuchRequest: it does not exist.
    """
    await conn.execute(SQL["lock"], request_id)
    return await get(conn, request_id)


async def open_between(conn: Conn, start: datetime, end: datetime) -> Sequence[Request]:
    """Requests of all platforms that leave in [start, end) and wait for a car; promised first."""
    return [_request(row) for row in await conn.fetch(SQL["open_between"], start, end)]


async def promised_between(conn: Conn, start: datetime, end: datetime) -> dict[RequestId, int]:
    """The version of each request under way in [start, end), if it is promised and waits for a car.

    In the order of their promises.
    """
    return {row[0]: row[1] for row in await conn.fetch(SQL["promised_between"], start, end)}


async def long_promises(conn: Conn, start: datetime, end: datetime) -> Sequence[LongPromise]:
    """Those of several days under way in [start, end) that wait; in the order of promises."""
    return [LongPromise(*row) for row in await conn.fetch(SQL["long_promises"], start, end)]


async def promise_on(conn: Conn, request_id: RequestId, vehicle_id: int) -> None:
    """Remember the car that a promise was found on; it is a preference, and no assignment."""
    await conn.execute(SQL["promise_on"], request_id, vehicle_id)


async def approvals(conn: Conn, request_id: RequestId) -> Sequence[Approval]:
    """All decisions, oldest first."""
    return [Approval(*row) for row in await conn.fetch(SQL["approvals"], request_id)]


async def add_decision(
    conn: Conn,
    request_id: RequestId,
    stage: Stage,
    decision: Decision,
    by: PersonId,
    at: datetime,
    comment: str | None,
) -> None:
    """Append a decision."""
    await conn.execute(SQL["decision"], request_id, stage, decision, by, at, comment)


async def set_state(
    conn: Conn, request_id: RequestId, state: State, reason: str | None, at: datetime
) -> None:
    """Move a request by a person's decision."""
    await conn.execute(SQL["set_state"], request_id, state, reason, at)


async def mark(conn: Conn, request_id: RequestId, state: State, came_from: Sequence[State]) -> bool:
    """Move a request as its order moves; False where it is in none of these states."""
    done: str = await conn.execute(SQL["mark"], request_id, state, list(came_from))
    return done.endswith(" 1")


async def promise(
    conn: Conn, request_id: RequestId, at: datetime | None, reason: dict[str, Json] | None
) -> None:
    """Note when the request was promised, or why it is not."""
    await conn.execute(SQL["promise"], request_id, at, reason)


async def expire(conn: Conn, now: datetime) -> Sequence[tuple[RequestId, PoolId]]:
    """Expire what waited until half an hour after its start."""
    return [(row["id"], row["pool_id"]) for row in await conn.fetch(SQL["expire"], now)]


def canonical(ask: Ask) -> bytes:
    """Bytes that are equal for equal requests, whatever the zone of their times."""
    return repr(
        tuple(v.timestamp() if isinstance(v, datetime) else v for v in astuple(ask))
    ).encode()


__all__ = [
    "Known",
    "UnitId",
    "add_decision",
    "approvals",
    "canonical",
    "expire",
    "get",
    "get_many",
    "insert",
    "known",
    "lock",
    "long_promises",
    "mark",
    "open_between",
    "places",
    "promise",
    "promise_on",
    "promised_between",
    "set_state",
]
