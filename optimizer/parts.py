"""A part of a plan as a problem of its own, whose answer fits back into the whole.

A part takes some duties apart: their cars, drivers and tasks, with what is rented,
unserved or idle near them. Firms, reserves and quotas are reduced by what the rest
uses, and windows are cut around the rest's duties, so any plan of the part is allowed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from optimizer.baseline import Decisions
from optimizer.plan import Duty
from optimizer.problem import Driver, Problem, Quota, RentalFirm, Reserve, Task, Vehicle, Window
from optimizer.rows import DAY_S, days_of
from optimizer.slots import slots_of
from optimizer.timetable import timetable_of


@dataclass(frozen=True, slots=True)
class Choice:
    """What a part is to hold.

    Attributes:
        duties: numbers of the duties taken apart.
        loose: ids of rented or unserved tasks that it may serve.
        cars, drivers: ids of those that have room left, beside the duties' own.
        spare: it may use what firms, reserves and quotas have left; else only what it has.
    """

    duties: frozenset[int]
    loose: frozenset[int]
    cars: frozenset[int]
    drivers: frozenset[int]
    spare: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A problem, and the decisions about it that the plan holds now."""

    problem: Problem
    inside: Decisions

    def put(self, decisions: Decisions, anew: Decisions) -> Decisions:
        """The plan with the part decided anew; all else in it stays as it is."""
        held = {task.id for task in self.problem.tasks}
        return Decisions(
            (*(d for d in decisions.duties if d.stops[0].task not in held), *anew.duties),
            (*(r for r in decisions.rentals if r.task not in held), *anew.rentals),
            (*(u for u in decisions.unserved if u.task not in held), *anew.unserved),
        )


