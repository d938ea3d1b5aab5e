"""A day is planned with its shared rides, and where cars are scarce once more without."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import optimizer
from dispatch.orders.likeness import Wanted, steadied
from dispatch.orders.moving import lost
from dispatch.orders.problem import Day
from dispatch.orders.variants import alone, unmoved

START_S = 45.0
"""Beside the seconds to think, where no process is ready: a busy machine starts one slowly."""
GRACE_S = 5.0
"""So much later than asked for a busy machine may answer."""
NOBODY: Wanted = MappingProxyType({})
NO_BOUND = optimizer.Bound("none: trips over a night lie on cars chosen before")
WITH_RIDES = 0.7
"""Of the seconds, for a day with shared rides: the rest may be needed to plan it without."""


async def best_of(
    day: Day,
    process: optimizer.PlanningProcess,
    seconds: float,
    report: Callable[[optimizer.Progress], None],
    before: Wanted = NOBODY,
) -> tuple[Day, optimizer.Plan]:
    """The better of the plans with and without shared rides, by level; with them if all is served.

    A ride needs one car with seats for all where two smaller ones may stand idle: only where
    somebody is rented a car, or gets none, can that be worse. A plan that leaves a published
    order without a car is made again with all of them where they are.

    Args:
        day: to be planned.
        process: that plans.
        seconds: to think, in all.
        report: hears how far it is.
        before: where requests were in the plan before; of plans as good, one near it is made.
    """
    parts = WITH_RIDES if day.rides else 1.0
    plan = await _think(day, process, parts * seconds, report)
    if day.rides and (plan.unserved or plan.rentals):
        apart = alone(day)
        other = await _think(apart, process, (1 - parts) * seconds, report)
        day, plan = (apart, other) if other.levels < plan.levels else (day, plan)
    if lost(plan, day.movable):
        day = unmoved(day)
        plan = await _think(day, process, seconds, report)
    had: dict[int, tuple[int, int]] = {**before}
    had |= {int(i): (h.vehicle_id or 0, h.driver_id or 0) for i, h in day.movable.items()}
    return day, steadied(day.problem, plan, had)


async def _think(
    day: Day,
    process: optimizer.PlanningProcess,
    seconds: float,
    report: Callable[[optimizer.Progress], None],
) -> optimizer.Plan:
    plan = await asyncio.to_thread(
        process.plan,
        day.problem,
        seconds=seconds,
        start_s=START_S,
        grace_s=GRACE_S,
        seed=1,
        report=report,
    )
    return replace(plan, bound=NO_BOUND, certificates=()) if day.narrowed else plan
