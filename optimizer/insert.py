"""Exact best insertion of one task among all cars, and why the others cannot take it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimizer.board import Board, G, Way
from optimizer.ground import (
    NEVER,
    Bools,
    Car,
    Ends,
    Ints,
    Move,
    by_hour,
    by_km,
    direct,
    go_home,
    set_out,
    set_out_via_home,
    via_home,
)
from optimizer.lanes import starts_of
from optimizer.plan import Costs, Refused
from optimizer.problem import Problem, Task
from optimizer.reasons import full_pools, reasons


@dataclass(frozen=True, slots=True)
class Option:
    """One way to serve the task.

    Attributes:
        driver: the duty's driver; of a new duty the one who would take it.
        costs: what it adds, by kind; `costs.fen` is the whole.
        deadhead_m: empty metres it adds; may be negative.
    """

    vehicle: int
    driver: int
    start_s: int
    costs: Costs
    deadhead_m: int
    new_duty: bool
    way: Way


@dataclass(frozen=True, slots=True)
class Insertion:
    """Options from the cheapest on, and for every car without any the first broken rule."""

    task: int
    options: tuple[Option, ...]
    refused: tuple[Refused, ...]


class Tried(NamedTuple):
    """One start, tried in every gap; arrays are (gaps,)."""

    start_s: int
    fen: Ints
    combination: Ints
    befores: tuple[Move, Move]
    afters: tuple[Move, Move]
    serve: Bools


def insert(board: Board, task: Task, *, limit: int = 5, explain: bool = True) -> Insertion:
    """Rank all cars for a task.

    Args:
        board: the plan so far.
        task: need not be of the board's problem, but must fit its matrix and pools.
        limit: so many options at most, one a car.
        explain: also say why the other cars cannot.
    """
    tried = [_try(board, task, start_s) for start_s in starts_of(board.problem, task)]
    fen = np.stack([t.fen for t in tried])
    best_start = fen.argmin(axis=0)
    best = fen.min(axis=0)
    order = np.argsort(best, kind="stable")
    options: list[Option] = []
    cars: set[int] = set()
    for gap in order[: 20 * limit].tolist():
        car = int(board.gaps[G.CAR, gap])
        if best[gap] >= NEVER or len(options) == limit:
            break
        if car not in cars:
            cars.add(car)
            options.append(_option(board, task, gap, tried[int(best_start[gap])]))
    if not explain:
        return Insertion(task.id, tuple(options), ())
    able = np.unique(board.gaps[G.CAR, best < NEVER])
    return Insertion(task.id, tuple(options), reasons(board, task, set(able.tolist())))


def _try(board: Board, task: Task, start_s: int) -> Tried:
    g, ground = board.gaps, board.ground
    may = fits(board.problem, task)[g[G.CAR]] & (g[G.OPEN] == 1)
    may &= reserve_allows(board, task)[g[G.CAR]] | (g[G.LENT] != 0)
    end_s = start_s + task.duration_s
    may &= (g[G.A_S] <= start_s) & ((end_s <= g[G.B_S]) | (g[G.LAST] == 1))
    befores, afters = moves(board, task, start_s)
    used_m, used_s = g[G.USED_M] - g[G.GAP_M], g[G.USED_S] - g[G.GAP_DRIVE_S]
    used_m, used_s = used_m + task.loaded_m, used_s + task.driving_s
    choices = []
    for before in befores:
        for after in afters:
            within = used_m + before.metres + after.metres <= g[G.MOST_M]
            within &= used_s + before.driving_s + after.driving_s <= g[G.MOST_S]
            choices.append(np.where(within & may, before.fen + after.fen, NEVER))
    stacked = np.stack(choices)
    combination = stacked.argmin(axis=0)
    least = stacked.min(axis=0)
    rate = _rates(board)[g[G.CAR]]
    saved = by_km(g[G.GAP_M], rate) + by_hour(g[G.GAP_AWAY_S], ground.hour_fen)
    fen = least + _own_fen(board, task)[g[G.CAR]] - saved
    fen = fen + np.where(g[G.CREW] >= 0, _base(board)[g[G.CAR]], 0)
    return Tried(start_s, np.where(least < NEVER, fen, NEVER), combination, befores, afters, may)


def moves(board: Board, task: Task, start_s: int) -> tuple[tuple[Move, Move], tuple[Move, Move]]:
    """Both ways into and both ways out of the task, for every gap."""
    g, ground = board.gaps, board.ground
    home = np.array([v.home for v in board.problem.vehicles], dtype=np.int64)[g[G.CAR]]
    car = Car(home, _rates(board)[g[G.CAR]])
    a = Ends(g[G.A_PLACE], g[G.A_S], g[G.A_FIXED] == 1)
    b = Ends(g[G.B_PLACE], g[G.B_S], g[G.B_FIXED] == 1)
    free = np.zeros(g.shape[1], dtype=bool)
    begin = Ends(np.full_like(home, task.origin), np.full_like(home, start_s), free)
    finish = Ends(
        np.full_like(home, task.destination), np.full_like(home, start_s + task.duration_s), free
    )
    first, last = g[G.FIRST] == 1, g[G.LAST] == 1
    since_s, until_s = g[G.FROM_S], g[G.UNTIL_S]
    straight = _either(
        first, set_out(ground, car, a, begin, since_s), direct(ground, car, a, begin)
    )
    round_home = _either(
        first, set_out_via_home(ground, car, a, begin, since_s), via_home(ground, car, a, begin)
    )
    home_move = go_home(ground, car, finish, until_s)
    onward = _either(last, home_move, direct(ground, car, finish, b))
    never = Move(np.full_like(home, NEVER), home_move.metres, home_move.driving_s)
    onward_home = _either(last, never, via_home(ground, car, finish, b))
    return (straight, round_home), (onward, onward_home)


def fits(problem: Problem, task: Task) -> Bools:
    """(cars,) whether pool, class and seats allow it."""
    return np.array(
        [
            (v.pool == task.pool or (v.lendable and (v.pool, task.pool) not in problem.refused))
            and (not task.classes or v.vehicle_class in task.classes)
            and task.passengers <= v.passenger_seats
            for v in problem.vehicles
        ],
        dtype=bool,
    )


def reserve_allows(board: Board, task: Task) -> Bools:
    """(cars,) whether one more duty of the car's pool may serve the task's."""
    full = full_pools(board, task)
    return np.array([v.pool not in full for v in board.problem.vehicles], dtype=bool)


def _either(where: Bools, a: Move, b: Move) -> Move:
    return Move(
        np.where(where, a.fen, b.fen),
        np.where(where, a.metres, b.metres),
        np.where(where, a.driving_s, b.driving_s),
    )


def _rates(board: Board) -> Ints:
    return np.array([v.fen_per_km for v in board.problem.vehicles], dtype=np.int64)


def _base(board: Board) -> Ints:
    base = [0] * len(board.problem.vehicles)
    for chain in board.chains:
        base[board.car_row[chain.slot.car.id]] = chain.slot.car.use_fen - chain.slot.idle_fen
    return np.array(base, dtype=np.int64)


def _own_fen(board: Board, task: Task) -> Ints:
    """(cars,) fen of the task itself: loaded kilometres, driver, settlement."""
    problem = board.problem
    fen = by_km(np.int64(task.loaded_m), _rates(board))  # type: ignore[arg-type]
    settled = [settlement_fen(problem, v.pool, task) for v in problem.vehicles]
    driver = (task.duration_s * problem.driver_fen_per_hour + 1800) // 3600
    return fen + driver + np.array(settled, dtype=np.int64)


def settlement_fen(problem: Problem, pool: int, task: Task) -> int:
    """What the task's pool pays the pool whose car serves it."""
    terms = problem.settlement.get((pool, task.pool))
    if pool == task.pool or terms is None:
        return 0
    return terms.trip_fen + (task.loaded_m * terms.fen_per_km + 500) // 1000


