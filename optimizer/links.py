"""Which task may follow which at what price, for days on which nothing adds up along a duty.

Vehicle scheduling in the narrow sense: every task has one start, and there are no limits on
range, driving, breaks or span that a duty inside its lane could reach. A duty is then any path.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.arcs import Arcs
from optimizer.compiled import compiled
from optimizer.link_paths import Tables
from optimizer.moves import DIRECT, HOME, gap, setting_out
from optimizer.nodes import Ints, starts_of
from optimizer.problem import Problem
from optimizer.slots import slots_of
from optimizer.terrain import NEVER, Car, Field

Ways = NDArray[np.int8]
# Tables of more entries are not laid out.
MOST_ENTRIES = 20_000_000


@dataclass(frozen=True)
class Links:
    """Fen of every link, NEVER where there is none, and by which way it is cheapest.

    Attributes:
        fen: of what may follow what (kinds), of setting out and of going home (lanes); the
            first has all that is paid once in it, and the home-coming nothing else.
        serve: (lanes, nodes) of serving; or NEVER.
        way: (kinds, nodes, nodes), first_way: (lanes, nodes).
    """

    fen: Tables
    serve: Ints
    way: Ways
    first_way: Ways


def unlimited(problem: Problem) -> bool:
    """Nothing adds up along a duty, tasks have one start, and tables of all links fit.

    Days with fixed tasks or tasks that could be shared are left to the engine for any day.
    """
    hours, length_s = problem.hours, problem.horizon.length_s
    spans = [w.end_s - w.start_s for v in problem.vehicles for w in v.windows]
    longest_s = max(spans, default=length_s)
    return (
        hours.break_after_s is None
        and hours.span_s is None
        and all(car.range_m is None for car in problem.vehicles)
        and all(driver.max_driving_s >= longest_s for driver in problem.drivers)
        and all(task.fixed is None and task.share is None for task in problem.tasks)
        and all(len(starts_of(problem, task)) == 1 for task in problem.tasks)
        and 0 < len(problem.tasks) ** 2 * _lanes(problem) <= MOST_ENTRIES
    )


def _lanes(problem: Problem) -> int:
    """How many lanes there are at most; each could have tables of its own."""
    slots = slots_of(problem)
    cars = {slot.family: slot.car.pool for slot in slots.cars}
    people = Counter({slot.family: slot.driver.pool for slot in slots.drivers}.values())
    return sum(
        2 * people[pool] if pool in problem.lending_limit else people[pool]
        for pool in cars.values()
    )


def links_of(arcs: Arcs) -> Links:
    """Lay the links out; lanes whose links cost the same share a table."""
    graph, n = arcs.graph, len(arcs.graph.nodes)
    known: dict[bytes, int] = {}
    tables: list[Ints] = []
    ways: list[Ways] = []
    of_kind = []
    for car in arcs.kinds:
        fen, way = np.full((n, n), NEVER), np.full((n, n), DIRECT, dtype=np.int8)
        _follow(graph.field, car, fen, way)
        of_kind.append(known.setdefault(fen.tobytes() + way.tobytes(), len(known)))
        if of_kind[-1] == len(tables):
            tables.append(fen)
            ways.append(way)
    first_way = np.full((len(graph.lanes), n), DIRECT, dtype=np.int8)
    for lane, row in zip(graph.lanes, first_way, strict=True):
        _begin(graph.field, lane.car, row)
    first = np.minimum(arcs.ends.cost[arcs.shape, 0] + arcs.base[:, None], NEVER)
    kind = np.array(of_kind, dtype=np.int64)[arcs.kind]
    onward = Tables(graph.nodes.after, kind, np.array(tables), first, arcs.ends.cost[arcs.shape, 1])
    return Links(onward, arcs.serve, np.array(ways), first_way)


@compiled
def _follow(f: Field, car: Car, fen: Ints, way: Ways) -> None:
    for i in range(len(fen)):
        for j in range(f.after[i], len(fen)):
            for by in range(HOME + 1):
                step = gap(f, car, i, j, by)
                if step[0] and step[1] < fen[i, j]:
                    fen[i, j], way[i, j] = step[1], by


@compiled
def _begin(f: Field, car: Car, way: Ways) -> None:
    for j in range(len(way)):
        best = NEVER
        for by in range(HOME + 1):
            can, fen, _, _ = setting_out(f, car, j, by)
            if can and fen < best:
                best, way[j] = fen, by


def weighted(tables: Tables, weight: int) -> Tables:
    """The tables with each fen counted so often; NEVER stays."""
    costs = (tables.follow, tables.first, tables.last)
    follow, first, last = (np.where(fen >= NEVER, NEVER, fen * weight) for fen in costs)
    return Tables(tables.after, tables.kind, follow, first, last)
