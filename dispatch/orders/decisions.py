"""A plan of the optimizer as decisions on requests, in words that people and JSON know; pure."""

from collections.abc import Iterator
from datetime import datetime

import optimizer
from dispatch.kernel.db.outbox import Json
from dispatch.orders.load import Load
from dispatch.orders.moving import is_kept, was
from dispatch.orders.problem import Day
from dispatch.orders.sharing import Ride

Decisions = dict[str, list[dict[str, Json]]]


def decisions_of(day: Day, plan: optimizer.Plan) -> Decisions:
    """Assignments in order of start, orders that move, rentals with every car's reason, the rest.

    What was fixed before, and orders that stay where they are, are left out.
    """
    movable = {int(i): held for i, held in day.movable.items()}
    fixed = {t.id for t in day.problem.tasks if t.fixed is not None}
    payer = {t.id: int(t.pool) for t in day.problem.tasks}
    shared = {int(ride.parties[0].request.id): ride for ride in day.rides}
    proofs = {proof.task: proof for proof in plan.proofs}
    plates = {int(car.id): car.plate for car in day.fleet.cars}
    assignments = [
        row
        for duty in plan.duties
        for n, stop in enumerate(duty.stops)
        if stop.task not in fixed and stop.task not in movable
        for row in _assigned(day, duty, n, payer[stop.task], shared.get(stop.task))
    ]
    moves = [
        {"request_id": stop.task, "pool_id": payer[stop.task]}
        | _placed(day, duty, n)
        | was(movable[stop.task])
        for duty in plan.duties
        for n, stop in enumerate(duty.stops)
        if stop.task in movable and not is_kept(movable[stop.task], duty)
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
        "assignments": sorted(assignments, key=_by_start),
        "moves": [
            one | {"from_plate": plates.get(int(str(one["from_vehicle_id"])))}
            for one in sorted(moves, key=_by_start)
        ],
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
            {"request_id": request_id, "pool_id": pool_id, "reason": u.reason}
            for u in plan.unserved
            for request_id, pool_id in _of_task(u.task, payer[u.task], shared.get(u.task))
        ],
    }


def _of_task(task: int, payer: int, ride: Ride | None) -> list[tuple[int, int]]:
    """The requests of a task with their platforms."""
    if ride is None:
        return [(task, payer)]
    return [(int(p.request.id), int(p.request.pool_id)) for p in ride.parties]


def _assigned(
    day: Day, duty: optimizer.Duty, n: int, payer: int, ride: Ride | None
) -> Iterator[dict[str, Json]]:
    """One row a request; those of a ride name it by its first."""
    stop, common = duty.stops[n], _placed(day, duty, n)
    if ride is None:
        yield {"request_id": stop.task, "pool_id": payer} | common
        return
    load = Load.of(ride)
    for request, seat in zip(load.asked, load.seats, strict=True):
        yield (
            {"request_id": request.id, "pool_id": request.pool_id}
            | common
            | {
                "start_at": seat.on_at.isoformat(),
                "ride": {
                    "first": stop.task,
                    "parties": len(load.asked),
                    "on_turn": seat.on_turn,
                    "off_turn": seat.off_turn,
                    "on_at": seat.on_at.isoformat(),
                    "off_at": seat.off_at.isoformat(),
                    "loaded_m": load.loaded_m,
                    "driving_s": load.driving_s,
                },
            }
        )


def _placed(day: Day, duty: optimizer.Duty, n: int) -> dict[str, Json]:
    """The car, the driver and the start of a stop."""
    stop = duty.stops[n]
    car = next(c for c in day.fleet.cars if c.id == duty.vehicle)
    driver = next(d for d in day.fleet.drivers if d.id == duty.driver)
    return {
        "vehicle_id": car.id,
        "plate": car.plate,
        "vehicle_pool_id": car.pool_id,
        "driver_id": driver.id,
        "driver_name": driver.name,
        "start_at": day.at(stop.start_s).isoformat(),
        "chain": n > 0 and not stop.via_home,
    }


def _by_start(row: dict[str, Json]) -> tuple[str, str]:
    return str(row["start_at"]), str(row["request_id"])


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
