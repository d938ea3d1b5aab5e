"""A car breaks down, or comes back late: only what must move does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.baseline import Decisions, Rent
from optimizer.board import Board
from optimizer.check import judge
from optimizer.difference import Difference, difference
from optimizer.plan import Duty, Levels, Plan, Rental, Unserved
from optimizer.problem import Problem, Published, Task, Vehicle, Window
from optimizer.promise import Room, room_for
from optimizer.solve import dress
from optimizer.timetable import timetable

Out = tuple[int, int]
"""A car is of no use in [from_s, until_s)."""


@dataclass(frozen=True, slots=True)
class Replan:
    """What is proposed in place of a plan.

    Attributes:
        problem: what was planned now: without the cars that are out, when they are.
        plan: valid for `problem`.
        displaced: tasks that had to leave the cars that are out.
        stranded: tasks under way in them, which stay where they are: a person must help.
        rooms: how each displaced task is served by an own car, with those that made room.
        difference: between the two plans; each task that moved, and fen by kind.
        otherwise: levels if the displaced tasks were all rented, or unserved.
    """

    problem: Problem
    plan: Plan
    displaced: tuple[int, ...]
    stranded: tuple[int, ...]
    rooms: tuple[Room, ...]
    difference: Difference
    otherwise: Levels

    @property
    def kept(self) -> int:
        """How many tasks stay with their car and start, or rented."""
        return len(self.problem.tasks) - len(self.difference.moved)


def replan(
    problem: Problem,
    plan: Plan,
    broken: Mapping[int, Out],
    *,
    moved_fen: int = 0,
    seconds: float = 3.0,
) -> Replan:
    """Serve otherwise what cars cannot serve that are out.

    Tasks that are fixed on such a car, and had not begun, are fixed no more: they count as
    announced there. Nothing else that is fixed moves, and of the rest one task at most makes
    room for each that is displaced.

    Args:
        problem: the plan's.
        plan: valid.
        broken: the cars that are out, and when.
        moved_fen: price of moving a task that was fixed on one of them.
        seconds: aim of wall time.

    Raises:
        KeyError: the problem has no such car.
    """
    after = _without(problem, broken, moved_fen)
    stranded = [
        t.id
        for t in after.tasks
        if t.fixed and t.fixed.vehicle in broken and _ends(t) > broken[t.fixed.vehicle][0]
    ]
    duties, displaced = _stripped(after, plan.duties, broken)
    was = {t.id for t in problem.tasks if t.fixed} - {t.id for t in after.tasks if t.fixed}
    displaced = sorted({*displaced, *was}, key=lambda i: (after.task_of[i].earliest_s, i))
    board = Board.of(after, duties, plan.rentals)
    rooms: list[Room] = []
    left: list[int] = []
    share_s = seconds / max(1, len(displaced)) / 2
    for task_id in displaced:
        room = room_for(board, after.task_of[task_id], seconds=share_s, take=True)
        if room is None:
            left.append(task_id)
        else:
            rooms.append(room)
    decided = _rest(after, board, board.duties(), plan, left)
    bare = Board.of(after, duties, plan.rentals)
    naive = _rest(after, bare, bare.duties(), plan, displaced)
    new = dress(after, decided, seed=plan.seed)
    otherwise = _levels(after, naive)
    changes = difference(after, plan, new)
    return Replan(after, new, tuple(displaced), tuple(stranded), tuple(rooms), changes, otherwise)


def _ends(task: Task) -> int:
    return (task.fixed.start_s if task.fixed else task.earliest_s) + task.duration_s


def _without(problem: Problem, broken: Mapping[int, Out], moved_fen: int) -> Problem:
    cars = {car_id: problem.vehicle_of[car_id] for car_id in broken}
    vehicles = tuple(
        _cut(car, broken[car.id]) if car.id in cars else car for car in problem.vehicles
    )
    tasks = tuple(_freed(task, broken, moved_fen) for task in problem.tasks)
    return replace(problem, vehicles=vehicles, tasks=tasks)


def _freed(task: Task, broken: Mapping[int, Out], moved_fen: int) -> Task:
    """A task fixed on a car that is out when it should begin is fixed no more."""
    held = task.fixed
    if held is None or held.vehicle not in broken:
        return task
    from_s, until_s = broken[held.vehicle]
    if not from_s <= held.start_s < until_s:
        return task
    late_s = max(task.latest_s, held.start_s)
    return replace(
        task,
        fixed=None,
        published=Published(held.vehicle, held.start_s, moved_fen),
        earliest_s=held.start_s,
        latest_s=late_s,
    )


def _cut(car: Vehicle, out: Out) -> Vehicle:
    parts = [part for window in car.windows for part in _less(window, out)]
    if car.at != car.home and len(parts) > 1:
        # Such a car has one window at most; what it does after being repaired is left open.
        parts = parts[:1]
    return replace(car, windows=tuple(parts))


def _less(window: Window, out: Out) -> Iterable[Window]:
    from_s, until_s = out
    if from_s >= window.end_s or until_s <= window.start_s:
        yield window
        return
    if window.start_s < from_s:
        yield replace(window, end_s=from_s)
    if until_s < window.end_s:
        yield replace(window, start_s=until_s)


def _stripped(
    after: Problem, duties: Sequence[Duty], broken: Mapping[int, Out]
) -> tuple[list[Duty], list[int]]:
    """The duties that stand, and the tasks of the others that are not fixed."""
    stand, displaced = [], []
    for duty in duties:
        if duty.vehicle not in broken or _is_clear(after, duty):
            stand.append(duty)
            continue
        loose = [s for s in duty.stops if after.task_of[s.task].fixed is None]
        displaced += [task for stop in loose for task in stop.tasks]
        fixed = tuple(replace(s, via_home=False, charge=None) for s in duty.stops if s not in loose)
        if fixed:
            stand.append(replace(duty, stops=fixed))
    return stand, displaced


def _is_clear(after: Problem, duty: Duty) -> bool:
    """Whether a duty lies wholly in what is left of the car's windows."""
    times = timetable(after, duty)
    windows = after.vehicle_of[duty.vehicle].windows
    return any(w.start_s <= times.leave_s and times.home_s <= w.end_s for w in windows)


def _rest(
    after: Problem, board: Board, duties: Sequence[Duty], plan: Plan, left: Sequence[int]
) -> Decisions:
    """Rent what no own car serves, or leave it unserved."""
    rent = Rent(after)
    rentals, unserved = list(plan.rentals), list(plan.unserved)
    for rental in rentals:
        rent.hold(after.task_of[rental.task], rental.firm)
    for task_id in left:
        task = after.task_of[task_id]
        firm = rent.take(task) if board.quota(task)[0] is not None else None
        if firm is None:
            unserved.append(Unserved(task_id, "no-car"))
        else:
            board.hire(task)
            rentals.append(Rental(task_id, firm))
    return Decisions(tuple(duties), tuple(rentals), tuple(unserved))


def _levels(after: Problem, decided: Decisions) -> Levels:
    return judge(after, decided.duties, decided.rentals, decided.unserved).levels
