"""Cars and drivers by days, and who serves trips over the nights between; pure.

A window of a car or a driver holds one duty. So their windows end every night, but for those
that carry a trip over one or more of them: these are theirs from the first day to the last.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import optimizer
from dispatch.orders.days import Days
from dispatch.orders.supply import seconds_between

MOST_TRIED = 12
"""Cars, from the cheapest on, for which it is tried what they leave to others."""

LATER_S = 3600
"""So much later another of the chosen cars may be home from the same trip."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Windows that last over a night, by car and by driver."""

    cars: dict[int, list[optimizer.Window]] = field(default_factory=dict)
    drivers: dict[int, list[optimizer.Window]] = field(default_factory=dict)


NOBODY = Kept()


def in_days(
    problem: optimizer.Problem, free: optimizer.Problem, long: Collection[int], days: Days
) -> optimizer.Problem:
    """A problem of several days with the windows of cars and drivers cut every night.

    Args:
        problem: with windows from the first day to the last.
        free: the same with cars and drivers beside all that is held.
        long: tasks that last over a night.
        days: that are planned.
    """
    around = replace(free, tasks=tuple(t for t in problem.tasks if t.id in long))
    plain = replace(problem, tasks=tuple(t for t in problem.tasks if t.id not in long))
    return by_days(problem, days, kept_for(around, by_days(plain, days), days))


def kept_for(around: optimizer.Problem, plain: optimizer.Problem, days: Days) -> Kept:
    """Windows for trips over a night: on cars, and with drivers, that the days miss least.

    One after the other, each goes to the car whose trips of those days can go elsewhere, of such
    cars to the cheapest.

    Args:
        around: those trips alone; its cars and drivers are free beside all that is held.
        plain: the same days without those trips, windows cut every night.
        days: that are planned.
    """
    kept = Kept()
    if not around.tasks:
        return kept
    first = optimizer.greedy_plan(plain)
    others = _Others(optimizer.Board.of(plain, first.duties, first.rentals), _seconds(days))
    carrying = optimizer.Board.of(around)
    for task in sorted(around.tasks, key=lambda t: (t.earliest_s, t.id)):
        options = optimizer.insert(carrying, task, limit=MOST_TRIED, explain=False).options
        if options:
            spells = [_Spell(o.vehicle, o.driver, *others.days_of(o, task)) for o in options]
            costs = [(others.missed(s), o.costs.fen) for s, o in zip(spells, options, strict=True)]
            best = costs.index(min(costs))
            others.give_way(spells[best])
            carrying.take(task, options[best].way)
    for duty in carrying.duties():
        times = optimizer.timetable(around, duty)
        car, driver = around.vehicle_of[duty.vehicle], around.driver_of[duty.driver]
        for owner, into in ((car, kept.cars), (driver, kept.drivers)):
            window = _of(owner.windows, times, days)
            if window is not None:
                into.setdefault(owner.id, []).append(window)
    return kept


@dataclass(frozen=True, slots=True)
class _Spell:
    """A car and a driver that are away from one day to another."""

    vehicle: int
    driver: int
    first: int
    last: int

    def holds(self, vehicle: int, driver: int, day: int) -> bool:
        """Whether one of them is needed on a day."""
        same = vehicle == self.vehicle or driver == self.driver
        return same and self.first <= day <= self.last


