"""Where duties can be: windows of cars and drivers, cut around what is fixed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from optimizer.problem import Driver, Fixed, Problem, Task, Vehicle, Window


@dataclass(frozen=True, slots=True)
class CarSlot:
    """Room for one duty of a car; `place`, `free_s`: where it stands and since when."""

    car: Vehicle
    place: int
    free_s: int
    from_s: int
    until_s: int
    idle_fen: int

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for slots that any duty can be exchanged between at the same cost."""
        car = self.car
        what = (car.pool, car.vehicle_class, car.passenger_seats, car.licence, car.lendable)
        where = (car.home, self.place, self.free_s, self.from_s, self.until_s)
        return (*what, *where, car.range_m, car.fen_per_km, car.use_fen, self.idle_fen)


@dataclass(frozen=True, slots=True)
class DriverSlot:
    """Room for one duty of a driver."""

    driver: Driver
    from_s: int
    until_s: int

    @property
    def family(self) -> tuple[object, ...]:
        """Equal for slots that any duty can be exchanged between."""
        who = self.driver
        return (who.pool, who.licence, who.max_driving_s, self.from_s, self.until_s)


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
    def start_s(self) -> int:
        """Start of the first task."""
        return fixed_start(self.tasks[0])

    @property
    def end_s(self) -> int:
        """End of the last task."""
        return fixed_start(self.tasks[-1]) + self.tasks[-1].duration_s


@dataclass(frozen=True, slots=True)
class Slots:
    """All room there is: runs, then what is free, in the problem's order."""

    runs: tuple[Run, ...]
    cars: tuple[CarSlot, ...]
    drivers: tuple[DriverSlot, ...]


def fixed_start(task: Task) -> int:
    """Start of a fixed task; the earliest start of another."""
    return task.earliest_s if task.fixed is None else task.fixed.start_s


def slots_of(problem: Problem) -> Slots:
    """Cut the windows of cars and drivers around the fixed tasks."""
    runs = _cut(problem, _runs(problem))
    cars = tuple(
        _free_slot(problem, car, window)
        for car in problem.vehicles
        for window in car.windows
        if not _taken(window, [r for r in runs if r.slot.car.id == car.id])
    )
    drivers = tuple(
        DriverSlot(driver, window.start_s, window.end_s)
        for driver in problem.drivers
        for window in driver.windows
        if not _taken(window, [r for r in runs if r.driver.id == driver.id])
    )
    return Slots(tuple(runs), cars, drivers)


def _free_slot(problem: Problem, car: Vehicle, window: Window) -> CarSlot:
    idle_fen = _idle_fen(problem, car)
    return CarSlot(car, car.at, car.free_from_s, window.start_s, window.end_s, idle_fen)


def _idle_fen(problem: Problem, car: Vehicle) -> int:
    return (int(problem.matrix.metres[car.at, car.home]) * car.fen_per_km + 500) // 1000


def _taken(window: Window, runs: list[Run]) -> bool:
    return any(r.start_s < window.end_s and window.start_s < r.end_s for r in runs)


def _runs(problem: Problem) -> list[Run]:
    drivers = {d.id: d for d in problem.drivers}
    by_car: dict[int, list[tuple[Fixed, Task]]] = {}
    for task in problem.tasks:
        if task.fixed is not None:
            by_car.setdefault(task.fixed.vehicle, []).append((task.fixed, task))
    runs: list[Run] = []
    for car in problem.vehicles:
        held = sorted(by_car.get(car.id, []), key=lambda pair: pair[0].start_s)
        place, idle_fen = car.at, _idle_fen(problem, car)
        for (driver, _), pairs in groupby(held, key=lambda pair: _spell(problem, pair[0])):
            tasks = tuple(task for _, task in pairs)
            slot = CarSlot(car, place, car.free_from_s, 0, 0, idle_fen)
            runs.append(Run(slot, drivers[driver], tasks, open=False))
            place, idle_fen = car.home, 0
    return runs


def _spell(problem: Problem, fixed: Fixed) -> tuple[int, int]:
    """Whose turn with the car it is: the driver, and what they did before in other cars."""
    before = [t.fixed for t in problem.tasks if t.fixed and t.fixed.driver == fixed.driver]
    others = [f for f in before if f.start_s < fixed.start_s and f.vehicle != fixed.vehicle]
    return fixed.driver, len(others)


def neighbours(runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Runs, by number, that follow one another on one car or with one driver."""
    found = []
    for owner in (_car_of, _driver_of):
        order = sorted((owner(run), run.start_s, i) for i, run in enumerate(runs))
        pairs = pairwise(order)
        found += [(a, b) for (_, _, a), (_, _, b) in pairs if owner(runs[a]) == owner(runs[b])]
    return found


def _cut(problem: Problem, runs: list[Run]) -> list[Run]:
    """Give each run the room of its windows that what is fixed of its neighbours leaves."""
    room = [_room(run) for run in runs]
    for a, b in neighbours(runs):
        room[a] = (room[a][0], min(room[a][1], _departs(problem, runs[b])))
        room[b] = (max(room[b][0], _is_home(problem, runs[a])), room[b][1])
    return [
        replace(run, slot=replace(run.slot, from_s=lo, until_s=hi), open=_room(run) != (0, 0))
        for run, (lo, hi) in zip(runs, room, strict=True)
    ]


def _car_of(run: Run) -> int:
    return run.slot.car.id


def _driver_of(run: Run) -> int:
    return run.driver.id


def _room(run: Run) -> tuple[int, int]:
    found = [
        next((w for w in windows if w.start_s <= run.start_s and run.end_s <= w.end_s), None)
        for windows in (run.slot.car.windows, run.driver.windows)
    ]
    if found[0] is None or found[1] is None:
        return (0, 0)
    start_s = max(found[0].start_s, found[1].start_s)
    return (start_s, min(found[0].end_s, found[1].end_s))


def _departs(problem: Problem, run: Run) -> int:
    out_s = int(problem.matrix.seconds[run.slot.car.home, run.tasks[0].origin])
    return run.start_s - problem.horizon.buffer_s - out_s


def _is_home(problem: Problem, run: Run) -> int:
    place = run.tasks[-1].destination
    return run.end_s + int(problem.matrix.seconds[place, run.slot.car.home])
