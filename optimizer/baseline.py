"""The plain plan: each task in order of start to the cheapest car. Watchdog and warm start."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.board import Board
from optimizer.insert import insert
from optimizer.plan import Duty, Rental, Unserved
from optimizer.problem import Problem, Task
from optimizer.rows import days_of, firm_fits, rent_fen


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a plan decides, before anything is said about it."""

    duties: tuple[Duty, ...]
    rentals: tuple[Rental, ...]
    unserved: tuple[Unserved, ...]


def greedy(problem: Problem) -> Decisions:
    """Plan every task that is not fixed, the soonest first, then the weightier."""
    waiting = [task for task in problem.tasks if task.fixed is None]
    return _placed(Board.of(problem), Rent(problem), waiting, ())


def completed(problem: Problem, decisions: Decisions) -> Decisions:
    """The same with each unserved task on the cheapest car that has room, or else rented."""
    rent, tasks = Rent(problem), problem.task_of
    for rental in decisions.rentals:
        rent.hold(tasks[rental.task], rental.firm)
    board = Board.of(problem, decisions.duties, decisions.rentals)
    waiting = [tasks[left.task] for left in decisions.unserved]
    return _placed(board, rent, waiting, decisions.rentals)


def _placed(
    board: Board, rent: "Rent", waiting: Iterable[Task], rented: Iterable[Rental]
) -> Decisions:
    rentals, unserved = list(rented), []
    for task in sorted(waiting, key=lambda t: (t.earliest_s, -t.priority, t.id)):
        answer = insert(board, task, limit=1, explain=False)
        within = board.quota(task)[0] is not None
        firm = rent.take(task) if within and not answer.options else None
        if answer.options:
            board.take(task, answer.options[0].way)
        elif firm is not None:
            board.hire(task)
            rentals.append(Rental(task.id, firm))
        else:
            unserved.append(Unserved(task.id, why(board, task)))
    return Decisions(board.duties(), tuple(rentals), tuple(unserved))


def why(board: Board, task: Task) -> str:
    """The rule most cars break for a task."""
    rules = Counter(item.rule for item in insert(board, task, limit=1).refused)
    return rules.most_common(1)[0][0] if rules else "no-car"


class Rent:
    """What the rental firms have left."""

    def __init__(self, problem: Problem) -> None:
        self._firms = problem.firms
        self._used: Counter[tuple[int, int]] = Counter()

    def take(self, task: Task) -> int | None:
        """Hire from the cheapest firm that can; None if none can."""
        able = [
            (rent_fen(firm, task), firm.id)
            for firm in self._firms
            if firm_fits(firm, task)
            and all(self._used[firm.id, day] < firm.vehicles for day in days_of(task))
        ]
        if not able:
            return None
        firm_id = min(able)[1]
        self.hold(task, firm_id)
        return firm_id

    def hold(self, task: Task, firm_id: int) -> None:
        """Count a rental that was decided elsewhere."""
        self._used.update((firm_id, day) for day in days_of(task))
