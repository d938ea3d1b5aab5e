"""Pick-ups and deliveries of Li and Lim, as far as a planning problem can say them.

It cannot say them all: a shared ride has no window for getting off, in which the car would wait
with who else is on board, and takes four parties at most; starts lie on a grid. So the variant
named `VARIANT` is planned: every party rides alone, and starts on a grid of at most STARTS
moments. Its plans are plans of the published instance, so its cost is never below the optimum.

Source: H. Li, A. Lim, "A metaheuristic for the pickup and delivery problem with time windows",
International Journal on Artificial Intelligence Tools 12 (2003) 173.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import optimizer as o

VARIANT = "every party alone, starts on a grid"
UNIT_S = 300
METRES = 1000
STARTS = 6
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Site:
    """A pick-up, a delivery or the depot; times in the file's units."""

    demand: int
    ready: int
    due: int
    service: int


@dataclass(frozen=True)
class Deliveries:
    """One instance; site 0 is the depot, pairs are (pick-up, delivery)."""

    name: str
    vehicles: int
    capacity: int
    away: NDArray[np.float64]
    sites: tuple[Site, ...]
    pairs: tuple[tuple[int, int], ...]


def read(file: Path) -> Deliveries:
    """Read an instance in the format of Li and Lim."""
    first, *rows = (list(map(int, line.split())) for line in file.read_text().splitlines() if line)
    points = np.array([(x, y) for _, x, y, *_ in rows], dtype=float)
    away = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    sites = tuple(
        Site(demand, ready, due, service) for _, _, _, demand, ready, due, service, *_ in rows
    )
    pairs = tuple((row[0], row[8]) for row in rows if row[8])
    return Deliveries(file.stem.removeprefix("lilim_"), first[0], first[1], away, sites, pairs)


def problem_of(it: Deliveries) -> o.Problem:
    """Cars at the depot; a party's task lasts to the end of its delivery, with any waiting."""
    spans = [_span(it, pair) for pair in it.pairs]
    slack_s = max(last - first for first, last in spans)
    length_s = it.sites[0].due * UNIT_S
    everything = (o.Window(0, length_s),)
    return o.Problem(
        horizon=o.Horizon(
            epoch=0, length_s=length_s, start_step_s=max(60, ceil(slack_s / (STARTS - 1)))
        ),
        matrix=o.Matrix(
            np.ceil(it.away * UNIT_S).astype(np.uint32),
            np.rint(it.away * METRES).astype(np.uint32),
            it.name,
        ),
        pools=(1,),
        vehicles=tuple(
            o.Vehicle(k, 1, "van", 1, "C1", 0, 0, everything, 1000)
            for k in range(1, it.vehicles + 1)
        ),
        drivers=tuple(
            o.Driver(k, 1, "C1", everything, max_driving_s=length_s)
            for k in range(1, it.vehicles + 1)
        ),
        tasks=tuple(
            _task(it, k, pair, span)
            for k, (pair, span) in enumerate(zip(it.pairs, spans, strict=True), 1)
        ),
    )


def _span(it: Deliveries, pair: tuple[int, int]) -> tuple[int, int]:
    """First and last start in seconds: the last at which a wait for the delivery is shortest."""
    pick, drop = (it.sites[k] for k in pair)
    there_s = pick.service * UNIT_S + ceil(it.away[pair] * UNIT_S)
    last = min(pick.due * UNIT_S, drop.due * UNIT_S - there_s)
    return min(last, max(pick.ready * UNIT_S, drop.ready * UNIT_S - there_s)), last


def _task(it: Deliveries, number: int, pair: tuple[int, int], span: tuple[int, int]) -> o.Task:
    pick, drop = (it.sites[k] for k in pair)
    drive_s = ceil(it.away[pair] * UNIT_S)
    arrive_s = max(span[0] + pick.service * UNIT_S + drive_s, drop.ready * UNIT_S)
    return o.Task(
        id=number,
        pool=1,
        unit=1,
        origin=pair[0],
        destination=pair[1],
        earliest_s=span[0],
        latest_s=span[1],
        duration_s=max(1, arrive_s + drop.service * UNIT_S - span[0]),
        driving_s=drive_s,
        loaded_m=int(np.rint(it.away[pair] * METRES)),
        passengers=1,
        priority=1000,
        rental=False,
    )


def cost_of(it: Deliveries, plan: o.Plan) -> float:
    """Distance of the plan's routes, each driven under the published rules.

    Raises:
        ValueError: a route comes too late somewhere or carries too much, or a pair is missing.
    """
    routes = [[it.pairs[stop.task - 1] for stop in duty.stops] for duty in plan.duties]
    if sorted(pair for route in routes for pair in route) != sorted(it.pairs):
        raise ValueError("not every pair is served exactly once")
    return sum(_route(it, [0, *(k for pair in route for k in pair), 0]) for route in routes)


def _route(it: Deliveries, stops: list[int]) -> float:
    now = load = length = 0.0
    for a, b in pairwise(stops):
        site = it.sites[b]
        now = max(now + it.sites[a].service + it.away[a, b], site.ready)
        load += site.demand
        length += it.away[a, b]
        if now > site.due + TOLERANCE or load > it.capacity:
            raise ValueError(f"the route to {b} is late or overloaded")
    return length
