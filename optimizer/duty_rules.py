"""The checker's rules for one duty. Nothing here is shared with the engines."""

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.plan import Duty, Stop
from optimizer.problem import LICENCE_RANK, Driver, Problem, Task, Vehicle, Window
from optimizer.timetable import Leg, Timetable, timetable_of

Facts = dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule: its code and its facts."""

    rule: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Read:
    """A duty whose ids all exist, with the objects they name."""

    duty: Duty
    car: Vehicle
    driver: Driver
    stops: tuple[tuple[Task, Stop], ...]
    times: Timetable

    @property
    def fixed_first(self) -> bool:
        """Its beginning cannot be changed any more."""
        return self.stops[0][0].fixed is not None

    @property
    def fixed_last(self) -> bool:
        """Its end cannot be changed any more."""
        return self.stops[-1][0].fixed is not None

    @property
    def has_fixed(self) -> bool:
        """Some of it was decided before."""
        return any(task.fixed for task, _ in self.stops)


def read(problem: Problem, duty: Duty, *, later: bool) -> Read | Violation:
    """Look the ids up, or say which one is unknown; `later`: not the car's first duty."""
    cars = {v.id: v for v in problem.vehicles}
    drivers = {d.id: d for d in problem.drivers}
    tasks = {t.id: t for t in problem.tasks}
    if duty.vehicle not in cars:
        return Violation("unknown-vehicle", {"vehicle": duty.vehicle})
    if duty.driver not in drivers:
        return Violation("unknown-driver", {"vehicle": duty.vehicle, "driver": duty.driver})
    for stop in duty.stops:
        if stop.task not in tasks:
            return Violation("unknown-task", {"vehicle": duty.vehicle, "task": stop.task})
    if not duty.stops:
        return Violation("empty-duty", {"vehicle": duty.vehicle})
    stops = [(tasks[s.task], s) for s in duty.stops]
    car = cars[duty.vehicle]
    times = timetable_of(problem, car, stops, later=later)
    return Read(duty, car, drivers[duty.driver], tuple(stops), times)


def broken(problem: Problem, it: Read) -> Iterator[Violation]:
    """Every rule that this duty breaks by itself."""
    yield from _crew(it)
    previous: Leg | None = None
    for (task, stop), leg in zip(it.stops, it.times.legs, strict=True):
        yield from _start(problem, it, task, stop)
        if task.fixed is None:
            yield from _fit(problem, it.car, task)
        yield from _reach(problem, it, task, leg, previous)
        previous = leg
    yield from _windows(problem, it)
    yield from _resources(it)


def _crew(it: Read) -> Iterator[Violation]:
    facts: Facts = {"vehicle": it.car.id, "driver": it.driver.id}
    if it.driver.pool != it.car.pool:
        yield Violation("driver-of-other-pool", facts)
    if LICENCE_RANK[it.driver.licence] < LICENCE_RANK[it.car.licence] and not it.has_fixed:
        needs: Facts = {"has": it.driver.licence, "needs": it.car.licence}
        yield Violation("licence", facts | needs)


def _start(problem: Problem, it: Read, task: Task, stop: Stop) -> Iterator[Violation]:
    facts: Facts = {"task": task.id, "vehicle": it.car.id, "start_s": stop.start_s}
    if task.fixed is not None:
        same_driver = task.fixed.driver == it.driver.id
        if (task.fixed.vehicle, task.fixed.start_s) != (it.car.id, stop.start_s) or not same_driver:
            yield Violation("fixed-task-moved", facts)
        return
    late = stop.start_s - task.earliest_s
    if late < 0 or stop.start_s > task.latest_s or late % problem.horizon.start_step_s:
        yield Violation("start-not-allowed", facts)


def _fit(problem: Problem, car: Vehicle, task: Task) -> Iterator[Violation]:
    facts: Facts = {"task": task.id, "vehicle": car.id}
    if task.pool != car.pool and not car.lendable:
        yield Violation("not-lendable", facts)
    elif (car.pool, task.pool) in problem.refused:
        yield Violation("lending-refused", facts | {"lender": car.pool, "payer": task.pool})
    if task.classes and car.vehicle_class not in task.classes:
        yield Violation("class", facts | {"has": car.vehicle_class})
    if task.passengers > car.passenger_seats:
        seats: Facts = {"seats": car.passenger_seats, "passengers": task.passengers}
        yield Violation("seats", facts | seats)


def _reach(
    problem: Problem, it: Read, task: Task, leg: Leg, previous: Leg | None
) -> Iterator[Violation]:
    facts: Facts = {"task": task.id, "vehicle": it.car.id}
    if task.fixed is not None and (previous is None or _is_fixed(it, previous)):
        return
    late_s = leg.reach_s + problem.horizon.buffer_s - leg.start_s
    if late_s > 0:
        yield Violation("too-late", facts | {"late_s": late_s})
    now_s = problem.horizon.now_s
    if task.fixed is None and leg.leave_s < now_s:
        yield Violation("before-now", facts | {"leave_s": leg.leave_s, "now_s": now_s})
    on_its_way = previous is not None and _is_fixed(it, previous) and previous.end_s < now_s
    if task.fixed is None and on_its_way and not leg.via_home:
        yield Violation("left-for-home", facts)


def _is_fixed(it: Read, leg: Leg) -> bool:
    return any(task.id == leg.task and task.fixed is not None for task, _ in it.stops)


def _windows(problem: Problem, it: Read) -> Iterator[Violation]:
    if all(task.fixed for task, _ in it.stops):
        return
    leave_s = it.times.legs[0].start_s if it.fixed_first else it.times.leave_s
    home_s = it.times.legs[-1].start_s if it.fixed_last else it.times.home_s
    facts: Facts = {"leave_s": leave_s, "home_s": home_s}
    if home_s > problem.horizon.length_s:
        yield Violation("after-horizon", facts | {"vehicle": it.car.id})
    if window_at(it.car.windows, leave_s, home_s) is None:
        yield Violation("vehicle-window", facts | {"vehicle": it.car.id})
    if window_at(it.driver.windows, leave_s, home_s) is None:
        yield Violation("driver-window", facts | {"driver": it.driver.id})


def window_at(windows: tuple[Window, ...], start_s: int, end_s: int) -> int | None:
    """Which window holds [start_s, end_s]; None: no one does."""
    for i, window in enumerate(windows):
        if window.start_s <= start_s and end_s <= window.end_s:
            return i
    return None


def _resources(it: Read) -> Iterator[Violation]:
    if all(task.fixed for task, _ in it.stops):
        return
    facts: Facts = {"vehicle": it.car.id, "driver": it.driver.id}
    driving_s = it.times.home_drive_s + sum(leg.deadhead_s for leg in it.times.legs)
    driving_s += sum(task.driving_s for task, _ in it.stops)
    if driving_s > it.driver.max_driving_s:
        hours: Facts = {"driving_s": driving_s, "most_s": it.driver.max_driving_s}
        yield Violation("driving-time", facts | hours)
    metres = it.times.home_m + sum(leg.deadhead_m for leg in it.times.legs)
    metres += sum(task.loaded_m for task, _ in it.stops)
    if it.car.range_m is not None and metres > it.car.range_m:
        yield Violation("range", facts | {"metres": metres, "most_m": it.car.range_m})
