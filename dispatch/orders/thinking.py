"""A day is planned with its shared rides, and where cars are scarce once more without."""

import asyncio
from collections.abc import Callable

import optimizer
from dispatch.orders.problem import Day, alone

START_S = 45.0
"""Beside the seconds to think, where no process is ready: a busy machine starts one slowly."""
GRACE_S = 5.0
"""So much later than asked for a busy machine may answer."""
WITH_RIDES = 0.7
"""Of the seconds, for a day with shared rides: the rest may be needed to plan it without."""


async def best_of(
    day: Day,
    process: optimizer.PlanningProcess,
    seconds: float,
    report: Callable[[optimizer.Progress], None],
) -> tuple[Day, optimizer.Plan]:
    """The better of the plans with and without shared rides, by level; with them if all is served.

    A ride needs one car with seats for all where two smaller ones may stand idle: only where
    somebody is rented a car, or gets none, can that be worse.
    """
    if not day.rides:
        return day, await _think(day, process, seconds, report)
    plan = await _think(day, process, WITH_RIDES * seconds, report)
    if not plan.unserved and not plan.rentals:
        return day, plan
    apart = alone(day)
    other = await _think(apart, process, (1 - WITH_RIDES) * seconds, report)
    return (apart, other) if other.levels < plan.levels else (day, plan)


async def _think(
    day: Day,
    process: optimizer.PlanningProcess,
    seconds: float,
    report: Callable[[optimizer.Progress], None],
) -> optimizer.Plan:
    return await asyncio.to_thread(
        process.plan,
        day.problem,
        seconds=seconds,
        start_s=START_S,
        grace_s=GRACE_S,
        seed=1,
        report=report,
    )
