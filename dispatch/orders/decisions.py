"""A plan of the optimizer as decisions on requests, in words that people and JSON know; pure."""

from datetime import datetime

import optimizer
from dispatch.kernel.db.outbox import Json
from dispatch.orders.problem import Day

Decisions = dict[str, list[dict[str, Json]]]


def decisions_of(day: Day, plan: optimizer.Plan) -> Decisions:
    """Assignments in order of start, rentals with every car's reason, and who gets nothing.

    What was fixed before is left out.
    """
    fixed = {t.id for t in day.problem.tasks if t.fixed is not None}
    payer = {t.id: t.pool for t in day.problem.tasks}
    proofs = {proof.task: proof for proof in plan.proofs}
    plates = {int(car.id): car.plate for car in day.fleet.cars}
    assignments = [
        _assignment(day, duty, n, payer[stop.task])
        for duty in plan.duties
        for n, stop in enumerate(duty.stops)
        if stop.task not in fixed
    ]
    bound: Json = {
        "kind": plan.bound.kind,
        "unserved": plan.bound.unserved,
        "rentals": plan.bound.rentals,
    }
    barred: list[Json] = [
        {"vehicle_id": car.id, "plate": car.plate, "rule": why.rule, "facts": {**why.facts}}
        for car, why in day.barred
    ]
    return {
        "assignments": sorted(
            assignments, key=lambda a: (str(a["start_at"]), str(a["request_id"]))
        ),
        "rented": [
            {
                "request_id": rental.task,
                "pool_id": payer[rental.task],
                "firm_id": rental.firm,
                "bound": bound,
                "refused": [*_refused(proofs.get(rental.task), plates), *barred],
            }
            for rental in plan.rentals
        ],
        "unserved": [
            {"request_id": u.task, "pool_id": payer[u.task], "reason": u.reason}
            for u in plan.unserved
        ],
    }


def _assignment(day: Day, duty: optimizer.Duty, n: int, pool_id: int) -> dict[str, Json]:
    stop = duty.stops[n]
    car = next(c for c in day.fleet.cars if c.id == duty.vehicle)
    driver = next(d for d in day.fleet.drivers if d.id == duty.driver)
    return {
        "request_id": stop.task,
        "pool_id": pool_id,
        "vehicle_id": car.id,
        "plate": car.plate,
        "vehicle_pool_id": car.pool_id,
        "driver_id": driver.id,
        "driver_name": driver.name,
        "start_at": day.at(stop.start_s).isoformat(),
        "chain": n > 0 and not stop.via_home,
    }


def _refused(proof: optimizer.RentalProof | None, plates: dict[int, str]) -> list[Json]:
    if proof is None:
        return []
    return [
        {"vehicle_id": r.vehicle, "plate": plates[r.vehicle], "rule": r.rule, "facts": {**r.facts}}
        for r in proof.refused
    ]


def instant(text: Json) -> datetime:
    """An instant of a decision."""
    return datetime.fromisoformat(str(text))
