"""Planning problems small enough to try every plan, and the trying."""

from dataclasses import replace
from itertools import combinations, permutations, product

import numpy as np

import optimizer as o
from optimizer.check import Verdict, judge

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
        tasks.append(replace(given, fixed=o.Fixed(v.id, d.id, start_s)))
    halves = (o.Window(6 * HOUR, 13 * HOUR), o.Window(13 * HOUR, 22 * HOUR))
    people = [replace(d, windows=halves) if rng.random() < 0.3 else d for d in problem.drivers]
    horizon = replace(problem.horizon, now_s=int(rng.integers(0, 16)) * HOUR)
    return replace(problem, tasks=tuple(tasks), drivers=tuple(people), horizon=horizon)


def best_levels(problem: o.Problem) -> o.Levels:
    """The best plan there is, found by trying all; costs and rules are the checker's."""
    ids = [t.id for t in problem.tasks]
    duties = _best_duties(problem)
    options: list[o.Levels] = []
    for owners in product(range(-2, len(problem.vehicles)), repeat=len(ids)):
        groups = [
            (v.id, frozenset(i for i, own in zip(ids, owners, strict=True) if own == k))
            for k, v in enumerate(problem.vehicles)
        ]
        used = [(v, tasks) for v, tasks in groups if tasks]
        rentals = tuple(
            o.Rental(i, problem.firms[0].id)
            for i, own in zip(ids, owners, strict=True)
            if own == -1
        )
        unserved = tuple(
            o.Unserved(i, "-") for i, own in zip(ids, owners, strict=True) if own == -2
        )
        options += _crewed(problem, duties, used, rentals, unserved)
    return min(options)


def _crewed(problem, duties, used, rentals, unserved) -> list[o.Levels]:
    found = []
    for crew in permutations([d.id for d in problem.drivers], len(used)):
        keys = [(v, d, tasks) for (v, tasks), d in zip(used, crew, strict=True)]
        if not all(key in duties for key in keys):
            continue
        verdict = judge(problem, [duties[key] for key in keys], rentals, unserved)
        if verdict.valid:
            found.append(verdict.levels)
    return found


def _best_duties(problem: o.Problem) -> dict[tuple[int, int, frozenset[int]], o.Duty]:
    best: dict[tuple[int, int, frozenset[int]], tuple[int, o.Duty]] = {}
    tasks = {t.id: t for t in problem.tasks}
    step = problem.horizon.start_step_s
    for v, d in product(problem.vehicles, problem.drivers):
        for n in range(1, len(tasks) + 1):
            for chosen in combinations(tasks, n):
                spans = [range(tasks[i].earliest_s, tasks[i].latest_s + 1, step) for i in chosen]
                for starts in product(*spans):
                    pairs = sorted(zip(starts, chosen, strict=True))
                    for vias in product((False, True), repeat=n):
                        stops = [o.Stop(i, s, via) for (s, i), via in zip(pairs, vias, strict=True)]
                        _keep(problem, best, o.Duty(v.id, d.id, tuple(stops)))
    return {key: duty for key, (_, duty) in best.items()}


def _keep(problem, best, duty: o.Duty) -> None:
    fen = _alone(problem, duty)
    key = (duty.vehicle, duty.driver, frozenset(s.task for s in duty.stops))
    if fen is not None and (key not in best or fen < best[key][0]):
        best[key] = (fen, duty)


def _alone(problem: o.Problem, duty: o.Duty) -> int | None:
    verdict: Verdict = judge(problem, [duty], (), ())
    wrong = [v for v in verdict.violations if v.rule not in ("not-planned-once", "reserve")]
    return None if wrong else verdict.costs.fen
