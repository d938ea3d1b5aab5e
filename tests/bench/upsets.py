"""What happens on a day that nobody planned: drawn, for tests/bench/replay.py."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

import optimizer as o

LATE, CANCELLED, BROKEN, OVERRUN = 0.20, 0.05, 0.01, 0.12
OVERRUN_MEAN_S, OVERRUN_MOST_S = 1500, 7200
DRIVE_SPREAD = 0.10

Kind = Literal["request", "cancel", "breakdown", "overrun"]


@dataclass(frozen=True, order=True)
class Upset:
    """Something becomes known: of a task, or of a car."""

    at_s: int
    kind: Kind
    subject: int


@dataclass(frozen=True)
class Upsets:
    """All of a day.

    Attributes:
        known: tasks of the evening before.
        upsets: in order of time; overruns become known when the task should have ended, which
            depends on the plan, so they stand in `longer_s` only.
        longer_s: by task, how much longer it takes.
    """

    known: frozenset[int]
    upsets: tuple[Upset, ...]
    longer_s: dict[int, int]


def drawn(problem: o.Problem, seed: int) -> Upsets:
    """20 % of the requests come late, 5 % are cancelled, 1 % of the cars break down, 12 % of
    the tasks take longer.
    """
    rng = np.random.default_rng([seed, 7])
    upsets: list[Upset] = []
    known, longer_s = set(), {}
    for task in problem.tasks:
        late, cancelled, overrun = rng.random(3) < (LATE, CANCELLED, OVERRUN)
        ahead_s, before_s = rng.integers(2400, 14_400), rng.integers(1800, 21_600)
        more_s = int(min(rng.exponential(OVERRUN_MEAN_S), OVERRUN_MOST_S))
        asked_s = max(0, task.earliest_s - int(ahead_s)) if late else 0
        if late:
            upsets.append(Upset(asked_s, "request", task.id))
        else:
            known.add(task.id)
        if cancelled:
            upsets.append(
                Upset(max(asked_s + 1, task.earliest_s - int(before_s)), "cancel", task.id)
            )
        if overrun:
            room_s = problem.horizon.length_s - task.latest_s - task.duration_s
            longer_s[task.id] = min(more_s, room_s)
    for car in problem.vehicles:
        broken, at_s = rng.random() < BROKEN, int(rng.integers(8 * 3600, 16 * 3600))
        if broken:
            upsets.append(Upset(at_s, "breakdown", car.id))
    return Upsets(frozenset(known), tuple(sorted(upsets)), longer_s)
