"""The checker's rules for one duty. Nothing here is shared with the engines."""

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.plan import Duty, Stop
from optimizer.problem import LICENCE_RANK, Driver, Problem, Task, Vehicle, Window
from optimizer.ride_times import Party, Work, well_formed
from optimizer.timetable import Leg, Timetable, timetable_of
from optimizer.violations import Facts, Violation


@dataclass(frozen=True, slots=True)
class Read:
    """A duty whose ids all exist, with the objects they name.

    Attributes:
        later: it is not the first duty of its car.
    """

    duty: Duty
    car: Vehicle
    driver: Driver
    stops: tuple[tuple[Task, Stop], ...]
    times: Timetable
    later: bool

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

    @property
    def all_fixed(self) -> bool:
        """All of it was decided before: it is taken as it is."""
        return all(task.fixed for task, _ in self.stops)

    @property
    def parties(self) -> Iterator[Party]:
        """Every task it serves."""
        return (party for leg in self.times.legs for party in leg.work.parties)

    @property
    def span_s(self) -> tuple[int, int]:
        """When it begins and ends for the windows: fixed ends count as they are."""
        first, last = self.times.legs[0], self.times.legs[-1]
        begin_s = first.start_s if self.fixed_first else self.times.leave_s
        return begin_s, last.end_s if self.fixed_last else self.times.home_s


def read(problem: Problem, duty: Duty, *, later: bool) -> Read | Violation:
    """Look the ids up, or say what does not exist; `later`: not the car's first duty."""
    facts: Facts = {"vehicle": duty.vehicle}
    if duty.vehicle not in problem.vehicle_of:
        return Violation("unknown-vehicle", facts)
    if duty.driver not in problem.driver_of:
        return Violation("unknown-driver", facts | {"driver": duty.driver})
    if not duty.stops:
        return Violation("empty-duty", facts)
    car, tasks = problem.vehicle_of[duty.vehicle], problem.task_of
    for place, stop in enumerate(duty.stops):
        wrong = _nonsense(problem, car, stop, first=place == 0)
        if wrong is not None:
            return Violation(wrong, facts | {"task": stop.task})
    stops = [(tasks[s.task], s) for s in duty.stops]
    times = timetable_of(problem, car, stops, later=later)
    return Read(duty, car, problem.driver_of[duty.driver], tuple(stops), times, later)


def _nonsense(problem: Problem, car: Vehicle, stop: Stop, *, first: bool) -> str | None:
    named = {stop.task, *(call.task for call in stop.ride)}
    if not named <= problem.task_of.keys():
        return "unknown-task"
    if stop.ride and not well_formed(problem, stop):
        return "ride-broken"
    if stop.charge is None:
        return None
    if stop.charge not in problem.chargers or (stop.via_home and stop.charge != car.home):
        return "not-a-charger"
    cannot = car.range_m is None or not car.charge_m_per_hour
    return "cannot-charge" if first or cannot else None


def broken(problem: Problem, it: Read) -> Iterator[Violation]:
    """Every rule that this duty breaks by itself, but those of hours and charge."""
    yield from _crew(it)
    previous: Leg | None = None
    for (task, stop), leg in zip(it.stops, it.times.legs, strict=True):
        yield from _start(problem, it, task, stop)
        yield from _calls(it, leg.work)
        if task.fixed is None:
            yield from _seats(it.car, task, leg.work)
            for party in leg.work.parties:
                yield from _fit(problem, it.car, party.task)
        yield from _reach(problem, it, task, leg, previous)
        previous = leg
    yield from _windows(problem, it)


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


def _calls(it: Read, work: Work) -> Iterator[Violation]:
    for party in work.parties[1:]:
        if party.on_s > party.task.latest_s:
            facts: Facts = {"task": party.task.id, "vehicle": it.car.id, "start_s": party.on_s}
            yield Violation("start-not-allowed", facts)
    for party in work.parties if len(work.parties) > 1 else ():
        share, rode_s = party.task.share, party.off_s - party.on_s
        if share is not None and rode_s > share.max_ride_s:
            rides: Facts = {"task": party.task.id, "vehicle": it.car.id}
            rides |= {"ride_s": rode_s, "most_s": share.max_ride_s}
            yield Violation("ride-too-long", rides)


def _seats(car: Vehicle, task: Task, work: Work) -> Iterator[Violation]:
    if work.aboard > car.passenger_seats:
        facts: Facts = {"task": task.id, "vehicle": car.id}
        seats: Facts = {"seats": car.passenger_seats, "passengers": work.aboard}
        yield Violation("seats", facts | seats)


def _fit(problem: Problem, car: Vehicle, task: Task) -> Iterator[Violation]:
    facts: Facts = {"task": task.id, "vehicle": car.id}
    if task.pool != car.pool and not car.lendable:
        yield Violation("not-lendable", facts)
    elif task.pool != car.pool and (car.pool, task.pool) in problem.refused:
        yield Violation("lending-refused", facts | {"lender": car.pool, "payer": task.pool})
    if task.classes and car.vehicle_class not in task.classes:
        yield Violation("class", facts | {"has": car.vehicle_class})


def _reach(
    problem: Problem, it: Read, task: Task, leg: Leg, previous: Leg | None
) -> Iterator[Violation]:
    facts: Facts = {"task": task.id, "vehicle": it.car.id}
    if previous is not None and leg.start_s < previous.start_s:
        yield Violation("out-of-order", facts)
    if task.fixed is not None and (previous is None or _is_fixed(problem, previous)):
        return
    late_s = leg.reach_s + problem.horizon.buffer_s - leg.start_s
    if late_s > 0:
        yield Violation("too-late", facts | {"late_s": late_s})
    now_s = problem.horizon.now_s
    if task.fixed is None and leg.leave_s < now_s:
        yield Violation("before-now", facts | {"leave_s": leg.leave_s, "now_s": now_s})
    gone = previous is not None and _is_fixed(problem, previous) and previous.end_s < now_s
    if task.fixed is None and gone and not leg.via_home:
        yield Violation("left-for-home", facts)


def _is_fixed(problem: Problem, leg: Leg) -> bool:
    return problem.task_of[leg.task].fixed is not None


def _windows(problem: Problem, it: Read) -> Iterator[Violation]:
    if it.all_fixed:
        return
    leave_s, home_s = it.span_s
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
