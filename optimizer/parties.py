"""Parties that may share a ride, and what of each other they could meet on the way.

Call 2k is party k getting on, call 2k + 1 its getting off.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.demand import Share, Task
from optimizer.problem import Problem, Vehicle

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Parties:
    """The tasks of a problem that may share, with the ways between their calls.

    Attributes:
        index: of each party in `Problem.tasks`.
        shares: its terms.
        cars: one car of each kind that differs in what it may carry.
    """

    problem: Problem
    index: tuple[int, ...]
    shares: tuple[Share, ...]
    cars: tuple[Vehicle, ...]

    @classmethod
    def of(cls, problem: Problem) -> "Parties":
        """Those that are not fixed; a fixed ride is given as one task."""
        kinds = {
            (v.pool, v.lendable, v.vehicle_class, v.passenger_seats): v for v in problem.vehicles
        }
        found = [
            (i, t.share)
            for i, t in enumerate(problem.tasks)
            if t.share is not None and t.fixed is None
        ]
        return cls(
            problem, tuple(i for i, _ in found), tuple(s for _, s in found), tuple(kinds.values())
        )

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The parties themselves."""
        return tuple(self.problem.tasks[i] for i in self.index)

    @cached_property
    def places(self) -> Ints:
        """Place of each call."""
        ends = [place for t in self.tasks for place in (t.origin, t.destination)]
        return np.array(ends, dtype=np.int64)

    @cached_property
    def percents(self) -> tuple[int, ...]:
        """The factors of drives there are."""
        return tuple(sorted(set(self.problem.matrix.percent_by_hour))) or (100,)

    @cached_property
    def ways(self) -> tuple[Ints, Ints, Ints, Ints]:
        """From call to call: seconds under each factor, metres, tolls in fen, least seconds."""
        matrix = self.problem.matrix
        seconds = matrix.seconds.astype(np.int64)
        under = [(seconds * percent + 50) // 100 for percent in self.percents]
        free = np.zeros_like(matrix.metres)
        tolls = self._layer(free if matrix.toll_fen is None else matrix.toll_fen)
        layers = np.stack([self._layer(layer) for layer in under])
        return layers, self._layer(matrix.metres), tolls, self._least_s(under[0])

    def _least_s(self, fastest: Ints) -> Ints:
        """Least seconds from leaving one call to arriving at another, with calls between."""
        known, number = np.unique(self.places, return_inverse=True)
        ways = fastest[np.ix_(known, known)] + self.problem.call_s
        for via in range(len(ways)):
            np.minimum(ways, ways[:, via : via + 1] + ways[via], out=ways)
        return np.asarray(ways[np.ix_(number, number)] - self.problem.call_s)

    @cached_property
    def terms(self) -> tuple[Ints, Ints, Ints, Ints, int, int]:
        """Earliest, latest, longest ride and passengers of each; a call's standing; most seats."""
        rows = [(t.earliest_s, t.latest_s, t.passengers) for t in self.tasks]
        earliest, latest, passengers = np.array(rows, dtype=np.int64).reshape(-1, 3).T.copy()
        longest = np.array([s.max_ride_s for s in self.shares], dtype=np.int64)
        seats = max((car.passenger_seats for car in self.cars), default=0)
        return earliest, latest, longest, passengers, self.problem.call_s, seats

    @cached_property
    def starts(self) -> Ints:
        """(n, 3): every party with every start, and the number of the factor then."""
        step_s, percents = self.problem.horizon.start_step_s, self.percents
        rows = [
            (party, start_s, percents.index(self.percent(start_s)))
            for party, task in enumerate(self.tasks)
            for start_s in range(task.earliest_s, task.latest_s + 1, step_s)
        ]
        return np.array(rows, dtype=np.int64).reshape(-1, 3)

    @cached_property
    def carries(self) -> tuple[int, ...]:
        """For each party the bits of the `cars` that may serve it."""
        return tuple(
            sum(1 << bit for bit, car in enumerate(self.cars) if self._fits(car, t))
            for t in self.tasks
        )

    def seating(self, passengers: int) -> int:
        """The bits of the `cars` that have so many seats."""
        fits = enumerate(car.passenger_seats >= passengers for car in self.cars)
        return sum(1 << bit for bit, enough in fits if enough)

    @cached_property
    def meets(self) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """Who could get on while a party is on board: list bounds, lists, and as a matrix."""
        earliest, latest, longest, _, _, _ = self.terms
        least = self.ways[3]
        # Who gets on late may have been stood for already: the car can leave at once.
        there_s = least[0::2, 0::2]
        # The later the first gets on, the less it waits for the second.
        begins = np.minimum(latest[:, None], latest - there_s)
        rides = np.maximum(there_s, earliest - begins) + least[0::2, 1::2].T
        can = (begins >= earliest[:, None]) & (rides <= longest[:, None])
        can &= ~np.eye(len(self.tasks), dtype=bool)
        for i, j in np.argwhere(can).tolist():
            can[i, j] = self.carries[i] & self.carries[j] != 0
        begin = np.concatenate([[0], np.cumsum(can.sum(axis=1))])
        return begin.astype(np.int64), np.nonzero(can)[1].astype(np.int64), can

    @cached_property
    def least_fen_per_km(self) -> int:
        """Of the cars."""
        return min((car.fen_per_km for car in self.problem.vehicles), default=0)

    def percent(self, at_s: int) -> int:
        """Factor of drives at that time."""
        percents = self.problem.matrix.percent_by_hour
        return percents[at_s // 3600 % 24] if percents else 100

    def _layer(self, layer: NDArray[np.generic]) -> Ints:
        return layer[np.ix_(self.places, self.places)].astype(np.int64)

    def _fits(self, car: Vehicle, task: Task) -> bool:
        lent = task.pool != car.pool
        refused = (car.pool, task.pool) in self.problem.refused
        known = not task.classes or car.vehicle_class in task.classes
        seats = task.passengers <= car.passenger_seats
        return known and seats and not refused and (car.lendable or not lent)
