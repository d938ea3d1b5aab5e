"""What must hold between the parts of a problem."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from optimizer.limits import MOST_ID, MOST_STARTS, MOST_TOTAL_FEN

if TYPE_CHECKING:
    from optimizer.problem import Problem


def errors(problem: "Problem") -> Iterator[str]:
    """One line for each broken reference or contradiction, in a fixed order."""
    return chain(
        _doubles(problem),
        _ids(problem),
        _places(problem),
        _pools(problem),
        _settlements(problem),
        _times(problem),
        _fixed(problem),
        _published(problem),
        _fixed_overlaps(problem, "vehicle"),
        _fixed_overlaps(problem, "driver"),
        _total(problem),
    )


DAY_S = 86_400


def _repeated(values: Iterable[Hashable]) -> list[Hashable]:
    return [value for value, times in Counter(values).items() if times > 1]


def _doubles(problem: "Problem") -> Iterator[str]:
    named: dict[str, list[Hashable]] = {
        "pool": list(problem.pools),
        "vehicle": [v.id for v in problem.vehicles],
        "driver": [d.id for d in problem.drivers],
        "task": [t.id for t in problem.tasks],
        "rental firm": [f.id for f in problem.firms],
        "settlement": [(s.lender, s.payer) for s in problem.settlements],
        "reserve of pool": [r.pool for r in problem.reserves],
        "quota of unit and day": [(q.unit, q.day) for q in problem.quotas],
        "charger": list(problem.chargers),
    }
    for name, keys in named.items():
        for key in _repeated(keys):
            yield f"{name} {key} is given twice"
    if not 0 <= problem.driver_fen_per_hour <= 1_000_000:
        yield f"driver_fen_per_hour is {problem.driver_fen_per_hour}, must be 0 to 1000000"
    standing = {"min_charge_s": problem.min_charge_s, "call_s": problem.call_s}
    for name, value in standing.items():
        if not 0 <= value <= DAY_S:
            yield f"{name} is {value}, must be 0 to {DAY_S}"


def _ids(problem: "Problem") -> Iterator[str]:
    named = {
        "pool": problem.pools,
        "vehicle": [v.id for v in problem.vehicles],
        "driver": [d.id for d in problem.drivers],
        "task": [t.id for t in problem.tasks],
        "unit": [t.unit for t in problem.tasks],
        "rental firm": [f.id for f in problem.firms],
    }
    for name, ids in named.items():
        for i in ids:
            if abs(i) > MOST_ID:
                yield f"{name} {i}: an id must be {-MOST_ID} to {MOST_ID}"


def _places(problem: "Problem") -> Iterator[str]:
    n = problem.matrix.places
    used = chain(
        (("vehicle", v.id, p) for v in problem.vehicles for p in (v.home, v.at)),
        (("task", t.id, p) for t in problem.tasks for p in (t.origin, t.destination)),
        (("charger", "", p) for p in problem.chargers),
    )
    for kind, name, place in used:
        if not 0 <= place < n:
            yield f"{kind} {name}".rstrip() + f": place {place} is not in the matrix of {n} places"


def _pools(problem: "Problem") -> Iterator[str]:
    known = set(problem.pools)
    used = chain(
        (("vehicle", v.id, v.pool) for v in problem.vehicles),
        (("driver", d.id, d.pool) for d in problem.drivers),
        (("task", t.id, t.pool) for t in problem.tasks),
        (("settlement", "", p) for s in problem.settlements for p in (s.lender, s.payer)),
        (("reserve", "", r.pool) for r in problem.reserves),
        (("refusal", "", p) for r in problem.refusals for p in (r.lender, r.payer)),
    )
    for kind, name, pool in used:
        if pool not in known:
            yield f"{kind} {name}".rstrip() + f": pool {pool} is unknown"


def _settlements(problem: "Problem") -> Iterator[str]:
    agreed = {(s.lender, s.payer) for s in problem.settlements}
    agreed |= {(r.lender, r.payer) for r in problem.refusals}
    lenders = sorted({v.pool for v in problem.vehicles if v.lendable})
    for lender in lenders:
        for payer in sorted({t.pool for t in problem.tasks}):
            if lender != payer and (lender, payer) not in agreed:
                yield f"settlement from {lender} to {payer} is missing, and not refused either"


def _times(problem: "Problem") -> Iterator[str]:
    for task in problem.tasks:
        start = task.earliest_s if task.fixed is None else task.fixed.start_s
        if start + task.duration_s > problem.horizon.length_s:
            yield f"task {task.id} ends after the horizon"
        starts = (task.latest_s - task.earliest_s) // problem.horizon.start_step_s + 1
        if starts > MOST_STARTS:
            yield f"task {task.id} has {starts} possible starts, must be at most {MOST_STARTS}"


def _fixed(problem: "Problem") -> Iterator[str]:
    cars = {v.id: v for v in problem.vehicles}
    people = {d.id: d for d in problem.drivers}
    for task in problem.tasks:
        if task.fixed is None:
            continue
        car, driver = cars.get(task.fixed.vehicle), people.get(task.fixed.driver)
        if car is None:
            yield f"task {task.id} is fixed on unknown vehicle {task.fixed.vehicle}"
        if driver is None:
            yield f"task {task.id} is fixed on unknown driver {task.fixed.driver}"
        if car is not None and driver is not None and car.pool != driver.pool:
            yield f"task {task.id}: driver {driver.id} is not of vehicle {car.id}'s pool"


def _published(problem: "Problem") -> Iterator[str]:
    cars = {v.id for v in problem.vehicles}
    for task in problem.tasks:
        if task.published is not None and task.published.vehicle not in cars:
            yield f"task {task.id} is published on unknown vehicle {task.published.vehicle}"


def _fixed_overlaps(problem: "Problem", name: str) -> Iterator[str]:
    held = [
        (getattr(task.fixed, name), task.fixed.start_s, task.fixed.start_s + task.duration_s, n)
        for n, task in enumerate(problem.tasks)
        if task.fixed is not None
    ]
    for (owner, _, end_s, a), (next_owner, start_s, _, b) in pairwise(sorted(held)):
        if owner == next_owner and end_s > start_s:
            one, other = problem.tasks[a].id, problem.tasks[b].id
            yield f"tasks {one} and {other} are both fixed on {name} {owner} and overlap"


def _total(problem: "Problem") -> Iterator[str]:
    """More fen than any plan can cost must stay far from 64 bits.

    Engines sum priority (1000) x a weight of at most 12 plans' fen in thousandths, and
    1000 x 12 x 1000 x 2^38 is below 2^62.
    """
    tasks = problem.tasks
    if not tasks:
        return
    far_m = int(problem.matrix.metres.max(initial=0)) * 2 + max(t.loaded_m for t in tasks)
    rates = [v.fen_per_km for v in problem.vehicles] + [f.fen_per_km for f in problem.firms]
    rates += [s.fen_per_km for s in problem.settlements]
    toll = problem.matrix.toll_fen
    toll_fen = 3 * (0 if toll is None else int(toll.max(initial=0)))
    toll_fen += max(t.toll_fen for t in tasks)
    paid_s = max(t.duration_s for t in tasks) + problem.horizon.length_s
    each_fen = far_m * max(rates, default=0) * 2 // 1000
    each_fen += toll_fen * max((v.toll_percent for v in problem.vehicles), default=0) // 100
    each_fen += paid_s * problem.driver_fen_per_hour // 3600
    each_fen += max((v.use_fen for v in problem.vehicles), default=0)
    each_fen += max((s.trip_fen for s in problem.settlements), default=0)
    each_fen += max((f.day_fen for f in problem.firms), default=0) * (paid_s // DAY_S + 1)
    each_fen += max((t.published.moved_fen for t in tasks if t.published), default=0)
    each_fen += max((q.over_fen or 0 for q in problem.quotas), default=0)
    if each_fen * len(tasks) > MOST_TOTAL_FEN:
        yield f"a plan may cost {each_fen * len(tasks)} fen, must be at most {MOST_TOTAL_FEN}"
