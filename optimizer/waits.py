"""The cheapest paths without limits, in time that grows with nodes x places.

Waiting is paid by the second, so of all nodes that begin at one place the best to go on to is
the best of those that begin late enough: a running minimum for each place. The way by home is
priced apart to and from home, and its best is a running minimum over moments of leaving it.
Breaks are left out and roundings taken at their cheapest, so nothing costs less than they say.
"""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import lean
from optimizer.nodes import Bools, Ints
from optimizer.roads import Roads
from optimizer.spots import BUCKET_S, HOUR_S, Grid, Ranks
from optimizer.terrain import NEVER, Field


class Legs(NamedTuple):
    """Empty drives of one kind from the places where nodes end to those where they begin.

    All are (ends, begins) or, the other way about, (begins, ends); `fen` and `charging` are
    weighted, `charging` and `charging_s` by the cheapest and by the nearest charger.

    Attributes:
        seconds: without factors of the hour; charging_s: at the lowest of them, and charged.
    """

    fen: Ints
    charging: Ints
    seconds: Ints
    charging_s: Ints

    def turned(self) -> "Legs":
        """The other way about."""
        return Legs(*(np.ascontiguousarray(table.T) for table in self))


class Waits(NamedTuple):
    """What cars of one kind pay, weighted and never more than the exact price.

    Attributes:
        onward, coming: drives by where they begin, and by where they end.
        back, out: (n,) the drive home after a node, and from home to it, with the driver's pay.
        begin, end: (n,) pay until a node starts, and until it ends.
        leaving: nodes by when they leave home, those that start last first.
        arriving: nodes by when they come home.
    """

    onward: Legs
    coming: Legs
    back: Ints
    out: Ints
    begin: Ints
    end: Ints
    leaving: Ranks
    arriving: Ranks


