"""What a drawn day keeps beyond cars and times: hours, charge, tolls, quotas, shared rides."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

import optimizer as o

TOLL_PERCENT = {"sedan": 100, "suv": 100, "mpv": 100, "midibus": 150, "coach": 220}
TOLL_FEN_PER_KM = 45
ROAD_M = 30_000
"""Longer ways take the toll road."""


@dataclass(frozen=True)
class Terms:
    """Switches and shares; each is off or 0 on a plain day.

    Attributes:
        hours: breaks after 4 h, 12 h from leaving to being home, 10 h between days.
        charging: electric cars go 240 km, may charge at the seats, some begin half full.
        tolls: long ways cost 0.45 yuan/km, larger cars pay more.
        rush: drives at the rush hours take up to 30 % longer, at night 10 % less.
        garage: share of the cars that are away for a part of the day.
        quotas: share of the units that may have one task less than they ask for, at a price.
        reserves: share of its lendable cars that each pool keeps back.
        confidential: share of the cars that are never lent.
        shared: share of the straight ways whose parties would ride together.
    """

    hours: bool = False
    charging: bool = False
    tolls: bool = False
    rush: bool = False
    garage: float = 0.0
    quotas: float = 0.0
    reserves: float = 0.0
    confidential: float = 0.0
    shared: float = 0.0


PLAIN = Terms()
ALL = Terms(
    hours=True,
    charging=True,
    tolls=True,
    rush=True,
    garage=0.05,
    quotas=0.3,
    reserves=0.08,
    confidential=0.04,
    shared=0.1,
)


def agreed(plain: o.Problem, terms: Terms, rng: np.random.Generator) -> o.Problem:
    """The day with these terms."""
    if terms == PLAIN:
        return plain
    matrix = _ground(plain.matrix, terms)
    tasks = tuple(_task(task, matrix, terms, rng) for task in plain.tasks)
    return replace(
        plain,
        matrix=matrix,
        vehicles=tuple(_car(car, terms, rng) for car in plain.vehicles),
        tasks=tasks,
        reserves=plain.reserves or tuple(_reserves(plain, terms)),
        quotas=tuple(_quotas(tasks, terms, rng)),
        hours=o.Hours(4 * 3600, 1200, 12 * 3600, 10 * 3600) if terms.hours else plain.hours,
        chargers=tuple(range(len(plain.pools))) if terms.charging else (),
    )


def _ground(matrix: o.Matrix, terms: Terms) -> o.Matrix:
    toll = np.where(matrix.metres > ROAD_M, matrix.metres.astype(np.int64), 0)
    toll = (toll * TOLL_FEN_PER_KM // 1000).astype(np.uint32)
    rush = tuple(
        {7: 125, 8: 130, 17: 130, 18: 120}.get(h, 100 if 6 <= h < 21 else 90) for h in range(24)
    )
    return replace(
        matrix,
        toll_fen=toll if terms.tolls else None,
        percent_by_hour=rush if terms.rush else (),
    )


def _car(car: o.Vehicle, terms: Terms, rng: np.random.Generator) -> o.Vehicle:
    away, secret, charge = rng.random(3)
    changes: dict[str, object] = {"month_m": int(rng.integers(500, 3_000)) * 1000}
    if away < terms.garage:
        noon = o.Window(13 * 3600, 22 * 3600)
        changes["windows"] = (noon,) if away < terms.garage / 2 else (o.Window(6 * 3600, 46_800),)
    if secret < terms.confidential:
        changes |= {"lendable": False, "confidential": True}
    if terms.charging and car.range_m is not None:
        charged_m = 240_000 if charge < 0.7 else 120_000
        changes |= {"range_m": 240_000, "charged_m": charged_m, "charge_m_per_hour": 150_000}
    if terms.tolls:
        changes["toll_percent"] = TOLL_PERCENT[car.vehicle_class]
    return replace(car, **changes)


def _task(task: o.Task, matrix: o.Matrix, terms: Terms, rng: np.random.Generator) -> o.Task:
    changes: dict[str, object] = {}
    waits = task.origin == task.destination
    if waits and terms.hours and task.duration_s - task.driving_s >= 1200:
        half_s = task.driving_s // 2
        changes |= {"head_driving_s": half_s, "tail_driving_s": half_s}
    if matrix.toll_fen is not None:
        there = matrix.toll_fen[task.origin, task.destination]
        # Of who waits only the length of the way is left.
        once = TOLL_FEN_PER_KM * task.loaded_m // 1000 if task.loaded_m > 2 * ROAD_M else 0
        changes["toll_fen"] = once if waits else int(there)
    if rng.random() < terms.shared and not waits:
        changes["share"] = o.Share(task.driving_s * 3 // 2 + 900)
    return replace(task, **changes)


def _quotas(tasks: tuple[o.Task, ...], terms: Terms, rng: np.random.Generator) -> list[o.Quota]:
    asked = Counter(task.unit for task in tasks)
    return [
        o.Quota(unit, 0, n - 1, 4_000)
        for unit, n in sorted(asked.items())
        if rng.random() < terms.quotas
    ]


def _reserves(plain: o.Problem, terms: Terms) -> list[o.Reserve]:
    cars = Counter(car.pool for car in plain.vehicles)
    kept = {pool: int(n * terms.reserves) for pool, n in sorted(cars.items())}
    return [o.Reserve(pool, n) for pool, n in kept.items() if n]
