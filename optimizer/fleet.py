"""The cars as arrays, one row each, as insertion asks about them."""

from dataclasses import dataclass

import numpy as np

from optimizer.ground import Bools, Ints, by_km
from optimizer.problem import Problem, Task


@dataclass(frozen=True, slots=True)
class Fleet:
    """All arrays are (cars,), in the problem's order."""

    problem: Problem
    home: Ints
    fen_per_km: Ints
    seats: Ints
    pool: Ints
    lendable: Bools
    vehicle_class: "np.typing.NDArray[np.str_]"
    base_fen: Ints

    @classmethod
    def of(cls, problem: Problem) -> "Fleet":
        """Read the cars off the problem."""
        cars = problem.vehicles
        metres = problem.matrix.metres
        idle = [(int(metres[v.at, v.home]) * v.fen_per_km + 500) // 1000 for v in cars]
        return cls(
            problem,
            np.array([v.home for v in cars], dtype=np.int64),
            np.array([v.fen_per_km for v in cars], dtype=np.int64),
            np.array([v.passenger_seats for v in cars], dtype=np.int64),
            np.array([v.pool for v in cars], dtype=np.int64),
            np.array([v.lendable for v in cars], dtype=bool),
            np.array([v.vehicle_class for v in cars], dtype=np.str_),
            np.array([v.use_fen for v in cars], dtype=np.int64) - np.array(idle, dtype=np.int64),
        )

    def fits(self, task: Task) -> Bools:
        """Whether pool, class and seats allow it."""
        refused = [lender for lender, payer in self.problem.refused if payer == task.pool]
        lends = self.lendable & ~np.isin(self.pool, refused)
        fine = ((self.pool == task.pool) | lends) & (self.seats >= task.passengers)
        if task.classes:
            fine &= np.isin(self.vehicle_class, task.classes)
        return np.asarray(fine)

    def serving_fen(self, task: Task) -> Ints:
        """Fen of the task itself: loaded kilometres, driver, settlement."""
        fen = by_km(np.full_like(self.home, task.loaded_m), self.fen_per_km)
        fen = fen + (task.duration_s * self.problem.driver_fen_per_hour + 1800) // 3600
        for pool in self.problem.pools:
            settled = settlement_fen(self.problem, pool, task)
            if settled:
                fen[self.pool == pool] += settled
        return fen


def settlement_fen(problem: Problem, pool: int, task: Task) -> int:
    """What the task's pool pays the pool whose car serves it."""
    terms = problem.settlement.get((pool, task.pool))
    if pool == task.pool or terms is None:
        return 0
    return terms.trip_fen + (task.loaded_m * terms.fen_per_km + 500) // 1000
