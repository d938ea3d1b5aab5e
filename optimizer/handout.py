"""Between duties of named cars and drivers and columns of interchangeable ones."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from optimizer.arcs import Arcs
from optimizer.baseline import Decisions, completed, why
from optimizer.board import Board
from optimizer.choice import Chosen
from optimizer.clashes import home_s, leave_s
from optimizer.lanes import Graph, Lane
from optimizer.nodes import Bools, Ints
from optimizer.paths import Column, column_of, stops_of, ways_of
from optimizer.plan import Duty, Rental, Unserved
from optimizer.rows import Rows

FORBIDDEN = 1 << 50


def columns_from(arcs: Arcs, duties: Sequence[Duty]) -> list[Column]:
    """The duties as columns, in every lane that could have them."""
    graph = arcs.graph
    tasks = graph.problem.tasks
    node = {
        (tasks[item.tasks[0]].id, item.start_s, item.calls): i
        for i, item in enumerate(graph.nodes.items)
    }
    lanes: dict[tuple[int, int], list[int]] = {}
    for i, lane in enumerate(graph.lanes):
        for key in _crews(graph, lane):
            lanes.setdefault(key, []).append(i)
    found = []
    for duty in duties:
        nodes = [node.get((stop.task, stop.start_s, stop.ride), -1) for stop in duty.stops]
        held = {stop.task for stop in duty.stops}
        for i in lanes.get((duty.vehicle, duty.driver), ()) if min(nodes) >= 0 else ():
            run = graph.lanes[i].run
            if (run >= 0) == any(graph.nodes.fixed[nodes]) and (
                run < 0 or graph.runs[run].tasks[0].id in held
            ):
                found.append(column_of(arcs, i, nodes, ways_of(arcs, duty.stops)))
    return [column for column in found if column is not None]


def _crews(graph: Graph, lane: Lane) -> set[tuple[int, int]]:
    if lane.run >= 0:
        run = graph.runs[lane.run]
        return {(run.slot.car.id, run.driver.id)}
    cars, drivers = graph.car_families[lane.cars], graph.driver_families[lane.drivers]
    return {(c.car.id, d.driver.id) for c in cars for d in drivers}


def decisions_of(
    arcs: Arcs, rows: Rows, columns: Sequence[Column], chosen: Chosen, *, explain: bool = True
) -> Decisions:
    """Hand cars and drivers out; tasks of duties that nobody can have go where there is room.

    The LP knows neither rest between shifts nor what overlaps in different windows.
    """
    graph = arcs.graph
    problem = graph.problem
    picked = sorted((columns[i] for i in chosen.columns), key=lambda c: (c.nodes, c.lane))
    duties, dropped = _crewed(arcs, picked)
    others = [rows.otherwise[i] for i in chosen.otherwise]
    left = [problem.tasks[o.task] for o in others if o.firm < 0]
    left += [problem.tasks[j] for c in dropped for i in c.nodes for j in graph.nodes.items[i].tasks]
    board = Board.of(problem, duties) if left and explain else None
    found = Decisions(
        tuple(duties),
        tuple(
            Rental(problem.tasks[o.task].id, problem.firms[o.firm].id)
            for o in others
            if o.firm >= 0
        ),
        tuple(Unserved(t.id, why(board, t) if board else "no-car") for t in left),
    )
    return completed(problem, found) if dropped else found


def _crewed(arcs: Arcs, picked: Sequence[Column]) -> tuple[list[Duty], list[Column]]:
    """Each duty with a car and a driver of its lane's families."""
    graph = arcs.graph
    cars, drivers = _cars_for(arcs, picked), _drivers_for(graph, picked)
    duties, dropped = [], []
    for k, column in enumerate(picked):
        lane, stops = graph.lanes[column.lane], stops_of(arcs, column)
        if lane.run >= 0:
            run = graph.runs[lane.run]
            duties.append(Duty(run.slot.car.id, run.driver.id, stops))
        elif k in drivers:
            duties.append(Duty(cars[k], drivers[k], stops))
        else:
            dropped.append(column)
    return duties, dropped


