"""Where duties can be: windows of cars and drivers, cut around what is fixed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from optimizer.problem import Driver, Problem, Window
from optimizer.runs import (
    CarSlot,
    Run,
    begins_m,
    by_hour_of_day,
    fixed_start,
    idle_fen_of,
    neighbours,
    runs_of,
)

__all__ = ["CarSlot", "DriverSlot", "Run", "Slots", "fixed_start", "neighbours", "slots_of"]

# Room for nothing but what is fixed.
SHUT = (0, 0)


@dataclass(frozen=True, slots=True)
class DriverSlot:
    """Room for one duty of a driver; `since_break_s`: driven since a break when it begins."""

    driver: Driver
    from_s: int
    until_s: int
    since_break_s: int = 0
    shift: int = 0

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for slots that any duty can be exchanged between."""
        who = self.driver
        rested = (self.since_break_s, self.shift)
        return (who.pool, who.licence, who.max_driving_s, self.from_s, self.until_s, *rested)


@dataclass(frozen=True, slots=True)
class Slots:
    """All room there is: runs, then what is free, in the problem's order."""

    runs: tuple[Run, ...]
    cars: tuple[CarSlot, ...]
    drivers: tuple[DriverSlot, ...]


def slots_of(problem: Problem) -> Slots:
    """Cut the windows of cars and drivers around the fixed tasks."""
    runs = _cut(problem, runs_of(problem))
    by_car: dict[int, list[Run]] = {}
    by_driver: dict[int, list[Run]] = {}
    for run in runs:
        by_car.setdefault(run.slot.car.id, []).append(run)
        by_driver.setdefault(run.driver.id, []).append(run)
    drivers = (
        DriverSlot(driver, lo, hi, driver.since_break_s if k == 0 else 0, shift)
        for driver in problem.drivers
        for k, shift, lo, hi in _free(problem, driver.windows, by_driver.get(driver.id, ()))
    )
    return Slots(tuple(runs), tuple(_car_slots(problem, by_car)), tuple(drivers))


def _car_slots(problem: Problem, runs: dict[int, list[Run]]) -> Iterator[CarSlot]:
    announced = {t.published.vehicle for t in problem.tasks if t.published}
    for car in problem.vehicles:
        alone = car.id if car.id in announced else None
        for k, _, lo, hi in _free(problem, car.windows, runs.get(car.id, ())):
            first_m = begins_m(car, first=k == 0)
            fen = idle_fen_of(problem, car)
            yield CarSlot(car, car.at, car.free_from_s, lo, hi, fen, first_m, alone)


def _free(
    problem: Problem, windows: tuple[Window, ...], runs: Iterable[Run]
) -> Iterator[tuple[int, int, int, int]]:
    """Windows without a run, (number, shift, from, until), less what runs beside them use."""
    for k, window in enumerate(windows):
        if any(r.start_s < window.end_s and window.start_s < r.end_s for r in runs):
            continue
        before = [_is_home(problem, r) for r in runs if r.start_s < window.start_s]
        after = [_departs(problem, r) for r in runs if r.start_s >= window.start_s]
        lo, hi = max([window.start_s, *before]), min([window.end_s, *after])
        if lo < hi:
            yield k, window.shift, lo, hi


def _cut(problem: Problem, runs: list[Run]) -> list[Run]:
    """Give each run the room of its windows that what is fixed of its neighbours leaves.

    Where what is fixed leaves too short a rest, no other task may be added on either side.
    """
    room = [_room(run) for run in runs]
    shut = {i for i, found in enumerate(room) if found == SHUT}
    for a, b, rest_s in neighbours(problem, runs):
        home_s, leave_s = _is_home(problem, runs[a]), _departs(problem, runs[b])
        room[a] = (room[a][0], min(room[a][1], leave_s - rest_s))
        room[b] = (max(room[b][0], home_s + rest_s), room[b][1])
        if rest_s and leave_s - home_s < rest_s:
            shut |= {a, b}
    for i in shut:
        room[i] = SHUT
    return [
        replace(run, slot=replace(run.slot, from_s=lo, until_s=hi), open=i not in shut)
        for i, (run, (lo, hi)) in enumerate(zip(runs, room, strict=True))
    ]


def _room(run: Run) -> tuple[int, int]:
    found = [
        next((w for w in windows if w.start_s <= run.start_s and run.end_s <= w.end_s), None)
        for windows in (run.slot.car.windows, run.driver.windows)
    ]
    if found[0] is None or found[1] is None:
        return SHUT
    start_s = max(found[0].start_s, found[1].start_s)
    return (start_s, min(found[0].end_s, found[1].end_s))


def _departs(problem: Problem, run: Run) -> int:
    """When it leaves at the latest, from home or from where its car stands."""
    seconds, origin = problem.matrix.seconds, run.tasks[0].origin
    drive_s = min(int(seconds[place, origin]) for place in (run.slot.car.home, run.slot.place))
    out_s = by_hour_of_day(problem.matrix, drive_s, run.start_s)
    return run.start_s - problem.horizon.buffer_s - out_s


def _is_home(problem: Problem, run: Run) -> int:
    place = run.tasks[-1].destination
    drive_s = int(problem.matrix.seconds[place, run.slot.car.home])
    return run.end_s + by_hour_of_day(problem.matrix, drive_s, run.end_s)
