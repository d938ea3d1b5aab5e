"""What joining the pools saves: the same days planned together, and each pool alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import optimizer as o
from tests.bench.apart import each, solve
from tests.bench.figures import figure
from tests.bench.instances import day, full
from tests.bench.scales import Scale

SECONDS, ALONE_SECONDS = 15.0, 1.0
CARS, REQUESTS = 249, 217


@dataclass(frozen=True)
class Sum:
    """What a day comes to; metres of own cars and of hired ones.

    Attributes:
        outside_fen: without what pools pay each other.
    """

    unserved: int = 0
    rentals: int = 0
    metres: int = 0
    fen: int = 0
    outside_fen: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            self.unserved + other.unserved,
            self.rentals + other.rentals,
            self.metres + other.metres,
            self.fen + other.fen,
            self.outside_fen + other.outside_fen,
        )


def figures(scale: Scale) -> Iterator[dict[str, object]]:
    """Totals over the days, joined against alone."""
    for name, requests in (("", REQUESTS), ("busy, ", REQUESTS * 2)):
        days = range(1, scale.days + 1) if requests == REQUESTS else range(1, scale.days // 4 + 1)
        if days:
            yield from _totals(f"{name}{CARS} cars, {requests} requests", requests, days)


def _totals(name: str, requests: int, days: range) -> Iterator[dict[str, object]]:
    rows = list(each(both, [(requests, seed) for seed in days]))
    together = sum((one for one, _ in rows), Sum())
    alone = sum((other for _, other in rows), Sum())
    name = f"joining the pools, {name}, {len(rows)} days"
    yield _saved(f"{name}: kilometres saved", alone.metres, together.metres, "km", 1000)
    yield _saved(f"{name}: fen saved", alone.fen, together.fen, "fen")
    outside = f"{name}: fen saved, without what pools pay each other"
    yield _saved(outside, alone.outside_fen, together.outside_fen, "fen")
    says = f"{alone.rentals} alone, {together.rentals} together"
    yield figure(f"{name}: rentals saved", alone.rentals - together.rentals, "rentals", says)
    says = f"{alone.unserved} alone, {together.unserved} together"
    unserved = alone.unserved - together.unserved
    yield figure(f"{name}: unserved saved, by priority", unserved, "", says)


def _saved(name: str, alone: int, together: int, unit: str, per: int = 1) -> dict[str, object]:
    share = f"{100 * (alone - together) / alone:.1f} % of alone" if alone else "nothing alone"
    return figure(name, (alone - together) // per, unit, share)


def both(asked: tuple[int, int]) -> tuple[Sum, Sum]:
    """A day together, and the sum of its pools alone."""
    requests, seed = asked
    problem = day(full(CARS, requests), seed)
    apart = Sum()
    for pool in problem.pools:
        mine = only(problem, pool)
        apart += summed(mine, solve(mine, seconds=ALONE_SECONDS, seed=seed))
    return summed(problem, solve(problem, seconds=SECONDS, seed=seed)), apart


def only(problem: o.Problem, pool: int) -> o.Problem:
    """A pool with its cars, drivers and tasks alone; it may hire as if nobody else did."""
    tasks = tuple(t for t in problem.tasks if t.pool == pool)
    units = {t.unit for t in tasks}
    return replace(
        problem,
        pools=(pool,),
        vehicles=tuple(v for v in problem.vehicles if v.pool == pool),
        drivers=tuple(d for d in problem.drivers if d.pool == pool),
        tasks=tasks,
        settlements=(),
        refusals=(),
        reserves=(),
        quotas=tuple(q for q in problem.quotas if q.unit in units),
    )


def summed(problem: o.Problem, plan: o.Plan) -> Sum:
    """What a plan comes to, as the checker finds it.

    Raises:
        ValueError: the checker objects.
    """
    verdict = o.check(problem, plan)
    if verdict.violations:
        raise ValueError(f"the checker objects: {verdict.violations[:3]}")
    metres = sum(metres_of(problem, duty) for duty in plan.duties)
    tasks = {t.id: t for t in problem.tasks}
    metres += sum(tasks[rental.task].loaded_m for rental in plan.rentals)
    levels, costs = verdict.levels, verdict.costs
    outside_fen = costs.fen - costs.settlement_fen
    return Sum(levels.unserved, levels.rentals, metres, costs.fen, outside_fen)


def metres_of(problem: o.Problem, duty: o.Duty) -> int:
    """Everything a car drives."""
    times = o.timetable(problem, duty)
    return times.home_m + sum(leg.deadhead_m + leg.work.driving.metres for leg in times.legs)
