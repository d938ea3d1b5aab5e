"""Runs: fixed tasks in a row on one car with one driver, which a plan must hold as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, pairwise

from optimizer.problem import Driver, Fixed, Matrix, Problem, Task, Vehicle


@dataclass(frozen=True, slots=True)
class CarSlot:
    """Room for one duty of a car.

    Attributes:
        place, free_s: where it stands and since when.
        begins_m: range left when the duty begins; None: no limit.
        alone: the car's id when tasks are published on it, so that no other counts as it.
    """

    car: Vehicle
    place: int
    free_s: int
    from_s: int
    until_s: int
    idle_fen: int
    begins_m: int | None = None
    alone: int | None = None

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for slots that any duty can be exchanged between at the same cost."""
        car = self.car
        what = (car.pool, car.vehicle_class, car.passenger_seats, car.licence, car.lendable)
        where = (car.home, self.place, self.free_s, self.from_s, self.until_s)
        range_m = (car.range_m, self.begins_m, car.charge_m_per_hour)
        fen = (car.fen_per_km, car.use_fen, car.toll_percent, self.idle_fen)
        return (*what, *where, *range_m, *fen, self.alone)


@dataclass(frozen=True, slots=True)
class Run:
    """Fixed tasks in a row on one car with one driver: a duty that must be.

    `open`: other tasks may be added inside the slot.
    """

    slot: CarSlot
    driver: Driver
    tasks: tuple[Task, ...]
    open: bool

    @property
    def since_break_s(self) -> int:
        """Driven by the driver since a break when the duty begins."""
        first = self.driver.windows[:1]
        begun = any(w.start_s <= self.start_s < w.end_s for w in first)
        return self.driver.since_break_s if begun else 0

    @property
    def start_s(self) -> int:
        """Start of the first task."""
        return fixed_start(self.tasks[0])

    @property
    def end_s(self) -> int:
        """End of the last task."""
        return fixed_start(self.tasks[-1]) + self.tasks[-1].duration_s


def fixed_start(task: Task) -> int:
    """Start of a fixed task; the earliest start of another."""
    return task.earliest_s if task.fixed is None else task.fixed.start_s


def runs_of(problem: Problem) -> list[Run]:
    """All runs, in the order of cars and times; their slots have no room yet."""
    drivers = {d.id: d for d in problem.drivers}
    by_car: dict[int, list[tuple[Fixed, Task]]] = {}
    for task in problem.tasks:
        if task.fixed is not None:
            by_car.setdefault(task.fixed.vehicle, []).append((task.fixed, task))
    runs: list[Run] = []
    spells = _Spells(problem)
    for car in problem.vehicles:
        held = sorted(by_car.get(car.id, []), key=lambda pair: pair[0].start_s)
        place, idle_fen = car.at, idle_fen_of(problem, car)
        first = True
        for (driver, *_), pairs in groupby(held, key=lambda pair: spells.of(pair[0])):
            tasks = tuple(task for _, task in pairs)
            inside = not car.windows or fixed_start(tasks[0]) < car.windows[0].end_s
            left_m = begins_m(car, first=first and inside)
            slot = CarSlot(car, place, car.free_from_s, 0, 0, idle_fen, left_m)
            runs.append(Run(slot, drivers[driver], tasks, open=False))
            place, idle_fen, first = car.home, 0, False
    return runs


class _Spells:
    """Whose turn with a car it is."""

    def __init__(self, problem: Problem) -> None:
        self._windows = {
            **{("car", v.id): v.windows for v in problem.vehicles},
            **{("driver", d.id): d.windows for d in problem.drivers},
        }
        self._by_driver: dict[int, list[Fixed]] = {}
        for task in problem.tasks:
            if task.fixed is not None:
                self._by_driver.setdefault(task.fixed.driver, []).append(task.fixed)

    def of(self, fixed: Fixed) -> tuple[int, int, int, int]:
        """The driver, what they did before in other cars, and the windows of both."""
        before = self._by_driver[fixed.driver]
        others = [f for f in before if f.start_s < fixed.start_s and f.vehicle != fixed.vehicle]
        of_car = self._window(("car", fixed.vehicle), fixed.start_s)
        of_driver = self._window(("driver", fixed.driver), fixed.start_s)
        return fixed.driver, len(others), of_car, of_driver

    def _window(self, key: tuple[str, int], at_s: int) -> int:
        windows = enumerate(self._windows[key])
        return next((i for i, w in windows if w.start_s <= at_s < w.end_s), -1)


def neighbours(problem: Problem, runs: Sequence[Run]) -> list[tuple[int, int, int]]:
    """Runs, by number, that follow one another, and the seconds that must lie between them.

    Those that are next to each other on one car or with one driver, and any two of a driver in
    different shifts, between which lies a rest.
    """
    found = []
    for owner in (_car_of, _driver_of):
        order = sorted((owner(run), run.start_s, i) for i, run in enumerate(runs))
        pairs = pairwise(order)
        found += [(a, b, 0) for (_, _, a), (_, _, b) in pairs if owner(runs[a]) == owner(runs[b])]
    rest_s = problem.hours.between_s
    if not rest_s:
        return found
    held: dict[int, list[int]] = {}
    for i in sorted(range(len(runs)), key=lambda i: runs[i].start_s):
        held.setdefault(runs[i].driver.id, []).append(i)
    of_driver = (pair for mine in held.values() for pair in combinations(mine, 2))
    return [*found, *((a, b, rest_s) for a, b in of_driver if _rest_between(runs[a], runs[b]))]


def _rest_between(a: Run, b: Run) -> bool:
    shifts = _shift(a), _shift(b)
    return None not in shifts and shifts[0] != shifts[1]


def _shift(run: Run) -> int | None:
    at_s = run.start_s
    return next((w.shift for w in run.driver.windows if w.start_s <= at_s < w.end_s), None)


def _car_of(run: Run) -> int:
    return run.slot.car.id


def _driver_of(run: Run) -> int:
    return run.driver.id


def begins_m(car: Vehicle, *, first: bool) -> int | None:
    """Range left when a duty begins, `first` of the car and in its first window."""
    return car.charged_m if first and car.charged_m is not None else car.range_m


def idle_fen_of(problem: Problem, car: Vehicle) -> int:
    """Price of the way home of a car without a duty."""
    return (int(problem.matrix.metres[car.at, car.home]) * car.fen_per_km + 500) // 1000


def by_hour_of_day(matrix: Matrix, drive_s: int, at_s: int) -> int:
    """Seconds of a drive with the factor of the hour of at_s."""
    if not matrix.percent_by_hour:
        return drive_s
    return (drive_s * matrix.percent_by_hour[at_s % 86_400 // 3600] + 50) // 100
