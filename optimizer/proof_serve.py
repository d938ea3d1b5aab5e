"""Reduced cost of serving each node, and the numbers of a lane, for the certificate's pricing."""

from collections.abc import Iterable
from dataclasses import dataclass
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
)
from optimizer.proof_nodes import Ints, Nodes
from optimizer.proof_rooms import NO_LIMIT
from optimizer.ride_times import Work

SCALE = 1000


@dataclass(frozen=True)
class Serving:
    """What a car earns and pays at the nodes, under a certificate's multipliers."""

    problem: Problem
    certificate: Certificate
    nodes: Nodes

    def by(self, car: Vehicle, *, lends: bool, fixed: bool = False) -> Ints:
        """(nodes,) reduced cost of serving each, NEVER where the car may not."""
        found = [
            self._cost(car, work) if fixed or self._may(car, work, lends=lends) else NEVER
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

    def _cost(self, car: Vehicle, work: Work) -> int:
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


def lane_of(
    problem: Problem,
    crew: tuple[Vehicle, Driver],
    stands: int,
    times: tuple[int, int, int, int],
    dropped: Iterable[str],
    weight: int,
) -> Ints:
    """The lane as the kernels want it.

    `times` are from_s, until_s, metres left and seconds driven since a break when it begins;
    `dropped` names the limits that are left out; `weight` is that of a fen.
    """
    car, driver = crew
    rules, drop = problem.hours, set(dropped)
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
    row[WEIGHT] = weight * SCALE
    return np.array(row, dtype=np.int64)
