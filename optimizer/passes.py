"""Compiled tables of the task graph, and the backward pass over it.

The backward pass ignores limits, but for one that it prices: each second of driving, or each
metre, costs `rate` more, and what the limit would allow is paid back. So it bounds what a
completion costs from below, as in Lagrangian relaxation.
Source: W. M. Carlyle, J. O. Royset, R. K. Wood, "Lagrangian relaxation and enumeration for
solving constrained shortest-path problems", Networks 52 (2008) 256.
"""

from typing import NamedTuple

import numpy as np

from optimizer.best_ways import COLUMNS, FEN, OUT_M, OUT_S, TO_M, TO_S, best_ways
from optimizer.compiled import compiled, lean
from optimizer.moves import AT, HOME_CHARGE, going_home, setting_out
from optimizer.nodes import Ints, Small
from optimizer.terrain import NEVER, Car, Field


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
            if can:
                best, least_s = min(best, fen), min(least_s, drive_s)
                least_m = min(least_m, metres)
        out.cost[0, j] = best
        out.driving_s[0, j] = least_s if best < NEVER else 0
        out.metres[0, j] = least_m if best < NEVER else 0
        can, fen, metres, drive_s = going_home(f, car, j)
        out.cost[1, j] = fen if can else NEVER
        out.driving_s[1, j], out.metres[1, j] = drive_s, metres


@lean
def completions(
    offset: Ints,
    cost: Ints,
    use: Small,
    first: Ints,
    last: Ints,
    earned: Ints,
    rate: int,
    onward: Ints,
    ahead: Ints,
) -> int:
    """Fill in the least cost from each node on, without the node itself.

    `offset`, `cost` and `use` are the ways, and what of the limit with that rate each uses;
    `first`, `last` and `earned` are (n,) for setting out, going home and serving, with what
    they use counted in; `onward` is (n,) and filled in, and `ahead`, the same with serving it.

    Returns:
        The least cost of any path.
    """
    n = len(last)
    least = NEVER
    for i in range(n - 1, -1, -1):
        best = last[i]
        lo, hi = offset[i], offset[i + 1]
        shift = n - hi
        if rate:
            for k in range(lo, hi):
                best = min(best, cost[k] + rate * use[k] + ahead[k + shift])
        else:
            for k in range(lo, hi):
                best = min(best, cost[k] + ahead[k + shift])
        onward[i] = best
        ahead[i] = min(best + earned[i], NEVER)
        least = min(least, first[i] + ahead[i])
    return least
