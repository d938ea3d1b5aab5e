"""One request on a board: where it can go, as early as each car can be there; pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import optimizer
from dispatch import requests
from dispatch.orders.problem import BUFFER_S, Day, task_of, trip_ends

TOLERANCE = timedelta(minutes=30)
TOLERANCE_EMERGENCY = timedelta(hours=2)
"""So much later than asked for a car may come, where it cannot be there in time."""
THINK_S = 0.01
"""So long it is looked for a promised request that could make room."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a board answers: options from the cheapest on, one a car; why the others cannot."""

    options: tuple[optimizer.Option, ...]
    refused: tuple[optimizer.Refused, ...]


def asked_for(day: Day, request: requests.Request, now: datetime) -> Iterator[optimizer.Task]:
    """The request as a task: as it is, then later by as much as cars need that leave only now."""
    task = task_of(request, day.roads, day.epoch)
    yield task
    for late_s in _lates(day, request, now):
        yield replace(task, earliest_s=task.earliest_s + late_s, latest_s=task.latest_s + late_s)


def _lates(day: Day, request: requests.Request, now: datetime) -> list[int]:
    """Seconds by which cars would be late that leave their homes now, if that can be borne."""
    most = TOLERANCE_EMERGENCY if request.emergency else TOLERANCE
    left_s = day.second(request.depart_at) - BUFFER_S - day.second(now)
    place = trip_ends(request)[0]
    origin = day.roads.row(place.lon, place.lat)
    homes = {car.home for car in day.problem.vehicles}
    late = {day.roads.seconds(home, origin) - left_s for home in homes}
    return sorted(s for s in late if 0 < s <= most.total_seconds())


def room(
    day: Day,
    board: optimizer.Board,
    request: requests.Request,
    now: datetime,
    *,
    take: bool,
    seconds: float = THINK_S,
) -> optimizer.Room | None:
    """Where it can go, if need be by moving one task that is not fixed; see `room_for`."""
    asked = asked_for(day, request, now)
    tried = (optimizer.room_for(board, task, seconds=seconds, take=take) for task in asked)
    return next((found for found in tried if found is not None), None)


def stay(day: Day, board: optimizer.Board, request: requests.Request, car: int) -> bool:
    """Put it on the car that it was on before, in time, if it still fits there."""
    task = task_of(request, day.roads, day.epoch)
    found = optimizer.insert(board, task, limit=1, explain=False, only=(car,)).options
    if found:
        board.take(task, found[0].way)
    return bool(found)


def all_fits(
    day: Day,
    board: optimizer.Board,
    request: requests.Request,
    now: datetime,
    *,
    only: Collection[int] | None = None,
) -> Found:
    """Every car of the board; with `only` those alone, and not why others cannot."""
    options: dict[int, optimizer.Option] = {}
    refused: tuple[optimizer.Refused, ...] | None = None
    most = len(day.problem.vehicles)
    for task in asked_for(day, request, now):
        found = optimizer.insert(board, task, limit=most, explain=only is None, only=only)
        refused = found.refused if refused is None else refused
        for option in found.options:
            options.setdefault(option.vehicle, option)
    left = tuple(r for r in refused or () if r.vehicle not in options)
    ranked = sorted(options.values(), key=lambda o: (o.costs.fen, o.vehicle))
    return Found(tuple(ranked), left)
