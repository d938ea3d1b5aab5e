"""What a stop does, from start to end: one task, or a shared ride from call to call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.plan import Call, Stop
from optimizer.problem import Problem, Task
from optimizer.runs import by_hour_of_day


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop with everything that moving needs to know of it.

    Attributes:
        tasks: with the moment at which each party gets on.
        calls: of a shared ride; empty: one task.
        head_s, tail_s: as of `Task`; -1: no standing inside.
    """

    tasks: tuple[tuple[Task, int], ...]
    calls: tuple[Call, ...]
    origin: int
    destination: int
    start_s: int
    end_s: int
    loaded_m: int
    driving_s: int
    toll_fen: int
    passengers: int
    head_s: int = -1
    tail_s: int = -1

    @property
    def fixed(self) -> bool:
        """It was decided before."""
        return self.tasks[0][0].fixed is not None

    @property
    def shares(self) -> bool:
        """Others may join it."""
        return all(task.share is not None and task.fixed is None for task, _ in self.tasks)

    @property
    def ids(self) -> tuple[int, ...]:
        """Of its tasks."""
        return tuple(task.id for task, _ in self.tasks)

    def row(self) -> list[int]:
        """As the kernels have it."""
        night = any(task.overnight for task, _ in self.tasks)
        where_and_when = [self.origin, self.destination, self.start_s, self.end_s]
        driven = [self.loaded_m, self.driving_s, self.head_s, self.tail_s]
        return [*where_and_when, *driven, self.fixed, night, self.tasks[0][0].id]

    def moved_fen(self, vehicle: int) -> int:
        """Price of what is announced elsewhere, or at another time."""
        announced = ((task.published, on_s) for task, on_s in self.tasks)
        return sum(
            p.moved_fen for p, s in announced if p and (p.vehicle, p.start_s) != (vehicle, s)
        )


def alone(task: Task, start_s: int) -> Visit:
    """One task by itself."""
    head_s = -1 if task.head_driving_s is None else task.head_driving_s
    return Visit(
        ((task, start_s),),
        (),
        task.origin,
        task.destination,
        start_s,
        start_s + task.duration_s,
        task.loaded_m,
        task.driving_s,
        task.toll_fen,
        task.passengers,
        head_s,
        -1 if task.tail_driving_s is None else task.tail_driving_s,
    )


def shared(
    problem: Problem, tasks: Mapping[int, Task], calls: Sequence[Call], start_s: int
) -> Visit | None:
    """A ride from call to call; None where someone is late, or rides too long."""
    matrix = problem.matrix
    place, free_s, load, most = tasks[calls[0].task].origin, start_s, 0, 0
    loaded_m = driving_s = toll_fen = 0
    on_s: dict[int, int] = {}
    for call in calls:
        task = tasks[call.task]
        goal = task.origin if call.on else task.destination
        drive_s = by_hour_of_day(matrix, int(matrix.seconds[place, goal]), start_s)
        arrives_s = free_s + drive_s
        free_s = arrives_s + problem.call_s
        if call.on:
            on_s[task.id] = max(arrives_s, task.earliest_s)
            free_s = max(free_s, task.earliest_s)
            if on_s[task.id] > task.latest_s:
                return None
        elif task.share is None or arrives_s - on_s[task.id] > task.share.max_ride_s:
            return None
        load += task.passengers if call.on else -task.passengers
        most = max(most, load)
        loaded_m += int(matrix.metres[place, goal])
        driving_s += drive_s
        toll_fen += 0 if matrix.toll_fen is None else int(matrix.toll_fen[place, goal])
        place = goal
    members = tuple((tasks[i], s) for i, s in on_s.items())
    origin = tasks[calls[0].task].origin
    return Visit(
        members, tuple(calls), origin, place, start_s, free_s, loaded_m, driving_s, toll_fen, most
    )


def never_empty(order: Sequence[Call]) -> bool:
    """Whether there is always a party between the first call and the last."""
    aboard = 0
    for call in order[:-1]:
        aboard += 1 if call.on else -1
        if aboard == 0:
            return False
    return True


def visit_of(problem: Problem, tasks: Mapping[int, Task], stop: Stop) -> Visit:
    """The visit of a stop that is valid."""
    if not stop.ride:
        return alone(tasks[stop.task], stop.start_s)
    found = shared(problem, tasks, stop.ride, stop.start_s)
    if found is None:
        raise ValueError(f"the ride of task {stop.task} is late")
    return found
