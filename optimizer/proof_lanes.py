"""The certificate's pricing: every car's free windows, and every run, with each driver."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from optimizer.costing import by_hour, by_km, by_percent, settled
from optimizer.plan import Certificate
from optimizer.problem import Driver, Problem, Vehicle
from optimizer.proof_kernels import (
    BEGIN_M,
    BREAK_AFTER_S,
    BREAK_S,
    BUFFER_S,
    CHARGE_M,
    FREE_S,
    FROM_S,
    HOME,
    HOME_CHARGES,
    HOUR_FEN,
    KM_FEN,
    LANE,
    MIN_CHARGE_S,
    MOST_DRIVING_S,
    NEVER,
    NOW_S,
    PLACE,
    RANGE_M,
    SINCE_S,
    SPAN_S,
    TOLL_PERCENT,
    UNTIL_S,
    WEIGHT,
    backward,
)
from optimizer.proof_labels import forward
from optimizer.proof_nodes import END, START, Bools, Ints, Nodes, nodes_of
from optimizer.proof_rooms import (
    NO_LIMIT,
    Room,
    Run,
    car_rooms,
    driver_rooms,
    licensed,
    run_rooms,
)
from optimizer.ride_times import Work

SCALE = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """A free window of a car: where it stands, and what it is called to use it."""

    car: Vehicle
    stands: int
    room: Room
    charge: int

    @property
    def kind(self) -> tuple[object, ...]:
        """Equal for what duties cost and may the same in."""
        v = self.car
        who = (v.pool, v.vehicle_class, v.passenger_seats, v.licence, v.lendable, v.home)
        fen = (v.fen_per_km, v.use_fen, v.toll_percent)
        range_ = (v.range_m, v.charge_m_per_hour, v.free_from_s)
        return (*who, *fen, *range_, self.stands, self.room)


@dataclass(frozen=True, slots=True)
class Crew:
    """A free window of drivers alike, at the least charge of theirs."""

    driver: Driver
    room: Room
    charge: int


@dataclass
class Pricing:
    """Opened with `Pricing.of`; what it could not keep is noted in `noted`."""

    problem: Problem
    certificate: Certificate
    dropped: tuple[str, ...]
    all_runs: list[Run]
    nodes: Nodes
    crews: list[Crew]
    noted: set[str] = field(default_factory=set)
    labels: int = 0

    @classmethod
    def of(
        cls, problem: Problem, certificate: Certificate, dropped: tuple[str, ...], runs: list[Run]
    ) -> "Pricing":
        """Lay out the nodes and the drivers.

        Raises:
            TooMany: more nodes than can be priced.
        """
        crews = list(_crews(problem, certificate, runs))
        return cls(problem, certificate, dropped, runs, nodes_of(problem), crews)

    @property
    def relaxed(self) -> tuple[str, ...]:
        """What was not kept, by name."""
        return tuple(sorted({*self.dropped, *self.noted}))

    def windows(self) -> int:
        """The sum over free windows of cars of the least that a duty in it can save."""
        kinds: dict[tuple[object, ...], list[Place]] = {}
        for place in _places(self.problem, self.certificate, self.all_runs):
            announced = place.car.id if place.car.id in self._announced else None
            kinds.setdefault((announced, *place.kind), []).append(place)
        total = 0
        for same in kinds.values():
            # What is above the dearest charge among them changes nothing.
            least = self._least(same[0], max(place.charge for place in same))
            total += sum(min(place.charge, least) for place in same)
        return total

    @cached_property
    def _announced(self) -> frozenset[int]:
        return frozenset(t.published.vehicle for t in self.problem.tasks if t.published)

    def _least(self, place: Place, best: int) -> int:
        car = place.car
        idle_fen = by_km(int(self.problem.matrix.metres[car.at, car.home]), car.fen_per_km)
        used = any(run.car is car for run in self.all_runs)
        base = (car.use_fen - (0 if used else idle_fen)) * self.certificate.fen * SCALE
        stands = {place.stands, car.home} if used else {place.stands}
        nobody = np.zeros(len(self.nodes.work), dtype=bool)
        for lends, toll in self._lending(car, bound_to=False):
            serve = self._serve(car, lends=lends)
            for crew in self.crews:
                from_s, until_s = place.room.both(crew.room)
                if not licensed(car, crew.driver) or from_s >= until_s:
                    continue
                fixed = base - crew.charge + toll
                for at in sorted(stands):
                    room = (from_s, until_s, place.room.begun, crew.room.begun)
                    lane = self._lane(car, crew.driver, at, room)
                    best = self._cheapest(lane, serve, fixed, best, nobody)
        return best

    def _lending(self, car: Vehicle, *, bound_to: bool) -> list[tuple[bool, int]]:
        """Ways to hold other pools' tasks or not, with what lending is charged."""
        if not car.lendable:
            return [(False, 0)]
        if bound_to or car.pool not in self.problem.lending_limit:
            return [(True, 0)]
        y = min(0, dict(self.certificate.lending).get(car.pool, 0))
        return [(True, 0)] if y == 0 else [(False, 0), (True, -y)]

    def runs(self) -> int:
        """The sum over runs of the least cost of the duty that holds it."""
        return sum(self._run(run) for run in self.all_runs)

    def _run(self, run: Run) -> int:
        own = {task.id for task in run.tasks}
        mine = np.array([work.parties[0].task.id in own for work in self.nodes.work], dtype=bool)
        base = run.car.use_fen * self.certificate.fen * SCALE
        others = [r for r in self.all_runs if r is not run]
        cars = [r for r in others if r.car is run.car]
        # A free duty of the car may come before it.
        before = any(car_rooms(self.problem, run.car, [*cars, run]))
        stands = {run.car.at if run.first else run.car.home} | ({run.car.home} if before else set())
        free = self._serve(run.car, lends=True, fixed=True)
        best = min(self._as_it_is(run, at, np.where(mine, free, NEVER)) for at in stands) + base
        rooms = run_rooms(
            self.problem, run, [*cars, *(r for r in others if r.driver is run.driver)]
        )
        if rooms is None:
            return best
        times = (*rooms[0].both(rooms[1]), rooms[0].begun, rooms[1].begun)
        for lends, toll in self._lending(run.car, bound_to=run.lent):
            serve = np.where(mine, free, self._serve(run.car, lends=lends))
            for at in sorted(stands):
                lane = self._lane(run.car, run.driver, at, times)
                best = self._cheapest(lane, serve, base + toll, best, mine)
        return best

    def _as_it_is(self, run: Run, at: int, serve: Ints) -> int:
        """The run alone, of which nothing is asked."""
        lane = self._lane(run.car, run.driver, at, (-NEVER, NEVER, NO_LIMIT, 0))
        lane[MIN_CHARGE_S] = -NEVER
        own = serve < NEVER
        _, least = backward(self._ground, lane, self.nodes.table[own], serve[own], _must(own[own]))
        return int(least)

    def _cheapest(self, lane: Ints, serve: Ints, base: int, best: int, mine: Bools) -> int:
        """The least reduced cost of a duty of the lane, if it is below `best`, else `best`."""
        table = self.nodes.table
        inside = (table[:, START] >= lane[FROM_S]) & (table[:, END] <= lane[UNTIL_S])
        may = (serve < NEVER) & (inside | mine)
        if not may.any():
            return best
        nodes, earned, until = table[may], serve[may], _must(mine[may])
        onward, least = backward(self._ground, lane, nodes, earned, until)
        if least + base >= best:
            return best
        found, labels = forward(self._ground, lane, nodes, (earned, onward, until), best - base)
        self.labels += int(labels)
        if found >= NEVER:
            self.noted |= {"labels"}
            found = least
        return min(best, int(found) + base)

    @cached_property
    def _ground(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        matrix = self.problem.matrix
        toll = np.zeros_like(matrix.metres) if matrix.toll_fen is None else matrix.toll_fen
        layers = [layer.astype(np.int64) for layer in (matrix.seconds, matrix.metres, toll)]
        percent = np.array(matrix.percent_by_hour, dtype=np.int64)
        chargers = np.array(self.problem.chargers, dtype=np.int64)
        return layers[0], layers[1], layers[2], percent, chargers

    def _lane(
        self, car: Vehicle, driver: Driver, stands: int, times: tuple[int, int, int, int]
    ) -> Ints:
        problem, rules, drop = self.problem, self.problem.hours, set(self.dropped)
        from_s, until_s, begin_m, since_s = times
        ranged = car.range_m is not None and "range" not in drop
        unbroken = rules.break_after_s is None or "break" in drop
        spanless = rules.span_s is None or "span" in drop
        row = [0] * LANE
        row[PLACE], row[HOME], row[FREE_S] = stands, car.home, car.free_from_s
        row[FROM_S], row[UNTIL_S] = from_s, until_s
        row[BEGIN_M] = begin_m if ranged else NO_LIMIT
        row[RANGE_M] = (car.range_m or 0) if ranged else NO_LIMIT
        row[KM_FEN], row[TOLL_PERCENT] = car.fen_per_km, car.toll_percent
        row[CHARGE_M] = car.charge_m_per_hour if car.range_m is not None else 0
        row[HOME_CHARGES] = car.home in problem.chargers
        row[MOST_DRIVING_S] = NO_LIMIT if "driving" in drop else driver.max_driving_s
        row[SINCE_S] = 0 if unbroken else since_s
        row[BREAK_AFTER_S] = NO_LIMIT if unbroken else rules.break_after_s or 0
        row[BREAK_S] = NO_LIMIT if unbroken else rules.break_s
        row[SPAN_S] = NO_LIMIT if spanless else rules.span_s or 0
        row[BUFFER_S], row[NOW_S] = problem.horizon.buffer_s, problem.horizon.now_s
        row[HOUR_FEN], row[MIN_CHARGE_S] = problem.driver_fen_per_hour, problem.min_charge_s
        row[WEIGHT] = self.certificate.fen * SCALE
        return np.array(row, dtype=np.int64)

    def _serve(self, car: Vehicle, *, lends: bool, fixed: bool = False) -> Ints:
        """(nodes,) reduced cost of serving each, NEVER where the car may not."""
        found = [
            self._serving(car, work) if fixed or self._may(car, work, lends=lends) else NEVER
            for work in self.nodes.work
        ]
        return np.array(found, dtype=np.int64)

    def _may(self, car: Vehicle, work: Work, *, lends: bool) -> bool:
        tasks = [party.task for party in work.parties]
        if tasks[0].fixed is not None or work.aboard > car.passenger_seats:
            return False
        if any(t.classes and car.vehicle_class not in t.classes for t in tasks):
            return False
        foreign = {t.pool for t in tasks} - {car.pool}
        lent = lends and not any((car.pool, pool) in self.problem.refused for pool in foreign)
        return not foreign or lent

    def _serving(self, car: Vehicle, work: Work) -> int:
        way, lasts_s = work.driving, work.end_s - work.parties[0].on_s
        paid = by_km(way.metres, car.fen_per_km) + by_percent(way.toll_fen, car.toll_percent)
        paid += by_hour(lasts_s, self.problem.driver_fen_per_hour)
        earned = 0
        for party in work.parties:
            task, announced = party.task, party.task.published
            paid += settled(self.problem, car.pool, task)
            if announced and (announced.vehicle, announced.start_s) != (car.id, party.on_s):
                paid += announced.moved_fen
            earned += self._pay.get(task.id, 0) if task.fixed is None else 0
        return paid * self.certificate.fen * SCALE - earned

    @cached_property
    def _pay(self) -> dict[int, int]:
        return dict(self.certificate.tasks)


def _must(mine: Bools) -> Ints:
    """(n + 1,) the next of the run's own nodes after each; last: the first of all."""
    n = len(mine)
    until = np.full(n + 1, n, dtype=np.int64)
    then = n
    for i in range(n - 1, -1, -1):
        until[i] = then
        then = i if mine[i] else then
    until[n] = then
    return until


def _places(problem: Problem, it: Certificate, runs: list[Run]) -> Iterator[Place]:
    charge = {(i, at): min(0, y) for i, at, y in it.cars}
    for car in problem.vehicles:
        theirs = [run for run in runs if run.car is car]
        for start_s, room in car_rooms(problem, car, theirs):
            yield Place(car, car.at, room, charge.get((car.id, start_s), 0))


def _crews(problem: Problem, it: Certificate, runs: list[Run]) -> list[Crew]:
    charge = {(i, at): min(0, y) for i, at, y in it.drivers}
    best: dict[tuple[object, ...], Crew] = {}
    for driver in problem.drivers:
        theirs = [run for run in runs if run.driver is driver]
        for start_s, room in driver_rooms(problem, driver, theirs):
            crew = Crew(driver, room, charge.get((driver.id, start_s), 0))
            kind = (driver.pool, driver.licence, driver.max_driving_s, room)
            if kind not in best or crew.charge > best[kind].charge:
                best[kind] = crew
    return list(best.values())
