"""The checker's rules between the parts of a plan: coverage, turns, rest, lending, quotas."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from optimizer.duty_rules import Read
from optimizer.plan import Duty, Rental, Unserved
from optimizer.problem import Problem, Quota, RentalFirm, Task, Window
from optimizer.violations import Facts, Violation

DAY_S = 86_400


def coverage(
    problem: Problem,
    duties: Sequence[Duty],
    rentals: Sequence[Rental],
    unserved: Sequence[Unserved],
) -> Iterator[Violation]:
    """Each task is planned once, and what is fixed is not left out."""
    times = Counter(task for duty in duties for stop in duty.stops for task in stop.tasks)
    times.update(rental.task for rental in rentals)
    times.update(item.task for item in unserved)
    known = problem.task_of
    for task in sorted(times.keys() - known.keys()):
        yield Violation("unknown-task", {"task": task})
    for task in known:
        if times[task] != 1:
            yield Violation("not-planned-once", {"task": task, "times": times[task]})
    for item in unserved:
        if item.task in known and known[item.task].fixed:
            yield Violation("fixed-task-moved", {"task": item.task})


def between_duties(problem: Problem, duties: list[Read]) -> Iterator[Violation]:
    """One thing at a time, one duty a window, rest between shifts, and runs kept whole."""
    cars: dict[int, list[Read]] = {}
    drivers: dict[int, list[Read]] = {}
    for it in duties:
        cars.setdefault(it.car.id, []).append(it)
        drivers.setdefault(it.driver.id, []).append(it)
    for car, held in cars.items():
        yield from _turns("vehicle", car, _in_order(held))
    for driver, held in drivers.items():
        yield from _turns("driver", driver, _in_order(held))
        yield from _rest(problem, driver, _in_order(held))
    yield from _whole(problem, duties)


def _in_order(duties: list[Read]) -> list[Read]:
    return sorted(duties, key=lambda it: it.times.legs[0].start_s)


def _turns(name: str, owner: int, duties: list[Read]) -> Iterator[Violation]:
    for a, b in pairwise(duties):
        # Where neither end can be changed, the day is as it is.
        settled = a.fixed_last and b.fixed_first
        end_s = a.times.legs[-1].end_s if settled else a.times.home_s
        start_s = b.times.legs[0].start_s if settled else b.times.leave_s
        if start_s < end_s:
            yield Violation("overlap", {name: owner, "end_s": end_s, "start_s": start_s})
    for a, b in combinations(duties, 2):
        if not (a.has_fixed and b.has_fixed) and _windows(name, a) & _windows(name, b):
            yield Violation("window-used-twice", {name: owner})


def _windows(name: str, it: Read) -> set[int]:
    windows = it.car.windows if name == "vehicle" else it.driver.windows
    begin_s, end_s = it.span_s
    return {i for i, w in enumerate(windows) if begin_s < w.end_s and w.start_s < end_s}


def _rest(problem: Problem, driver: int, duties: list[Read]) -> Iterator[Violation]:
    least_s = problem.hours.between_s
    for a, b in combinations(duties, 2):
        shifts = _shift(a), _shift(b)
        if None in shifts or shifts[0] == shifts[1] or (a.all_fixed and b.all_fixed):
            continue
        rest_s = b.times.leave_s - a.times.home_s
        if rest_s < least_s:
            yield Violation("rest", {"driver": driver, "rest_s": rest_s, "least_s": least_s})


def _shift(it: Read) -> int | None:
    begin_s = it.span_s[0]
    window = holding(it.driver.windows, begin_s)
    return None if window is None else it.driver.windows[window].shift


def holding(windows: tuple[Window, ...], at_s: int) -> int | None:
    """Which window holds the moment."""
    return next((i for i, w in enumerate(windows) if w.start_s <= at_s < w.end_s), None)


def _whole(problem: Problem, duties: list[Read]) -> Iterator[Violation]:
    turn = {task.id: i for i, run in enumerate(runs(problem)) for task in run}
    held: dict[int, int] = {}
    for k, it in enumerate(duties):
        mine = {turn[task.id] for task, _ in it.stops if task.fixed is not None}
        if len(mine) > 1 or any(held.setdefault(run, k) != k for run in mine):
            yield Violation("fixed-run-split", {"vehicle": it.car.id, "driver": it.driver.id})


def runs(problem: Problem) -> list[list[Task]]:
    """Fixed tasks that are one duty: a driver's turn with a car, in one window of both."""
    by_driver: dict[int, list[Task]] = {}
    for task in problem.tasks:
        if task.fixed is not None:
            by_driver.setdefault(task.fixed.driver, []).append(task)
    keyed: dict[tuple[object, ...], list[Task]] = {}
    for driver, tasks in by_driver.items():
        for task in sorted(tasks, key=_fixed_start):
            at_s, car = _fixed_start(task), task.fixed and task.fixed.vehicle
            elsewhere = sum(
                t.fixed is not None and t.fixed.vehicle != car and _fixed_start(t) < at_s
                for t in tasks
            )
            crew = problem.vehicle_of.get(car or 0), problem.driver_of.get(driver)
            window = tuple(holding(x.windows, at_s) if x else None for x in crew)
            keyed.setdefault((car, driver, elsewhere, window), []).append(task)
    return _parted(problem, list(keyed.values()))


