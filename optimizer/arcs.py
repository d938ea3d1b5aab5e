"""Costs of the task graph, in whole fen, laid out for pricing all lanes at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.ground import (
    NEVER,
    Car,
    Ends,
    Ints,
    Move,
    by_hour,
    by_km,
    direct,
    go_home,
    set_out,
    set_out_via_home,
    via_home,
)
from optimizer.lanes import Graph, Lane
from optimizer.problem import Problem


@dataclass(frozen=True)
class Arcs:
    """Fen of every part of a path.

    Attributes:
        kind: (lanes,) row of `between` that a lane uses.
        after: (nodes,) the first node that starts when this one has ended.
        between: for each node, (kinds, nodes from `after` on) cheapest way to the next.
        first, last, serve: (lanes, nodes) setting out to, going home from, serving it.
        base: (lanes,) paid once; what an unused car would cost is taken off.
    """

    graph: Graph
    kind: Ints
    after: Ints
    between: tuple[Ints, ...]
    first: Ints
    last: Ints
    serve: Ints
    base: Ints

    @cached_property
    def cars(self) -> tuple[Car, ...]:
        """The lanes' cars as the ground's arithmetic wants them."""
        return tuple(_car(lane) for lane in self.graph.lanes)

    def ways_first(self, lane: int, j: Ints) -> tuple[Move, Move]:
        """Setting out to nodes j: straight, and by way of home."""
        return _first(self.graph, self.graph.lanes[lane], j)

    def ways_between(self, lane: int, i: int, j: Ints) -> tuple[Move, Move]:
        """From node i to nodes j: waiting there, and by way of home."""
        nodes, ground, car = self.graph.nodes, self.graph.ground, self.cars[lane]
        a, b = _pick(nodes.finish, np.int64(i)), _pick(nodes.begin, j)
        return direct(ground, car, a, b), via_home(ground, car, a, b)

    def way_home(self, lane: int, i: Ints) -> Move:
        """From nodes i home."""
        ground, it = self.graph.ground, self.graph.lanes[lane]
        until_s = np.asarray(np.int64(min(it.until_s, ground.length_s)))
        return go_home(ground, self.cars[lane], _pick(self.graph.nodes.finish, i), until_s)


def arcs_of(graph: Graph) -> Arcs:
    """Work out all costs once; they do not change while duals do."""
    lanes, n = graph.lanes, len(graph.nodes)
    kinds: dict[tuple[int, int], int] = {}
    for lane in lanes:
        kinds.setdefault((lane.slot.car.home, lane.slot.car.fen_per_km), len(kinds))
    kind = [kinds[lane.slot.car.home, lane.slot.car.fen_per_km] for lane in lanes]
    nodes = graph.nodes
    after = np.searchsorted(nodes.start_s, nodes.end_s, side="left").astype(np.int64)
    homes = np.array([home for home, _ in kinds], dtype=np.int64)[:, None]
    rates = np.array([rate for _, rate in kinds], dtype=np.int64)[:, None]
    every = np.arange(n)
    between = tuple(_between(graph, Car(homes, rates), i, int(after[i])) for i in range(n))
    first = [np.minimum(*(m.fen for m in _first(graph, lane, every))) for lane in lanes]
    arcs = Arcs(
        graph,
        np.array(kind, dtype=np.int64),
        after,
        between,
        _table(first, n),
        np.empty(0, dtype=np.int64),
        _table([_serving(graph, lane) for lane in lanes], n),
        np.array([lane.slot.car.use_fen - lane.slot.idle_fen for lane in lanes], dtype=np.int64),
    )
    last = _table([arcs.way_home(i, every).fen for i in range(len(lanes))], n)
    object.__setattr__(arcs, "last", last)
    return arcs


def serving_fen(problem: Problem, lane: Lane) -> Ints:
    """(tasks,) fen of the tasks themselves: loaded kilometres, driver, settlement."""
    tasks, car = problem.tasks, lane.slot.car
    loaded = np.array([t.loaded_m for t in tasks], dtype=np.int64)
    lasts = np.array([t.duration_s for t in tasks], dtype=np.int64)
    fen = by_km(loaded, car.fen_per_km) + by_hour(lasts, problem.driver_fen_per_hour)
    terms = [problem.settlement.get((car.pool, t.pool)) for t in tasks]
    foreign = np.array([t.pool != car.pool for t in tasks], dtype=bool)
    trip = np.array([s.trip_fen if s else 0 for s in terms], dtype=np.int64)
    rate = np.array([s.fen_per_km if s else 0 for s in terms], dtype=np.int64)
    return fen + np.where(foreign, trip + (loaded * rate + 500) // 1000, 0)


def _serving(graph: Graph, lane: Lane) -> Ints:
    return serving_fen(graph.problem, lane)[graph.nodes.task]


def _table(rows: list[Ints], n: int) -> Ints:
    return np.array(rows, dtype=np.int64).reshape(len(rows), n)


def _car(lane: Lane) -> Car:
    car = lane.slot.car
    return Car(np.asarray(np.int64(car.home)), np.asarray(np.int64(car.fen_per_km)))


def _pick(ends: Ends, i: Ints | np.int64) -> Ends:
    return Ends(ends.place[i], ends.at_s[i], ends.fixed[i])


def _first(graph: Graph, lane: Lane, j: Ints) -> tuple[Move, Move]:
    slot, b = lane.slot, _pick(graph.nodes.begin, j)
    stands = Ends(np.int64(slot.place), np.int64(slot.free_s), np.bool_(False))  # type: ignore[arg-type]
    since_s = np.asarray(np.int64(lane.from_s))
    here = (graph.ground, _car(lane), stands, b, since_s)
    return set_out(*here), set_out_via_home(*here)


def _between(graph: Graph, cars: Car, i: int, after: int) -> Ints:
    nodes = graph.nodes
    a, b = _pick(nodes.finish, np.int64(i)), _pick(nodes.begin, np.arange(after, len(nodes)))
    ways = direct(graph.ground, cars, a, b).fen, via_home(graph.ground, cars, a, b).fen
    return np.minimum(np.minimum(*ways), NEVER)
