"""Paths read off the backward pass: cheap to have while many duties are worth adding."""

from optimizer.compiled import lean
from optimizer.forward import Prices, left_of, out_class, promised, ways_to
from optimizer.labels import TWICE, Work, finishes, go_on, repeats, start
from optimizer.moves import HOME_CHARGE
from optimizer.nodes import Bools, Ints, Small
from optimizer.terrain import NEVER, Car, Field


@lean
def traced(
    f: Field,
    car: Car,
    p: Prices,
    w: Work,
    firsts: Ints,
    below: int,
    most: int,
    used: Bools,
) -> int:
    """Follow the cheapest completions of these first nodes, no node twice.

    Of each path the best beginning that keeps all limits and costs less than `below` is put
    into `w.done`. Paths that share nothing serve the master better than many that are alike.
    `used` is (n,), False everywhere.

    Returns:
        How many there are, at most `most`.
    """
    count = done = 0
    for first in firsts:
        if done >= most or count + len(p.first) >= len(w.node):
            break
        if used[first]:
            continue
        begun = count
        count = _follow(f, car, p, w, first, count, used)
        best, end = below, -1
        for label in range(begun, count):
            cost = w.cost[label] + p.last[w.node[label]]
            if cost < best and finishes(f, car, w, label):
                best, end = cost, label
        if end < 0:
            count = begun
        else:
            for label in range(begun, end + 1):
                used[w.node[label]] = True
            w.done[done], w.done_cost[done] = end, best
            done += 1
    return done


@lean
def _follow(f: Field, car: Car, p: Prices, w: Work, first: int, count: int, used: Bools) -> int:
    """Labels along one path as far as limits allow; returns the number after the last."""
    label = -1
    j = first
    while j >= 0 and count < len(w.node) - 1:
        if label >= 0 and w.bits[label] & TWICE and repeats(f, w, label, j):
            break
        if not _cheapest(f, car, p, w, label, count, j):
            break
        label = count
        count += 1
        j = _next(f, car, p, w, label, used)
    return count


@lean
def _next(f: Field, car: Car, p: Prices, w: Work, label: int, used: Bools) -> int:
    """The unused node that the cheapest completion goes on to; -1: home."""
    i, by, left = w.node[label], out_class(p, w, label), left_of(car, p, w, label)
    best, found = p.last[i], -1
    if p.may.steps > 1 and p.may.last[i] > left:
        best = NEVER
    for y in range(p.reach.begin[i], len(p.reach.nodes)):
        j = p.reach.nodes[y]
        if used[j]:
            continue
        cost = promised(f, p, i, j, p.ahead[j * p.may.classes + by], left, best)
        if cost < best:
            best, found = cost, j
    return found


@lean
def _cheapest(f: Field, car: Car, p: Prices, w: Work, label: int, new: int, j: int) -> bool:
    """Make a label at node j by the cheapest way that keeps the limits; False: there is none."""
    best, by = NEVER, -1
    if label < 0:
        for way in range(HOME_CHARGE):
            if _begin(f, car, p, w, new, j, way) and w.cost[new] < best:
                best, by = w.cost[new], way
        return by >= 0 and _begin(f, car, p, w, new, j, by)
    table, fens, lo, hi = ways_to(f, car, p, w, w.node[label], j)
    for n in range(lo, hi):
        if _step(f, car, p, w, label, new, j, table[n], fens[n]) and w.cost[new] < best:
            best, by = w.cost[new], n
    return by >= 0 and _step(f, car, p, w, label, new, j, table[by], fens[by])


@lean
def _begin(f: Field, car: Car, p: Prices, w: Work, new: int, j: int, way: int) -> bool:
    return bool(start(f, car, w, new, j, way, p.base + p.earned[j], p.weight, p.own[j]))


@lean
def _step(
    f: Field, car: Car, p: Prices, w: Work, label: int, new: int, j: int, row: Small, fen: int
) -> bool:
    cost = w.cost[label] + p.earned[j] + fen * p.weight
    return bool(go_on(f, car, w, label, new, j, row, fen, cost, p.own[j]))
