"""The independent checker: validates and costs any plan from the problem alone.

It shares no rule and no cost code with the engines, so each is the other's witness.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from optimizer.duty_rules import Facts, Read, Violation, broken, read, window_at
from optimizer.plan import Costs, Duty, Levels, Plan, Rental, Unserved
from optimizer.problem import Problem, RentalFirm, Task

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that is wrong with a plan, and what it costs; costs hold if nothing is."""

    violations: tuple[Violation, ...]
    costs: Costs
    levels: Levels

    @property
    def valid(self) -> bool:
        """Nothing is wrong."""
        return not self.violations


def check(problem: Problem, plan: Plan) -> Verdict:
    """Judge a plan; what it says about its own cost is compared, not believed."""
    verdict = judge(problem, plan.duties, plan.rentals, plan.unserved)
    found = list(verdict.violations)
    if plan.levels != verdict.levels:
        says: Facts = {"says": str(plan.levels), "is": str(verdict.levels)}
        found.append(Violation("levels-misstated", says))
    if plan.matrix_version != problem.matrix.version:
        versions: Facts = {"plan": plan.matrix_version, "problem": problem.matrix.version}
        found.append(Violation("other-matrix", versions))
    bound = plan.bound.fen
    if bound is not None and not found and verdict.levels.fen < bound:
        found.append(Violation("below-bound", {"fen": verdict.levels.fen, "bound": bound}))
    return Verdict(tuple(found), verdict.costs, verdict.levels)


def judge(
    problem: Problem,
    duties: Sequence[Duty],
    rentals: Sequence[Rental],
    unserved: Sequence[Unserved],
) -> Verdict:
    """The same for the decisions alone, also made by hand."""
    found: list[Violation] = []
    fine: list[Read] = []
    begun: set[int] = set()
    for duty in sorted(duties, key=_beginning):
        it = read(problem, duty, later=duty.vehicle in begun)
        begun.add(duty.vehicle)
        if isinstance(it, Violation):
            found.append(it)
        else:
            fine.append(it)
            found.extend(broken(problem, it))
    found.extend(_coverage(problem, duties, rentals, unserved))
    found.extend(_between_duties(fine))
    found.extend(_reserves(problem, fine))
    found.extend(_rentals(problem, rentals))
    costs = _costs(problem, fine, rentals)
    priority = {t.id: t.priority for t in problem.tasks}
    missing = sum(priority.get(u.task, 0) for u in unserved)
    return Verdict(tuple(found), costs, Levels(missing, len(rentals), costs.fen))


def _beginning(duty: Duty) -> int:
    return duty.stops[0].start_s if duty.stops else 0


def _coverage(
    problem: Problem,
    duties: Sequence[Duty],
    rentals: Sequence[Rental],
    unserved: Sequence[Unserved],
) -> Iterator[Violation]:
    times = Counter(stop.task for duty in duties for stop in duty.stops)
    times.update(rental.task for rental in rentals)
    times.update(item.task for item in unserved)
    known = {t.id: t for t in problem.tasks}
    for task in sorted(times.keys() - known.keys()):
        yield Violation("unknown-task", {"task": task})
    for task in known:
        if times[task] != 1:
            yield Violation("not-planned-once", {"task": task, "times": times[task]})
    for item in unserved:
        if item.task in known and known[item.task].fixed:
            yield Violation("fixed-task-moved", {"task": item.task})


def _between_duties(duties: list[Read]) -> Iterator[Violation]:
    cars: dict[int, list[Read]] = {}
    drivers: dict[int, list[Read]] = {}
    for it in duties:
        cars.setdefault(it.car.id, []).append(it)
        drivers.setdefault(it.driver.id, []).append(it)
    for car, held in cars.items():
        yield from _overlaps("vehicle", car, held)
    for driver, held in drivers.items():
        yield from _overlaps("driver", driver, held)


def _overlaps(name: str, owner: int, duties: list[Read]) -> Iterator[Violation]:
    duties = sorted(duties, key=lambda it: it.times.legs[0].start_s)
    for a, b in pairwise(duties):
        end_s = a.times.legs[-1].end_s if a.fixed_last else a.times.home_s
        start_s = b.times.legs[0].start_s if b.fixed_first else b.times.leave_s
        if start_s < end_s:
            yield Violation("overlap", {name: owner, "end_s": end_s, "start_s": start_s})
    for a, b in combinations(duties, 2):
        if not (a.has_fixed and b.has_fixed) and _window(name, a) == _window(name, b):
            yield Violation("window-used-twice", {name: owner})


