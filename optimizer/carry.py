"""An earlier plan carried over to what is to be planned now: what a new plan is weighed against."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from optimizer.baseline import Rent
from optimizer.board import Board
from optimizer.check import judge
from optimizer.duty_hours import worn
from optimizer.duty_rules import Read, broken, read
from optimizer.insert import Option, insert
from optimizer.plan import Duty, Plan, Rental, Unserved
from optimizer.problem import Problem, Published, Task

STAY_FEN = 10_000_000
"""Dearer than any other car: who can stay where the earlier plan had it stays."""


def carried(problem: Problem, earlier: Plan) -> Plan:
    """The earlier plan's tasks where it had them as far as that goes, and the others by insertion.

    Nothing is thought over: what came since takes the cheapest car that is left, else it is
    rented, else unserved. So the difference to a plan is what planning anew is worth.

    Args:
        problem: of now.
        earlier: of another problem, of the same cars and times; need not be valid for this one.

    Returns:
        A valid plan without a bound.
    """
    whole = [duty for duty in earlier.duties if _stands(problem, duty)]
    plan = _filled(problem, earlier, whole)
    verdict = judge(problem, plan.duties, plan.rentals, plan.unserved)
    if verdict.violations:  # Duties that do not go together any more.
        plan = _filled(problem, earlier, ())
        verdict = judge(problem, plan.duties, plan.rentals, plan.unserved)
    version = problem.matrix.version
    return replace(plan, costs=verdict.costs, levels=verdict.levels, matrix_version=version)


def _stands(problem: Problem, duty: Duty) -> bool:
    """Whether a duty is possible as it is, with every task of it still to be decided."""
    tasks = [problem.task_of.get(i) for stop in duty.stops for i in stop.tasks]
    if duty.vehicle not in problem.vehicle_of or any(t is None or t.fixed for t in tasks):
        return False
    it = read(problem, duty, later=False)
    return isinstance(it, Read) and not any(broken(problem, it)) and not any(worn(problem, it))


def _filled(problem: Problem, earlier: Plan, whole: Sequence[Duty]) -> Plan:
    """These duties, and every other task put in after them."""
    board, rent = Board.of(problem, whole), Rent(problem)
    cars = {i: (d.vehicle, s.start_s) for d in earlier.duties for s in d.stops for i in s.tasks}
    rented = {rental.task for rental in earlier.rentals}
    done = {i for duty in whole for stop in duty.stops for i in stop.tasks}
    rentals: list[Rental] = []
    unserved: list[Unserved] = []
    for task in _in_turn(problem, cars, rented):
        if task.id in done:
            continue
        may_rent = board.quota(task)[0] is not None
        firm = rent.take(task) if may_rent and task.id in rented else None
        options = () if firm is not None else _options(board, task, cars.get(task.id))
        if firm is None and may_rent and not options:
            firm = rent.take(task)
        if firm is not None:
            board.hire(task)
            rentals.append(Rental(task.id, firm))
        elif options:
            board.take(task, options[0].way)
        else:
            unserved.append(Unserved(task.id, "no-car"))
    return Plan(board.duties(), tuple(rentals), tuple(unserved))


def _in_turn(
    problem: Problem, cars: dict[int, tuple[int, int]], rented: Iterable[int]
) -> list[Task]:
    """Who had a car first, then who was rented for, then who is new; each by start."""
    hired = set(rented)
    waiting = [task for task in problem.tasks if task.fixed is None]
    rank = {task.id: 0 if task.id in cars else 1 if task.id in hired else 2 for task in waiting}
    return sorted(waiting, key=lambda t: (rank[t.id], t.earliest_s, -t.priority, t.id))


def _options(board: Board, task: Task, was: tuple[int, int] | None) -> tuple[Option, ...]:
    if was is not None and was[0] in board.problem.vehicle_of:
        task = replace(task, published=Published(*was, STAY_FEN))
    return insert(board, task, limit=1, explain=False).options
