"""The kernel that tries one new visit on every duty and every free car."""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import compiled, inlined
from optimizer.doorstep import (
    BEST,
    BEST_AT,
    BEST_CHAIN,
    BEST_CREW,
    BEST_START,
    FACT,
    FOUND,
    WHY,
    doorstep,
    note,
)
from optimizer.ground import NEVER, Bools, Ints
from optimizer.walk import (
    BASE,
    BUSY,
    CAR,
    COUNT,
    CREW_FROM,
    CREW_LEFT,
    CREW_MOST_S,
    CREW_POOL,
    CREW_RANK,
    CREW_SINCE,
    CREW_UNTIL,
    END,
    FAMILY,
    FREE,
    FROM,
    LENT,
    MANNED,
    MOST_S,
    NONE,
    OPEN,
    OUTSIDE,
    POOL,
    RANK,
    RESERVE,
    SINCE,
    START,
    UNTIL,
    Land,
    resources,
)
from optimizer.ways import best_ways


class Fleet(NamedTuple):
    """Duties and cars as the kernels have them; see the columns in `optimizer.walk`.

    `floors` has for each empty drive of a duty the least it can cost, and after them the sum.
    """

    cars: Ints
    frames: Ints
    visits: Ints
    spent: Ints
    floors: Ints
    crews: Ints


class Wish(NamedTuple):
    """A new visit: which cars may do it, what doing it costs each, and when it may begin.

    `fen` is (cars,); `moved_fen` is added unless it is car `announced_on` at `announced_s`.
    """

    visit: Ints
    starts: Ints
    fits: Bools
    full: Bools
    fen: Ints
    moved_fen: int
    announced_on: int
    announced_s: int


@inlined
def _with(duty: Ints, n: int, at: int, new: Ints, seq: Ints) -> None:
    for i in range(at):
        seq[i] = duty[i]
    seq[at] = new
    for i in range(at, n):
        seq[i + 1] = duty[i]


@compiled
def _try(
    land: Land,
    fleet: Fleet,
    chain: int,
    at: int,
    frame: Ints,
    new: Ints,
    extra: int,
    crew: int,
    seq: Ints,
    found: Ints,
    bar: int,
) -> int:
    """One place of one duty; what is found goes into `found`. The price, NEVER if none."""
    car = fleet.cars[frame[CAR]]
    n = frame[COUNT]
    code, fact, drives = doorstep(land, car, frame, fleet.visits[chain], n, at, new)
    if code:
        note(found, code, fact, chain, at, new[START], True)
        return NEVER
    most = min(bar, found[BEST])
    below = most - extra + fleet.spent[chain]
    others = fleet.floors[chain, n + 1] - fleet.floors[chain, at] if n else 0
    if others + drives >= below:
        return NEVER  # However the rest of the duty is driven, it is not cheaper.
    _with(fleet.visits[chain], n, at, new, seq)
    fen, ways = best_ways(land, car, frame, seq, n + 1, below)
    if fen < NEVER:
        price: int = fen - fleet.spent[chain] + extra
        found[BEST], found[BEST_START], found[BEST_CHAIN] = price, new[START], chain
        found[BEST_AT], found[BEST_CREW] = at, crew
        return price
    if most >= NEVER:
        code, fact = resources(land, car, frame, seq, ways, n + 1)
        note(found, code, fact, chain, at, new[START], True)
    return NEVER


@compiled
def _manned(
    land: Land, fleet: Fleet, chain: int, new: Ints, extra: int, seq: Ints, found: Ints, bar: int
) -> int:
    frame, duty = fleet.frames[chain], fleet.visits[chain]
    n, least, tried = frame[COUNT], NEVER, False
    start_s, end_s = new[START], new[END]
    for at in range(n + 1):
        since = frame[FREE] if at == 0 else duty[at - 1, END]
        if since > start_s:
            break
        if at < n and end_s > duty[at, START]:
            continue
        tried = True
        price = _try(land, fleet, chain, at, frame, new, extra, -1, seq, found, min(bar, least))
        least = min(least, price)
    if not tried:
        at = 0
        while at < n and duty[at, END] <= start_s:
            at += 1
        note(found, BUSY, at, chain, at, start_s, True)
    return least


