"""Kernels: the cheapest ways through given stops, from an exact depth-first search."""

import numpy as np

from optimizer.compiled import compiled
from optimizer.ground import NEVER, Ints
from optimizer.walk import (
    FIRST_M,
    NIGHT,
    SINCE,
    Land,
    between,
    charges_there,
    end,
    go_home,
    set_out,
    step,
    ways_in,
)


@compiled
def best_ways(
    land: Land, car: Ints, frame: Ints, visits: Ints, n: int, below: int
) -> tuple[int, Ints]:
    """The cheapest ways through given visits at given starts, of those that break no rule.

    Returns:
        Fen of all empty drives, NEVER where there is nothing below `below`; and the ways,
        which are then those that are cheapest leg by leg.
    """
    most = 3 + len(land.chargers)
    fens = np.full((n, most), NEVER)
    order = np.zeros((n, most), np.int64)
    rest = np.zeros(n + 1, np.int64)
    homeward = go_home(land, car, frame, visits[n - 1])
    ways = np.zeros(n, np.int64)
    rest[n] = homeward.fen
    if homeward.code:
        return NEVER, ways
    for i in range(n - 1, -1, -1):
        for way in range(ways_in(land, car, frame, i == 0)):
            leg = (
                set_out(land, car, frame, visits[0], way)
                if i == 0
                else between(land, car, visits[i - 1], visits[i], way)
            )
            if leg.code == 0 and charges_there(land, car, way):
                fens[i, way] = leg.fen
        order[i] = np.argsort(fens[i], kind="mergesort")
        ways[i] = order[i, 0]
        rest[i] = min(NEVER, rest[i + 1] + fens[i, order[i, 0]])
    night = 0
    for i in range(n):
        night |= visits[i, NIGHT]
    return _search(land, car, frame, visits, n, below, fens, order, rest, night, ways)


@compiled
def _search(
    land: Land,
    car: Ints,
    frame: Ints,
    visits: Ints,
    n: int,
    below: int,
    fens: Ints,
    order: Ints,
    rest: Ints,
    night: int,
    best: Ints,
) -> tuple[int, Ints]:
    """Depth first, the cheapest leg first; `rest` bounds what is still to come."""
    at = np.zeros(n + 1, np.int64)
    spent = np.zeros(n + 1, np.int64)
    states = np.zeros((n + 1, 3), np.int64)
    states[0, 0], states[0, 1] = frame[FIRST_M], frame[SINCE]
    least, i, leave_s, tries = below, 0, 0, 0
    found = NEVER
    while i >= 0 and tries < 20_000:
        tries += 1
        way = order[i, at[i]] if at[i] < order.shape[1] else -1
        if way < 0 or spent[i] + fens[i, way] + rest[i + 1] >= least:
            i -= 1  # What follows costs more still.
            if i >= 0:
                at[i] += 1
            continue
        states[i + 1] = states[i]
        if i == 0:
            leg = set_out(land, car, frame, visits[0], way)
            leave_s = leg.stand_s
        else:
            leg = between(land, car, visits[i - 1], visits[i], way)
        code, _ = step(land, car, states[i + 1], leg, way, i == 0, visits[i])
        if code == 0 and i == n - 1:
            homeward = go_home(land, car, frame, visits[n - 1])
            code, _ = end(land, frame, states[n], homeward, leave_s, night)
            if code == 0:
                found = least = spent[i] + fens[i, way] + homeward.fen
                for k in range(n):
                    best[k] = order[k, at[k]]
        if code or i == n - 1:
            at[i] += 1
            continue
        spent[i + 1] = spent[i] + fens[i, way]
        i += 1
        at[i] = 0
    return found, best


@compiled
def least_legs(land: Land, car: Ints, frame: Ints, visits: Ints, n: int) -> Ints:
    """For each empty drive the least it can cost, in time or not, and then their sum."""
    least = np.zeros(n + 2, np.int64)
    for i in range(n):
        least[i] = NEVER
        for way in range(ways_in(land, car, frame, i == 0)):
            leg = (
                set_out(land, car, frame, visits[0], way)
                if i == 0
                else between(land, car, visits[i - 1], visits[i], way)
            )
            least[i] = min(least[i], leg.fen)
    least[n] = go_home(land, car, frame, visits[n - 1]).fen
    least[n + 1] = least[: n + 1].sum()
    return least
