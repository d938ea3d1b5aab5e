"""A day planned otherwise: without its shared rides, or with every order where it is; pure."""

from dataclasses import replace

from dispatch.kernel.ids import RequestId
from dispatch.orders.problem import Day
from dispatch.orders.tasks import fixed_task, task_of


def unmoved(day: Day) -> Day:
    """The same day with every order where it is."""
    tasks = (
        fixed_task(day.movable[RequestId(t.id)], day.epoch) if t.published else t
        for t in day.problem.tasks
    )
    return replace(day, problem=replace(day.problem, tasks=tuple(tasks)), movable={})


def alone(day: Day) -> Day:
    """The same day with everybody in a car of their own."""
    shared = {ride.parties[0].request.id for ride in day.rides}
    tasks = [t for t in day.problem.tasks if t.fixed is not None or t.id not in shared]
    apart = (
        task_of(party.request, day.roads, day.epoch) for ride in day.rides for party in ride.parties
    )
    return replace(day, problem=replace(day.problem, tasks=(*tasks, *apart)), rides=())
