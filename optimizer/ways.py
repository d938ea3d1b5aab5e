"""Kernels: the cheapest ways through given stops, from an exact depth-first search."""

import numpy as np

from optimizer.compiled import compiled, inlined
from optimizer.ground import NEVER, Ints
from optimizer.walk import (
    DRIVING,
    FIRST_M,
    LOADED,
    MOST_S,
    NIGHT,
    RANGE,
    RATE,
    SINCE,
    SPAN,
    Land,
    Leg,
    between,
    charges_there,
    end,
    go_home,
    resources,
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
    homeward = go_home(land, car, frame, visits[n - 1])
    ways = np.zeros(n, np.int64)
    if homeward.code:
        return NEVER, ways
    fens = np.full((n, 3 + len(land.chargers)), NEVER)
    rest = np.zeros(n + 1, np.int64)
    needs = np.full((n + 1, 2), NEVER)
    rest[n] = homeward.fen
    needs[n, 0], needs[n, 1] = homeward.out_m, homeward.out_s
    for i in range(n - 1, -1, -1):
        for way in range(ways_in(land, car, frame, i == 0)):
            leg = (
                set_out(land, car, frame, visits[0], way)
                if i == 0
                else between(land, car, visits[i - 1], visits[i], way)
            )
            if leg.code == 0 and charges_there(land, car, way):
                fens[i, way] = leg.fen
                _need(car, visits[i], leg, way, needs[i], needs[i + 1])
        ways[i] = np.argmin(fens[i])
        rest[i] = min(NEVER, rest[i + 1] + fens[i, ways[i]])
    if rest[0] >= below or needs[0, 0] > frame[FIRST_M] or needs[0, 1] > frame[MOST_S]:
        return NEVER, ways
    code, _ = resources(land, car, frame, visits, ways, n)
    if code == 0:
        return rest[0], ways  # None is cheaper leg by leg.
    order = np.zeros(fens.shape, np.int64)
    night = 0
    for i in range(n):
        order[i] = np.argsort(fens[i], kind="mergesort")
        night |= visits[i, NIGHT]
    return _search(land, car, frame, visits, n, below, fens, order, rest, needs, night, ways)


@compiled
def _need(car: Ints, visit: Ints, leg: Leg, way: int, mine: Ints, after: Ints) -> None:
    """The least range and driving time that a stop and all after it need, if reached so."""
    used_m = leg.out_m + visit[LOADED] + after[0]
    if way < 2:
        mine[0] = min(mine[0], leg.back_m + used_m)
    elif used_m <= car[RANGE]:
        gained_m = max(0, leg.stand_s) * car[RATE] // 3600
        mine[0] = min(mine[0], leg.back_m + max(0, used_m - gained_m))
    mine[1] = min(mine[1], leg.back_s + leg.out_s + visit[DRIVING] + after[1])


@inlined
def _lacks(frame: Ints, state: Ints, need: Ints) -> bool:
    """Whether range or driving time cannot suffice for what is still to come."""
    return bool(state[0] < need[0] or state[2] + need[1] > frame[MOST_S])


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
    needs: Ints,
    night: int,
    best: Ints,
) -> tuple[int, Ints]:
    """Depth first, the cheapest leg first; `rest` and `needs` bound what is still to come."""
    at = np.zeros(n + 1, np.int64)
    spent = np.zeros(n + 1, np.int64)
    states = np.zeros((n + 1, 3), np.int64)
    states[0, 0], states[0, 1] = frame[FIRST_M], frame[SINCE]
    least, i, leave_s, tries = below, 0, 0, 0
    found, too_long = NEVER, False
    home_s = go_home(land, car, frame, visits[n - 1]).stand_s
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
            too_long = not night and home_s - leave_s > land.span_s
        else:
            leg = between(land, car, visits[i - 1], visits[i], way)
        code, _ = step(land, car, states[i + 1], leg, way, i == 0, visits[i])
        if too_long or _lacks(frame, states[i + 1], needs[i + 1]):
            code = SPAN
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
