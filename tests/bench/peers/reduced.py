"""The part of a day that every peer can express, as matrices, and their routes as duties.

Kept: cars with seats, classes, pools, lending and its price, garage windows, tolls, rush hours,
the choice of waiting or going home, rentals before fen. Left out for all, ours too: windows of
starts, scarce drivers and their hours, range, reserves, quotas, shared rides, firms that run out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

import optimizer as o
from tests.bench.peers.arcs import Arcs, Routes
from tests.bench.peers.ground import Ground

MOST_DRIVING_S = 86_400


def reduced(problem: o.Problem) -> o.Problem:
    """The variant of a problem that every peer can express."""
    drivers = tuple(
        o.Driver(car.id, car.pool, car.licence, car.windows, MOST_DRIVING_S)
        for car in problem.vehicles
    )
    cars = (replace(v, range_m=None, charged_m=None, charge_m_per_hour=0) for v in problem.vehicles)
    tasks = (
        replace(t, latest_s=t.earliest_s, share=None, head_driving_s=None, tail_driving_s=None)
        for t in problem.tasks
    )
    return replace(
        problem,
        vehicles=tuple(replace(car, windows=car.windows[:1]) for car in cars),
        drivers=drivers,
        tasks=tuple(sorted(tasks, key=lambda t: (t.earliest_s, t.id))),
        firms=tuple(replace(firm, vehicles=len(problem.tasks)) for firm in problem.firms),
        reserves=(),
        quotas=(),
        hours=o.Hours(),
        chargers=(),
    )


@dataclass(frozen=True)
class Reduced:
    """A reduced problem with its numbers, and the way back from routes to a plan."""

    problem: o.Problem
    arcs: Arcs
    families: tuple[tuple[o.Vehicle, ...], ...]
    by_home: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, problem: o.Problem) -> "Reduced":
        """Reduce a problem whose cars all stand at home, and work out its ways."""
        less = reduced(problem)
        families: dict[object, list[o.Vehicle]] = {}
        for car in less.vehicles:
            families.setdefault(replace(car, id=0, month_m=0), []).append(car)
        ways = [Ground(less, cars[0]) for cars in families.values()]
        between = [way.between() for way in ways]
        arcs = Arcs(
            first=_numbers([way.out() for way in ways]),
            between=_numbers([fen for fen, _ in between]),
            last=_numbers([way.home() for way in ways]),
            serve=_numbers([way.serve() for way in ways]),
            count=_numbers([len(cars) for cars in families.values()]),
            rent=_numbers([min(_rent(f, t) for f in less.firms) for t in less.tasks]),
            start_s=_numbers(ways[0].start),
            end_s=_numbers(ways[0].end),
            drive_s=_numbers(ways[0].drive()),
        )
        return cls(less, arcs, tuple(map(tuple, families.values())), tuple(b for _, b in between))

    def judged(self, routes: Routes) -> o.Verdict:
        """What the checker says of the routes, everything else being rented.

        Raises:
            ValueError: it objects, or the routes use more cars than there are.
        """
        tasks = self.problem.tasks
        free = [list(cars) for cars in self.families]
        duties, served = [], set()
        for family, nodes in routes:
            if not free[family]:
                raise ValueError(f"more cars of family {family} than there are")
            car = free[family].pop()
            duties.append(o.Duty(car.id, car.id, self._stops(family, nodes)))
            served.update(nodes)
        firm = {t.id: min(self.problem.firms, key=lambda f: _rent(f, t)).id for t in tasks}
        left = [t.id for k, t in enumerate(tasks) if k not in served]
        verdict = o.judge(self.problem, duties, [o.Rental(t, firm[t]) for t in left], [])
        if verdict.violations:
            raise ValueError(f"the checker objects: {verdict.violations[:3]}")
        return verdict

    def _stops(self, family: int, nodes: Sequence[int]) -> tuple[o.Stop, ...]:
        tasks, by_home = self.problem.tasks, self.by_home[family]
        befores = [None, *nodes[:-1]]
        return tuple(
            o.Stop(tasks[b].id, tasks[b].earliest_s, a is not None and bool(by_home[a, b]))
            for a, b in zip(befores, nodes, strict=True)
        )


def _rent(firm: o.RentalFirm, task: o.Task) -> int:
    days = -(-task.duration_s // 86_400)
    return firm.day_fen * days + (task.loaded_m * firm.fen_per_km + 500) // 1000


def _numbers(values: object) -> np.ndarray:
    return np.array(values, dtype=np.int32)
