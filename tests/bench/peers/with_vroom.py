"""VROOM: costs a profile for each family, who may do what as skills, every core of the machine."""

import os
from datetime import timedelta

import numpy as np
import vroom

from tests.bench.peers.arcs import Arcs, Routes, run

NEVER_S = 10_000_000
EXPLORATION = 5


def solve(arcs: Arcs, seconds: float, seed: int) -> Routes:
    """VROOM draws nothing: the seed is not used."""
    problem = vroom.Input()
    tables = [arcs.full(k, -1) for k in range(len(arcs.count))]
    for k, table in enumerate(tables):
        problem.set_durations_matrix(str(k), np.where(table < 0, NEVER_S, 0).astype(np.uint32))
        costs = np.where(table < 0, arcs.cheap_enough(), table).astype(np.uint32)
        problem.set_costs_matrix(str(k), costs)
    able = arcs.serve >= 0
    kinds, skill = np.unique(able, axis=1, return_inverse=True)
    owners = []
    for k, count in enumerate(arcs.count):
        for _ in range(count):
            car = vroom.Vehicle(
                len(owners) + 1,
                start=0,
                end=0,
                profile=str(k),
                skills=set(np.flatnonzero(kinds[k]).tolist()),
            )
            problem.add_vehicle(car)
            owners.append(k)
    for i in range(len(arcs.rent)):
        start, end = int(arcs.start_s[i]), int(arcs.end_s[i])
        at = vroom.TimeWindow(start, start)
        wants = {int(skill.reshape(-1)[i])}
        problem.add_job(
            vroom.Job(
                i + 1, location=i + 1, default_service=end - start, skills=wants, time_windows=[at]
            )
        )
    answer = problem.solve(
        EXPLORATION, nb_threads=os.cpu_count() or 1, timeout=timedelta(seconds=seconds)
    )
    frame = answer.routes
    jobs = frame[frame["type"] == "job"]
    return [
        (owners[int(car) - 1], [int(i) - 1 for i in rows["id"]])
        for car, rows in jobs.groupby("vehicle_id")
    ]


if __name__ == "__main__":
    run(solve)