class Whole:
    """What the parts of one problem look up."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.tasks = {t.id: t for t in problem.tasks}
        self.cars = {v.id: v for v in problem.vehicles}
        self.drivers = {d.id: d for d in problem.drivers}
        self.quotas = {(q.unit, q.day): q for q in problem.quotas}
        self._held = Counter(
            run.slot.car.pool
            for run in slots_of(problem).runs
            if any(task.pool != run.slot.car.pool for task in run.tasks)
        )

    def tasks_of(self, duty: Duty) -> list[Task]:
        """The tasks a duty serves, in order."""
        return [self.tasks[j] for stop in duty.stops for j in stop.tasks]

    def lends(self, duty: Duty) -> bool:
        """Whether it holds a task of another pool."""
        pool = self.cars[duty.vehicle].pool
        return any(task.pool != pool for task in self.tasks_of(duty))

    def rented(self, decisions: Decisions) -> Counter[tuple[int, int]]:
        """Rentals by firm and day they touch."""
        pairs = ((r.firm, self.tasks[r.task]) for r in decisions.rentals)
        return Counter((firm, day) for firm, task in pairs for day in days_of(task))

    def lent(self, decisions: Decisions) -> Counter[int]:
        """Duties that count as lent, by pool."""
        return Counter(self.cars[d.vehicle].pool for d in decisions.duties if self.lends(d))

    def lending_limit(self) -> dict[int, int]:
        """Of each pool with a reserve; what is fixed may be lent beyond it."""
        return {p: max(most, self._held[p]) for p, most in self.problem.lending_limit.items()}

    def served(self, decisions: Decisions) -> Counter[tuple[int, int]]:
        """Tasks served by unit and day, where there is a quota."""
        if not self.quotas:
            return Counter()
        driven = chain.from_iterable(self.tasks_of(duty) for duty in decisions.duties)
        rented = (self.tasks[r.task] for r in decisions.rentals)
        return Counter(_unit_day(task) for task in chain(driven, rented))

    def overdrawn(self, decisions: Decisions) -> bool:
        """Whether firms, reserves or strict quotas allow less than is used."""
        most = {firm.id: firm.vehicles for firm in self.problem.firms}
        if any(n > most[firm] for (firm, _), n in self.rented(decisions).items()):
            return True
        limits, lent = self.lending_limit(), self.lent(decisions)
        if any(lent[pool] > limit for pool, limit in limits.items()):
            return True
        served = self.served(decisions)
        strict = [q for q in self.problem.quotas if q.over_fen is None]
        return any(served[q.unit, q.day] > q.tasks for q in strict)


def part_of(whole: Whole, decisions: Decisions, choice: Choice) -> Part:
    """Cut a part out of a valid plan."""
    inside, outside = _split(whole, decisions, choice)
    others: dict[tuple[str, int], list[Duty]] = {}
    for duty in outside.duties:
        others.setdefault(("car", duty.vehicle), []).append(duty)
        others.setdefault(("driver", duty.driver), []).append(duty)
    car_ids = choice.cars | {duty.vehicle for duty in inside.duties}
    driver_ids = choice.drivers | {duty.driver for duty in inside.duties}
    problem = whole.problem
    cars = tuple(
        _car(whole, v, others.get(("car", v.id), [])) for v in problem.vehicles if v.id in car_ids
    )
    drivers = tuple(
        _driver(whole, d, others.get(("driver", d.id), []))
        for d in problem.drivers
        if d.id in driver_ids
    )
    held = {task.id for duty in inside.duties for task in whole.tasks_of(duty)} | choice.loose
    tasks = tuple(_task(t, car_ids) for t in problem.tasks if t.id in held)
    part = replace(
        problem,
        vehicles=cars,
        drivers=drivers,
        tasks=tasks,
        firms=tuple(_firms(whole, inside, outside, tasks, spare=choice.spare)),
        reserves=tuple(_reserves(whole, cars, inside, outside, spare=choice.spare)),
        quotas=tuple(_quotas(whole, inside, outside, tasks, spare=choice.spare)),
    )
    return Part(part, inside)


def _split(whole: Whole, decisions: Decisions, choice: Choice) -> tuple[Decisions, Decisions]:
    duties = list(enumerate(decisions.duties))
    loose = choice.loose
    inside = Decisions(
        tuple(duty for i, duty in duties if i in choice.duties),
        tuple(r for r in decisions.rentals if r.task in loose),
        tuple(u for u in decisions.unserved if u.task in loose),
    )
    outside = Decisions(
        tuple(duty for i, duty in duties if i not in choice.duties),
        tuple(r for r in decisions.rentals if r.task not in loose),
        tuple(u for u in decisions.unserved if u.task not in loose),
    )
    return inside, outside


def _unit_day(task: Task) -> tuple[int, int]:
    return task.unit, task.earliest_s // DAY_S


def _task(task: Task, cars: Collection[int]) -> Task:
    """Published on a car that is not in the part, it is moved anyway."""
    if task.published is None or task.published.vehicle in cars:
        return task
    return replace(task, published=None)


def _car(whole: Whole, car: Vehicle, others: Sequence[Duty]) -> Vehicle:
    if not others:
        return car
    spans = [_span(whole, duty) for duty in others]
    windows, first = _room(car.windows, spans, rest_s=0)
    return replace(car, windows=windows, charged_m=car.charged_m if first else None)


def _driver(whole: Whole, driver: Driver, others: Sequence[Duty]) -> Driver:
    if not others:
        return driver
    spans = [_span(whole, duty) for duty in others]
    windows, first = _room(driver.windows, spans, rest_s=whole.problem.hours.between_s)
    return replace(driver, windows=windows, since_break_s=driver.since_break_s if first else 0)


def _span(whole: Whole, duty: Duty) -> tuple[int, int, int]:
    """When a duty leaves, when it is home, and when its first task starts."""
    car = whole.cars[duty.vehicle]
    pairs = [(whole.tasks[stop.task], stop) for stop in duty.stops]
    times = timetable_of(whole.problem, car, pairs, later=car.at == car.home)
    return times.leave_s, times.home_s, duty.stops[0].start_s


def _room(
    windows: Sequence[Window], spans: Sequence[tuple[int, int, int]], *, rest_s: int
) -> tuple[tuple[Window, ...], bool]:
    """The windows no duty of the rest is in, cut by its drives; and whether the first is one."""
    shifts = [_shift(windows, start_s) for _, _, start_s in spans]
    found = []
    first = False
    for k, window in enumerate(windows):
        from_s, until_s = window.start_s, window.end_s
        if any(leave_s < until_s and from_s < home_s for leave_s, home_s, _ in spans):
            continue
        for (leave_s, home_s, _), shift in zip(spans, shifts, strict=True):
            away_s = 0 if shift == window.shift else rest_s
            if leave_s >= window.end_s:
                until_s = min(until_s, leave_s - away_s)
            else:
                from_s = max(from_s, home_s + away_s)
        if from_s < until_s:
            first |= k == 0
            found.append(replace(window, start_s=from_s, end_s=until_s))
    return tuple(found), first


def _shift(windows: Sequence[Window], at_s: int) -> int | None:
    return next((w.shift for w in windows if w.start_s <= at_s < w.end_s), None)


def _firms(
    whole: Whole, inside: Decisions, outside: Decisions, tasks: Sequence[Task], *, spare: bool
) -> Iterable[RentalFirm]:
    used, mine = whole.rented(outside), whole.rented(inside)
    days = sorted({day for task in tasks for day in days_of(task)})
    for firm in whole.problem.firms:
        left = min((firm.vehicles - used[firm.id, day] for day in days), default=0)
        if not spare:
            left = min(left, max((mine[firm.id, day] for day in days), default=0))
        yield replace(firm, vehicles=max(0, left))


def _reserves(
    whole: Whole, cars: Sequence[Vehicle], inside: Decisions, outside: Decisions, *, spare: bool
) -> Iterable[Reserve]:
    used, mine = whole.lent(outside), whole.lent(inside)
    for pool, limit in whole.lending_limit().items():
        left = max(0, limit - used[pool]) if spare else mine[pool]
        lendable = sum(v.pool == pool and v.lendable for v in cars)
        # Cars that are not lendable may have been lent by what is fixed: they count as well.
        if left <= lendable:
            yield Reserve(pool, lendable - left)


def _quotas(
    whole: Whole, inside: Decisions, outside: Decisions, tasks: Sequence[Task], *, spare: bool
) -> Iterable[Quota]:
    used, mine = whole.served(outside), whole.served(inside)
    here = {_unit_day(task) for task in tasks}
    for key, quota in whole.quotas.items():
        if key in here:
            left = max(0, quota.tasks - used[key])
            yield replace(quota, tasks=left if spare else min(left, mine[key]))
