"""The cars as arrays, one row each, as insertion asks about them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.ground import Bools, Ints, by_hour, by_km
from optimizer.lanes import NO_LIMIT
from optimizer.problem import LICENCE_RANK, Problem, Task
from optimizer.visits import Visit
from optimizer.walk import Land

EVERY = slice(None)


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

    def serving_fen(self, visit: Visit, cars: Sequence[int] | slice = EVERY) -> Ints:
        """Fen of the visit itself for these rows: loaded kilometres, driver, toll, settlement."""
        hour_fen = self.problem.driver_fen_per_hour
        rows = self.pool_row[cars]
        duration_s = np.full_like(rows, visit.end_s - visit.start_s)
        fen = by_km(np.full_like(rows, visit.loaded_m), self.fen_per_km[cars])
        fen = fen + by_hour(duration_s, hour_fen)
        if visit.toll_fen:
            fen = fen + (visit.toll_fen * self.toll_percent[cars] + 50) // 100
        settled = [
            sum(settlement_fen(self.problem, pool, task) for task, _ in visit.tasks)
            for pool in self.problem.pools
        ]
        return np.asarray(fen + np.array(settled, dtype=np.int64)[rows])


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
    chargers = np.array(problem.chargers, dtype=np.int64)
    homes[chargers] = True
    after_s = NO_LIMIT if hours.break_after_s is None else hours.break_after_s
    return Land(
        seconds=np.ascontiguousarray(matrix.seconds),
        metres=np.ascontiguousarray(matrix.metres),
        toll=np.ascontiguousarray(toll),
        percent=np.array(matrix.percent_by_hour or (100,) * 24, dtype=np.int64),
        chargers=chargers,
        buffer_s=horizon.buffer_s,
        now_s=horizon.now_s,
        hour_fen=problem.driver_fen_per_hour,
        break_after_s=after_s,
        break_s=hours.break_s,
        span_s=NO_LIMIT if hours.span_s is None else hours.span_s,
        min_charge_s=problem.min_charge_s,
        tolled=matrix.toll_fen is not None,
        home_charges=homes,
        saved_s=_saved(matrix.seconds, chargers),
        saved_m=_saved(matrix.metres, chargers),
        saved_toll=0 if matrix.toll_fen is None else _saved(matrix.toll_fen, chargers),
    )


def _saved(layer: "np.typing.NDArray[np.uint32]", chargers: Ints) -> int:
    """The most by which a way by a charger is less than the straight one."""
    straight = layer.astype(np.int64)
    ways = (straight[:, k, None] + straight[None, k, :] for k in chargers)
    return max([0, *(int((straight - way).max()) for way in ways)])
