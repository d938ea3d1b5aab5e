"""The first rule each car breaks for a task, with its facts."""

from collections.abc import Iterator

import numpy as np

from optimizer.board import Board, G
from optimizer.lanes import starts_of
from optimizer.plan import Refused
from optimizer.problem import Problem, Task, Vehicle

Reason = tuple[int, str, dict[str, int | str]]


def reasons(board: Board, task: Task, able: set[int]) -> tuple[Refused, ...]:
    """One reason for every car (row number) that is not able, in the problem's order.

    The rules of the car itself come first; else it is the reason of the gap that came
    furthest, at the earliest start.
    """
    found = []
    gaps: dict[int, list[int]] = {}
    for gap, car in enumerate(board.gaps[G.CAR].tolist()):
        gaps.setdefault(car, []).append(gap)
    full = full_pools(board, task)
    start_s = starts_of(board.problem, task)[0]
    for row, car in enumerate(board.problem.vehicles):
        if row in able:
            continue
        always = next(_car_rules(board.problem, car, task), None)
        if always is None:
            tried = [_gap_rule(board, task, start_s, g, full) for g in gaps.get(row, [])]
            none: Reason = (0, *_no_gap(board, car))
            _, rule, facts = max([none, *tried], key=lambda reason: reason[0])
        else:
            rule, facts = always
        found.append(Refused(car.id, rule, facts))
    return tuple(found)


def full_pools(board: Board, task: Task) -> dict[int, int]:
    """Pools whose limit of lent cars is used up, with the limit."""
    ever = np.unique(board.gaps[G.CHAIN, board.gaps[G.LENT] == -1]).tolist()
    pools = [board.chains[c].slot.car.pool for c in ever]
    limit = board.problem.lending_limit.items()
    return {
        p: most for p, most in limit if p != task.pool and pools.count(p) + board.lent(p) >= most
    }


def _car_rules(
    problem: Problem, car: Vehicle, task: Task
) -> Iterator[tuple[str, dict[str, int | str]]]:
    if car.pool != task.pool and not car.lendable:
        yield "not-lendable", {"pool": car.pool, "confidential": int(car.confidential)}
    if car.pool != task.pool and (car.pool, task.pool) in problem.refused:
        yield "lending-refused", {"lender": car.pool, "payer": task.pool}
    if task.classes and car.vehicle_class not in task.classes:
        yield "class", {"has": car.vehicle_class, "needs": "|".join(task.classes)}
    if task.passengers > car.passenger_seats:
        yield "seats", {"seats": car.passenger_seats, "passengers": task.passengers}


def _no_gap(board: Board, car: Vehicle) -> tuple[str, dict[str, int | str]]:
    mine = [chain for chain in board.chains if chain.slot.car.id == car.id]
    if not mine:
        return "no-window", {}
    return "no-driver", {"pool": car.pool, "licence": car.licence}


def _gap_rule(board: Board, task: Task, start_s: int, gap: int, full: dict[int, int]) -> Reason:
    g = board.gaps[:, gap].tolist()
    car = board.chains[g[G.CHAIN]].slot.car
    end_s, buffer_s, now_s = start_s + task.duration_s, board.ground.buffer_s, board.ground.now_s
    out_s = to_s = int(board.ground.seconds[g[G.A_PLACE], task.origin])
    if g[G.A_FIXED] and g[G.A_S] < now_s:  # It is on its way home, or there.
        out_s = int(board.ground.seconds[car.home, task.origin])
        to_s = int(board.ground.seconds[g[G.A_PLACE], car.home]) + out_s
    if not g[G.OPEN]:
        return 1, "outside-window", {"start_s": start_s}
    if start_s < g[G.A_S] or (not g[G.LAST] and end_s > g[G.B_S]):
        return 1, "busy", _busy(g, start_s)
    if car.pool in full and g[G.LENT] == 0:
        return 2, "reserve", {"pool": car.pool, "most": full[car.pool]}
    late_s = g[G.A_S] + to_s + buffer_s - start_s
    if late_s > 0:
        return 3, "too-late", {"late_s": late_s, "after_task": g[G.A_TASK]}
    if start_s - buffer_s - out_s < now_s:
        return 3, "before-now", {"leave_s": start_s - buffer_s - out_s, "now_s": now_s}
    leave_s = start_s - buffer_s - to_s
    return _after(board, task, g, (leave_s, end_s)) or (6, *_limits(board, task, g, to_s))


def _after(board: Board, task: Task, g: list[int], span: tuple[int, int]) -> Reason | None:
    leave_s, end_s = span
    home_s = end_s + int(board.ground.seconds[task.destination, g[G.B_PLACE]])
    if g[G.FIRST] and leave_s < g[G.FROM_S]:
        return 4, "window-begins", {"leave_s": leave_s, "from_s": g[G.FROM_S]}
    if g[G.LAST] and home_s > g[G.UNTIL_S]:
        return 4, "window-ends", {"home_s": home_s, "until_s": g[G.UNTIL_S]}
    late_s = home_s + board.ground.buffer_s - g[G.B_S]
    if not g[G.LAST] and late_s > 0:
        return 5, "next-task-missed", {"next_task": g[G.B_TASK], "late_s": late_s}
    return None


def _busy(g: list[int], start_s: int) -> dict[str, int | str]:
    if start_s < g[G.A_S]:
        return {"until_s": g[G.A_S], "task": g[G.A_TASK]}
    return {"from_s": g[G.B_S], "task": g[G.B_TASK]}


def _limits(board: Board, task: Task, g: list[int], to_s: int) -> tuple[str, dict[str, int | str]]:
    ground = board.ground
    onward_s = int(ground.seconds[task.destination, g[G.B_PLACE]])
    driving_s = g[G.USED_S] - g[G.GAP_DRIVE_S] + to_s + onward_s + task.driving_s
    if driving_s > g[G.MOST_S]:
        return "driving-time", {"driving_s": driving_s, "most_s": g[G.MOST_S]}
    metres = int(ground.metres[g[G.A_PLACE], task.origin]) + task.loaded_m
    metres += int(ground.metres[task.destination, g[G.B_PLACE]]) + g[G.USED_M] - g[G.GAP_M]
    return "range", {"metres": metres, "most_m": g[G.MOST_M]}
