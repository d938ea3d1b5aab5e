"""Decisions of a plan become orders; what meets a conflict is reported, the rest holds."""

from datetime import datetime

from dispatch import requests
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import FleetError
from dispatch.kernel.ids import FirmId, PersonId, RequestId
from dispatch.orders import store
from dispatch.orders.assign import Choice, book, book_load, must_wait
from dispatch.orders.candidates import find
from dispatch.orders.decisions import Decisions, instant
from dispatch.orders.late import lock_cars_and_drivers
from dispatch.orders.load import Load, Seat
from dispatch.orders.model import Fleet
from dispatch.orders.moves import CannotMove, Decision, stand_for, take_off
from dispatch.orders.rental import book_rental


async def apply_decisions(
    conn: Conn, plan_id: int, decisions: Decisions, by: PersonId | None, now: datetime
) -> dict[str, Json]:
    """Book assignments, then rentals: those only after looking for an own car once more.

    Args:
        conn: in a transaction.
        plan_id: named in the proofs of rentals.
        decisions: of the platforms that the caller dispatches.
        by: who answers for it.
        now: product time.

    Returns:
        How many were assigned (of them in shared rides), moved and rented, and each conflict
        with its reason. Orders move all together or not at all.
    """
    moves = decisions.get("moves", [])
    await _lock(conn, [*decisions["assignments"], *moves])
    stuck: list[Json] = []
    if moves:
        try:
            async with conn.transaction():
                return await _book_all(conn, plan_id, decisions, by, now)
        except CannotMove as error:
            stuck = [_conflict(one, error.cause) for one in moves]
    outcome = await _book_all(conn, plan_id, {**decisions, "moves": []}, by, now)
    conflicts = outcome["conflicts"]
    return outcome | {"conflicts": [*stuck, *(conflicts if isinstance(conflicts, list) else [])]}


async def _lock(conn: Conn, rows: list[Decision]) -> None:
    """The cars and drivers that get orders and that lose them."""
    old = [one for one in rows if "from_vehicle_id" in one]
    await lock_cars_and_drivers(
        conn,
        [*(_int(a, "vehicle_id") for a in rows), *(_int(a, "from_vehicle_id") for a in old)],
        [*(_int(a, "driver_id") for a in rows), *(_int(a, "from_driver_id") for a in old)],
    )


async def _book_all(
    conn: Conn, plan_id: int, decisions: Decisions, by: PersonId | None, now: datetime
) -> dict[str, Json]:
    """Take off what moves, then book in order of start, rentals last.

    Raises:
        CannotMove: an order that moves has left, was accepted, or finds its place taken.
    """
    moves = decisions.get("moves", [])
    for move in moves:
        await take_off(conn, plan_id, move, now)
    jobs = [*_jobs(decisions["assignments"]), *([one] for one in moves)]
    jobs.sort(key=lambda job: min(str(one["start_at"]) for one in job))
    fleet: Fleet | None = None
    conflicts: list[Json] = []
    done = {"assigned": 0, "shared": 0, "moved": 0, "rented": 0, "own_after_all": 0}
    for job in (*jobs, *([one] for one in decisions["rented"])):
        if fleet is None:
            fleet = await store.fleet(conn, await _starts(conn, job[0], now))
        waiting, gone = await _still_waiting(conn, job)
        conflicts += gone
        if not waiting:
            continue
        try:
            async with conn.transaction():
                kind = await _one(conn, plan_id, waiting, fleet, by, now)
        except FleetError as error:
            if "order_id" in job[0]:
                raise CannotMove(error) from error
            conflicts += [_conflict(one, error) for one in waiting]
        else:
            done[kind] += len(waiting)
            done["shared"] += len(waiting) if len(waiting) > 1 else 0
    return {**done, "conflicts": conflicts}


def _jobs(assignments: list[Decision]) -> list[list[Decision]]:
    """What goes onto a car together: one request, or those of a shared ride."""
    found: dict[Json, list[Decision]] = {}
    for one in assignments:
        ride = one.get("ride")
        found.setdefault(ride["first"] if isinstance(ride, dict) else one["request_id"], []).append(
            one
        )
    return list(found.values())


