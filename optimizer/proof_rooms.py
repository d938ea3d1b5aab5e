"""Where duties can be, for the certificate's pricing: free windows, and runs with their room."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from optimizer.day_rules import holding, runs
from optimizer.problem import LICENCE_RANK, Driver, Problem, Task, Vehicle, Window
from optimizer.ride_times import drive

NO_LIMIT = 1 << 40


@dataclass(frozen=True, slots=True)
class Run:
    """Fixed tasks that are one duty; `first`: of its car."""

    car: Vehicle
    driver: Driver
    tasks: tuple[Task, ...]
    first: bool

    @property
    def span_s(self) -> tuple[int, int]:
        """From the first start to the last end."""
        return _start(self.tasks[0]), _start(self.tasks[-1]) + self.tasks[-1].duration_s

    @property
    def lent(self) -> bool:
        """It counts as lent whatever is added."""
        return any(task.pool != self.car.pool for task in self.tasks)


@dataclass(frozen=True, slots=True)
class Room:
    """Where one duty may be: of a car, or of a driver, or of both.

    Attributes:
        begun_s: seconds driven since a break, of a driver; metres left, of a car.
    """

    from_s: int
    until_s: int
    begun: int

    def both(self, other: "Room") -> tuple[int, int]:
        """The time that is in both."""
        return max(self.from_s, other.from_s), min(self.until_s, other.until_s)


def runs_of(problem: Problem) -> list[Run]:
    """All runs, each car's in order."""
    found: list[Run] = []
    seen: set[int] = set()
    for tasks in runs(problem):
        fixed = tasks[0].fixed
        if fixed is None:
            continue
        car, driver = problem.vehicle_of[fixed.vehicle], problem.driver_of[fixed.driver]
        found.append(Run(car, driver, tuple(tasks), car.id not in seen))
        seen.add(car.id)
    return found


def car_rooms(problem: Problem, car: Vehicle, theirs: list[Run]) -> Iterator[tuple[int, Room]]:
    """(start of the window, room) of every window of the car that no run overlaps."""
    for i, window in enumerate(car.windows):
        if not _taken(window, theirs):
            begun = _begins_m(car, first=i == 0)
            yield window.start_s, _cut(problem, car, window, theirs, begun)


def driver_rooms(problem: Problem, driver: Driver, theirs: list[Run]) -> Iterator[tuple[int, Room]]:
    """The same of a driver."""
    for i, window in enumerate(driver.windows):
        if not _taken(window, theirs):
            begun = driver.since_break_s if i == 0 else 0
            yield window.start_s, _cut(problem, driver, window, theirs, begun)


def run_rooms(problem: Problem, run: Run, others: list[Run]) -> tuple[Room, Room] | None:
    """Room of the car and of the driver around a run; None: nothing may be added to it.

    `others` are the other runs of the same car or driver.
    """
    begin_s, end_s = run.span_s
    found: list[Room] = []
    for owner in (run.car, run.driver):
        i = holding(owner.windows, begin_s)
        if i is None or owner.windows[i].end_s < end_s:
            return None
        begun = (
            _begins_m(owner, first=run.first and i == 0)
            if isinstance(owner, Vehicle)
            else owner.since_break_s * (i == 0)
        )
        found.append(_cut(problem, owner, owner.windows[i], others, begun, around=run.span_s))
    room = _rested(problem, run, others, found[1])
    return None if room is None else (found[0], room)


def _rested(problem: Problem, run: Run, others: list[Run], room: Room) -> Room | None:
    """The driver's room less the rest to their runs in other shifts.

    None: what is fixed leaves less than that already, so that nothing may be added.
    """
    least_s, shift = problem.hours.between_s, _shift(run)
    for other in others if least_s and shift is not None else ():
        if other.driver is not run.driver or _shift(other) in (None, shift):
            continue
        before, after = sorted((run, other), key=lambda it: it.span_s)
        home_s, leaves_s = _home_s(problem, before), _leaves_s(problem, after, home=False)
        if leaves_s - home_s < least_s:
            return None
        if before is other:
            room = replace(room, from_s=max(room.from_s, home_s + least_s))
        else:
            room = replace(room, until_s=min(room.until_s, leaves_s - least_s))
    return room


def _shift(run: Run) -> int | None:
    """Of the driver's window in which it begins."""
    i = holding(run.driver.windows, run.span_s[0])
    return None if i is None else run.driver.windows[i].shift


def licensed(car: Vehicle, driver: Driver) -> bool:
    """May drive it, and is of its pool."""
    enough = LICENCE_RANK[driver.licence] >= LICENCE_RANK[car.licence]
    return enough and driver.pool == car.pool


def _begins_m(car: Vehicle, *, first: bool) -> int:
    if car.range_m is None:
        return NO_LIMIT
    return car.charged_m if first and car.charged_m is not None else car.range_m


def _taken(window: Window, theirs: list[Run]) -> bool:
    spans = (run.span_s for run in theirs)
    return any(begin < window.end_s and window.start_s < end for begin, end in spans)


def _cut(
    problem: Problem,
    owner: Vehicle | Driver,
    window: Window,
    theirs: list[Run],
    begun: int,
    around: tuple[int, int] | None = None,
) -> Room:
    """The window without what the runs before and after it take by driving home and out."""
    from_s, until_s = window.start_s, min(window.end_s, problem.horizon.length_s)
    begin_s, end_s = (window.start_s, window.end_s) if around is None else around
    for run in theirs:
        if run.span_s[1] <= begin_s:
            from_s = max(from_s, _home_s(problem, run))
        elif run.span_s[0] >= end_s:
            until_s = min(until_s, _leaves_s(problem, run, home=run.car is owner))
    return Room(from_s, until_s, begun)


def _home_s(problem: Problem, run: Run) -> int:
    end_s = run.span_s[1]
    return end_s + drive(problem, run.tasks[-1].destination, run.car.home, end_s).seconds


def _leaves_s(problem: Problem, run: Run, *, home: bool) -> int:
    """When it leaves at the latest; from home if the car did anything before."""
    start_s, origin = run.span_s[0], run.tasks[0].origin
    places = {run.car.home} if home or not run.first else {run.car.home, run.car.at}
    drives = (drive(problem, place, origin, start_s) for place in places)
    return start_s - problem.horizon.buffer_s - min(way.seconds for way in drives)


def _start(task: Task) -> int:
    return task.earliest_s if task.fixed is None else task.fixed.start_s
