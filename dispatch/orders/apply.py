"""Decisions of a plan become orders; what meets a conflict is reported, the rest holds."""

from datetime import datetime

from dispatch import requests
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import FleetError
from dispatch.kernel.ids import FirmId, PersonId, RequestId
from dispatch.orders import store
from dispatch.orders.assign import Choice, book, must_wait
from dispatch.orders.candidates import find
from dispatch.orders.decisions import Decisions, instant
from dispatch.orders.late import lock_cars_and_drivers
from dispatch.orders.model import Fleet
from dispatch.orders.rental import book_rental

Decision = dict[str, Json]


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
        How many were assigned and rented, and each conflict with its reason.
    """
    assignments, rented = decisions["assignments"], decisions["rented"]
    await lock_cars_and_drivers(
        conn,
        (_int(a, "vehicle_id") for a in assignments),
        (_int(a, "driver_id") for a in assignments),
    )
    fleet: Fleet | None = None
    conflicts: list[Json] = []
    done = {"assigned": 0, "rented": 0, "own_after_all": 0}
    for decision in (*assignments, *rented):
        if fleet is None:
            fleet = await store.fleet(conn, await _starts(conn, decision, now))
        try:
            async with conn.transaction():
                done[await _one(conn, plan_id, decision, fleet, by, now)] += 1
        except FleetError as error:
            conflicts.append(
                {
                    "request_id": decision["request_id"],
                    "code": error.code,
                    "message": str(error),
                }
            )
    return {**done, "conflicts": conflicts}


async def _starts(conn: Conn, decision: Decision, now: datetime) -> datetime:
    request = await requests.get(conn, RequestId(_int(decision, "request_id")))
    return max(now, request.depart_at)


async def _one(
    conn: Conn,
    plan_id: int,
    decision: Decision,
    fleet: Fleet,
    by: PersonId | None,
    now: datetime,
) -> str:
    request = await requests.lock(conn, RequestId(_int(decision, "request_id")))
    if "vehicle_id" in decision:
        choice = Choice(
            _int(decision, "vehicle_id"),
            _int(decision, "driver_id"),
            instant(decision["start_at"]),
            bool(decision["chain"]),
        )
        await book(conn, request, choice, fleet, by=by, now=now)
        return "assigned"
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
