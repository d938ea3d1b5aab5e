"""Seeded days of a city and its counties, for tests and figures.

Seats are the town centres of Xuancheng and its counties (GeoNames, CC BY 4.0); towns,
cars, drivers and demand are drawn. Distances are great circles times 1.25.
"""

from dataclasses import dataclass

import numpy as np

import optimizer as o

SEATS = {
    1: (118.7420, 30.9330, 30),
    2: (118.7533, 30.9482, 8),
    3: (118.9784, 30.6290, 8),
    4: (119.4122, 30.8952, 8),
    5: (119.1798, 31.1299, 6),
    6: (118.4071, 30.6882, 6),
    7: (118.5899, 30.0679, 4),
    8: (118.5381, 30.2906, 4),
}
OUTSIDE = [(117.23, 31.82), (118.80, 32.06), (118.43, 31.35), (120.15, 30.28), (118.34, 29.71)]
KINDS = [
    ("sedan", 4, "C1", 60, 5_000, None, 55),
    ("sedan", 4, "C1", 45, 5_000, 330_000, 22),
    ("suv", 4, "C1", 75, 6_000, None, 12),
    ("mpv", 6, "C1", 85, 6_000, None, 13),
    ("midibus", 19, "B1", 130, 9_000, None, 8),
    ("coach", 44, "A1", 220, 15_000, None, 2),
]
STARTS = ([7, 8, 9, 10, 11, 13, 14, 15], [20, 28, 15, 6, 2, 8, 13, 8])
PARTY = ([1, 2, 3, 4, 6, 14, 30], [22, 32, 22, 14, 6, 3, 1])
TOWNS = 6


@dataclass(frozen=True)
class Size:
    """How large a day: cars over all pools, requests, share of drivers, reserve of each pool."""

    cars: int
    requests: int
    drivers_a_car: float = 0.85
    reserve: int = 0
    windows: float = 0.2
    now_s: int = 0


def day(size: Size, seed: int) -> o.Problem:
    """One day: 74 cars and 65 requests is the small city, 249 and 217 the whole."""
    rng = np.random.default_rng(seed)
    places = _places(rng)
    matrix = _matrix(places)
    homes = {pool: i for i, pool in enumerate(SEATS)}
    share = _shares(size.cars)
    cars = _cars(rng, homes, share)
    return o.Problem(
        horizon=o.Horizon(epoch=1_700_000_000, length_s=86_400, buffer_s=600, now_s=size.now_s),
        matrix=matrix,
        pools=tuple(SEATS),
        vehicles=cars,
        drivers=_drivers(rng, cars, size.drivers_a_car),
        tasks=_tasks(rng, size, matrix, len(SEATS)),
        firms=tuple(o.RentalFirm(f, n, 35_000, 350) for f, n in ((1, 12), (2, 15), (3, 20))),
        settlements=tuple(o.Settlement(a, b, 3_000, 30) for a in SEATS for b in SEATS if a != b),
        reserves=tuple(o.Reserve(pool, size.reserve) for pool in SEATS if size.reserve),
        driver_fen_per_hour=2_500,
    )


def _shares(cars: int) -> dict[int, int]:
    total = sum(n for _, _, n in SEATS.values())
    share = {pool: cars * n // total for pool, (_, _, n) in SEATS.items()}
    share[1] += cars - sum(share.values())
    return share


def _places(rng: np.random.Generator) -> np.ndarray:
    seats = np.array([(lon, lat) for lon, lat, _ in SEATS.values()])
    towns = np.repeat(seats, TOWNS, axis=0) + rng.normal(0, 0.16, (len(seats) * TOWNS, 2))
    return np.concatenate([seats, towns, np.array(OUTSIDE)])


def _matrix(places: np.ndarray) -> o.Matrix:
    lon, lat = np.radians(places).T
    chord = np.sin((lat[:, None] - lat) / 2) ** 2
    chord += np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    metres = (1.25 * 2 * 6_371_000 * np.arcsin(np.sqrt(chord))).round()
    seconds = (metres / np.where(metres > 30_000, 19.0, 12.0)).round()
    return o.Matrix(seconds.astype(np.uint32), metres.astype(np.uint32), "instances-1")


def _cars(
    rng: np.random.Generator, homes: dict[int, int], share: dict[int, int]
) -> tuple[o.Vehicle, ...]:
    weights = np.array([kind[-1] for kind in KINDS], dtype=float)
    found = []
    for pool, n in share.items():
        for k in sorted(rng.choice(len(KINDS), n, p=weights / weights.sum())):
            name, seats, licence, km, use, reach, _ = KINDS[k]
            found.append(
                o.Vehicle(
                    id=len(found) + 1,
                    pool=pool,
                    vehicle_class=name,
                    passenger_seats=seats,
                    licence=licence,
                    home=homes[pool],
                    at=homes[pool],
                    windows=(o.Window(6 * 3600, 22 * 3600),),
                    fen_per_km=km,
                    use_fen=use,
                    range_m=reach,
                )
            )
    return tuple(found)


def _drivers(
    rng: np.random.Generator, cars: tuple[o.Vehicle, ...], share: float
) -> tuple[o.Driver, ...]:
    found: list[o.Driver] = []
    for pool in SEATS:
        mine = [car for car in cars if car.pool == pool]
        ranks = sorted((o.LICENCE_RANK[car.licence], car.licence) for car in mine)
        for _, licence in ranks[len(mine) - round(len(mine) * share) :]:
            early = bool(rng.random() < 0.3)
            window = o.Window(6 * 3600, 19 * 3600) if early else o.Window(7 * 3600, 22 * 3600)
            found.append(o.Driver(len(found) + 1, pool, licence, (window,)))
    return tuple(found)


def _tasks(
    rng: np.random.Generator, size: Size, matrix: o.Matrix, seats: int
) -> tuple[o.Task, ...]:
    found: list[o.Task] = []
    while len(found) < size.requests:
        for leg in _request(rng, size, matrix, seats, len(found)):
            found.append(leg)
    return tuple(found[: size.requests])


def _request(
    rng: np.random.Generator, size: Size, matrix: o.Matrix, seats: int, known: int
) -> list[o.Task]:
    trips = np.array([n for _, _, n in SEATS.values()], dtype=float)
    pool = int(rng.choice(seats, p=trips / trips.sum()))
    origin, goal = pool, _goal(rng, pool, seats)
    start_s = 3600 * int(rng.choice(STARTS[0], p=np.array(STARTS[1]) / sum(STARTS[1])))
    start_s += 900 * int(rng.integers(4))
    drive_s, metres = int(matrix.seconds[origin, goal]), int(matrix.metres[origin, goal])
    start_s = min(start_s, 20 * 3600 - 2 * drive_s) // 900 * 900
    stay_s = int(min(9000 * np.exp(rng.normal(0, 0.6)), 5 * 3600))
    slack = 1800 if rng.random() < size.windows else 0
    common = {
        "pool": pool + 1,
        "unit": 10 * (pool + 1) + int(rng.integers(5)),
        "passengers": int(rng.choice(PARTY[0], p=np.array(PARTY[1]) / sum(PARTY[1]))),
        "priority": int(rng.choice([20, 40, 60, 80])),
    }
    if rng.random() < 0.55:
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


def _goal(rng: np.random.Generator, pool: int, seats: int) -> int:
    kind = rng.random()
    if kind < 0.35:
        return seats + pool * TOWNS + int(rng.integers(TOWNS))
    if kind < 0.85:
        return int(rng.choice([p for p in range(seats) if p != pool]))
    return seats + seats * TOWNS + int(rng.integers(len(OUTSIDE)))
