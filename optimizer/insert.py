"""Exact best insertion of one task among all cars, and why the others cannot take it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from optimizer.board import Board, G, Way
from optimizer.fleet import settlement_fen
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
from optimizer.problem import Task
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
    """One start, tried in the gaps (k,) that could hold it; the arrays are (k,)."""

    start_s: int
    gaps: Ints
    fen: Ints
    combination: Ints
    befores: tuple[Move, Move]
    afters: tuple[Move, Move]


def insert(board: Board, task: Task, *, limit: int = 5, explain: bool = True) -> Insertion:
    """Rank all cars for a task.

    Args:
        board: the plan so far.
        task: need not be of the board's problem, but must fit its matrix and pools.
        limit: so many options at most, one a car.
        explain: also say why the other cars cannot.
    """
    tried = [_try(board, task, start_s) for start_s in starts_of(board.problem, task)]
    fen = np.concatenate([t.fen for t in tried])
    gaps = np.concatenate([t.gaps for t in tried])
    which = np.repeat(np.arange(len(tried)), [len(t.gaps) for t in tried])
    within = np.concatenate([np.arange(len(t.gaps)) for t in tried])
    possible = np.flatnonzero(fen < NEVER)
    cars = board.gaps[G.CAR, gaps]
    options: list[Option] = []
    seen: set[int] = set()
    for k in possible[np.argsort(fen[possible], kind="stable")].tolist():
        if len(options) == limit:
            break
        if int(cars[k]) not in seen:
            seen.add(int(cars[k]))
            options.append(_option(board, task, int(within[k]), tried[int(which[k])]))
    if not explain:
        return Insertion(task.id, tuple(options), ())
    able = np.unique(cars[possible])
    return Insertion(task.id, tuple(options), reasons(board, task, set(able.tolist())))


def _try(board: Board, task: Task, start_s: int) -> Tried:
    gaps = _holding(board, task, start_s)
    g, fleet, ground = board.gaps[:, gaps], board.fleet, board.ground
    befores, afters = _moves(board, task, start_s, g)
    used_m, used_s = g[G.USED_M] - g[G.GAP_M], g[G.USED_S] - g[G.GAP_DRIVE_S]
    used_m, used_s = used_m + task.loaded_m, used_s + task.driving_s
    choices = []
    for before in befores:
        for after in afters:
            within = used_m + before.metres + after.metres <= g[G.MOST_M]
            within &= used_s + before.driving_s + after.driving_s <= g[G.MOST_S]
            choices.append(np.where(within, before.fen + after.fen, NEVER))
    stacked = np.stack(choices)
    least = stacked.min(axis=0)
    car = g[G.CAR]
    saved = by_km(g[G.GAP_M], fleet.fen_per_km[car]) + by_hour(g[G.GAP_AWAY_S], ground.hour_fen)
    fen = least + fleet.serving_fen(task)[car] - saved
    fen = fen + np.where(g[G.CREW] >= 0, fleet.base_fen[car], 0)
    fen = np.where(least < NEVER, fen, NEVER)
    return Tried(start_s, gaps, fen, stacked.argmin(axis=0), befores, afters)


def _holding(board: Board, task: Task, start_s: int) -> Ints:
    """Gaps that time, car and reserve do not exclude at once."""
    g = board.gaps
    may = (g[G.A_S] <= start_s) & (g[G.OPEN] == 1)
    may &= (start_s + task.duration_s <= g[G.B_S]) | (g[G.LAST] == 1)
    may &= board.fleet.fits(task)[g[G.CAR]]
    full = list(full_pools(board, task))
    if full:
        may &= (g[G.LENT] != 0) | ~np.isin(board.fleet.pool[g[G.CAR]], full)
    return np.flatnonzero(may)


def _moves(
    board: Board, task: Task, start_s: int, g: Ints
) -> tuple[tuple[Move, Move], tuple[Move, Move]]:
    """Both ways into and both ways out of the task, for gaps g."""
    ground, home = board.ground, board.fleet.home[g[G.CAR]]
    car = Car(home, board.fleet.fen_per_km[g[G.CAR]])
    a = Ends(g[G.A_PLACE], g[G.A_S], g[G.A_FIXED] == 1)
    b = Ends(g[G.B_PLACE], g[G.B_S], g[G.B_FIXED] == 1)
    free = np.zeros(g.shape[1], dtype=bool)
    begin = Ends(np.full_like(home, task.origin), np.full_like(home, start_s), free)
    end_s = np.full_like(home, start_s + task.duration_s)
    finish = Ends(np.full_like(home, task.destination), end_s, free)
    first, last = g[G.FIRST] == 1, g[G.LAST] == 1
    here = (ground, car, a, begin, g[G.FROM_S])
    straight = _either(first, set_out(*here), direct(ground, car, a, begin))
    round_home = _either(first, set_out_via_home(*here), via_home(ground, car, a, begin))
    homeward = go_home(ground, car, finish, g[G.UNTIL_S])
    never = Move(np.full_like(home, NEVER), homeward.metres, homeward.driving_s)
    onward = _either(last, homeward, direct(ground, car, finish, b))
    onward_home = _either(last, never, via_home(ground, car, finish, b))
    return (straight, round_home), (onward, onward_home)


def _either(where: Bools, a: Move, b: Move) -> Move:
    return Move(
        np.where(where, a.fen, b.fen),
        np.where(where, a.metres, b.metres),
        np.where(where, a.driving_s, b.driving_s),
    )


def _option(board: Board, task: Task, k: int, tried: Tried) -> Option:
    gap = int(tried.gaps[k])
    problem, g = board.problem, board.gaps[:, gap]
    chain = board.chains[g[G.CHAIN]]
    car = chain.slot.car
    first, second = divmod(int(tried.combination[k]), 2)
    before, after = tried.befores[first], tried.afters[second]
    empty_km = [int(m) for m in (before.metres[k], after.metres[k])]
    deadhead = sum(_km(m, car.fen_per_km) for m in empty_km) - _km(int(g[G.GAP_M]), car.fen_per_km)
    new = bool(g[G.CREW] >= 0)
    use_fen, idle_fen = (car.use_fen, -chain.slot.idle_fen) if new else (0, 0)
    loaded = _km(task.loaded_m, car.fen_per_km)
    settled = settlement_fen(problem, car.pool, task)
    rest = int(tried.fen[k]) - use_fen - idle_fen - loaded - deadhead - settled
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
