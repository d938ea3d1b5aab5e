"""Paths as duties: their exact cost, checked against every limit of their lane."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.arcs import Arcs
from optimizer.best_ways import COLUMNS, FEN, fill
from optimizer.compiled import compiled
from optimizer.labels import Work, finishes, go_on, start, work_of
from optimizer.moves import AT, DIRECT, HOME, HOME_CHARGE, going_home
from optimizer.nodes import Bools, Ints
from optimizer.plan import Stop
from optimizer.terrain import NEVER, Car, Field


@dataclass(frozen=True, slots=True)
class Column:
    """A duty that some slot of a lane could have; fen is what it adds to the plan."""

    lane: int
    nodes: tuple[int, ...]
    ways: tuple[int, ...]
    fen: int


def stops_of(arcs: Arcs, column: Column) -> tuple[Stop, ...]:
    """The column as stops of a plan."""
    graph = arcs.graph
    home = graph.lanes[column.lane].slot.car.home
    found = []
    for i, way in zip(column.nodes, column.ways, strict=True):
        node = graph.nodes.items[i]
        charge = home if way == HOME_CHARGE else None
        charge = int(graph.field.chargers[way - AT]) if way >= AT else charge
        by_home = way in (HOME, HOME_CHARGE)
        task = graph.problem.tasks[node.tasks[0]].id
        found.append(Stop(task, node.start_s, by_home, charge, node.calls))
    return tuple(found)


def ways_of(arcs: Arcs, stops: Sequence[Stop]) -> tuple[int, ...]:
    """The ways of a plan's stops."""
    chargers = arcs.graph.field.chargers.tolist()
    return tuple(
        (HOME if s.via_home else DIRECT)
        if s.charge is None
        else (HOME_CHARGE if s.via_home else AT + chargers.index(s.charge))
        for s in stops
    )


def column_of(
    arcs: Arcs, lane: int, nodes: Sequence[int], ways: Sequence[int] | None = None
) -> Column | None:
    """A duty by these ways, by default the cheaper of direct and home each; None: it cannot be."""
    graph, path = arcs.graph, np.array(nodes, dtype=np.int64)
    if not graph.may[lane, path].all():
        return None
    given = np.full(len(path), -1, dtype=np.int64) if ways is None else np.array(ways, np.int64)
    work = work_of(len(graph.nodes), len(path) + 2)
    fen = _walk(graph.field, graph.lanes[lane].car, work, path, given, arcs.own[lane])
    if fen >= NEVER:
        return None
    fen += int(arcs.base[lane]) + int(arcs.serve[lane, path].sum())
    return Column(lane, tuple(nodes), tuple(given.tolist()), fen)


@compiled
def _walk(f: Field, car: Car, w: Work, path: Ints, ways: Ints, own: Bools) -> int:
    """Fen of the empty drives of a path, NEVER if it breaks a limit; fills ways below 0 in."""
    for k in range(len(path)):
        j, best = path[k], NEVER
        for way in range(HOME_CHARGE):
            if ways[k] < 0 and _step(f, car, w, k, j, way, own[j]) and w.fen[k] < best:
                best = w.fen[k]
        if ways[k] < 0:
            for way in range(HOME_CHARGE):
                if _step(f, car, w, k, j, way, own[j]) and w.fen[k] == best:
                    ways[k] = way
        if ways[k] < 0 or not _step(f, car, w, k, j, ways[k], own[j]):
            return NEVER
    last = len(path) - 1
    if last < 0 or not finishes(f, car, w, last):
        return NEVER
    return int(w.fen[last] + going_home(f, car, path[last])[1])


@compiled
def _step(f: Field, car: Car, w: Work, k: int, j: int, way: int, own: bool) -> bool:
    if k == 0:
        return bool(start(f, car, w, 0, j, way, 0, 0, own))
    row = np.empty(COLUMNS, dtype=np.int64)
    can = fill(f, car, w.node[k - 1], j, way, row)
    used = row[:FEN].astype(np.int32)
    return bool(can and go_on(f, car, w, k - 1, k, j, used, row[FEN], 0, own))
