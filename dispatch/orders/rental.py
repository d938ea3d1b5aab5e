"""Rental orders: the last resort, with the proof that it was."""

from dataclasses import asdict
from datetime import datetime

from dispatch import requests
from dispatch.kernel import db
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import FirmId, PersonId
from dispatch.orders import store
from dispatch.orders.candidates import Candidates, rental_fen
from dispatch.orders.errors import NoRentalCar, OwnCarFits
from dispatch.orders.model import Fleet, Order, Period


async def book_rental(
    conn: Conn,
    request: requests.Request,
    fleet: Fleet,
    firm_id: FirmId,
    proof: dict[str, Json],
    *,
    by: PersonId | None,
    now: datetime,
) -> Order:
    """Make a rental order with its proof; the caller has shown that no own car fits.

    Raises:
        NoRentalCar: the firm is under no contract or has no car left then.
    """
    await conn.execute(store.SQL["lock_firm"], firm_id)
    firm = next((f for f in fleet.firms if f.id == firm_id), None)
    span = Period(request.depart_at, request.return_at)
    taken = (await store.rented(conn, span)).get(firm_id, 0)
    if firm is None or taken >= firm.vehicles:
        raise NoRentalCar(
            "该企业当日已无车可租 · the firm has no car left then", firm_id=firm_id, rented=taken
        )
    order = await store.add_order(
        conn,
        request,
        next(p.code for p in fleet.pools if p.id == request.pool_id),
        state="created",
        settlement_fen=0,
        by=by,
        now=now,
        rental=(firm_id, rental_fen(request, firm.day_price_fen, firm.km_price_fen), proof),
    )
    await requests.mark_assigned(conn, request.id)
    data: dict[str, Json] = {
        "order_id": order.id,
        "order_no": order.order_no,
        "request_id": request.id,
        "rental_firm_id": firm_id,
    }
    await db.emit(conn, "order.assigned", data, at=now, pool_id=request.pool_id)
    return order


def proof_of(found: Candidates, reason: str, request_id: int) -> dict[str, Json]:
    """Every car with the rule that keeps it away.

    Raises:
        OwnCarFits: some own car can serve the request; the best is named.
    """
    if found.alternatives:
        best = found.alternatives[0]
        raise OwnCarFits(
            f"自有车辆 {best.plate} 可用，不得租赁 · own car {best.plate} fits: nothing is rented",
            request_id=request_id,
            vehicle_id=best.vehicle_id,
            plate=best.plate,
        )
    refused: list[Json] = [asdict(refusal) for refusal in found.ineligible]
    return {"reason": reason, "found_by": "insertion", "refused": refused}
