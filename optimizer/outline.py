"""A whole large day as flat arrays, for a bound on all of it.

The rules that add up along a duty are left out here (`RELAXED` names them), and sums of
rounded prices are taken at their least; so what is cheapest here is never dearer than it is.
All prices are in 1/1000 fen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.nodes import Nodes, nodes_of
from optimizer.problem import LICENCE_RANK, Problem, Task
from optimizer.runs import CarSlot
from optimizer.slots import DriverSlot, Slots, slots_of

Ints = NDArray[np.int64]
RELAXED = ("range", "driving", "break", "span", "repeat")
NEVER = 1 << 60
MILLI = 1000
HALF_FEN = 500
BUCKET_S = 300
AnySlot = TypeVar("AnySlot", CarSlot, DriverSlot)


class Ground(NamedTuple):
    """Nodes in order of start, and drives between places.

    Attributes:
        start_s, end_s, origin, goal: (nodes,).
        tasks_at, tasks: whose tasks node i does: `tasks[tasks_at[i] : tasks_at[i + 1]]`.
        spot: (nodes,) where a node stands in `at`: by origin, then by start.
        at, at_s: (nodes,) the node there, and when it starts.
        spots: (origins + 1,) where each origin's begin.
        from_spot: (origins, buckets) the first spot of the origin not before the bucket.
        origins: (origins,) their places.
        percent: (hours of the horizon,) factor of a drive's seconds.
    """

    start_s: Ints
    end_s: Ints
    origin: Ints
    goal: Ints
    tasks_at: Ints
    tasks: Ints
    spot: Ints
    at: Ints
    at_s: Ints
    spots: Ints
    from_spot: Ints
    origins: Ints
    seconds: Ints
    percent: Ints
    buffer_s: int
    hour_fen: int


def ground_of(problem: Problem, nodes: Nodes) -> Ground:
    """Lay out nodes, none of which is fixed."""
    start_s, origin = nodes.start_s, nodes.column("origin")
    at = np.lexsort((np.arange(len(nodes)), origin)).astype(np.int64)
    spot = np.empty_like(at)
    spot[at] = np.arange(len(at))
    origins, first = np.unique(origin[at], return_index=True)
    spots = np.append(first, len(at)).astype(np.int64)
    buckets = np.arange(0, problem.horizon.length_s + 2 * BUCKET_S, BUCKET_S)
    from_spot = [
        a + np.searchsorted(start_s[at[a:b]], buckets) for a, b in pairwise(spots.tolist())
    ]
    percent = np.array(problem.matrix.percent_by_hour or (100,) * 24, dtype=np.int64)
    return Ground(
        start_s,
        nodes.end_s,
        origin,
        nodes.column("destination"),
        nodes.tasks_at,
        nodes.tasks_flat,
        spot,
        at,
        start_s[at],
        spots,
        np.array(from_spot, dtype=np.int64).reshape(len(origins), len(buckets)),
        origins.astype(np.int64),
        problem.matrix.seconds.astype(np.int64),
        np.tile(percent, problem.horizon.length_s // 86_400 + 2),
        problem.horizon.buffer_s,
        problem.driver_fen_per_hour,
    )


class Kind(NamedTuple):
    """What cars of one home and rate pay for drives.

    Attributes:
        home: place.
        direct: (places, origins) metres and tolls.
        back, out: (places,) the same of drives home, and from home, by themselves.
        back_s: (nodes,) the drive home after a node.
        out_s: (nodes,) the drive from home to a node.
        rank: (nodes,) order of the latest moments of leaving home for a node.
        query: (nodes,) the least rank that can be reached by way of home after a node.
    """

    home: int
    direct: Ints
    back: Ints
    out: Ints
    back_s: Ints
    out_s: Ints
    rank: Ints
    query: Ints


def kind_of(problem: Problem, ground: Ground, car: CarSlot) -> Kind:
    """Prices at their exact value where one drive is one leg, else at their least."""
    home, rate, share = car.car.home, car.car.fen_per_km, car.car.toll_percent
    metres = problem.matrix.metres.astype(np.int64)
    tolls = np.zeros_like(metres)
    if problem.matrix.toll_fen is not None:
        tolls = problem.matrix.toll_fen.astype(np.int64)
    least = metres[:, ground.origins] * rate // MILLI * MILLI
    direct = (metres[:, ground.origins] * rate + HALF_FEN) // MILLI * MILLI
    direct += (tolls[:, ground.origins] * share + 50) // 100 * MILLI
    if car.car.charge_m_per_hour:
        direct = least + (tolls[:, ground.origins] * share + 50) // 100 * MILLI
        direct = _by_chargers(problem, ground, direct, metres * rate + tolls * share * 10)
    start_hour, end_hour = ground.start_s // 3600, ground.end_s // 3600
    back_s = (ground.seconds[ground.goal, home] * ground.percent[end_hour] + 50) // 100
    out_s = (ground.seconds[home, ground.origin] * ground.percent[start_hour] + 50) // 100
    leave_s = ground.start_s - ground.buffer_s - out_s
    order = np.argsort(leave_s, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    query = np.searchsorted(leave_s[order], ground.end_s + back_s)
    return Kind(
        home,
        direct.astype(np.int64),
        metres[:, home] * rate + tolls[:, home] * share * 10,
        metres[home] * rate + tolls[home] * share * 10,
        back_s.astype(np.int64),
        out_s.astype(np.int64),
        rank.astype(np.int64),
        query.astype(np.int64),
    )


def _by_chargers(problem: Problem, ground: Ground, direct: Ints, price: Ints) -> Ints:
    """By way of a charger, where that is cheaper: in a matrix of real roads it may be."""
    for place in problem.chargers:
        by_way = price[:, place, None] + price[place][None, ground.origins] - MILLI
        direct = np.minimum(direct, np.maximum(by_way, 0))
    return direct


@dataclass(frozen=True, slots=True)
class Lane:
    """A car family with a driver family; `lends`: it may serve others, and counts as lent."""

    cars: int
    drivers: int
    lends: bool
    pool: int
    kind: int
    serves: int
    from_s: int
    until_s: int


@dataclass(frozen=True)
class Outline:
    """All of it.

    Attributes:
        serve: (serving kinds, nodes) what doing a node costs, NEVER where it may not be.
        first: (lanes, nodes) setting out to it, with the car's use.
    """

    problem: Problem
    nodes: Nodes
    ground: Ground
    slots: Slots
    cars: tuple[tuple[CarSlot, ...], ...]
    drivers: tuple[tuple[DriverSlot, ...], ...]
    kinds: tuple[Kind, ...]
    lanes: tuple[Lane, ...]
    serve: Ints


def outline_of(problem: Problem) -> Outline:
    """Lay out a day without fixed tasks."""
    nodes, slots = nodes_of(problem), slots_of(problem)
    ground = ground_of(problem, nodes)
    cars, drivers = _families(slots.cars), _families(slots.drivers)
    kinds: dict[tuple[object, ...], int] = {}
    serving: dict[tuple[object, ...], int] = {}
    kind_rows: list[Kind] = []
    serve_rows: list[Ints] = []
    lanes = []
    for c, d, lends in _pairs(problem, cars, drivers):
        slot, car = cars[c][0], cars[c][0].car
        chargeable = car.charge_m_per_hour > 0
        kind = (car.home, car.fen_per_km, car.toll_percent, chargeable)
        if kind not in kinds:
            kinds[kind] = len(kinds)
            kind_rows.append(kind_of(problem, ground, slot))
        what = (car.pool, car.vehicle_class, car.passenger_seats, car.fen_per_km, car.toll_percent)
        serves = (*what, car.lendable and lends, slot.alone)
        if serves not in serving:
            serving[serves] = len(serving)
            serve_rows.append(_serving(problem, nodes, slot, lends=lends))
        person = drivers[d][0]
        from_s, until_s = max(slot.from_s, person.from_s), min(slot.until_s, person.until_s)
        lanes.append(Lane(c, d, lends, car.pool, kinds[kind], serving[serves], from_s, until_s))
    serve = np.array(serve_rows, dtype=np.int64).reshape(len(serve_rows), len(nodes))
    return Outline(
        problem, nodes, ground, slots, cars, drivers, tuple(kind_rows), tuple(lanes), serve
    )


def _families(slots: Iterable[AnySlot]) -> tuple[tuple[AnySlot, ...], ...]:
    families: dict[tuple[object, ...], list[AnySlot]] = {}
    for slot in slots:
        families.setdefault(slot.family, []).append(slot)
    return tuple(tuple(family) for family in families.values())


def _pairs(
    problem: Problem,
    cars: tuple[tuple[CarSlot, ...], ...],
    drivers: tuple[tuple[DriverSlot, ...], ...],
) -> Iterator[tuple[int, int, bool]]:
    for c, (slot, *_) in enumerate(cars):
        counted = slot.car.lendable and slot.car.pool in problem.lending_limit
        for d, (person, *_) in enumerate(drivers):
            able = LICENCE_RANK[person.driver.licence] >= LICENCE_RANK[slot.car.licence]
            meets = max(slot.from_s, person.from_s) < min(slot.until_s, person.until_s)
            if person.driver.pool == slot.car.pool and able and meets:
                yield from (
                    (c, d, lends) for lends in ((False, True) if counted else (slot.car.lendable,))
                )


def _serving(problem: Problem, nodes: Nodes, slot: CarSlot, *, lends: bool) -> Ints:
    """(nodes,) what the nodes themselves cost on the car, NEVER where it may not do them."""
    car = slot.car
    settled = np.array([_settled(problem, slot, t, lends=lends) for t in problem.tasks], np.int64)
    fen = (nodes.column("loaded_m") * car.fen_per_km + 500) // 1000
    fen += ((nodes.end_s - nodes.start_s) * problem.driver_fen_per_hour + 1800) // 3600
    fen += (nodes.column("toll_fen") * car.toll_percent + 50) // 100
    fen += nodes.total(np.maximum(settled, 0)) + _moved(problem, nodes, slot)
    fits = nodes.total(np.minimum(settled, 0)) == 0
    fits &= nodes.column("passengers") <= car.passenger_seats
    fits &= np.array([not x.classes or car.vehicle_class in x.classes for x in nodes.items], bool)
    return np.where(fits, fen * MILLI, NEVER)


def _settled(problem: Problem, slot: CarSlot, task: Task, *, lends: bool) -> int:
    """What the task's pool pays the car's; -1: the car may not serve it."""
    car = slot.car
    if task.pool == car.pool:
        return 0
    if not (lends and car.lendable) or (car.pool, task.pool) in problem.refused:
        return -1
    terms = problem.settlement.get((car.pool, task.pool))
    if terms is None:
        return 0
    return terms.trip_fen + (task.loaded_m * terms.fen_per_km + 500) // 1000


def _moved(problem: Problem, nodes: Nodes, slot: CarSlot) -> Ints:
    """(nodes,) prices of what is announced on another car, or at another start."""
    fen = np.zeros(len(nodes), dtype=np.int64)
    for i, node in enumerate(nodes.items):
        for j, on_s in zip(node.tasks, node.on_s, strict=True):
            known = problem.tasks[j].published
            if known is not None and (slot.alone, on_s) != (known.vehicle, known.start_s):
                fen[i] += known.moved_fen
    return fen
