"""Multi-depot vehicle scheduling as a planning problem, exactly.

A file holds depots m, trips n, cars of each depot, and an (m+n, m+n) matrix of costs, depots
first, -1 where one cannot follow the other. Every car that is used runs one chain of trips.

Source of the instances: A. Pepin, G. Desaulniers, A. Hertz, D. Huisman, "A comparison of five
heuristics for the multiple depot vehicle scheduling problem", Journal of Scheduling 12 (2009) 17.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import optimizer as o

TRIP_S = 1
STEP_S = 60
NEVER_S = 400_000
UNSERVED = 1000


@dataclass(frozen=True)
class Schedule:
    """One instance; costs[a, b] with depots first, -1: impossible."""

    name: str
    depots: int
    cars: tuple[int, ...]
    costs: NDArray[np.int64]

    @property
    def trips(self) -> int:
        """How many trips are to be run."""
        return len(self.costs) - self.depots


def read(file: Path) -> Schedule:
    """Read an instance in the format of Pepin and others."""
    numbers = np.array(file.read_text().split(), dtype=np.int64)
    m, n = int(numbers[0]), int(numbers[1])
    cars, costs = numbers[2 : 2 + m], numbers[2 + m : 2 + m + (m + n) ** 2]
    return Schedule(file.stem, m, tuple(cars.tolist()), costs.reshape(m + n, m + n))


def problem_of(it: Schedule) -> o.Problem:
    """One pool a depot; costs are metres at 1,000 fen/km, what cannot follow is too far.

    Trips that one may follow the other are in order of how many may come before them, which
    is an order of time because following is transitive. Home is so far that no car passes
    there between two trips: it would begin a second chain.
    """
    m, n = it.depots, it.trips
    before = (it.costs[m:, m:] >= 0).sum(axis=0)
    far_s = STEP_S * (int(before.max()) + 1) + TRIP_S
    starts = far_s + STEP_S * before
    length_s = int(starts.max()) + TRIP_S + far_s
    everything = (o.Window(0, length_s),)
    homes = [d for d in range(m) for _ in range(it.cars[d])]
    return o.Problem(
        horizon=o.Horizon(epoch=0, length_s=length_s),
        matrix=_matrix(it, far_s),
        pools=tuple(range(1, m + 1)),
        vehicles=tuple(
            o.Vehicle(
                id=k + 1,
                pool=home + 1,
                vehicle_class="bus",
                passenger_seats=1,
                licence="C1",
                home=home,
                at=home,
                windows=everything,
                fen_per_km=1000,
            )
            for k, home in enumerate(homes)
        ),
        drivers=tuple(
            o.Driver(k + 1, home + 1, "C1", everything, max_driving_s=length_s)
            for k, home in enumerate(homes)
        ),
        tasks=tuple(_trip(k, m + k, int(starts[k])) for k in range(n)),
        settlements=tuple(o.Settlement(d + 1, 1, 0, 0) for d in range(1, m)),
    )


def _matrix(it: Schedule, far_s: int) -> o.Matrix:
    m = it.depots
    metres = np.maximum(it.costs, 0)
    seconds = np.where(it.costs >= 0, TRIP_S, NEVER_S)
    seconds[:m, m:] = seconds[m:, :m] = far_s
    seconds[:m, :m] = NEVER_S
    np.fill_diagonal(seconds, 0)
    np.fill_diagonal(metres, 0)
    return o.Matrix(seconds.astype(np.uint32), metres.astype(np.uint32), it.name)


def _trip(number: int, place: int, start_s: int) -> o.Task:
    return o.Task(
        id=number + 1,
        pool=1,
        unit=1,
        origin=place,
        destination=place,
        earliest_s=start_s,
        latest_s=start_s,
        duration_s=TRIP_S,
        driving_s=0,
        loaded_m=0,
        passengers=1,
        priority=UNSERVED,
        rental=False,
    )


def cost_of(it: Schedule, plan: o.Plan) -> int:
    """What the plan's chains cost in the file's own matrix.

    Raises:
        ValueError: a trip is not run exactly once, a depot has too few cars, or a chain
            takes an impossible turn.
    """
    depot = {k + 1: d for k, d in enumerate(d for d in range(it.depots) for _ in range(it.cars[d]))}
    trips = sorted(stop.task for duty in plan.duties for stop in duty.stops)
    if trips != list(range(1, it.trips + 1)):
        raise ValueError("not every trip is run exactly once")
    if len({duty.vehicle for duty in plan.duties}) < len(plan.duties):
        raise ValueError("a car runs two chains")
    total = 0
    for duty in plan.duties:
        home = depot[duty.vehicle]
        chain = [home, *(it.depots + stop.task - 1 for stop in duty.stops), home]
        legs = it.costs[chain[:-1], chain[1:]]
        if (legs < 0).any():
            raise ValueError(f"an impossible turn in the chain of car {duty.vehicle}")
        total += int(legs.sum())
    return total
