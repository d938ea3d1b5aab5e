"""Why a plan serves a request as it does: asked for one request at a time, when somebody looks."""

import asyncio
from dataclasses import asdict
from datetime import date

import asyncpg

import optimizer
from dispatch import pools, requests
from dispatch.access import Principal
from dispatch.kernel.calendar import day_bounds
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import PoolId, RequestId
from dispatch.orders import store
from dispatch.orders.decisions import Decisions
from dispatch.orders.errors import NoSuchPlan, PlanNotDone, PlanShed
from dispatch.orders.model import Fleet
from dispatch.orders.overnight import is_home_at_night
from dispatch.orders.refusals import TIMES
from dispatch.orders.supply import plain_classes
from dispatch.orders.veil import Veil, named_in, veil_for
from dispatch.orders.views import Row

SQL = statements(__file__, "why.sql")


async def made_plan(conn: Conn, plan_id: int) -> tuple[asyncpg.Record, optimizer.Problem]:
    """A finished plan as it is stored, with its problem.

    Raises:
        NoSuchPlan: it does not exist.
        PlanNotDone: it waits, failed, or is from before plans were kept.
        PlanShed: it is so old that only its figures are left.
    """
    run = await conn.fetchrow(SQL["made"], plan_id)
    if run is None:
        raise NoSuchPlan(f"plan {plan_id}")
    if run["state"] not in ("done", "fallback") or run["solution"] is None:
        raise PlanNotDone(f"plan is {run['state']}", plan_id=plan_id, state=run["state"])
    if run["problem"] is None:
        raise PlanShed(
            "方案已过保留期，仅存指标与结果 · of this plan only figures and outcome are kept",
            plan_id=plan_id,
        )
    return run, await asyncio.to_thread(optimizer.decode_problem, run["problem"])


async def explain_request(conn: Conn, plan_id: int, request_id: RequestId, who: Principal) -> Row:
    """Ranked cars with their costs, the reason of every other car, and the proof of a rental.

    Args:
        conn: any.
        plan_id: a finished plan.
        request_id: that it decided on.
        who: dispatches for the request's platform; requests that they may not read have
            numbers below -1 for their ids, and of `forced` they are only counted.

    Who rides with others is explained by their ride: costs and cars are those of all together.

    Raises:
        NoSuchPlan: it does not exist.
        PlanNotDone, PlanShed: it is not finished, or too old.
        NoSuchRequest: the plan did not decide on it, or another platform dispatches it.
    """
    run, problem = await made_plan(conn, plan_id)
    asked, riding = request_id, riders(run["plan"])
    request_id = RequestId(next((i for i, of in riding.items() if asked in of), asked))
    task, payer = problem.task_of.get(request_id), payers(run["plan"])
    pool_id = payer.get(asked, 0 if task is None else task.pool)
    mine = requests.may(who, requests.DISPATCHERS, pool_id=PoolId(pool_id))
    if task is None or task.fixed is not None or not mine:
        raise requests.NoSuchRequest(asked)
    beside = [i for i in riding.get(request_id, ()) if i != asked]
    plan = optimizer.decode_plan(run["solution"])
    told = await asyncio.to_thread(optimizer.explain, problem, plan, request_id)
    named = named_in(told) | set(beside)
    veil = veil_for(problem, named, who, payer)
    found = veil.over(told)
    fleet = await store.fleet(conn, day_bounds(run["day"])[0])
    names = _Names(fleet)
    crew = {duty.vehicle: duty.driver for duty in plan.duties if _serves(duty, request_id)}
    refused = [
        names.refused(one.vehicle, "home-at-night", {})
        if one.rule in TIMES and is_home_at_night(problem, one.vehicle, task)
        else names.refused(one.vehicle, one.rule, one.facts)
        for one in found.refused
        if one.vehicle != found.served_by
    ]
    barred = [
        names.refused(car.id, *_barred(car, run["day"]))
        for car in fleet.cars
        if car.id not in problem.vehicle_of
    ]
    return {
        "request_id": asked,
        "shared_with": [veil.name(i) for i in beside],
        "pool_id": pool_id,
        "served_by": found.served_by,
        "epoch": problem.horizon.epoch,
        "alternatives": [names.alternative(one, crew) for one in found.alternatives],
        "refused": [*refused, *barred],
        "forced": None if told.forced is None else names.room(told.forced, veil),
        "whole": None if found.duty_costs is None else names.whole(found, crew),
        "is_rented": any(rental.task == request_id for rental in plan.rentals),
        "rentals": plan.levels.rentals,
        "least_rentals": found.least_rentals,
        "others": await _others(conn, named, veil, who),
    }