def _window(name: str, it: Read) -> int | None:
    windows = it.car.windows if name == "vehicle" else it.driver.windows
    start_s = it.times.legs[0].start_s if it.fixed_first else it.times.leave_s
    return window_at(windows, start_s, start_s)


def _reserves(problem: Problem, duties: list[Read]) -> Iterator[Violation]:
    for pool, limit in problem.lending_limit.items():
        lent = [it for it in duties if it.car.pool == pool and _lent(it, fixed=False)]
        bound_to = sum(_lent(it, fixed=True) for it in lent)
        if len(lent) > max(limit, bound_to):
            yield Violation("reserve", {"pool": pool, "lent": len(lent), "most": limit})


def _lent(it: Read, *, fixed: bool) -> bool:
    return any(t.pool != it.car.pool and (t.fixed is not None or not fixed) for t, _ in it.stops)


def _rentals(problem: Problem, rentals: Sequence[Rental]) -> Iterator[Violation]:
    firms = {f.id: f for f in problem.firms}
    tasks = {t.id: t for t in problem.tasks}
    used: Counter[tuple[int, int]] = Counter()
    for rental in rentals:
        firm, task = firms.get(rental.firm), tasks.get(rental.task)
        if firm is None:
            yield Violation("unknown-firm", {"task": rental.task, "firm": rental.firm})
        if firm is None or task is None:
            continue
        if not task.rental or task.fixed is not None:
            yield Violation("rental-not-allowed", {"task": task.id})
        if not _firm_fits(firm, task):
            yield Violation("rental-unfit", {"task": task.id, "firm": firm.id})
        latest_end_s = task.latest_s + task.duration_s
        used.update(
            (firm.id, day) for day in range(task.earliest_s // DAY_S, -(-latest_end_s // DAY_S))
        )
    for (firm_id, day), times in sorted(used.items()):
        if times > firms[firm_id].vehicles:
            yield Violation("rental-capacity", {"firm": firm_id, "day": day, "rented": times})


def _firm_fits(firm: RentalFirm, task: Task) -> bool:
    same_class = not (firm.classes and task.classes) or set(firm.classes) & set(task.classes)
    return bool(same_class) and task.passengers <= firm.passenger_seats


def _costs(problem: Problem, duties: list[Read], rentals: Sequence[Rental]) -> Costs:
    hour = problem.driver_fen_per_hour
    use = loaded = deadhead = driver = settled = 0
    for it in duties:
        use += it.car.use_fen
        for (task, _), leg in zip(it.stops, it.times.legs, strict=True):
            loaded += _by_km(task.loaded_m, it.car.fen_per_km)
            deadhead += _by_km(leg.deadhead_m, it.car.fen_per_km)
            driver += _by_hour(leg.away_s, hour) + _by_hour(task.duration_s, hour)
            if task.pool != it.car.pool and (it.car.pool, task.pool) in problem.settlement:
                terms = problem.settlement[it.car.pool, task.pool]
                settled += terms.trip_fen + _by_km(task.loaded_m, terms.fen_per_km)
        deadhead += _by_km(it.times.home_m, it.car.fen_per_km)
        driver += _by_hour(it.times.home_drive_s, hour)
    idle = _idle(problem, {it.car.id for it in duties})
    return Costs(use, loaded, deadhead, driver, settled, _rent(problem, rentals), idle)


def _idle(problem: Problem, used: set[int]) -> int:
    metres = problem.matrix.metres
    return sum(
        _by_km(int(metres[v.at, v.home]), v.fen_per_km)
        for v in problem.vehicles
        if v.id not in used
    )


def _rent(problem: Problem, rentals: Sequence[Rental]) -> int:
    firms = {f.id: f for f in problem.firms}
    tasks = {t.id: t for t in problem.tasks}
    return sum(
        firms[r.firm].day_fen * -(-tasks[r.task].duration_s // DAY_S)
        + _by_km(tasks[r.task].loaded_m, firms[r.firm].fen_per_km)
        for r in rentals
        if r.firm in firms and r.task in tasks
    )


def _by_km(metres: int, fen: int) -> int:
    return (metres * fen + 500) // 1000


def _by_hour(seconds: int, fen: int) -> int:
    return (seconds * fen + 1800) // 3600
