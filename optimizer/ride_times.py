"""What serving a stop means: one task as it is given, or a shared ride from call to call."""

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.limits import MOST_PARTIES
from optimizer.plan import Stop
from optimizer.problem import Problem, Task


@dataclass(frozen=True, slots=True)
class Drive:
    """Seconds at the hour's factor, metres, and the toll of a car that pays it in full."""

    seconds: int = 0
    metres: int = 0
    toll_fen: int = 0

    def __add__(self, other: "Drive") -> "Drive":
        """One after the other."""
        return Drive(
            self.seconds + other.seconds,
            self.metres + other.metres,
            self.toll_fen + other.toll_fen,
        )


@dataclass(frozen=True, slots=True)
class Party:
    """A task on its ride: when it gets on and off."""

    task: Task
    on_s: int
    off_s: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a car does from the start of a stop until it is free again.

    Attributes:
        end_s, goal: when and where it is free.
        driving: that of the tasks, not the empty one; seconds are `driving_s` of a task.
        head_s, tail_s: as in `Task`; None: it has no standing inside.
        aboard: most passengers at once.
    """

    parties: tuple[Party, ...]
    end_s: int
    goal: int
    driving: Drive
    head_s: int | None
    tail_s: int | None
    aboard: int


def drive(problem: Problem, a: int, b: int, at_s: int) -> Drive:
    """From place to place with the factor of the hour of `at_s`."""
    matrix = problem.matrix
    seconds = int(matrix.seconds[a, b])
    if matrix.percent_by_hour:
        seconds = (seconds * matrix.percent_by_hour[at_s // 3600 % 24] + 50) // 100
    toll_fen = 0 if matrix.toll_fen is None else int(matrix.toll_fen[a, b])
    return Drive(seconds, int(matrix.metres[a, b]), toll_fen)


def work(problem: Problem, task: Task, stop: Stop) -> Work:
    """Of a stop whose ride, if it has one, is `well_formed`; its times may break rules."""
    if stop.ride:
        return _ride(problem, stop)
    return Work(
        parties=(Party(task, stop.start_s, stop.start_s + task.duration_s),),
        end_s=stop.start_s + task.duration_s,
        goal=task.destination,
        driving=Drive(task.driving_s, task.loaded_m, task.toll_fen),
        head_s=task.head_driving_s,
        tail_s=task.tail_driving_s,
        aboard=task.passengers,
    )


def well_formed(problem: Problem, stop: Stop) -> bool:
    """Whether the calls are a ride: 2 to 4 sharing parties, each on and then off, never none."""
    on = [call.task for call in stop.ride if call.on]
    off = [call.task for call in stop.ride if not call.on]
    if not 2 <= len(on) <= MOST_PARTIES or on[0] != stop.task or len(set(on)) < len(on):
        return False
    if sorted(on) != sorted(off):
        return False
    tasks = [problem.task_of[i] for i in on if i in problem.task_of]
    if len(tasks) < len(on) or any(t.share is None or t.fixed is not None for t in tasks):
        return False
    aboard: set[int] = set()
    for k, call in enumerate(stop.ride):
        if (k and not aboard) or (call.on == (call.task in aboard)):
            return False
        aboard ^= {call.task}
    return True


def _ride(problem: Problem, stop: Stop) -> Work:
    tasks: Mapping[int, Task] = problem.task_of
    place, at_s = tasks[stop.task].origin, stop.start_s
    driven, aboard, most = Drive(), 0, 0
    on_s: dict[int, int] = {}
    off_s: dict[int, int] = {}
    for call in stop.ride:
        task = tasks[call.task]
        goal = task.origin if call.on else task.destination
        leg = drive(problem, place, goal, stop.start_s)
        driven, place, at_s = driven + leg, goal, at_s + leg.seconds
        if call.on:
            on_s[task.id] = max(at_s, task.earliest_s)
            at_s = max(at_s + problem.call_s, task.earliest_s)
        else:
            off_s[task.id] = at_s
            at_s += problem.call_s
        aboard += task.passengers if call.on else -task.passengers
        most = max(most, aboard)
    parties = tuple(Party(tasks[i], on_s[i], off_s[i]) for i in on_s)
    return Work(parties, at_s, place, driven, None, None, most)
