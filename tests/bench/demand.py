"""What a drawn day asks for: there and back with a wait, or dropped off and fetched later."""

from typing import TYPE_CHECKING

import numpy as np

import optimizer as o

if TYPE_CHECKING:
    from tests.bench.instances import Size

STARTS = ([7, 8, 9, 10, 11, 13, 14, 15], [20, 28, 15, 6, 2, 8, 13, 8])
PARTY = ([1, 2, 3, 4, 6, 14, 30], [22, 32, 22, 14, 6, 3, 1])
EVENT_S, EVENT_STAY_S = 8 * 3600 + 1800, 7 * 3600


def tasks_of(
    rng: np.random.Generator, size: "Size", matrix: o.Matrix, weights: list[int]
) -> tuple[o.Task, ...]:
    """So many tasks as the size says; `weights` share them out to the pools."""
    found: list[o.Task] = []
    while len(found) < size.requests:
        found.extend(_request(rng, size, matrix, np.array(weights, dtype=float), len(found)))
    found = found[: size.requests]
    for k in range(size.event):
        found.append(_guest(matrix, len(found) + 1, outside=matrix.places - 1 - k % 5))
    return tuple(found)


def _request(
    rng: np.random.Generator, size: "Size", matrix: o.Matrix, weights: np.ndarray, known: int
) -> list[o.Task]:
    seats = len(weights)
    pool = int(rng.choice(seats, p=weights / weights.sum()))
    origin, goal = pool, _goal(rng, pool, seats, matrix.places)
    start_s = 3600 * int(rng.choice(STARTS[0], p=np.array(STARTS[1]) / sum(STARTS[1])))
    start_s += 900 * int(rng.integers(4))
    drive_s, metres = int(matrix.seconds[origin, goal]), int(matrix.metres[origin, goal])
    start_s = min(start_s, 20 * 3600 - 2 * drive_s) // 900 * 900
    stay_s = int(min(size.stay_s * np.exp(rng.normal(0, 0.6)), 5 * 3600))
    slack = 1800 if rng.random() < size.windows else 0
    common = {
        "pool": pool + 1,
        "unit": 10 * (pool + 1) + int(rng.integers(5)),
        "passengers": int(rng.choice(PARTY[0], p=np.array(PARTY[1]) / sum(PARTY[1]))),
        "priority": int(rng.choice([20, 40, 60, 80])),
    }
    if rng.random() < size.waiting:
        stay_s = max(300, min(stay_s, 21 * 3600 - start_s - 2 * drive_s - slack))
        return [
            o.Task(
                id=known + 1,
                origin=origin,
                destination=origin,
                earliest_s=start_s,
                latest_s=start_s + slack,
                duration_s=2 * drive_s + stay_s,
                driving_s=2 * drive_s,
                loaded_m=2 * metres,
                **common,
            )
        ]
    back_s = min(start_s + drive_s + max(stay_s, 3600), 20 * 3600 - drive_s) // 900 * 900
    return [
        o.Task(
            id=known + 1 + k,
            origin=a,
            destination=b,
            earliest_s=s,
            latest_s=s + slack,
            duration_s=drive_s + 300,
            driving_s=drive_s,
            loaded_m=metres,
            **common,
        )
        for k, (a, b, s) in enumerate(((origin, goal, start_s), (goal, origin, back_s)))
    ]


def _goal(rng: np.random.Generator, pool: int, seats: int, places: int) -> int:
    towns = (places - seats - 5) // seats
    kind = rng.random()
    if kind < 0.35:
        return seats + pool * towns + int(rng.integers(towns))
    if kind < 0.85:
        return int(rng.choice([p for p in range(seats) if p != pool]))
    return seats + seats * towns + int(rng.integers(5))


def _guest(matrix: o.Matrix, task_id: int, *, outside: int) -> o.Task:
    """A car of the event: all leave the city at once and wait for their guests until the end."""
    drive_s, metres = int(matrix.seconds[0, outside]), int(matrix.metres[0, outside])
    return o.Task(
        id=task_id,
        pool=1,
        unit=10,
        origin=0,
        destination=0,
        earliest_s=EVENT_S,
        latest_s=EVENT_S,
        duration_s=2 * drive_s + EVENT_STAY_S,
        driving_s=2 * drive_s,
        loaded_m=2 * metres,
        passengers=3 + task_id % 2,
        priority=80,
    )
