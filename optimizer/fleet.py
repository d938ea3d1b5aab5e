"""The cars as arrays, one row each, as insertion asks about them."""

from dataclasses import dataclass

import numpy as np

from optimizer.ground import Bools, Ints, by_hour, by_km
from optimizer.lanes import NO_LIMIT
from optimizer.problem import LICENCE_RANK, Problem, Task
from optimizer.visits import Visit
from optimizer.walk import Land


@dataclass(frozen=True, slots=True)
class Fleet:
    """All arrays are (cars,) or (cars, columns of `optimizer.walk`), in the problem's order."""

    problem: Problem
    rows: Ints
    pool: Ints
    pool_row: Ints
    seats: Ints
    fen_per_km: Ints
    toll_percent: Ints
    lendable: Bools
    vehicle_class: "np.typing.NDArray[np.str_]"

    @classmethod
    def of(cls, problem: Problem) -> "Fleet":
        """Read the cars off the problem."""
        cars = problem.vehicles
        rows = [
            (
                v.home,
                v.fen_per_km,
                NO_LIMIT if v.range_m is None else v.range_m,
                0 if v.range_m is None else v.charge_m_per_hour,
                v.toll_percent,
                v.pool,
                LICENCE_RANK[v.licence],
            )
            for v in cars
        ]
        return cls(
            problem,
            np.array(rows, dtype=np.int64).reshape(len(cars), 7),
            np.array([v.pool for v in cars], dtype=np.int64),
            np.array([problem.pools.index(v.pool) for v in cars], dtype=np.int64),
            np.array([v.passenger_seats for v in cars], dtype=np.int64),
            np.array([v.fen_per_km for v in cars], dtype=np.int64),
            np.array([v.toll_percent for v in cars], dtype=np.int64),
            np.array([v.lendable for v in cars], dtype=bool),
            np.array([v.vehicle_class for v in cars], dtype=np.str_),
        )

    def fits(self, visit: Visit) -> Bools:
        """Whether pools, classes and seats allow it."""
        fine = self.seats >= visit.passengers
        for task, _ in visit.tasks:
            refused = [lender for lender, payer in self.problem.refused if payer == task.pool]
            lends = self.lendable & ~np.isin(self.pool, refused) if refused else self.lendable
            fine = fine & ((self.pool == task.pool) | lends)
            if task.classes:
                fine = fine & np.isin(self.vehicle_class, task.classes)
        return np.asarray(fine)

    def serving_fen(self, visit: Visit) -> Ints:
        """Fen of the visit itself: loaded kilometres, driver, toll, settlement."""
        hour_fen = self.problem.driver_fen_per_hour
        duration_s = np.full_like(self.pool, visit.end_s - visit.start_s)
        fen = by_km(np.full_like(self.pool, visit.loaded_m), self.fen_per_km)
        fen = fen + by_hour(duration_s, hour_fen)
        if visit.toll_fen:
            fen = fen + (visit.toll_fen * self.toll_percent + 50) // 100
        settled = [
            sum(settlement_fen(self.problem, pool, task) for task, _ in visit.tasks)
            for pool in self.problem.pools
        ]
        return np.asarray(fen + np.array(settled, dtype=np.int64)[self.pool_row])


def settlement_fen(problem: Problem, pool: int, task: Task) -> int:
    """What the task's pool pays the pool whose car serves it."""
    terms = problem.settlement.get((pool, task.pool))
    if pool == task.pool or terms is None:
        return 0
    return terms.trip_fen + (task.loaded_m * terms.fen_per_km + 500) // 1000


def land_of(problem: Problem) -> Land:
    """Ground and rules for the kernels."""
    matrix, horizon, hours = problem.matrix, problem.horizon, problem.hours
    toll = np.zeros((1, 1), dtype=np.uint32) if matrix.toll_fen is None else matrix.toll_fen
    # All three are read-only, so that the kernels are compiled for one kind alone.
    toll.flags.writeable = False
    homes = np.zeros(matrix.places, dtype=bool)
    homes[list(problem.chargers)] = True
    after_s = NO_LIMIT if hours.break_after_s is None else hours.break_after_s
    return Land(
        seconds=np.ascontiguousarray(matrix.seconds),
        metres=np.ascontiguousarray(matrix.metres),
        toll=np.ascontiguousarray(toll),
        percent=np.array(matrix.percent_by_hour or (100,) * 24, dtype=np.int64),
        chargers=np.array(problem.chargers, dtype=np.int64),
        buffer_s=horizon.buffer_s,
        now_s=horizon.now_s,
        hour_fen=problem.driver_fen_per_hour,
        break_after_s=after_s,
        break_s=hours.break_s,
        span_s=NO_LIMIT if hours.span_s is None else hours.span_s,
        min_charge_s=problem.min_charge_s,
        tolled=matrix.toll_fen is not None,
        home_charges=homes,
    )
