"""When a duty's car is where: read off the problem, one leg after the other."""

from dataclasses import dataclass

from optimizer.plan import Duty, Stop
from optimizer.problem import Problem, Task, Vehicle
from optimizer.ride_times import Drive, Work, drive, work


@dataclass(frozen=True, slots=True)
class Leg:
    """One stop of a duty.

    Attributes:
        leave_s: the car leaves for it: home or the charger if it goes by way of one, else
            where it stood.
        reach_s: the soonest it can be at the origin after what went before.
        deadhead_m, deadhead_s: empty drive to the origin, with the detour by way of home or
            of a charger.
        away_s: time to the start that the driver is paid for, beside the task itself.
        back: the empty drive home or to the charger; nothing on the direct way.
        out: the empty drive to the origin from there, or from where it stood.
        stand_s: standing before `out`, the buffer left aside; below 0: too late.
        work: what is done from start to end.
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
    charge: int | None
    back: Drive
    out: Drive
    stand_s: int
    work: Work


@dataclass(frozen=True, slots=True)
class Timetable:
    """All legs in order, and the way home from the last."""

    legs: tuple[Leg, ...]
    leave_s: int
    home_s: int
    home_m: int
    home_drive_s: int
    home: Drive


def timetable(problem: Problem, duty: Duty, *, later: bool = False) -> Timetable:
    """Times and distances of a duty with at least one stop, feasible or not.

    Args:
        problem: gives cars, tasks and drives.
        duty: its stops are in order of start.
        later: it is not the first duty of its car, which therefore stands at home.

    Raises:
        KeyError: the duty names a car or task that the problem does not have.
    """
    car, tasks = problem.vehicle_of[duty.vehicle], problem.task_of
    return timetable_of(problem, car, [(tasks[s.task], s) for s in duty.stops], later=later)


def timetable_of(
    problem: Problem, car: Vehicle, stops: list[tuple[Task, Stop]], *, later: bool
) -> Timetable:
    """The same for a car and its (task, stop) pairs, at least one, in order."""
    legs: list[Leg] = []
    place, free_s = car.home if later else car.at, car.free_from_s
    for task, stop in stops:
        legs.append(_leg(problem, car, (place, free_s), task, stop, first=not legs))
        place, free_s = legs[-1].work.goal, legs[-1].end_s
    home = drive(problem, place, car.home, free_s)
    first = legs[0]
    leave_s = first.start_s - problem.horizon.buffer_s - first.deadhead_s
    return Timetable(tuple(legs), leave_s, free_s + home.seconds, home.metres, home.seconds, home)


def _leg(
    problem: Problem,
    car: Vehicle,
    since: tuple[int, int],
    task: Task,
    stop: Stop,
    *,
    first: bool,
) -> Leg:
    free_s, buffer_s = since[1], problem.horizon.buffer_s
    back, out = _ways(problem, car, since, task, stop, first=first)
    waits = not first and not stop.via_home
    empty, done = back + out, work(problem, task, stop)
    away_s = max(0, stop.start_s - free_s) if waits else empty.seconds + buffer_s
    return Leg(
        task=task.id,
        leave_s=stop.start_s - buffer_s - out.seconds,
        reach_s=free_s + empty.seconds,
        start_s=stop.start_s,
        end_s=done.end_s,
        deadhead_m=empty.metres,
        deadhead_s=empty.seconds,
        away_s=away_s,
        via_home=stop.via_home,
        charge=stop.charge,
        back=back,
        out=out,
        stand_s=0 if first else stop.start_s - buffer_s - empty.seconds - free_s,
        work=done,
    )


def _ways(
    problem: Problem, car: Vehicle, since: tuple[int, int], task: Task, stop: Stop, *, first: bool
) -> tuple[Drive, Drive]:
    place, free_s = since
    by_way_of = car.home if stop.via_home else stop.charge
    if by_way_of is None:
        return Drive(), drive(problem, place, task.origin, stop.start_s)
    back = drive(problem, place, by_way_of, stop.start_s if first else free_s)
    return back, drive(problem, by_way_of, task.origin, stop.start_s)