def riders(decisions: Decisions | None) -> dict[int, list[int]]:
    """Who rides with whom in a plan: the requests of each ride by its first, which is its task."""
    found: dict[int, list[int]] = {}
    for one in (decisions or {}).get("assignments", []):
        ride = one.get("ride")
        if isinstance(ride, dict):
            found.setdefault(int(str(ride["first"])), []).append(int(str(one["request_id"])))
    return found


def payers(decisions: Decisions | None) -> dict[int, int]:
    """The platform of each request on a car; the task of a shared ride tells only one of them."""
    known = decisions or {}
    rows = [*known.get("assignments", []), *known.get("moves", [])]
    return {int(str(one["request_id"])): int(str(one["pool_id"])) for one in rows}


def _serves(duty: optimizer.Duty, request_id: int) -> bool:
    return any(request_id in stop.tasks for stop in duty.stops)


def _barred(car: pools.Car, day: date) -> tuple[str, dict[str, int | str]]:
    """Why a car was not in the problem: as the register says it today."""
    why = pools.impediment(car, day)
    return ("not-planned", {}) if why is None else (why.code, {**why.facts})


class _Names:
    """Cars, drivers and platforms by id, as people call them."""

    def __init__(self, fleet: Fleet) -> None:
        self._cars = {int(car.id): car for car in fleet.cars}
        self._drivers = {int(driver.id): driver.name for driver in fleet.drivers}

    def plate(self, vehicle_id: int) -> str:
        """Of a car; a car that is gone since has its number only."""
        car = self._cars.get(vehicle_id)
        return f"#{vehicle_id}" if car is None else car.plate

    def refused(self, vehicle_id: int, rule: str, facts: dict[str, int | str]) -> Row:
        """A car that cannot, and why."""
        car = self._cars.get(vehicle_id)
        return {
            "vehicle_id": vehicle_id,
            "plate": self.plate(vehicle_id),
            "pool_id": None if car is None else car.pool_id,
            "rule": rule,
            "facts": {k: plain_classes(v) if isinstance(v, str) else v for k, v in facts.items()},
        }

    def alternative(self, one: optimizer.Alternative, crew: dict[int, int]) -> Row:
        """A car that can; the plan's own car with the plan's own driver."""
        car = self._cars.get(one.vehicle)
        driver = crew[one.vehicle] if one.chosen else one.driver
        return asdict(one) | {
            "vehicle_id": one.vehicle,
            "plate": self.plate(one.vehicle),
            "pool_id": None if car is None else car.pool_id,
            "driver_name": self._drivers.get(driver),
            "costs": {kind: fen for kind, fen in asdict(one.costs).items() if fen},
        }

    def whole(self, found: optimizer.Explanation, crew: dict[int, int]) -> Row:
        """The plan's own car, where it serves the request only with the duty's others."""
        car = found.served_by or 0
        costs = asdict(found.duty_costs) if found.duty_costs else {}
        return {
            "vehicle_id": car,
            "plate": self.plate(car),
            "driver_name": self._drivers.get(crew.get(car, 0)),
            "with_requests": list(found.together),
            "costs": {kind: fen for kind, fen in costs.items() if fen},
            "fen": sum(costs.values()),
        }

    def room(self, room: optimizer.Room, veil: Veil) -> Row:
        """What forcing the request onto an own car would displace."""
        mine, others = veil.moves(room)
        return {
            "vehicle_id": room.vehicle,
            "plate": self.plate(room.vehicle),
            "fen": room.fen,
            "moves": [
                {
                    "request_id": move.task,
                    "from_plate": self.plate(move.from_vehicle),
                    "to_plate": self.plate(move.to_vehicle),
                    "fen": move.fen,
                }
                for move in mine
            ],
            "others": others,
        }


async def _others(conn: Conn, named: set[int], veil: Veil, who: Principal) -> list[Row]:
    """The other requests that reasons speak of; of other platforms' only when they leave."""
    reach = requests.reach(who, requests.READERS)[0]
    rows = await conn.fetch(SQL["others"], list(named), reach)
    return [dict(row) | {"request_id": veil.name(row["request_id"])} for row in rows]


async def trips_of(conn: Conn, decisions: Decisions, pools: set[int]) -> list[Row]:
    """Who rides where, of the requests that a plan decided on for these platforms' units."""
    ids = [
        one["request_id"] for rows in decisions.values() for one in rows if one["pool_id"] in pools
    ]
    return [dict(row) for row in await conn.fetch(SQL["trips"], ids)]
