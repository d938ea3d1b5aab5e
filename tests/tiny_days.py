"""Planning problems small enough to try every plan (tests/tiny_plans.py)."""

from dataclasses import replace

import numpy as np

import optimizer as o
from optimizer.baseline import Decisions, greedy

HOUR = 3600


def matrix(metres: list[list[int]], *, mps: int = 20) -> o.Matrix:
    layer = np.array(metres, dtype=np.uint32)
    return o.Matrix((layer // mps).astype(np.uint32), layer, "tiny")


def car(id: int, pool: int = 1, home: int = 0, **more: object) -> o.Vehicle:
    given = {
        "vehicle_class": "sedan",
        "passenger_seats": 4,
        "licence": "C1",
        "at": home,
        "windows": (o.Window(6 * HOUR, 22 * HOUR),),
        "fen_per_km": 100,
        "use_fen": 1_000,
    }
    return o.Vehicle(id=id, pool=pool, home=home, **{**given, **more})


def driver(id: int, pool: int = 1, licence: str = "C1", **more: object) -> o.Driver:
    given = {"windows": (o.Window(6 * HOUR, 22 * HOUR),)}
    return o.Driver(id=id, pool=pool, licence=licence, **{**given, **more})


def task(id: int, origin: int, destination: int, start_s: int, **more: object) -> o.Task:
    given = {
        "pool": 1,
        "unit": 1,
        "earliest_s": start_s,
        "latest_s": start_s,
        "duration_s": HOUR,
        "driving_s": HOUR // 2,
        "loaded_m": 20_000,
        "passengers": 2,
    }
    return o.Task(id=id, origin=origin, destination=destination, **{**given, **more})


def day(
    vehicles: list[o.Vehicle], drivers: list[o.Driver], tasks: list[o.Task], **more: object
) -> o.Problem:
    """Three places on a line, 20 km apart; two pools that lend to each other."""
    line = [[0, 20_000, 40_000], [20_000, 0, 20_000], [40_000, 20_000, 0]]
    given = {
        "horizon": o.Horizon(epoch=0, length_s=24 * HOUR, buffer_s=300),
        "matrix": matrix(line),
        "pools": (1, 2),
        "firms": (o.RentalFirm(1, 5, 30_000, 300),),
        "settlements": (o.Settlement(1, 2, 2_000, 50), o.Settlement(2, 1, 2_000, 50)),
        "driver_fen_per_hour": 3_000,
    }
    parts = {**given, **more}
    return o.Problem(vehicles=tuple(vehicles), drivers=tuple(drivers), tasks=tuple(tasks), **parts)


def drawn(seed: int, *, cars: int = 3, drivers: int = 2, tasks: int = 4) -> o.Problem:
    """A random small day: scarce, two pools, some windows, sometimes range, reserve, fixed."""
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 60_000, (5, 2))
    away = np.abs(points[:, None] - points[None]).sum(axis=2)
    spans = [int(rng.integers(1, 4)) * HOUR for _ in range(tasks)]
    firm = o.RentalFirm(1, int(rng.integers(0, 3)), 30_000, 300)
    fleet = [
        car(
            i + 1,
            pool=1 + i % 2,
            home=i % 2,
            fen_per_km=int(rng.integers(50, 200)),
            range_m=[None, 150_000][int(rng.integers(2))],
            lendable=bool(rng.random() < 0.8),
            passenger_seats=[4, 6][int(rng.integers(2))],
        )
        for i in range(cars)
    ]
    people = [
        driver(i + 1, pool=1 + i % 2, max_driving_s=int(rng.integers(2, 9)) * HOUR)
        for i in range(drivers)
    ]
    wanted = []
    for i, span in enumerate(spans):
        a, b = (int(x) for x in rng.integers(0, 5, 2))
        start_s = int(rng.integers(14, 36)) * HOUR // 2
        wanted.append(
            task(
                i + 1,
                a,
                b,
                start_s,
                pool=int(rng.integers(1, 3)),
                latest_s=start_s + int(rng.integers(0, 3)) * 900,
                duration_s=span,
                driving_s=span // 2,
                loaded_m=span // 2 * 20,
                passengers=int(rng.integers(1, 6)),
                priority=int(rng.integers(1, 4)) * 20,
                rental=bool(rng.random() < 0.7),
            )
        )
    return day(
        fleet,
        people,
        wanted,
        matrix=matrix(away.tolist()),
        firms=(firm,),
        reserves=(o.Reserve(1, 1),) if rng.random() < 0.3 else (),
    )


def drawn_rich(
    seed: int, *, cars: int = 3, drivers: int = 2, tasks: int = 4, chance: float = 0.4
) -> o.Problem:
    """The same, each of the other rules switched on with a chance: hours, charge, tolls, ..."""
    problem = drawn(seed, cars=cars, drivers=drivers, tasks=tasks)
    rng = np.random.default_rng([seed, 1])
    for feature in FEATURES:
        if rng.random() < chance:
            problem = feature(problem, rng)
    return problem


def with_hours_of_day(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    percent = tuple(int(p) for p in rng.choice([80, 100, 100, 130, 170], 24))
    return replace(problem, matrix=replace(problem.matrix, percent_by_hour=percent))


def with_tolls(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    toll = problem.matrix.metres // 37
    tasks = tuple(replace(t, toll_fen=int(rng.integers(0, 3)) * 733) for t in problem.tasks)
    fleet = tuple(replace(v, toll_percent=int(rng.integers(0, 3)) * 50) for v in problem.vehicles)
    return replace(
        problem, matrix=replace(problem.matrix, toll_fen=toll), tasks=tasks, vehicles=fleet
    )


def with_breaks(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    after_s = int(rng.integers(3, 9)) * 1800
    rules = replace(problem.hours, break_after_s=after_s, break_s=int(rng.integers(1, 4)) * 600)
    people = tuple(
        replace(d, since_break_s=int(rng.integers(0, 3)) * 1800) for d in problem.drivers
    )
    tasks = []
    for given in problem.tasks:
        if rng.random() < 0.3:
            part = given.driving_s // 3
            given = replace(given, head_driving_s=part, tail_driving_s=given.driving_s - part)
        tasks.append(given)
    return replace(problem, hours=rules, drivers=people, tasks=tuple(tasks))


def with_spans(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    rules = replace(problem.hours, span_s=int(rng.integers(3, 11)) * HOUR)
    tasks = tuple(replace(t, overnight=bool(rng.random() < 0.15)) for t in problem.tasks)
    return replace(problem, hours=rules, tasks=tasks)


def with_shifts(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    """Drivers' days in two, cars' days too, and rest between the halves."""
    noon = int(rng.integers(11, 15)) * HOUR
    halves = (o.Window(6 * HOUR, noon), o.Window(noon, 22 * HOUR, int(rng.integers(2))))
    people = [replace(d, windows=halves) if rng.random() < 0.7 else d for d in problem.drivers]
    spans = (o.Window(6 * HOUR, noon), o.Window(noon, 22 * HOUR))
    fleet = [replace(v, windows=spans) if rng.random() < 0.5 else v for v in problem.vehicles]
    rules = replace(problem.hours, between_s=int(rng.integers(0, 6)) * HOUR)
    return replace(problem, hours=rules, drivers=tuple(people), vehicles=tuple(fleet))


def with_chargers(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    fleet = []
    for v in problem.vehicles:
        reach = int(rng.integers(60, 160)) * 1000
        charged = None if rng.random() < 0.4 else int(rng.integers(20, 60)) * 1000
        rate = int(rng.integers(0, 4)) * 40_000
        if rng.random() < 0.7:
            v = replace(v, range_m=reach, charged_m=charged, charge_m_per_hour=rate)
        fleet.append(v)
    places = tuple(int(p) for p in rng.choice(5, int(rng.integers(1, 3)), replace=False))
    least_s = int(rng.integers(1, 4)) * 600
    return replace(problem, vehicles=tuple(fleet), chargers=places, min_charge_s=least_s)


def with_sharing(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    """Some parties that may ride together: near in time, one or two to a car's seats."""
    start_s = int(rng.integers(14, 30)) * HOUR // 2
    tasks = list(problem.tasks)
    for k in range(min(int(rng.integers(2, 4)), len(tasks))):
        at_s = start_s + int(rng.integers(0, 5)) * 600
        last_s = at_s + int(rng.integers(1, 4)) * 900
        share = o.Share(int(rng.integers(3, 8)) * 1200)
        tasks[k] = replace(
            tasks[k],
            earliest_s=at_s,
            latest_s=last_s,
            passengers=int(rng.integers(1, 3)),
            share=share,
        )
    return replace(problem, tasks=tuple(tasks), call_s=int(rng.integers(0, 4)) * 60)


def with_published(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    tasks = []
    for given in problem.tasks:
        if rng.random() < 0.6 and problem.vehicles:
            v = problem.vehicles[int(rng.integers(len(problem.vehicles)))]
            steps = (given.latest_s - given.earliest_s) // 900
            start_s = given.earliest_s + 900 * int(rng.integers(steps + 1))
            where = o.Published(v.id, start_s, int(rng.integers(0, 5)) * 1500)
            given = replace(given, published=where)
        tasks.append(given)
    return replace(problem, tasks=tuple(tasks))


def with_quotas(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    tasks = tuple(replace(t, unit=int(rng.integers(1, 3))) for t in problem.tasks)
    prices = [None if rng.random() < 0.4 else int(rng.integers(0, 4)) * 4000 for _ in range(2)]
    quotas = tuple(o.Quota(u + 1, 0, int(rng.integers(0, 3)), p) for u, p in enumerate(prices))
    return replace(problem, tasks=tasks, quotas=quotas)


def with_odd_cars(problem: o.Problem, rng: np.random.Generator) -> o.Problem:
    """Cars away from home or busy until later, classes that are asked for, two firms."""
    fleet = []
    for v in problem.vehicles:
        if rng.random() < 0.4 and len(v.windows) == 1:
            v = replace(v, at=int(rng.integers(5)), free_from_s=int(rng.integers(0, 12)) * HOUR)
        if rng.random() < 0.3:
            v = replace(v, vehicle_class="van")
        fleet.append(v)
    tasks = tuple(replace(t, classes=("van",) if rng.random() < 0.2 else ()) for t in problem.tasks)
    firms = (*problem.firms, o.RentalFirm(2, 1, 20_000, 500, 4, ("sedan",)))
    return replace(problem, vehicles=tuple(fleet), tasks=tasks, firms=firms)


FEATURES = (
    with_hours_of_day,
    with_tolls,
    with_breaks,
    with_spans,
    with_shifts,
    with_chargers,
    with_sharing,
    with_published,
    with_quotas,
    with_odd_cars,
)


def to_begin_from(seed: int, *, fixed: bool) -> tuple[o.Problem, Decisions]:
    """A rich day, and greedy's plan of what is fixed on it, or none of anything."""
    problem = drawn_rich(seed, cars=5, drivers=4, tasks=8)
    if fixed:
        problem = with_fixed(problem, seed)
        return problem, greedy(problem)
    return problem, Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))


def with_fixed(problem: o.Problem, seed: int) -> o.Problem:
    """Some tasks fixed somewhere at odd times, some drivers' days in two, a late now."""
    rng = np.random.default_rng(seed)
    tasks, spans = [], {}
    for given in problem.tasks:
        v = problem.vehicles[int(rng.integers(len(problem.vehicles)))]
        theirs = [d for d in problem.drivers if d.pool == v.pool]
        d = theirs[int(rng.integers(len(theirs)))]
        start_s = given.earliest_s + int(rng.integers(-1800, 1800))
        end_s = start_s + given.duration_s
        keys = [("vehicle", v.id), ("driver", d.id)]
        busy = any(a < end_s and start_s < b for key in keys for a, b in spans.get(key, []))
        if busy or rng.random() < 0.5:
            tasks.append(given)
            continue
        for key in keys:
            spans.setdefault(key, []).append((start_s, end_s))
        tasks.append(replace(given, published=None, fixed=o.Fixed(v.id, d.id, start_s)))
    halves = (o.Window(6 * HOUR, 13 * HOUR), o.Window(13 * HOUR, 22 * HOUR))
    people = [replace(d, windows=halves) if rng.random() < 0.3 else d for d in problem.drivers]
    horizon = replace(problem.horizon, now_s=int(rng.integers(0, 16)) * HOUR)
    return replace(problem, tasks=tuple(tasks), drivers=tuple(people), horizon=horizon)