async def _still_waiting(conn: Conn, jobs: list[Decision]) -> tuple[list[Decision], list[Json]]:
    """The others of a ride go without who waits no more; one alone goes at its own time."""
    waiting: list[Decision] = []
    gone: list[Json] = []
    for one in jobs:
        try:
            await must_wait(conn, await requests.lock(conn, RequestId(_int(one, "request_id"))))
            waiting.append(one)
        except FleetError as error:
            gone.append(_conflict(one, error))
    if len(jobs) > 1 and len(waiting) == 1:
        left = await requests.get(conn, RequestId(_int(waiting[0], "request_id")))
        alone = {k: v for k, v in waiting[0].items() if k != "ride"}
        waiting = [alone | {"start_at": left.depart_at.isoformat()}]
    return waiting, gone


def _conflict(decision: Decision, error: FleetError) -> Json:
    return {"request_id": decision["request_id"], "code": error.code, "message": str(error)}


async def _starts(conn: Conn, decision: Decision, now: datetime) -> datetime:
    request = await requests.get(conn, RequestId(_int(decision, "request_id")))
    return max(now, request.depart_at)


async def _one(
    conn: Conn,
    plan_id: int,
    jobs: list[Decision],
    fleet: Fleet,
    by: PersonId | None,
    now: datetime,
) -> str:
    if "vehicle_id" in jobs[0]:
        made = await book_load(conn, await _load(conn, jobs), _choice(jobs), fleet, by=by, now=now)
        if "order_id" in jobs[0]:
            await stand_for(conn, jobs[0], made[0])
            return "moved"
        return "assigned"
    return await _rented(conn, plan_id, jobs[0], fleet, by, now)


def _choice(jobs: list[Decision]) -> Choice:
    first = min(jobs, key=lambda one: str(one["start_at"]))
    return Choice(
        _int(first, "vehicle_id"),
        _int(first, "driver_id"),
        instant(first["start_at"]),
        bool(first["chain"]),
    )


async def _load(conn: Conn, jobs: list[Decision]) -> Load:
    ids = [RequestId(_int(one, "request_id")) for one in jobs]
    asked = {i: await requests.lock(conn, i) for i in sorted(ids)}
    stops = {i: ride for i, one in zip(ids, jobs, strict=True) if (ride := _ride(one))}
    if not stops:
        return Load((asked[ids[0]],))
    order = sorted(stops, key=lambda i: _int(stops[i], "on_turn"))
    seats = (_seat(stops[i]) for i in order)
    ride = stops[order[0]]
    far_m, driving_s = _int(ride, "loaded_m"), _int(ride, "driving_s")
    return Load(tuple(asked[i] for i in order), tuple(seats), far_m, driving_s)


def _ride(decision: Decision) -> Decision:
    ride = decision.get("ride")
    return ride if isinstance(ride, dict) else {}


def _seat(ride: Decision) -> Seat:
    return Seat(
        _int(ride, "on_turn"),
        _int(ride, "off_turn"),
        instant(ride["on_at"]),
        instant(ride["off_at"]),
    )


async def _rented(
    conn: Conn,
    plan_id: int,
    decision: Decision,
    fleet: Fleet,
    by: PersonId | None,
    now: datetime,
) -> str:
    request = await requests.lock(conn, RequestId(_int(decision, "request_id")))
    await must_wait(conn, request)
    found = await find(conn, request, now)
    if found.alternatives:
        best = found.alternatives[0]
        choice = Choice(best.vehicle_id, best.driver_id, chain=best.chain)
        await book(conn, request, choice, fleet, by=by, now=now)
        return "own_after_all"
    proof: dict[str, Json] = {
        "reason": "no own car of any platform",
        "found_by": "plan",
        "plan_id": plan_id,
        "bound": decision["bound"],
        "refused": decision["refused"],
    }
    firm_id = FirmId(_int(decision, "firm_id"))
    await book_rental(conn, request, fleet, firm_id, proof, by=by, now=now)
    return "rented"


def _int(decision: Decision, key: str) -> int:
    value = decision[key]
    if not isinstance(value, int):
        raise TypeError(f"{key} of a decision is no number")
    return value


def whole_rides(assignments: list[Decision]) -> list[Decision]:
    """Without the rides of which some party is not among them."""
    whole = (jobs for jobs in _jobs(assignments) if _ride(jobs[0]).get("parties", 1) == len(jobs))
    return [one for jobs in whole for one in jobs]