def _option(board: Board, task: Task, gap: int, tried: Tried) -> Option:
    problem, g = board.problem, board.gaps[:, gap]
    chain = board.chains[g[G.CHAIN]]
    car = chain.slot.car
    first, second = divmod(int(tried.combination[gap]), 2)
    before, after = tried.befores[first], tried.afters[second]
    empty_km = [int(m) for m in (before.metres[gap], after.metres[gap])]
    deadhead = sum(_km(m, car.fen_per_km) for m in empty_km) - _km(int(g[G.GAP_M]), car.fen_per_km)
    new = bool(g[G.CREW] >= 0)
    use_fen, idle_fen = (car.use_fen, -chain.slot.idle_fen) if new else (0, 0)
    loaded = _km(task.loaded_m, car.fen_per_km)
    settled = settlement_fen(problem, car.pool, task)
    rest = int(tried.fen[gap]) - use_fen - idle_fen - loaded - deadhead - settled
    crew = board.crews[g[G.CREW]][0].driver if new else chain.driver
    return Option(
        vehicle=car.id,
        driver=crew.id if crew else 0,
        start_s=tried.start_s,
        costs=Costs(use_fen, loaded, deadhead, rest, settled, 0, idle_fen),
        deadhead_m=sum(empty_km) - int(g[G.GAP_M]),
        new_duty=new,
        way=Way(gap, tried.start_s, bool(first), bool(second)),
    )


def _km(metres: int, fen: int) -> int:
    return (metres * fen + 500) // 1000
