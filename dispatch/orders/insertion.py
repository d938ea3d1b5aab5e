"""One request on a board: where it can go, as early as each car can be there; pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import optimizer
from dispatch import drivers, requests
from dispatch.orders.days import DAY
from dispatch.orders.problem import BUFFER_S, Day
from dispatch.orders.tasks import task_of, trip_ends

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
    depart, roads = request.depart_at, day.roads
    left_s = day.second(depart) - BUFFER_S - day.second(now)
    place = trip_ends(request)[0]
    origin = roads.row(place.lon, place.lat)
    homes = {car.home for car in day.problem.vehicles}
    late = {roads.seconds(home, origin, depart) - left_s for home in homes}
    # A party that waits into the next hour is fetched at that hour's pace.
    hours = {depart + timedelta(seconds=s) for s in late if 0 < s <= most.total_seconds()}
    late |= {roads.seconds(home, origin, at) - left_s for home in homes for at in hours}
    return sorted(s for s in late if 0 < s <= most.total_seconds())


def held_for(
    day: Day, request: requests.Request, now: datetime, end: datetime
) -> Iterator[optimizer.Task]:
    """A request as tasks of a board of one or more days, though it may be longer than those.

    Args:
        day: the board's first.
        request: under way between the day's start and end.
        now: product time.
        end: of the board's last day.
    """
    first = day.epoch <= request.depart_at < day.epoch + DAY
    if first and request.return_at <= end:
        return asked_for(day, request, now)
    return iter([_part(day, request, end, first=first)])


def _part(day: Day, request: requests.Request, end: datetime, *, first: bool) -> optimizer.Task:
    """What it takes of the board's days; of its driving, only what falls on the first counts.

    Where it left the day before, it begins as soon as every car could be there: no car leaves
    its home before the board begins.
    """
    origin = day.roads.row(request.origin.lon, request.origin.lat)
    homes = {car.home for car in day.problem.vehicles}
    roads, begins = day.roads, day.epoch
    way_s = max((roads.seconds(home, origin, begins) for home in homes), default=0)
    start = request.depart_at
    if start < day.epoch:
        start = day.at(BUFFER_S + way_s)
    back = max(min(request.return_at, end), start + timedelta(minutes=1))
    cut = replace(request, depart_at=start, return_at=back)
    task = task_of(cut, day.roads, day.epoch)
    driving_s = min(request.drive_s, task.driving_s) if first else 0
    unbroken_s = min(driving_s, drivers.BREAK_AFTER_S)
    return replace(
        task,
        driving_s=driving_s,
        head_driving_s=unbroken_s,
        tail_driving_s=0,
        overnight=True,
    )


def room(
    board: optimizer.Board,
    asked: Iterable[optimizer.Task],
    *,
    take: bool,
    seconds: float = THINK_S,
) -> optimizer.Room | None:
    """Where one of these can go, if need be by moving a task that is not fixed; see `room_for`."""
    tried = (optimizer.room_for(board, task, seconds=seconds, take=take) for task in asked)
    return next((found for found in tried if found is not None), None)


def stay(board: optimizer.Board, task: optimizer.Task, car: int) -> bool:
    """Put it on the car that it was on before, in time, if it still fits there."""
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