def waits_of(f: Field, grid: Grid, roads: Roads) -> Waits:
    """Of the kind whose ways are `reckoned_roads`; see `least_way` for the exact prices."""
    weight, car = roads.weight, roads.car
    tolls, hour = car.toll_percent * 10, f.hour_fen * weight
    back = (roads.to_m * car.fen_per_km + roads.to_toll * tolls) * weight // 1000
    out = (roads.out_m * car.fen_per_km + roads.out_toll * tolls) * weight // 1000
    leave_s, home_s = f.start_s - f.buffer_s - roads.out_s, f.end_s + roads.to_s
    legs = _legs(f, grid, roads)
    # Where nothing is paid, nothing is rounded: else each wait would seem to earn a little.
    rounding = weight // 2 + 1 if weight else 0
    return Waits(
        onward=legs,
        coming=legs.turned(),
        # Three sums are rounded, each down by half a fen at most.
        back=back + roads.to_s * hour // HOUR_S - 3 * weight // 2,
        out=out + (roads.out_s + f.buffer_s) * hour // HOUR_S,
        begin=f.start_s * hour // HOUR_S,
        end=-(-f.end_s * hour // HOUR_S) + rounding,
        leaving=_ranks(-leave_s, -home_s),
        arriving=_ranks(home_s, leave_s),
    )


def _legs(f: Field, grid: Grid, roads: Roads) -> Legs:
    here = np.ix_(grid.end.places, grid.begin.places)
    by_fen, by_s = roads.by_fen[here], roads.by_s[here]
    lowest = min(f.percent_end.min(initial=100), f.percent_start.min(initial=100))
    can = by_s < NEVER
    return Legs(
        roads.direct_fen[here] * roads.weight,
        np.where(can, np.where(can, by_fen, 0) * roads.weight, NEVER),
        f.seconds[here],
        np.where(can, np.where(can, by_s, 0) * lowest // 100 - 1 + f.min_charge_s, NEVER),
    )


def _ranks(at_s: Ints, until_s: Ints) -> Ranks:
    order = np.argsort(at_s, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return Ranks(rank, np.searchsorted(at_s[order], until_s, side="right").astype(np.int64))


@lean
def least_before(tree: Ints, query: int) -> int:
    """The least of the first so many ranks."""
    best = NEVER
    while query > 0:
        best = min(best, tree[query])
        query -= query & -query
    return int(best)


@lean
def lower(tree: Ints, rank: int, value: int) -> None:
    """Enter a rank's value."""
    while rank < len(tree):
        tree[rank] = min(tree[rank], value)
        rank += rank & -rank


@lean
def fill_waits(
    f: Field, g: Grid, w: Waits, last: Ints, earned: Ints, ahead: Ints, low: Ints, tree: Ints
) -> None:
    """Fill in `ahead` (n,), no more than serving each node and going on costs.

    `last` and `earned` (n,) are of going home and serving; nodes of NEVER have no entries.
    `low` (spots,) and `tree` (n + 1,) are room for the running minima.
    """
    low[:] = NEVER
    tree[:] = NEVER
    for i in range(len(earned) - 1, -1, -1):
        spot = g.begin.spot[i]
        low[spot] = low[spot + 1]
        if earned[i] >= NEVER:
            continue
        best = min(last[i], least_before(tree, w.leaving.query[i]) + w.back[i])
        base_s = f.end_s[i] + f.buffer_s
        best = _onward(g, w.onward, low, base_s, g.end.number[i], best + w.end[i]) - w.end[i]
        ahead[i] = min(best + earned[i], NEVER)
        low[spot] = min(low[spot], ahead[i] + w.begin[i])
        lower(tree, w.leaving.rank[i], ahead[i] + w.out[i])


@lean
def _onward(g: Grid, legs: Legs, low: Ints, base_s: int, a: int, best: int) -> int:
    """The least cost of going on from place a, straight or by a charger, and waiting there."""
    at, hour = g.begin, base_s // HOUR_S
    percent, next_s, buckets = g.percent[hour], (hour + 1) * HOUR_S, len(at.near) - 1
    soonest = min(base_s // BUCKET_S, buckets)
    for q in range(len(at.places)):
        least = min(legs.fen[a, q], legs.charging[a, q])
        if least + low[at.near[soonest, q]] >= best:
            continue
        ready_s = base_s + (legs.seconds[a, q] * percent + 50) // 100
        if ready_s >= next_s:
            ready_s = _ready(g, base_s, legs.seconds[a, q], hour + 1)
        spot = at.near[min(ready_s // BUCKET_S, buckets), q]
        while at.at_s[spot] < ready_s:
            spot += 1
        best = min(best, legs.fen[a, q] + low[spot])
        charged_s = base_s + legs.charging_s[a, q]
        if charged_s < ready_s or legs.charging[a, q] < legs.fen[a, q]:
            spot = at.near[min(charged_s // BUCKET_S, buckets), q]
            while at.at_s[spot] < charged_s:
                spot += 1
            best = min(best, legs.charging[a, q] + low[spot])
    return int(best)


@lean
def _ready(g: Grid, base_s: int, drive_s: int, hour: int) -> int:
    """The soonest start, from an hour on, that a drive from `base_s` on can be in time for."""
    while hour < len(g.percent):
        at_s = max(base_s + (drive_s * g.percent[hour] + 50) // 100, hour * HOUR_S)
        if at_s < (hour + 1) * HOUR_S:
            return int(at_s)
        hour += 1
    return NEVER


@lean
def sift_waits(
    f: Field,
    g: Grid,
    w: Waits,
    first: Ints,
    earned: Ints,
    ahead: Ints,
    below: int,
    gone: Ints,
    low: Ints,
    tree: Ints,
    kept: Bools,
) -> None:
    """Mark in `kept` (n,) the nodes on a path that may cost less than `below`.

    `first` (n,) is of setting out; the rest as for `fill_waits`. `gone` (n,) is room for what
    paths to each node cost.
    """
    low[:] = NEVER
    tree[:] = NEVER
    gone[:] = NEVER
    ended = 0
    for j in range(len(earned)):
        kept[j] = False
        while ended < len(earned) and f.end_s[g.by_end[ended]] <= f.start_s[j]:
            i = g.by_end[ended]
            spot = g.end.spot[i]
            low[spot] = low[spot - 1]
            if gone[i] < NEVER:
                low[spot] = min(low[spot], gone[i] - w.end[i])
                lower(tree, w.arriving.rank[i], gone[i] + w.back[i])
            ended += 1
        if earned[j] >= NEVER:
            continue
        best = min(first[j], least_before(tree, w.arriving.query[j]) + w.out[j])
        until_s = f.start_s[j] - f.buffer_s
        percent = f.percent_start[j]
        best -= w.begin[j]
        best = _coming(g, w.coming, low, until_s, percent, g.begin.number[j], best) + w.begin[j]
        if best + ahead[j] < below:
            kept[j] = True
            gone[j] = best + earned[j]


@lean
def _coming(g: Grid, legs: Legs, low: Ints, until_s: int, percent: int, b: int, best: int) -> int:
    """The least cost of coming to place b, straight or by a charger, and waiting there."""
    at, buckets = g.end, len(g.end.near) - 1
    latest = min(max(until_s, 0) // BUCKET_S, buckets)
    for q in range(len(at.places)):
        least = min(legs.fen[b, q], legs.charging[b, q])
        if least + low[at.near[latest, q]] >= best:
            continue
        leave_s = until_s - (legs.seconds[b, q] * percent + 50) // 100
        if leave_s < 0:
            continue
        spot = at.near[min(leave_s // BUCKET_S, buckets), q]
        while at.at_s[spot] > leave_s:
            spot -= 1
        best = min(best, legs.fen[b, q] + low[spot])
        charged_s = until_s - legs.charging_s[b, q]
        if charged_s > leave_s or legs.charging[b, q] < legs.fen[b, q]:
            spot = at.near[min(max(charged_s, 0) // BUCKET_S, buckets), q]
            while at.at_s[spot] > charged_s:
                spot -= 1
            best = min(best, legs.charging[b, q] + low[spot])
    return int(best)