@compiled
def _unmanned(
    land: Land,
    fleet: Fleet,
    chain: int,
    new: Ints,
    extra: int,
    seq: Ints,
    found: Ints,
    bar: int,
    frame: Ints,
) -> int:
    """A free car with the first family of drivers that can."""
    least, car = NEVER, fleet.cars[fleet.frames[chain, CAR]]
    for crew in range(len(fleet.crews)):
        row = fleet.crews[crew]
        if row[CREW_POOL] != car[POOL] or row[CREW_RANK] < car[RANK] or row[CREW_LEFT] == 0:
            continue
        frame[:] = fleet.frames[chain]
        frame[FROM] = max(frame[FROM], row[CREW_FROM])
        frame[UNTIL] = min(frame[UNTIL], row[CREW_UNTIL])
        frame[MOST_S], frame[SINCE] = row[CREW_MOST_S], row[CREW_SINCE]
        if frame[FROM] < frame[UNTIL]:
            with_base = extra + frame[BASE]
            most = min(bar, least)
            price = _try(land, fleet, chain, 0, frame, new, with_base, crew, seq, found, most)
            least = min(least, price)
    return least


@inlined
def _closed(row: Ints, full: bool, chain: int, start_s: int, mine: Ints) -> bool:
    """Whether nothing may be added to a duty, noted with its reason."""
    if row[OPEN] == 0:
        note(mine, OUTSIDE, start_s, chain, 0, start_s, True)
        return True
    if full and row[LENT] == 0:
        note(mine, RESERVE, 0, chain, 0, start_s, True)
        return True
    return False


@inlined
def _as_alike(other: Ints, chain: int, start_s: int, mine: Ints) -> None:
    """Take over what was found for a free car of the same family."""
    if other[BEST] < mine[BEST]:
        mine[:WHY] = other[:WHY]
        mine[BEST_CHAIN] = chain
    if other[WHY] > 0:
        note(mine, other[WHY], other[FACT], chain, 0, start_s, True)


@compiled
def _rank(tops: Ints, car: int, price: int) -> int:
    """Keep the cheapest cars, (row, price) each, as far as `tops` has room; what still counts."""
    at = -1
    for i in range(len(tops)):
        if tops[i, 0] == car:
            at = i
            break
        if at < 0 or tops[i, 1] > tops[at, 1]:
            at = i
    if price < tops[at, 1]:
        tops[at, 0], tops[at, 1] = car, price
    dearest: int = tops[:, 1].max()
    return dearest


@compiled
def _start(
    land: Land,
    fleet: Fleet,
    wish: Wish,
    new: Ints,
    found: Ints,
    work: tuple[Ints, Ints, Ints],
    tops: Ints,
) -> None:
    """Try one start everywhere, or where it may be among the cheapest cars."""
    alike, seq, frame = work
    alike[:, BEST] = NONE
    start_s = new[START]
    bar = tops[:, 1].max() if len(tops) else NEVER
    for chain in range(len(fleet.frames)):
        row = fleet.frames[chain]
        car, family = row[CAR], row[FAMILY]
        mine = found[car]
        if not wish.fits[car] or _closed(row, wish.full[car], chain, start_s, mine):
            continue
        extra = wish.fen[car] + wish.moved_fen
        if car == wish.announced_on:
            family = -1
            if start_s == wish.announced_s:
                extra -= wish.moved_fen
        if row[MANNED] == 1:
            price = _manned(land, fleet, chain, new, extra, seq, mine, bar)
        elif family < 0:
            price = _unmanned(land, fleet, chain, new, extra, seq, mine, bar, frame)
        else:
            first = alike[family, BEST] == NONE
            if first:
                alike[family] = -1
                alike[family, BEST], alike[family, WHY] = NEVER, 0
                _unmanned(land, fleet, chain, new, extra, seq, alike[family], bar, frame)
            elif len(tops) == 1:
                continue
            price = alike[family, BEST]
            _as_alike(alike[family], chain, start_s, mine)
        if len(tops) and price < bar:
            # Of several that are wanted, who costs as much as the last counts by its row.
            bar = _rank(tops, car, price) + (len(tops) > 1)


@compiled
def scan(land: Land, fleet: Fleet, wish: Wish, limit: int) -> Ints:
    """Try a visit everywhere; `limit`: only so many cheapest cars are wanted, 0: all.

    Returns:
        (cars, FOUND): the best place on each car that is wanted, or the reason that came
        furthest. With a limit of 1, of free cars that are alike the first stands for all.
    """
    found = np.full((len(fleet.cars), FOUND), -1)
    found[:, BEST] = NEVER
    found[:, WHY] = 0
    longest = fleet.visits.shape[1] + 1
    seq = np.zeros((longest, fleet.visits.shape[2]), np.int64)
    frame = np.zeros(fleet.frames.shape[1], np.int64)
    families = 1 + fleet.frames[:, FAMILY].max() if len(fleet.frames) else 0
    alike = np.zeros((families, FOUND), np.int64)
    tops = np.full((limit, 2), -1)
    tops[:, 1] = NEVER
    new = wish.visit.copy()
    for start_s in wish.starts:
        new[END] = start_s + wish.visit[END] - wish.visit[START]
        new[START] = start_s
        _start(land, fleet, wish, new, found, (alike, seq, frame), tops)
    return found