@dataclass
class _Others:
    """The trips of single days, on a board of theirs."""

    board: optimizer.Board
    cuts: Sequence[int]
    away: list[_Spell] = field(default_factory=list)

    def days_of(self, option: optimizer.Option, task: optimizer.Task) -> tuple[int, int]:
        """The first and the last day of a trip."""
        return self._day(option.start_s), self._day(option.start_s + task.duration_s)

    def _day(self, at_s: int) -> int:
        return sum(cut <= at_s for cut in self.cuts[1:-1])

    def missed(self, spell: _Spell) -> int:
        """What the trips weigh that would find no other car."""
        self.board.begin()
        stuck = self._moved(spell)
        self.board.undo()
        return sum(task.priority for task in stuck)

    def give_way(self, spell: _Spell) -> None:
        """Leave a car and a driver to a trip over a night."""
        self._moved(spell)
        self.away.append(spell)

    def _moved(self, spell: _Spell) -> list[optimizer.Task]:
        """Put what they serve elsewhere, and say what cannot be."""
        ousted = [task for task in self._served(spell) if self.board.drop(task.id)]
        return [task for task in ousted if not self._placed(task, spell)]

    def _served(self, spell: _Spell) -> list[optimizer.Task]:
        board, tasks = self.board, self.board.problem.task_of
        found = []
        for task_id, c in board.chain_of.items():
            chain, task = board.chains[c], tasks[task_id]
            driver = 0 if chain.crew is None else chain.crew.driver.id
            day = self._day(task.earliest_s)
            if task.fixed is None and spell.holds(chain.slot.car.id, driver, day):
                found.append(task)
        return found

    def _placed(self, task: optimizer.Task, spell: _Spell) -> bool:
        day = self._day(task.earliest_s)
        away = [*self.away, spell]
        for option in optimizer.insert(
            self.board, task, limit=len(away) + 2, explain=False
        ).options:
            if not any(one.holds(option.vehicle, option.driver, day) for one in away):
                self.board.take(task, option.way)
                return True
        return False


def _of(
    windows: Iterable[optimizer.Window], times: optimizer.Timetable, days: Days
) -> optimizer.Window | None:
    """The window that holds a duty, from the morning of its first day until it is home.

    What is left of its last day is another window: its driver rests before that, its car does not.
    """
    cuts = _seconds(days)
    first = sum(cut <= times.leave_s for cut in cuts[1:-1])
    last = sum(cut < times.home_s for cut in cuts[1:-1])
    for window in windows:
        if window.start_s <= times.leave_s and times.home_s <= window.end_s:
            end_s = min(window.end_s, cuts[last + 1], times.home_s + LATER_S)
            return optimizer.Window(max(window.start_s, cuts[first]), end_s, first)
    return None


def by_days(problem: optimizer.Problem, days: Days, kept: Kept = NOBODY) -> optimizer.Problem:
    """The problem with the windows of cars and drivers cut every night, but for those kept.

    Drivers rest between their days.
    """
    cuts = _seconds(days)
    vehicles = (
        replace(v, windows=tuple(replace(w, shift=0) for w in _cut(v.windows, cuts, mine)))
        for v in problem.vehicles
        for mine in [kept.cars.get(v.id, [])]
    )
    people = (
        replace(d, windows=_cut(d.windows, cuts, kept.drivers.get(d.id, [])))
        for d in problem.drivers
    )
    return replace(problem, vehicles=tuple(vehicles), drivers=tuple(people))


def is_home_at_night(problem: optimizer.Problem, vehicle_id: int, task: optimizer.Task) -> bool:
    """Whether a car's windows are cut during a task, though nothing holds the car then."""
    windows = problem.vehicle_of[vehicle_id].windows
    nights = (a.end_s for a, b in pairwise(windows) if a.end_s == b.start_s)
    return any(task.earliest_s < at < task.earliest_s + task.duration_s for at in nights)


def _seconds(days: Days) -> list[int]:
    start = days.span.start
    return [seconds_between(start, at) for at in (start, *days.cuts, days.span.end)]


def _cut(
    windows: Iterable[optimizer.Window], cuts: Sequence[int], kept: Sequence[optimizer.Window]
) -> tuple[optimizer.Window, ...]:
    """Windows by days, numbered as shifts; what is kept stays whole."""
    found = list(kept)
    for window in windows:
        for day, (lo, hi) in enumerate(pairwise(cuts)):
            parts = [(max(window.start_s, lo), min(window.end_s, hi))]
            for one in kept:
                parts = [
                    part
                    for a, b in parts
                    for part in ((a, min(b, one.start_s)), (max(a, one.end_s), b))
                ]
            found += [optimizer.Window(a, b, day) for a, b in parts if a < b]
    return tuple(sorted(found, key=lambda w: w.start_s))
