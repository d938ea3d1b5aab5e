"""A day while it runs: what is known, what is under way, and the plan as it stands."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import optimizer as o
from tests.bench.repair import repaired

FROZEN_S = 1800
PUBLISHED_S = 3 * 3600
MOVED_FEN = 5_000


@dataclass
class Counts:
    """What happened to what was announced."""

    forced: int = 0
    chosen: int = 0
    frozen_lost: int = 0
    frozen_violated: int = 0
    replans: int = 0
    refused: int = 0


@dataclass
class Running:
    """Tasks, cars and the plan at `now_s`; `fixed` holds what cars have left for."""

    problem: o.Problem
    tasks: dict[int, o.Task]
    duties: tuple[o.Duty, ...] = ()
    rentals: tuple[o.Rental, ...] = ()
    unserved: tuple[o.Unserved, ...] = ()
    fixed: dict[int, o.Fixed] = field(default_factory=dict)
    broken: dict[int, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    now_s: int = 0

    def go_on(self, now_s: int) -> None:
        """Let time pass, to no later than the next `end_of`."""
        self.now_s = now_s
        current = self.current()
        for duty in self.duties:
            for leg in under_way(o.timetable(current, duty).legs, now_s):
                fixed = o.Fixed(duty.vehicle, duty.driver, leg.start_s)
                self.fixed.setdefault(leg.task, fixed)

    def end_of(self, tasks: Iterable[int]) -> tuple[int, int] | None:
        """When the first of these tasks ends by plan, and which; None: no car serves any."""
        wanted, current = set(tasks), self.current()
        ends = (
            (leg.end_s, leg.task)
            for duty in self.duties
            for leg in o.timetable(current, duty).legs
            if leg.task in wanted
        )
        return min(ends, default=None)

    def current(self, tasks: Iterable[o.Task] | None = None) -> o.Problem:
        """The problem as it is now."""
        found = self.tasks.values() if tasks is None else tasks
        return replace(
            self.problem,
            horizon=replace(self.problem.horizon, now_s=self.now_s),
            vehicles=tuple(cut(v, self.broken.get(v.id)) for v in self.problem.vehicles),
            tasks=tuple(replace(t, fixed=self.fixed.get(t.id)) for t in found),
            quotas=(),
        )

    def settle(self) -> None:
        """After something happened: keep what holds, insert the rest, hire what is left."""
        problem, before = self.current(), served(self.duties)
        kept = repaired(problem, self.duties, self.rentals)
        self.duties, self.rentals, self.unserved = kept.duties, kept.rentals, kept.unserved
        after = served(self.duties)
        for task, was in before.items():
            if task not in self.tasks or after.get(task) == was:
                continue
            soon_s = was[1] - self.now_s
            self.counts.forced += soon_s <= PUBLISHED_S
            self.counts.frozen_lost += soon_s <= FROZEN_S and was[0] not in kept.whole
            self.counts.frozen_violated += soon_s <= FROZEN_S and was[0] in kept.whole

    def break_down(self, vehicle: int) -> None:
        """The car finishes what it has begun, and serves no more today."""
        self.broken[vehicle] = self.now_s
        lost = [
            t for t, f in self.fixed.items() if f.vehicle == vehicle and f.start_s >= self.now_s
        ]
        for task in lost:
            del self.fixed[task]


def cut(car: o.Vehicle, at_s: int | None) -> o.Vehicle:
    """The car, broken down since then."""
    if at_s is None:
        return car
    windows = (replace(w, end_s=min(w.end_s, at_s)) for w in car.windows if w.start_s < at_s)
    return replace(car, windows=tuple(windows))


def under_way(legs: tuple[o.Leg, ...], now_s: int) -> list[o.Leg]:
    """Those that the car has left for, or waits for where the one before ended."""
    begun: list[o.Leg] = []
    for leg in legs:
        waits = bool(begun) and not leg.via_home and begun[-1].end_s < now_s
        if leg.leave_s >= now_s and not waits:
            break
        begun.append(leg)
    return begun


def served(duties: Iterable[o.Duty]) -> dict[int, tuple[int, int]]:
    """Car and start of every task on a car."""
    return {t: (d.vehicle, s.start_s) for d in duties for s in d.stops for t in s.tasks}
