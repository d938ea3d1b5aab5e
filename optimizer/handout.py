"""Between duties of named cars and drivers and columns of interchangeable ones."""

from collections.abc import Sequence

from optimizer.baseline import Decisions, why
from optimizer.board import Board
from optimizer.lanes import Graph, Lane
from optimizer.master import Chosen
from optimizer.paths import Column, column_of, stops_of
from optimizer.plan import Duty, Rental, Unserved
from optimizer.pricing import Weighted
from optimizer.roads import Roads
from optimizer.rows import Rows


def columns_from(weighted: Weighted, roads: Roads, duties: Sequence[Duty]) -> list[Column]:
    """The duties as columns, in every lane that could have them."""
    graph = weighted.arcs.graph
    node = {
        (graph.problem.tasks[j].id, int(s)): i
        for i, (j, s) in enumerate(zip(graph.nodes.task, graph.nodes.start_s, strict=True))
    }
    found = []
    for duty in duties:
        nodes = [node[stop.task, stop.start_s] for stop in duty.stops]
        for i, lane in enumerate(graph.lanes):
            if _has(graph, lane, duty) and graph.may[i, nodes].all():
                found.append(column_of(weighted, roads, i, nodes))
    return [column for column in found if column is not None]


def decisions_of(
    weighted: Weighted, rows: Rows, columns: Sequence[Column], chosen: Chosen
) -> Decisions:
    """Hand cars and drivers out, the first of a family to the duty that begins first."""
    graph = weighted.arcs.graph
    problem = graph.problem
    cars = [list(family) for family in graph.car_families]
    drivers = [list(family) for family in graph.driver_families]
    picked = sorted((columns[i] for i in chosen.columns), key=lambda c: (c.nodes, c.lane))
    duties = []
    for column in picked:
        lane = graph.lanes[column.lane]
        stops = stops_of(weighted, column)
        if lane.run >= 0:
            run = graph.runs[lane.run]
            duties.append(Duty(run.slot.car.id, run.driver.id, stops))
        else:
            car, driver = cars[lane.cars].pop(0).car, drivers[lane.drivers].pop(0).driver
            duties.append(Duty(car.id, driver.id, stops))
    others = [rows.otherwise[i] for i in chosen.otherwise]
    board = Board.of(problem, duties)
    return Decisions(
        tuple(duties),
        tuple(
            Rental(problem.tasks[o.task].id, problem.firms[o.firm].id)
            for o in others
            if o.firm >= 0
        ),
        tuple(
            Unserved(problem.tasks[o.task].id, why(board, problem.tasks[o.task]))
            for o in others
            if o.firm < 0
        ),
    )


def _has(graph: Graph, lane: Lane, duty: Duty) -> bool:
    if lane.run >= 0:
        return any(graph.runs[lane.run].tasks[0].id == stop.task for stop in duty.stops)
    cars, drivers = graph.car_families[lane.cars], graph.driver_families[lane.drivers]
    return any(s.car.id == duty.vehicle for s in cars) and any(
        d.driver.id == duty.driver for d in drivers
    )