def _parted(problem: Problem, found: list[list[Task]]) -> list[list[Task]]:
    """Cut where the car was driven by somebody else in between."""
    whose = {task.id: i for i, run in enumerate(found) for task in run}
    by_car: dict[int, list[Task]] = {}
    for task in problem.tasks:
        if task.fixed is not None:
            by_car.setdefault(task.fixed.vehicle, []).append(task)
    parted: list[list[Task]] = []
    for tasks in by_car.values():
        last = -1
        for task in sorted(tasks, key=_fixed_start):
            if whose[task.id] == last:
                parted[-1].append(task)
            else:
                parted.append([task])
            last = whose[task.id]
    return parted


def _fixed_start(task: Task) -> int:
    return task.earliest_s if task.fixed is None else task.fixed.start_s


def reserves(problem: Problem, duties: list[Read]) -> Iterator[Violation]:
    """No more of a pool's cars are lent than its reserve allows."""
    for pool, limit in problem.lending_limit.items():
        lent = [it for it in duties if it.car.pool == pool and _lent(it, fixed=False)]
        bound_to = sum(_lent(it, fixed=True) for it in lent)
        if len(lent) > max(limit, bound_to):
            yield Violation("reserve", {"pool": pool, "lent": len(lent), "most": limit})


def _lent(it: Read, *, fixed: bool) -> bool:
    tasks = (party.task for party in it.parties)
    return any(t.pool != it.car.pool and (t.fixed is not None or not fixed) for t in tasks)


def hired(problem: Problem, rentals: Sequence[Rental]) -> Iterator[Violation]:
    """Rentals are allowed, fit, and no more than a firm has cars."""
    firms = {f.id: f for f in problem.firms}
    used: Counter[tuple[int, int]] = Counter()
    for rental in rentals:
        firm, task = firms.get(rental.firm), problem.task_of.get(rental.task)
        if firm is None:
            yield Violation("unknown-firm", {"task": rental.task, "firm": rental.firm})
        if firm is None or task is None:
            continue
        if not task.rental or task.fixed is not None:
            yield Violation("rental-not-allowed", {"task": task.id})
        if not firm_fits(firm, task):
            yield Violation("rental-unfit", {"task": task.id, "firm": firm.id})
        used.update((firm.id, day) for day in rental_days(task))
    for (firm_id, day), times in sorted(used.items()):
        if times > firms[firm_id].vehicles:
            yield Violation("rental-capacity", {"firm": firm_id, "day": day, "rented": times})


def rental_days(task: Task) -> range:
    """Days that a rental of the task may touch."""
    return range(task.earliest_s // DAY_S, -(-(task.latest_s + task.duration_s) // DAY_S))


def firm_fits(firm: RentalFirm, task: Task) -> bool:
    """Whether the firm has a car of a fitting class and size."""
    same_class = not (firm.classes and task.classes) or set(firm.classes) & set(task.classes)
    return bool(same_class) and task.passengers <= firm.passenger_seats


def quotas(problem: Problem, unserved: Iterable[int]) -> tuple[list[Violation], int]:
    """Quotas without a price that are exceeded, and the fen of those with one."""
    left_out, wrong, fen = set(unserved), [], 0
    for quota in problem.quotas:
        asked = [t for t in problem.tasks if (t.unit, t.earliest_s // DAY_S) == _whose(quota)]
        served = sum(t.id not in left_out for t in asked)
        if quota.over_fen is not None:
            fen += max(0, served - quota.tasks) * quota.over_fen
        elif served > max(quota.tasks, sum(t.fixed is not None for t in asked)):
            facts: Facts = {"unit": quota.unit, "day": quota.day, "served": served}
            wrong.append(Violation("quota", facts | {"most": quota.tasks}))
    return wrong, fen


def _whose(quota: Quota) -> tuple[int, int]:
    return quota.unit, quota.day
