"""Seeded days of a city and its counties, for tests and figures.

Seats are the town centres of Xuancheng and its counties (GeoNames, CC BY 4.0); towns,
cars, drivers and demand are drawn. Distances are great circles times 1.25.

`day(Size(249, 217), seed)` is a plain day, `day(full(249, 217), seed)` has every constraint,
`day(scarce(60, 150), seed)` has fewer cars than a careless planner needs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

import optimizer as o
from tests.bench.demand import tasks_of
from tests.bench.terms import ALL, PLAIN, Terms, agreed

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
TOWNS = 6


@dataclass(frozen=True)
class Size:
    """How large a day, and what is kept on it; the defaults are a plain day.

    Attributes:
        requests: tasks; a party that is dropped off and fetched later makes two.
        drivers_a_car: of each pool.
        reserve: cars that each pool keeps back.
        windows: share of the tasks that may start half an hour later.
        waiting: share of the parties whose car waits.
        stay_s: median stay of a party, at most five hours.
        towns: places of each county beside its seat.
        firm_cars: cars of the three rental firms; None: 47 together.
        event: cars that one event in the city takes from 8:30 on, beside the requests.
        terms: what else is kept (tests/bench/terms.py).
    """

    cars: int
    requests: int
    drivers_a_car: float = 0.85
    reserve: int = 0
    windows: float = 0.2
    now_s: int = 0
    waiting: float = 0.55
    stay_s: int = 9000
    towns: int = TOWNS
    firm_cars: int | None = None
    event: int = 0
    terms: Terms = PLAIN


def scarce(cars: int, requests: int, **changes: Any) -> Size:
    """A day with so little to spare that planning pays; starts are fixed, drivers as cars."""
    usual = {"drivers_a_car": 1.0, "windows": 0.0, "firm_cars": requests // 3, "towns": 20}
    return Size(cars, requests, **(usual | changes))


def full(cars: int, requests: int, **changes: Any) -> Size:
    """A day with every constraint and price that the product has."""
    usual = {"firm_cars": max(47, requests // 4), "towns": 20, "terms": ALL}
    return Size(cars, requests, **(usual | changes))


def day(size: Size, seed: int) -> o.Problem:
    """One day: 74 cars and 65 requests is the small city, 249 and 217 the whole."""
    rng = np.random.default_rng(seed)
    matrix = _matrix(_places(rng, size.towns))
    homes = {pool: i for i, pool in enumerate(SEATS)}
    cars = _cars(rng, homes, _shares(size.cars))
    plain = o.Problem(
        horizon=o.Horizon(epoch=1_700_000_000, length_s=86_400, buffer_s=600, now_s=size.now_s),
        matrix=matrix,
        pools=tuple(SEATS),
        vehicles=cars,
        drivers=_drivers(rng, cars, size.drivers_a_car),
        tasks=tasks_of(rng, size, matrix, [n for _, _, n in SEATS.values()]),
        firms=_firms(size.firm_cars),
        settlements=tuple(o.Settlement(a, b, 3_000, 30) for a in SEATS for b in SEATS if a != b),
        reserves=tuple(o.Reserve(pool, size.reserve) for pool in SEATS if size.reserve),
        driver_fen_per_hour=2_500,
    )
    # Drawn apart, so that what is kept does not change who travels where.
    return agreed(plain, size.terms, np.random.default_rng([seed, 1]))


def _firms(cars: int | None) -> tuple[o.RentalFirm, ...]:
    shares = (12, 15, 20) if cars is None else (cars * 12 // 47, cars * 15 // 47, cars * 20 // 47)
    return tuple(o.RentalFirm(k + 1, n, 35_000, 350) for k, n in enumerate(shares))


def _shares(cars: int) -> dict[int, int]:
    total = sum(n for _, _, n in SEATS.values())
    share = {pool: cars * n // total for pool, (_, _, n) in SEATS.items()}
    share[1] += cars - sum(share.values())
    return share


def _places(rng: np.random.Generator, towns: int) -> np.ndarray:
    seats = np.array([(lon, lat) for lon, lat, _ in SEATS.values()])
    around = np.repeat(seats, towns, axis=0) + rng.normal(0, 0.16, (len(seats) * towns, 2))
    return np.concatenate([seats, around, np.array(OUTSIDE)])


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
