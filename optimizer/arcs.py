"""Costs of the task graph in whole fen; they do not change while multipliers do."""

from dataclasses import dataclass

import numpy as np

from optimizer.lanes import Graph
from optimizer.nodes import Bools, Ints
from optimizer.passes import Ends, ends_of
from optimizer.problem import Problem
from optimizer.terrain import NEVER, Car


@dataclass(frozen=True)
class Arcs:
    """Fen of every part of a path.

    Attributes:
        offset: (nodes + 1,) where a node's row begins in a flat table of ways.
        kind: (lanes,) lanes of one kind share such a table; `kinds` has a car of each.
        ends: (shapes, 2, nodes) setting out to and going home from it.
        serve: (lanes, nodes) fen of serving it; or NEVER.
        base: (lanes,) paid once; what an unused car would cost is taken off.
        own: (lanes, nodes) the node belongs to the lane's run.
        chosen, shape: one lane of each shape, and the shape of each lane: lanes of one shape
            differ in their rows only.
    """

    graph: Graph
    offset: Ints
    kind: Ints
    kinds: tuple[Car, ...]
    ends: Ends
    serve: Ints
    base: Ints
    own: Bools
    chosen: Ints
    shape: Ints


def arcs_of(graph: Graph) -> Arcs:
    """Work out all costs once."""
    lanes, n = graph.lanes, len(graph.nodes)
    after = graph.nodes.after
    kinds: dict[tuple[int, ...], int] = {}
    kind = [kinds.setdefault(_kind(lane.car), len(kinds)) for lane in lanes]
    cars = {k: lane.car for k, lane in zip(kind, lanes, strict=True)}
    serve = np.where(graph.may & ~beyond(graph), _serving(graph), NEVER)
    runs = np.array([lane.run >= 0 for lane in lanes], dtype=bool)
    own = np.asarray(graph.may & graph.nodes.fixed & runs[:, None])
    chosen, shape, ends = _shapes(graph, serve)
    return Arcs(
        graph,
        np.concatenate([[0], np.cumsum(n - after)]).astype(np.int64),
        np.array(kind, dtype=np.int64),
        tuple(cars[k] for k in range(len(kinds))),
        ends,
        serve,
        np.array([lane.slot.car.use_fen - lane.slot.idle_fen for lane in lanes], dtype=np.int64),
        own,
        chosen,
        shape,
    )


def beyond(graph: Graph) -> Bools:
    """(lanes, nodes) what breaks a limit by itself, however fresh driver and car come to it.

    Runs are left as they are: what is fixed may break limits.
    """
    f = graph.field
    unbroken = np.where(f.head_s < 0, f.driving_s, np.maximum(f.head_s, f.tail_s))
    found = np.zeros_like(graph.may)
    for row, lane in zip(found, graph.lanes, strict=True):
        if lane.run < 0:
            row |= (unbroken > f.break_after_s) | (f.driving_s > lane.car.driving_s)
            row |= f.loaded_m > lane.car.full_m
    return found


def _kind(car: Car) -> tuple[int, ...]:
    return (car.home, car.fen_per_km, car.toll_percent, car.charge_m, car.full_m)


def _shapes(graph: Graph, serve: Ints) -> tuple[Ints, Ints, Ends]:
    known: dict[tuple[object, ...], int] = {}
    chosen: list[int] = []
    shape: list[int] = []
    found: list[Ends] = []
    for k, lane in enumerate(graph.lanes):
        ends = Ends(*(np.zeros((2, len(graph.nodes)), dtype=np.int64) for _ in range(3)))
        ends_of(graph.field, lane.car, ends)
        limits = lane.car._replace(from_s=0, until_s=0, free_s=0)
        paid = lane.slot.car.use_fen - lane.slot.idle_fen
        key = (limits, paid, ends.cost.tobytes(), serve[k].tobytes())
        here = known.setdefault(key, len(known))
        if here == len(chosen):
            chosen.append(k)
            found.append(ends)
        shape.append(here)
    tables = (np.array(them).reshape(len(found), 2, -1) for them in zip(*found, strict=True))
    every = Ends(*tables) if found else Ends(*(np.zeros((0, 2, 0), np.int64) for _ in range(3)))
    return np.array(chosen, dtype=np.int64), np.array(shape, dtype=np.int64), every


def _serving(graph: Graph) -> Ints:
    """(lanes, nodes) fen of the tasks themselves: way, driver, toll, settlement, moving."""
    f, problem = graph.field, graph.problem
    toll = graph.nodes.column("toll_fen")
    paid = ((f.end_s - f.start_s) * f.hour_fen + 1800) // 3600
    settled = {pool: graph.nodes.total(settling_fen(problem, pool)) for pool in problem.pools}
    moved = _moved(graph)
    known: dict[tuple[int, int, int, int], Ints] = {}
    rows = []
    for lane in graph.lanes:
        car = lane.slot.car
        key = (car.pool, car.fen_per_km, car.toll_percent, car.id if car.id in moved else -1)
        if key not in known:
            way = (f.loaded_m * car.fen_per_km + 500) // 1000
            way = way + (toll * car.toll_percent + 50) // 100
            known[key] = way + paid + settled[car.pool] + moved[key[3]]
        rows.append(known[key])
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(graph.nodes))


def settling_fen(problem: Problem, lender: int) -> Ints:
    """(tasks,) what the payer's pool pays the lender's."""
    found = []
    for task in problem.tasks:
        terms = problem.settlement.get((lender, task.pool)) if task.pool != lender else None
        loaded = (task.loaded_m * terms.fen_per_km + 500) // 1000 if terms else 0
        found.append(terms.trip_fen + loaded if terms else 0)
    return np.array(found, dtype=np.int64)


def _moved(graph: Graph) -> dict[int, Ints]:
    """(nodes,) price of moving what is published, for each car it is on, -1: any other."""
    n, tasks = len(graph.nodes), graph.problem.tasks
    every = np.zeros(n, np.int64)
    kept: dict[int, Ints] = {}
    for k, node in enumerate(graph.nodes.items):
        for j, on_s in zip(node.tasks, node.on_s, strict=True):
            it = tasks[j].published
            if it is None:
                continue
            every[k] += it.moved_fen
            if it.start_s == on_s:
                kept.setdefault(it.vehicle, np.zeros(n, np.int64))[k] += it.moved_fen
    return {-1: every, **{car: every - fen for car, fen in kept.items()}}
