"""Compiled: of the ways from one node to the next, those that no other is as good as.

A way uses fen, driving, range and the break's count. One that is nowhere better than another
is on no duty that is needed, so that the labels need not try it.
"""

from optimizer.compiled import lean
from optimizer.moves import (
    DIRECT,
    HOME_CHARGE,
    gap,
    range_left,
    since_break,
    since_break_served,
)
from optimizer.nodes import Ints
from optimizer.terrain import NO_LIMIT, Car, Field

# Columns of a table of ways: which, and what `gap` says of it. All but fen fit into 32 bits.
WAY, TO_M, OUT_M, TO_S, OUT_S, STAND_S, FEN, COLUMNS = range(8)


@lean
def best_ways(f: Field, car: Car, i: int, j: int, ways: int, table: Ints) -> int:
    """Fill in the table, (ways, COLUMNS), with those of the first `ways`; returns how many."""
    count = 0
    for way in range(ways):
        if fill(f, car, i, j, way, table[count]):
            count = _sifted(f, car, table, count)
    return count


@lean
def fill(f: Field, car: Car, i: int, j: int, way: int, row: Ints) -> bool:
    """Fill in the row of one way, (COLUMNS,); False: it cannot be."""
    can, fen, to_m, out_m, to_s, out_s, stand_s = gap(f, car, i, j, way)
    row[WAY], row[FEN], row[TO_M], row[OUT_M] = way, fen, to_m, out_m
    row[TO_S], row[OUT_S], row[STAND_S] = to_s, out_s, stand_s
    return bool(can) and (f.fixed[i] or f.fixed[j] or _bearable(f, car, i, j, row))


@lean
def _bearable(f: Field, car: Car, i: int, j: int, row: Ints) -> bool:
    """Whether a duty may have i, this way and j at all: as fresh and full as it can be."""
    way, out_s, stand_s = row[WAY], row[OUT_S], row[STAND_S]
    if f.break_after_s < NO_LIMIT:
        since_s = since_break(f, since_break_served(f, 0, i), way, row[TO_S], out_s, stand_s)
        if since_s > f.break_after_s or since_break_served(f, since_s, j) > f.break_after_s:
            return False
    if car.full_m >= NO_LIMIT:
        return True
    left_m = range_left(car, car.full_m - f.loaded_m[i], way, row[TO_M], row[OUT_M], stand_s)
    return bool(left_m >= f.loaded_m[j])


@lean
def _sifted(f: Field, car: Car, table: Ints, new: int) -> int:
    """Drop the row `new` if another outdoes it, else those that it outdoes; rows left."""
    for k in range(new):
        if outdoes(f, car, table[k], table[new]):
            return new
    left = 0
    for k in range(new):
        if not outdoes(f, car, table[new], table[k]):
            _copy(table, k, left)
            left += 1
    _copy(table, new, left)
    return left + 1


@lean
def _copy(table: Ints, k: int, to: int) -> None:
    for column in range(COLUMNS):
        table[to, column] = table[k, column]


@lean
def outdoes(f: Field, car: Car, a: Ints, b: Ints) -> bool:
    """Whether every duty with way b is possible with way a, and costs and uses no more."""
    if a[FEN] > b[FEN] or a[TO_S] + a[OUT_S] > b[TO_S] + b[OUT_S]:
        return False
    return bool(_reaches(car, a, b) and _rests(f, a, b))


@lean
def _reaches(car: Car, a: Ints, b: Ints) -> bool:
    """Of the same range before, a leaves no less than b does."""
    if car.full_m >= NO_LIMIT:
        return True
    gain_a, gain_b = _gain(car, a), _gain(car, b)
    net_b = gain_b - b[TO_M] - b[OUT_M]
    if gain_a - a[TO_M] - a[OUT_M] < net_b or (gain_a > 0 and a[TO_M] > b[TO_M]):
        return False
    # Who gains more than it drove may be full, and then leaves with what it drives on less.
    brims = gain_a > a[TO_M] and net_b > -a[OUT_M]
    return bool(not brims or a[OUT_M] <= b[OUT_M])


@lean
def _gain(car: Car, row: Ints) -> int:
    if row[WAY] < HOME_CHARGE:
        return 0
    return int(row[STAND_S] * car.charge_m // 3600)


@lean
def _rests(f: Field, a: Ints, b: Ints) -> bool:
    """Of the same driving since a break before, a leaves no more than b does."""
    if f.break_after_s >= NO_LIMIT or b[STAND_S] < f.break_s:
        return True
    if a[STAND_S] < f.break_s or a[OUT_S] > b[OUT_S]:
        return False
    # Waiting, the break may be on either side of the drive.
    return bool(a[WAY] == DIRECT or (b[WAY] != DIRECT and a[TO_S] <= b[TO_S]))
