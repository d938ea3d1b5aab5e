"""Loading or compiling the kernels before anybody waits for a plan."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from optimizer.ambient import Horizon, Matrix, Window
from optimizer.arcs import arcs_of
from optimizer.baseline import greedy
from optimizer.completions import Completions
from optimizer.demand import Task
from optimizer.improve import improve
from optimizer.lanes import graph_of
from optimizer.problem import Problem
from optimizer.supply import Driver, RentalFirm, Vehicle
from optimizer.terrain import NEVER


@cache
def warm() -> None:
    """Plan a tiny day, once for each process.

    From numba's cache this takes about a second, without one about 40 s of processor time:
    more than many a plan has.
    """
    for limits in (True, False):
        problem = _tiny(limits=limits)
        improve(problem, greedy(problem), seconds=1.0, rounds=3)
    _warm_places(_tiny(limits=True))


def _warm_places(problem: Problem) -> None:
    """What large days alone need: ways that are reckoned, completions place by place."""
    arcs = arcs_of(graph_of(problem))
    with ThreadPoolExecutor(1) as pool:
        completions = Completions(arcs, 1, pool, most_kept=0, pairs_a_place=0.0)
        completions.of(0, np.zeros(len(arcs.graph.nodes), dtype=np.int64), 0, NEVER)


def _tiny(*, limits: bool) -> Problem:
    """Three tasks and a car; without limits along a duty other kernels price it."""
    metres = np.array([[0, 9_000], [9_000, 0]])
    day = (Window(0, 86_400),)
    tasks = tuple(
        Task(
            id=i,
            pool=1,
            unit=1,
            origin=0,
            destination=1,
            earliest_s=start_s,
            latest_s=start_s,
            duration_s=900,
            driving_s=900,
            loaded_m=9_000,
            passengers=1,
        )
        for i, start_s in enumerate((20_000, 30_000, 30_000))
    )
    range_m, most_s = (100_000, 28_800) if limits else (None, 86_400)
    car = Vehicle(1, 1, "sedan", 4, "C1", 0, 0, day, 100, range_m=range_m, charge_m_per_hour=1)
    return Problem(
        horizon=Horizon(epoch=0, length_s=86_400),
        matrix=Matrix((metres // 10).astype(np.uint32), metres.astype(np.uint32), "warm"),
        pools=(1,),
        vehicles=(car,),
        drivers=(Driver(1, 1, "C1", day, max_driving_s=most_s),),
        tasks=tasks,
        firms=(RentalFirm(1, 5, 30_000, 300),),
    )
