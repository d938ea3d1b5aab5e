"""How often cars come late for want of a buffer, and what the buffer costs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

import optimizer as o
from tests.bench.apart import each, solve
from tests.bench.figures import figure
from tests.bench.instances import day, full
from tests.bench.terms import ALL
from tests.bench.upsets import DRIVE_SPREAD, drawn

BUFFERS_S = (0, 300, 600, 900)
LATE_S = 300
CITY = full(249, 217, terms=replace(ALL, shared=0.0))
PLAN_S = 3.0


@dataclass(frozen=True)
class Ran:
    """A day as planned with a buffer, driven without anybody's help."""

    buffer_s: int
    starts: int
    late: int
    late_s: int
    levels: o.Levels


def buffers(days: int) -> Iterator[dict[str, object]]:
    """Share of the starts that are more than five minutes late, by buffer."""
    rows = list(each(ran, [(s, b) for s in range(1, days + 1) for b in BUFFERS_S]))
    for buffer_s in BUFFERS_S:
        mine = [row for row in rows if row.buffer_s == buffer_s]
        if not mine:
            return
        starts, late = sum(r.starts for r in mine), sum(r.late for r in mine)
        mean_s = sum(r.late_s for r in mine) / starts
        says = f"{starts} starts, mean lateness {mean_s:.0f} s"
        says += f"; {sum(r.levels.rentals for r in mine)} rentals"
        says += f", {sum(r.levels.fen for r in mine) / 100 / days:,.0f} yuan a day"
        name = f"starts more than {LATE_S // 60} min late, buffer {buffer_s} s, {days} days"
        yield figure(name, 100 * late / starts, "%", says)


def ran(asked: tuple[int, int]) -> Ran:
    """Plan a day with a buffer, then drive it: drives vary, 12 % of the tasks take longer."""
    seed, buffer_s = asked
    problem = day(CITY, seed)
    problem = replace(problem, horizon=replace(problem.horizon, buffer_s=buffer_s))
    plan = solve(problem, seconds=PLAN_S, seed=seed)
    longer_s = drawn(problem, seed).longer_s
    rng = np.random.default_rng([seed, 8])
    noise = {t.id: rng.lognormal(-(DRIVE_SPREAD**2) / 2, DRIVE_SPREAD, 2) for t in problem.tasks}
    late_s = [s for duty in plan.duties for s in lateness(problem, duty, longer_s, noise)]
    late = sum(s > LATE_S for s in late_s)
    return Ran(buffer_s, len(late_s), late, int(sum(late_s)), plan.levels)


def lateness(
    problem: o.Problem, duty: o.Duty, longer_s: dict[int, int], noise: dict[int, np.ndarray]
) -> list[float]:
    """Seconds by which each start is late, when nobody steps in.

    `noise` has for each task a factor of the empty drive to it, and of its own driving.
    """
    free_s, found = -np.inf, []
    for leg in o.timetable(problem, duty).legs:
        empty, own = noise[leg.task]
        # By way of home or of a charger it leaves there, once it is back.
        there_s = max(leg.leave_s, free_s + leg.back.seconds * empty)
        reach_s = there_s + leg.out.seconds * empty
        late_s = max(0.0, reach_s - leg.start_s)
        found.append(late_s)
        more_s = leg.work.driving.seconds * (own - 1) + longer_s.get(leg.task, 0)
        free_s = leg.end_s + late_s + more_s
    return found
