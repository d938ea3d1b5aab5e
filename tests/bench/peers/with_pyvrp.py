"""PyVRP: tasks as clients with prizes, families as vehicle types with a profile each."""

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, VehicleType
from pyvrp import solve as search
from pyvrp.stop import MaxRuntime

from tests.bench.peers.arcs import OVER_FEN, Arcs, Routes, run


def solve(arcs: Arcs, seconds: float, seed: int) -> Routes:
    """Being late is left to PyVRP's own penalties; what a family cannot do is dear."""
    found = search(_data(arcs), MaxRuntime(seconds), seed=seed, collect_stats=False).best
    routes = [
        (route.vehicle_type(), [stop.idx for stop in route if stop.is_client()])
        for route in found.routes()
    ]
    return [(family, tasks) for family, tasks in routes if tasks]


def _data(arcs: Arcs) -> ProblemData:
    n = len(arcs.rent)
    clients = [
        Client(
            i + 1,
            service_duration=int(arcs.end_s[i] - arcs.start_s[i]),
            tw_early=int(arcs.start_s[i]),
            tw_late=int(arcs.start_s[i]),
            prize=OVER_FEN + int(arcs.rent[i]),
            required=False,
        )
        for i in range(n)
    ]
    drive = np.zeros((n + 1, n + 1), dtype=np.int64)
    drive[1:, 1:] = arcs.drive_s
    np.fill_diagonal(drive, 0)
    families = range(len(arcs.count))
    types = [VehicleType(int(arcs.count[k]), profile=k) for k in families]
    costs = [_costs(arcs, k) for k in families]
    places = [Location(0, 0) for _ in range(n + 1)]
    return ProblemData(places, clients, [Depot(0)], types, costs, [drive] * len(costs))


def _costs(arcs: Arcs, k: int) -> np.ndarray:
    """Ways that are only too late cost as much as by way of home."""
    table = arcs.full(k, -1)
    round_home = np.where(table[:, :1] >= 0, table[:, :1] + table[:1, :], -1)
    late = (table < 0) & (round_home >= 0) & (table[:1, :] >= 0)
    table = np.where(late, round_home, table)
    table = np.where(table < 0, arcs.cheap_enough(), table)
    np.fill_diagonal(table, 0)
    return table


if __name__ == "__main__":
    run(solve)
