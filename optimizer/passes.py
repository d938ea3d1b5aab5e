"""Compiled tables of the task graph: the ways between nodes, and the ends of duties."""

from typing import NamedTuple

import numpy as np

from optimizer.best_ways import COLUMNS, FEN, OUT_M, OUT_S, TO_M, TO_S, best_ways
from optimizer.compiled import compiled, lean
from optimizer.moves import AT, HOME_CHARGE, going_home, setting_out, since_break_served
from optimizer.nodes import Ints, Small
from optimizer.terrain import NEVER, NO_LIMIT, Car, Field


class Between(NamedTuple):
    """From each node to each that can follow, node after node: all are (offset[n],).

    Attributes:
        cost: of the cheapest way, weighted; or NEVER.
        driving_s, metres: the least of any way.
        at: (offset[n] + 1,) where its rows begin in `ways` and `fens`.
        ways: (rows, FEN) those worth trying, see `best_ways`; fens: (rows,) and their fen.
    """

    cost: Ints
    driving_s: Small
    metres: Small
    at: Small
    ways: Small
    fens: Ints


NO_WAYS = Between(
    cost=np.zeros(0, np.int64),
    driving_s=np.zeros(0, np.int32),
    metres=np.zeros(0, np.int32),
    at=np.zeros(0, np.int32),
    ways=np.zeros((0, FEN), np.int32),
    fens=np.zeros(0, np.int64),
)


class Ends(NamedTuple):
    """Setting out to each node (rows 0) and going home from it (rows 1): all are (2, n)."""

    cost: Ints
    driving_s: Ints
    metres: Ints


@compiled
def between_of(f: Field, car: Car, offset: Ints, weight: int) -> Between:
    """All ways of a kind of lane."""
    n = len(f.start_s)
    cost = np.full(offset[n], NEVER, np.int64)
    driving_s, metres = np.zeros(offset[n], np.int32), np.zeros(offset[n], np.int32)
    at, fens = np.zeros(offset[n] + 1, np.int32), np.empty(offset[n] + 64, np.int64)
    ways = np.empty((len(fens), FEN), np.int32)
    many = AT + len(f.chargers) if car.charge_m > 0 else HOME_CHARGE
    table = np.empty((many, COLUMNS), np.int64)
    filled = k = 0
    for i in range(n):
        for j in range(f.after[i], n):
            count = best_ways(f, car, i, j, many, table)
            if filled + count > len(fens):
                fens = np.concatenate((fens, np.empty(len(fens) // 2 + count, np.int64)))
                ways = np.concatenate((ways, np.empty((len(fens) - len(ways), FEN), np.int32)))
            ways[filled : filled + count] = table[:count, :FEN]
            fens[filled : filled + count] = table[:count, FEN]
            filled += count
            if count:
                best = table[:count]
                cost[k] = best[:, FEN].min() * weight
                driving_s[k] = (best[:, TO_S] + best[:, OUT_S]).min()
                metres[k] = (best[:, TO_M] + best[:, OUT_M]).min()
            k += 1
            at[k] = filled
    return Between(cost, driving_s, metres, at, ways[:filled].copy(), fens[:filled].copy())


@lean
def ends_of(f: Field, car: Car, out: Ends) -> None:
    """Fill in the ends of one lane, in fen."""
    for j in range(len(f.start_s)):
        best, least_s, least_m = NEVER, NEVER, NEVER
        for way in range(HOME_CHARGE):
            can, fen, metres, drive_s = setting_out(f, car, j, way)
            if can and (f.fixed[j] or _sets_out(f, car, j, metres, drive_s)):
                best, least_s = min(best, fen), min(least_s, drive_s)
                least_m = min(least_m, metres)
        out.cost[0, j] = best
        out.driving_s[0, j] = least_s if best < NEVER else 0
        out.metres[0, j] = least_m if best < NEVER else 0
        can, fen, metres, drive_s = going_home(f, car, j)
        can = can and (f.fixed[j] or _comes_home(f, car, j, metres, drive_s))
        out.cost[1, j] = fen if can else NEVER
        out.driving_s[1, j], out.metres[1, j] = drive_s, metres


@lean
def _sets_out(f: Field, car: Car, j: int, metres: int, drive_s: int) -> bool:
    """Whether a duty may begin so: no limit is broken when j is done."""
    if f.break_after_s < NO_LIMIT:
        since_s = car.since_s + drive_s
        if since_s > f.break_after_s:
            return False
        since_s = 0 if f.buffer_s >= f.break_s else since_s
        if since_break_served(f, since_s, j) > f.break_after_s:
            return False
    full = car.full_m < NO_LIMIT and metres + f.loaded_m[j] > car.begin_m
    return not full and drive_s + f.driving_s[j] <= car.driving_s


@lean
def _comes_home(f: Field, car: Car, j: int, metres: int, drive_s: int) -> bool:
    """Whether a duty may end so, if it was as fresh and full before j as it can be."""
    if f.break_after_s < NO_LIMIT and since_break_served(f, 0, j) + drive_s > f.break_after_s:
        return False
    full = car.full_m < NO_LIMIT and metres + f.loaded_m[j] > car.full_m
    return not full and drive_s + f.driving_s[j] <= car.driving_s
