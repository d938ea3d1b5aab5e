"""The certificate's pricing: every car's free windows, and every run, with each driver."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from optimizer.costing import by_km
from optimizer.plan import Certificate
from optimizer.problem import Driver, Problem, Vehicle
from optimizer.proof_kernels import FROM_S, MIN_CHARGE_S, NEVER, UNTIL_S, backward
from optimizer.proof_labels import forward
from optimizer.proof_nodes import END, START, Bools, Ints, Nodes, Patience, nodes_of
from optimizer.proof_places import Crew, Place, crews_of, places_of
from optimizer.proof_rooms import NO_LIMIT, Run, car_rooms, licensed, run_rooms
from optimizer.proof_serve import SCALE, Serving, lane_of


@dataclass
class Pricing:
    """Opened with `Pricing.of`; what it could not keep is noted in `noted`."""

    problem: Problem
    certificate: Certificate
    dropped: tuple[str, ...]
    all_runs: list[Run]
    nodes: Nodes
    crews: list[Crew]
    patience: Patience
    noted: set[str] = field(default_factory=set)
    labels: int = 0

    @classmethod
    def of(
        cls,
        problem: Problem,
        certificate: Certificate,
        dropped: tuple[str, ...],
        runs: list[Run],
        patience: Patience,
    ) -> "Pricing":
        """Lay out the nodes and the drivers.

        Raises:
            TooMuch: more nodes than can be priced.
        """
        crews = list(crews_of(problem, certificate, runs))
        nodes = nodes_of(problem, patience)
        return cls(problem, certificate, dropped, runs, nodes, crews, patience)

    @property
    def relaxed(self) -> tuple[str, ...]:
        """What was not kept, by name."""
        return tuple(sorted({*self.dropped, *self.noted}))

    def windows(self) -> int:
        """The sum over free windows of cars of the least that a duty in it can save."""
        kinds: dict[tuple[object, ...], list[Place]] = {}
        for place in places_of(self.problem, self.certificate, self.all_runs):
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
            serve = self._serving.by(car, lends=lends)
            for crew in self.crews:
                from_s, until_s = place.room.both(crew.room)
                if not licensed(car, crew.driver) or from_s >= until_s:
                    continue
                fixed = base - crew.charge + toll
                for at in sorted(stands):
                    room = (from_s, until_s, place.room.begun, crew.room.begun)
                    lane = self._lane((car, crew.driver), at, room)
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
        free = self._serving.by(run.car, lends=True, fixed=True)
        best = min(self._as_it_is(run, at, np.where(mine, free, NEVER)) for at in stands) + base
        rooms = run_rooms(
            self.problem, run, [*cars, *(r for r in others if r.driver is run.driver)]
        )
        if rooms is None:
            return best
        times = (*rooms[0].both(rooms[1]), rooms[0].begun, rooms[1].begun)
        for lends, toll in self._lending(run.car, bound_to=run.lent):
            serve = np.where(mine, free, self._serving.by(run.car, lends=lends))
            for at in sorted(stands):
                lane = self._lane((run.car, run.driver), at, times)
                best = self._cheapest(lane, serve, base + toll, best, mine)
        return best

    def _as_it_is(self, run: Run, at: int, serve: Ints) -> int:
        """The run alone, of which nothing is asked."""
        lane = self._lane((run.car, run.driver), at, (-NEVER, NEVER, NO_LIMIT, 0))
        lane[MIN_CHARGE_S] = -NEVER
        own = serve < NEVER
        _, least = backward(self._ground, lane, self.nodes.table[own], serve[own], _must(own[own]))
        return int(least)

    def _cheapest(self, lane: Ints, serve: Ints, base: int, best: int, mine: Bools) -> int:
        """The least reduced cost of a duty of the lane, if it is below `best`, else `best`."""
        self.patience.ask()
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
        self, crew: tuple[Vehicle, Driver], stands: int, times: tuple[int, int, int, int]
    ) -> Ints:
        return lane_of(self.problem, crew, stands, times, self.dropped, self.certificate.fen)

    @cached_property
    def _serving(self) -> Serving:
        return Serving(self.problem, self.certificate, self.nodes)


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
