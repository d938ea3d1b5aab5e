"""Vehicle routing from several depots with windows, as far as a planning problem can say it.

It cannot say that all deliveries of a route share the car's room from its depot on: seats are
counted in a ride, which has four parties at most, begins at one place, and never runs empty. So
the variant named `VARIANT` is planned: capacity is left out, and starts lie on a grid. Its cost
can be on either side of the published optimum, and is no measure of it.

Source: T. Vidal, T. G. Crainic, M. Gendreau, C. Prins, "A hybrid genetic algorithm with adaptive
diversity management for a large class of vehicle routing problems with time-windows", Computers
& Operations Research 40 (2013) 475.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import optimizer as o

VARIANT = "capacity left out, starts on a grid"
UNIT_S = 60
STEP_S = 20 * UNIT_S
METRES = 1000


@dataclass(frozen=True)
class Routing:
    """One instance; sites are numbered from 0, depots first; `away` in 1/1000 of a unit."""

    name: str
    away: NDArray[np.int64]
    windows: NDArray[np.int64]
    service: NDArray[np.int64]
    depot_of: tuple[int, ...]
    longest: int


def read(file: Path) -> Routing:
    """Read an instance in the dialect of PyVRP."""
    facts: dict[str, str] = {}
    sections: dict[str, list[list[float]]] = {}
    rows: list[list[float]] = []
    for line in file.read_text().splitlines():
        name, _, value = line.partition(":")
        if value:
            facts[name.strip()] = value.strip()
        elif line.strip().endswith("_SECTION"):
            rows = sections.setdefault(line.strip(), [])
        elif line[:1].isdigit():
            rows.append([float(word) for word in line.split()])
    points = np.array(sections["NODE_COORD_SECTION"])[:, 1:]
    away = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    return Routing(
        name=facts["NAME"],
        away=np.rint(away * METRES).astype(np.int64),
        windows=np.array(sections["TIME_WINDOW_SECTION"])[:, 1:].astype(np.int64),
        service=np.array(sections["SERVICE_TIME_SECTION"])[:, 1].astype(np.int64),
        depot_of=tuple(int(row[1]) - 1 for row in sections["VEHICLES_DEPOT_SECTION"]),
        longest=int(facts["VEHICLES_MAX_DURATION"]),
    )


def published(file: Path) -> tuple[int, list[list[int]]]:
    """Cost and routes, by site, of a solution beside the instance."""
    lines = file.with_suffix(".sol").read_text().splitlines()
    routes = [line.partition(":")[2].split() for line in lines if line.startswith("Route")]
    cost = next(int(line.split()[1]) for line in lines if line.startswith("Cost"))
    return cost, [[int(k) for k in route] for route in routes]


def length_of(it: Routing, routes: list[list[int]]) -> int:
    """What the routes of the cars, in their order, are long."""
    ways = [[depot, *route, depot] for depot, route in zip(it.depot_of, routes, strict=True)]
    return sum(int(it.away[a, b]) for way in ways for a, b in pairwise(way))


def problem_of(it: Routing) -> o.Problem:
    """One pool that lends everything for nothing; a customer is a task of the service's length."""
    depots = sorted(set(it.depot_of))
    pool = {depot: k for k, depot in enumerate(depots, 1)}
    length_s = int(it.windows[depots].max()) * UNIT_S
    everything = (o.Window(0, length_s),)
    return o.Problem(
        horizon=o.Horizon(epoch=0, length_s=length_s, start_step_s=STEP_S),
        matrix=o.Matrix(
            -(-it.away * UNIT_S // METRES).astype(np.uint32), it.away.astype(np.uint32), it.name
        ),
        pools=tuple(pool.values()),
        vehicles=tuple(
            o.Vehicle(k, pool[depot], "van", 1, "C1", depot, depot, everything, 1000)
            for k, depot in enumerate(it.depot_of, 1)
        ),
        drivers=tuple(
            o.Driver(k, pool[depot], "C1", everything, max_driving_s=length_s)
            for k, depot in enumerate(it.depot_of, 1)
        ),
        tasks=tuple(_task(it, site) for site in range(len(depots), len(it.away))),
        settlements=tuple(o.Settlement(k, 1, 0, 0) for k in pool.values() if k != 1),
        hours=o.Hours(span_s=it.longest * UNIT_S),
    )


def _task(it: Routing, site: int) -> o.Task:
    first, last = (it.windows[site] * UNIT_S).tolist()
    return o.Task(
        id=site,
        pool=1,
        unit=1,
        origin=site,
        destination=site,
        earliest_s=first,
        latest_s=last,
        duration_s=max(1, int(it.service[site]) * UNIT_S),
        driving_s=0,
        loaded_m=0,
        passengers=1,
        priority=1000,
        rental=False,
    )


def cost_of(it: Routing, plan: o.Plan) -> int:
    """Distance of the plan's routes in 1/1000 of a unit.

    Raises:
        ValueError: a customer is not served exactly once.
    """
    routes: list[list[int]] = [[] for _ in it.depot_of]
    for duty in plan.duties:
        routes[duty.vehicle - 1] = [stop.task for stop in duty.stops]
    sites = range(len(set(it.depot_of)), len(it.away))
    if sorted(site for route in routes for site in route) != list(sites):
        raise ValueError("not every customer is served exactly once")
    return length_of(it, routes)
