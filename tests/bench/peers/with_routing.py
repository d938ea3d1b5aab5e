"""OR-Tools routing: guided local search over one model with every car."""

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from tests.bench.peers.arcs import OVER_FEN, Arcs, Routes, run

NEVER_S = 1_000_000


def solve(arcs: Arcs, seconds: float, seed: int) -> Routes:
    """Guided local search draws nothing: the seed is not used."""
    owners = [k for k, count in enumerate(arcs.count) for _ in range(count)]
    n = len(arcs.rent)
    manager = pywrapcp.RoutingIndexManager(n + 1, len(owners), 0)
    model = pywrapcp.RoutingModel(manager)
    _price(arcs, model, owners)
    _times(arcs, model, manager)
    for i in range(n):
        at = manager.NodeToIndex(i + 1)
        cars = [v for v, k in enumerate(owners) if arcs.serve[k, i] >= 0]
        model.VehicleVar(at).SetValues([-1, *cars])
        model.AddDisjunction([at], OVER_FEN + int(arcs.rent[i]))
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    search.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    search.time_limit.FromMilliseconds(int(seconds * 1000))
    answer = model.SolveWithParameters(search)
    return [] if answer is None else _routes(model, manager, answer, owners)


def _price(arcs: Arcs, model: pywrapcp.RoutingModel, owners: list[int]) -> None:
    never = arcs.cheap_enough()
    costs = [
        model.RegisterTransitMatrix(arcs.full(k, never).tolist()) for k in range(len(arcs.count))
    ]
    for v, k in enumerate(owners):
        model.SetArcCostEvaluatorOfVehicle(costs[k], v)


def _times(arcs: Arcs, model: pywrapcp.RoutingModel, manager: pywrapcp.RoutingIndexManager) -> None:
    """Starts are fixed; what no family can drive in time is too long for all."""
    n = len(arcs.rent)
    table = np.zeros((n + 1, n + 1), dtype=np.int64)
    never = (arcs.between < 0).all(axis=0)
    table[1:, 1:] = np.where(never, NEVER_S, (arcs.end_s - arcs.start_s)[:, None])
    step = model.RegisterTransitMatrix(table.tolist())
    model.AddDimension(step, 86_400, 86_400, False, "time")
    clock = model.GetDimensionOrDie("time")
    for i in range(n):
        start = int(arcs.start_s[i])
        clock.CumulVar(manager.NodeToIndex(i + 1)).SetRange(start, start)


def _routes(
    model: pywrapcp.RoutingModel,
    manager: pywrapcp.RoutingIndexManager,
    answer: pywrapcp.Assignment,
    owners: list[int],
) -> Routes:
    found = []
    for v, k in enumerate(owners):
        at, tasks = answer.Value(model.NextVar(model.Start(v))), []
        while not model.IsEnd(at):
            tasks.append(manager.IndexToNode(at) - 1)
            at = answer.Value(model.NextVar(at))
        if tasks:
            found.append((k, tasks))
    return found


if __name__ == "__main__":
    run(solve)
