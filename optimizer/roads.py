"""The least that a way from node to node costs: kept in tables, or reckoned each time.

Tables of the ways of all kinds of cars grow with the square of the tasks. On days for which
they would be too large, the least cost is put together from places and times instead: it is
that of the direct way, of the way by home, or not above that of any way by a charger.
"""

from typing import NamedTuple

import numpy as np

from optimizer.arcs import Arcs
from optimizer.compiled import lean
from optimizer.moves import since_break, since_break_served
from optimizer.nodes import Ints, Small
from optimizer.passes import Between
from optimizer.terrain import NEVER, NO_LIMIT, Car, Field


class Roads(NamedTuple):
    """Of one kind of cars.

    Attributes:
        kept: the tables are there; else they are empty, and the rest is.
        offset, cost, use: of the tables, see `Between`; `use` is of the scarcer limit.
        car: of the kind.
        weight: of a fen.
        by_metres: the scarcer limit is range, else driving.
        begun_s: (n,) driving since a break after each node, if there was one just before it.
        direct_fen: (places, places) empty drives.
        to_s, to_m, to_toll: (n,) from each node home; out_s, out_m, out_toll: from there on.
        by_fen, by_s: (places, places) by the cheapest and by the nearest charger, without
            factors of the hour.
    """

    kept: bool
    offset: Ints
    cost: Ints
    use: Small
    car: Car
    weight: int
    by_metres: bool
    begun_s: Ints
    direct_fen: Ints
    to_s: Ints
    to_m: Ints
    to_toll: Ints
    out_s: Ints
    out_m: Ints
    out_toll: Ints
    by_fen: Ints
    by_s: Ints


NOTHING = np.zeros(0, dtype=np.int64)
NO_PLACES = np.zeros((0, 0), dtype=np.int64)


def kept_roads(arcs: Arcs, car: Car, ways: Between, *, by_metres: bool) -> Roads:
    """By tables."""
    use = ways.metres if by_metres else ways.driving_s
    n, p = NOTHING, NO_PLACES
    return Roads(True, arcs.offset, ways.cost, use, car, 0, by_metres, n, p, n, n, n, n, n, n, p, p)


def reckoned_roads(arcs: Arcs, car: Car, weight: int, *, by_metres: bool) -> Roads:
    """Without tables."""
    f, home = arcs.graph.field, car.home
    direct = _fen(car, f.metres, f.toll_fen)
    by_fen, by_s = np.full_like(direct, NEVER), np.full_like(direct, NEVER)
    for place in f.chargers.tolist() if car.charge_m > 0 else ():
        metres = f.metres[:, place, None] + f.metres[place]
        toll = f.toll_fen[:, place, None] + f.toll_fen[place]
        by_fen = np.minimum(by_fen, _fen(car, metres, toll))
        by_s = np.minimum(by_s, f.seconds[:, place, None] + f.seconds[place])
    begun_s = np.empty_like(f.start_s)
    _fill_begun(f, begun_s)
    goal, origin = f.destination, f.origin
    return Roads(
        kept=False,
        offset=arcs.offset,
        cost=NOTHING,
        use=np.zeros(0, dtype=np.int32),
        car=car,
        weight=weight,
        by_metres=by_metres,
        begun_s=begun_s,
        direct_fen=direct,
        to_s=(f.seconds[goal, home] * f.percent_end + 50) // 100,
        to_m=f.metres[goal, home],
        to_toll=f.toll_fen[goal, home],
        out_s=(f.seconds[home, origin] * f.percent_start + 50) // 100,
        out_m=f.metres[home, origin],
        out_toll=f.toll_fen[home, origin],
        by_fen=by_fen,
        by_s=by_s,
    )


@lean
def _fill_begun(f: Field, begun_s: Ints) -> None:
    for i in range(len(begun_s)):
        begun_s[i] = since_break_served(f, 0, i)


def _fen(car: Car, metres: Ints, toll_fen: Ints) -> Ints:
    fen = (metres * car.fen_per_km + 500) // 1000 + (toll_fen * car.toll_percent + 50) // 100
    return np.asarray(fen, dtype=np.int64)


@lean
def least_way(f: Field, r: Roads, i: int, j: int) -> tuple[int, int]:
    """Weighted cost of the cheapest way from node i to j, or NEVER; and the least use of any.

    Nothing that a duty may do is dearer or uses more than is said here.
    """
    if r.kept:
        k = r.offset[i] - f.after[i] + j
        return int(r.cost[k]), int(r.use[k])
    a, b = f.destination[i], f.origin[j]
    room_s = f.start_s[j] - f.buffer_s - f.end_s[i]
    free = f.fixed[i] or f.fixed[j]
    cost, use = NEVER, NEVER
    drive_s = (f.seconds[a, b] * f.percent_start[j] + 50) // 100
    paid = (max(f.start_s[j] - f.end_s[i], 0) * f.hour_fen + 1800) // 3600
    if free or (drive_s <= room_s and _bearable(f, r, i, j, 0, drive_s, room_s)):
        cost = r.direct_fen[a, b] + paid
        use = f.metres[a, b] if r.by_metres else drive_s
    drive_s = r.to_s[i] + r.out_s[j]
    if free or (drive_s <= room_s and _bearable(f, r, i, j, r.to_s[i], r.out_s[j], room_s)):
        metres, toll = r.to_m[i] + r.out_m[j], r.to_toll[i] + r.out_toll[j]
        fen = (metres * r.car.fen_per_km + 500) // 1000 + (toll * r.car.toll_percent + 50) // 100
        fen += ((drive_s + f.buffer_s) * f.hour_fen + 1800) // 3600
        cost, use = min(cost, fen), min(use, metres if r.by_metres else drive_s)
    if r.car.charge_m > 0 and r.by_s[a, b] < NEVER:
        drive_s = r.by_s[a, b] * min(f.percent_end[i], f.percent_start[j]) // 100 - 1
        if free or drive_s + f.min_charge_s <= room_s:
            cost, use = min(cost, r.by_fen[a, b] + paid), min(use, drive_s)
    if cost >= NEVER:
        return NEVER, 0
    return int(cost * r.weight), int(max(use, 0))


@lean
def _bearable(f: Field, r: Roads, i: int, j: int, to_s: int, out_s: int, room_s: int) -> bool:
    """Whether driver may drive so after i and before j, as fresh as he can be."""
    if f.break_after_s >= NO_LIMIT:
        return True
    way = 1 if to_s > 0 else 0
    since_s = since_break(f, r.begun_s[i], way, to_s, out_s, room_s - to_s - out_s)
    if since_s > f.break_after_s:
        return False
    return bool(since_break_served(f, since_s, j) <= f.break_after_s)
