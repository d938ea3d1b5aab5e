"""Duties kept through a change: what still holds stays, what does not is inserted again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import optimizer as o


@dataclass(frozen=True)
class Kept:
    """Duties that hold, and what is on none of them: rented, or unserved.

    `whole` are the cars whose duties held as they were.
    """

    whole: frozenset[int]
    duties: tuple[o.Duty, ...]
    rentals: tuple[o.Rental, ...]
    unserved: tuple[o.Unserved, ...]


def repaired(problem: o.Problem, duties: Iterable[o.Duty], rentals: Sequence[o.Rental]) -> Kept:
    """Keep as many stops as hold, insert all other tasks, soonest first, else hire.

    Rentals stay as they are: the firm was told.
    """
    kept, whole = _kept(problem, duties)
    tasks = {t.id: t for t in problem.tasks}
    on = {t for duty in kept for stop in duty.stops for t in stop.tasks}
    hired = [r for r in rentals if r.task in tasks]
    gone = on | {r.task for r in hired}
    waiting = [t for t in problem.tasks if t.id not in gone]
    if not waiting:
        return Kept(whole, tuple(kept), tuple(hired), ())
    board = o.Board.of(problem, tuple(kept))
    unserved = []
    for task in sorted(waiting, key=lambda t: (t.earliest_s, t.id)):
        options = o.insert(board, task, limit=1, explain=False).options
        firm = None if options else _firm(problem, task, hired)
        if options:
            board.take(task, options[0].way)
        elif firm is not None:
            hired.append(o.Rental(task.id, firm))
        else:
            unserved.append(o.Unserved(task.id, "no-car"))
    return Kept(whole, board.duties(), tuple(hired), tuple(unserved))


def _kept(problem: o.Problem, duties: Iterable[o.Duty]) -> tuple[list[o.Duty], frozenset[int]]:
    """What lasts of the duties, and the cars whose duties last whole.

    The checker looks at all at once; only those that it names are taken apart.
    """
    there = [duty for was in duties if (duty := _without_unknown(problem, was)).stops]
    named: dict[str, set[object]] = {"vehicle": set(), "driver": set(), "task": set()}
    for violation in o.judge(problem, there, [], []).violations:
        if violation.rule != "not-planned-once":
            for what in named.keys() & violation.facts.keys():
                named[what].add(violation.facts[what])
    kept, whole = [], set()
    for duty in there:
        tasks = {t for stop in duty.stops for t in stop.tasks}
        fine = duty.vehicle not in named["vehicle"] and duty.driver not in named["driver"]
        if fine and not tasks & named["task"]:
            whole.add(duty.vehicle)
            kept.append(duty)
        elif (left := lasting(problem, duty)) is not None:
            kept.append(left)
    return kept, frozenset(whole)


def _without_unknown(problem: o.Problem, duty: o.Duty) -> o.Duty:
    known = problem.task_of
    stops = (stop for stop in duty.stops if all(t in known for t in stop.tasks))
    return replace(duty, stops=tuple(stops))


def lasting(problem: o.Problem, duty: o.Duty) -> o.Duty | None:
    """The duty with the fewest stops dropped so that it holds; None: nothing is left."""
    known, stops = problem.task_of, list(_without_unknown(problem, duty).stops)
    while stops:
        trial = replace(duty, stops=tuple(stops))
        wrong = _wrong(problem, trial)
        loose = [s for s in stops if known[s.task].fixed is None]
        if not wrong or not loose:
            return trial
        fine = [s for s in loose if len(stops) == 1 or _holds_without(problem, trial, s)]
        stops.remove(fine[0] if fine else loose[-1])
    return None


def _holds_without(problem: o.Problem, duty: o.Duty, stop: o.Stop) -> bool:
    rest = replace(duty, stops=tuple(s for s in duty.stops if s != stop))
    return not _wrong(problem, rest)


def _wrong(problem: o.Problem, duty: o.Duty) -> tuple[o.Violation, ...]:
    """What the checker says of a duty alone."""
    held = {t for stop in duty.stops for t in stop.tasks}
    tasks = tuple(t for t in problem.tasks if t.id in held)
    alone = replace(
        problem,
        vehicles=tuple(v for v in problem.vehicles if v.id == duty.vehicle),
        drivers=tuple(d for d in problem.drivers if d.id == duty.driver),
        tasks=tuple(replace(t, published=None) for t in tasks),
        firms=(),
        reserves=(),
        quotas=(),
    )
    return o.judge(alone, [duty], [], []).violations


def _firm(problem: o.Problem, task: o.Task, hired: Sequence[o.Rental]) -> int | None:
    """The first firm that can, on a day without nights."""
    used = [r.firm for r in hired]
    for firm in problem.firms if task.rental and task.fixed is None else ():
        if task.passengers <= firm.passenger_seats and used.count(firm.id) < firm.vehicles:
            return firm.id
    return None
