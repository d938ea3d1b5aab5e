"""When a duty's car is where: read off the problem, one leg after the other."""

from dataclasses import dataclass

from optimizer.plan import Duty, Stop
from optimizer.problem import Problem, Task, Vehicle


@dataclass(frozen=True, slots=True)
class Leg:
    """One stop of a duty.

    Attributes:
        leave_s: the car leaves for it: home if it goes by way of home, else where it stood.
        reach_s: the soonest it can be at the origin after what went before.
        deadhead_m, deadhead_s: empty drive to the origin, with the detour by way of home.
        away_s: time to the start that the driver is paid for, beside the task itself.
    """

    task: int
    leave_s: int
    reach_s: int
    start_s: int
    end_s: int
    deadhead_m: int
    deadhead_s: int
    away_s: int
    via_home: bool


@dataclass(frozen=True, slots=True)
class Timetable:
    """All legs in order, and the way home from the last."""

    legs: tuple[Leg, ...]
    leave_s: int
    home_s: int
    home_m: int
    home_drive_s: int


def timetable(problem: Problem, duty: Duty, *, later: bool = False) -> Timetable:
    """Times and distances of a duty with at least one stop, feasible or not.

    Args:
        problem: gives cars, tasks and drives.
        duty: its stops are in order of start.
        later: it is not the first duty of its car, which therefore stands at home.

    Raises:
        KeyError: the duty names a car or task that the problem does not have.
    """
    car = {v.id: v for v in problem.vehicles}[duty.vehicle]
    tasks = {t.id: t for t in problem.tasks}
    return timetable_of(problem, car, [(tasks[s.task], s) for s in duty.stops], later=later)


def timetable_of(
    problem: Problem, car: Vehicle, stops: list[tuple[Task, Stop]], *, later: bool
) -> Timetable:
    """The same for a car and its (task, stop) pairs, at least one, in order."""
    legs: list[Leg] = []
    place, free_s = car.home if later else car.at, car.free_from_s
    for task, stop in stops:
        legs.append(_leg(problem, car, (place, free_s), task, stop, first=not legs))
        place, free_s = task.destination, legs[-1].end_s
    drive_s, drive_m = _between(problem, place, car.home)
    first = legs[0]
    leave_s = first.start_s - problem.horizon.buffer_s - first.deadhead_s
    return Timetable(tuple(legs), leave_s, free_s + drive_s, drive_m, drive_s)


def _leg(
    problem: Problem,
    car: Vehicle,
    since: tuple[int, int],
    task: Task,
    stop: Stop,
    *,
    first: bool,
) -> Leg:
    place, free_s = since
    buffer_s = problem.horizon.buffer_s
    if stop.via_home:
        back_s, back_m = _between(problem, place, car.home)
        out_s, out_m = _between(problem, car.home, task.origin)
    else:
        (back_s, back_m), (out_s, out_m) = (0, 0), _between(problem, place, task.origin)
    waits = not first and not stop.via_home
    return Leg(
        task=task.id,
        leave_s=stop.start_s - buffer_s - out_s,
        reach_s=free_s + back_s + out_s,
        start_s=stop.start_s,
        end_s=stop.start_s + task.duration_s,
        deadhead_m=back_m + out_m,
        deadhead_s=back_s + out_s,
        away_s=max(0, stop.start_s - free_s) if waits else back_s + out_s + buffer_s,
        via_home=stop.via_home,
    )


def _between(problem: Problem, a: int, b: int) -> tuple[int, int]:
    return int(problem.matrix.seconds[a, b]), int(problem.matrix.metres[a, b])