def _cars_for(arcs: Arcs, picked: Sequence[Column]) -> dict[int, int]:
    """For each duty a car of its family: longer ones to those that drove less this month."""
    graph = arcs.graph
    found: dict[int, int] = {}
    for family, rows in _by_family(graph, picked, "cars").items():
        cars = [slot.car for slot in graph.car_families[family]]
        metres = np.array([_metres(graph, picked[k]) for k in rows], dtype=np.float64)
        month = np.array([car.month_m for car in cars], dtype=np.float64)
        # Products of month and metres are least where the long duties go to the rested cars.
        duty, car = linear_sum_assignment(metres[:, None] * month)
        found |= {rows[d]: cars[c].id for d, c in zip(duty.tolist(), car.tolist(), strict=True)}
    return found


def _metres(graph: Graph, column: Column) -> int:
    """Metres of the tasks and straight between them: what the month's balance goes by."""
    f, nodes = graph.field, list(column.nodes)
    between = f.metres[f.destination[nodes[:-1]], f.origin[nodes[1:]]].sum()
    return int(f.loaded_m[nodes].sum() + between)


def _drivers_for(graph: Graph, picked: Sequence[Column]) -> dict[int, int]:
    """For each duty a driver of its family who has rested, the families in order of time."""
    busy: dict[int, list[tuple[int, int, int]]] = {}
    for column in picked:
        lane = graph.lanes[column.lane]
        if lane.run >= 0:
            run = graph.runs[lane.run]
            shift = next((w.shift for w in run.driver.windows if run.start_s < w.end_s), 0)
            span = (leave_s(graph, column), home_s(graph, column), shift)
            busy.setdefault(run.driver.id, []).append(span)
    found: dict[int, int] = {}
    families = _by_family(graph, picked, "drivers")
    for family in sorted(families, key=lambda k: graph.driver_families[k][0].from_s):
        rows, slots = families[family], graph.driver_families[family]
        spans = [(leave_s(graph, picked[k]), home_s(graph, picked[k])) for k in rows]
        tired = _tired(graph, spans, [busy.get(s.driver.id, []) for s in slots], slots[0].shift)
        for d, p in _matched(tired):
            found[rows[d]] = slots[p].driver.id
            busy.setdefault(slots[p].driver.id, []).append((*spans[d], slots[p].shift))
    return found


def _tired(
    graph: Graph,
    spans: Sequence[tuple[int, int]],
    busy: Sequence[Sequence[tuple[int, int, int]]],
    shift: int,
) -> Bools:
    """(duties, drivers): the rest between shifts would be too short, or duties overlap."""
    rest_s = graph.problem.hours.between_s

    def clash(leave: int, home: int, other: tuple[int, int, int]) -> bool:
        apart_s = rest_s if other[2] != shift else 0
        return leave < other[1] + apart_s and other[0] < home + apart_s

    rows = [[any(clash(*span, it) for it in held) for held in busy] for span in spans]
    return np.array(rows, dtype=bool).reshape(len(spans), len(busy))


def _matched(tired: Bools) -> list[tuple[int, int]]:
    """As many (duty, driver) as fit; without any that are tired the first to the first."""
    order: Ints = np.arange(tired.shape[1], dtype=np.int64)
    cost = np.where(tired, FORBIDDEN, np.abs(np.arange(len(tired))[:, None] - order))
    duty, driver = linear_sum_assignment(cost)
    pairs = zip(duty.tolist(), driver.tolist(), strict=True)
    return [(d, p) for d, p in pairs if not tired[d, p]]


def _by_family(graph: Graph, picked: Sequence[Column], name: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for k, column in enumerate(picked):
        lane = graph.lanes[column.lane]
        if lane.run < 0:
            found.setdefault(getattr(lane, name), []).append(k)
    return found
