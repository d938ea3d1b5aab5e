"""The forward pass: every path of one lane that may cost less than a threshold.

Labels keep all limits. The backward pass bounds what a completion costs, so near the end of
column generation few labels are left under the threshold.
Source: S. Irnich and G. Desaulniers, "Shortest Path Problems with Resource Constraints" (2005).
"""

from typing import NamedTuple

from optimizer.allowance import Allowance, class_of, steps_of
from optimizer.best_ways import FEN, best_ways
from optimizer.compiled import lean
from optimizer.labels import OVERNIGHT, TWICE, Work, finishes, go_on, kept, repeats, start
from optimizer.moves import HOME_CHARGE
from optimizer.nodes import Bools, Ints, Small
from optimizer.reach import Reach
from optimizer.roads import least_way
from optimizer.terrain import NEVER, Car, Field


class Prices(NamedTuple):
    """One lane under given multipliers, all in weighted fen.

    Attributes:
        reach: the nodes there are and the least ways between them.
        at, ways, fens: the ways, see `Between`, where they are kept.
        many: how many ways there are between two nodes.
        first, last: setting out to, and going home from, each node.
        earned: serving each node less what it earns; NEVER: the lane may not.
        onward, ahead: (nodes * classes,) least cost of a completion, see `fill_limits`.
        within: (nodes * steps,) the same by what is left of the limit, see `fill_limits`.
        may: the limits.
        own: the node belongs to the lane's run.
        base: of every duty of the lane.
        weight: of a fen.
        late_s: see `kept`.
    """

    reach: Reach
    at: Small
    ways: Small
    fens: Ints
    many: int
    first: Ints
    last: Ints
    earned: Ints
    onward: Ints
    ahead: Ints
    within: Ints
    may: Allowance
    own: Bools
    base: int
    weight: int
    late_s: int


@lean
def paths_below(
    f: Field, car: Car, p: Prices, w: Work, below: int, most: int, beam: int
) -> tuple[int, int]:
    """All complete paths that cost less than `below`, in `w.done` and `w.done_cost`.

    There are `most` labels at most. For `beam` see `kept`; 0 keeps every label that no other
    dominates, -1 every label.

    Returns:
        How many paths, -1 if there were too many labels; and how many labels there are.
    """
    w.head[:] = -1
    count = _begin(f, car, p, w, below, beam)
    done = 0
    for i in p.reach.nodes:
        label = w.head[i]
        while label >= 0:
            cost = w.cost[label] + p.last[i]
            if cost < below and finishes(f, car, w, label):
                w.done[done], w.done_cost[done] = label, cost
                done += 1
            count = _extend(f, car, p, w, label, count, below, most, beam)
            if count >= most:
                return -1, count
            label = w.following[label]
    return done, count


@lean
def _begin(f: Field, car: Car, p: Prices, w: Work, below: int, beam: int) -> int:
    count = 0
    for j in p.reach.nodes:
        if p.first[j] >= NEVER:
            continue
        for way in range(HOME_CHARGE):
            cost = p.base + p.earned[j]
            if not start(f, car, w, count, j, way, cost, p.weight, p.own[j]):
                continue
            if _keep(f, car, p, w, count, below, beam):
                count += 1
    return count


@lean
def _keep(f: Field, car: Car, p: Prices, w: Work, new: int, below: int, beam: int) -> bool:
    j, room = w.node[new], below - w.cost[new]
    if p.onward[j * p.may.classes + out_class(p, w, new)] >= room:
        return False
    if p.may.steps > 1:
        at = j * p.may.steps + steps_of(p.may, left_of(car, p, w, new))
        if p.within[at] >= room:
            return False
    if beam < 0:
        w.following[new] = w.head[j]
        w.head[j] = new
        return True
    return bool(kept(f, w, new, beam, p.late_s))


@lean
def out_class(p: Prices, w: Work, label: int) -> int:
    """The class of a label by when it left home."""
    if w.bits[label] & OVERNIGHT:
        return p.may.classes - 1
    return class_of(p.may, w.leave_s[label])


@lean
def left_of(car: Car, p: Prices, w: Work, label: int) -> int:
    """What a label has left of the scarcer limit."""
    return int(w.left_m[label] if p.may.by_metres else car.driving_s - w.driven_s[label])


@lean
def _extend(
    f: Field,
    car: Car,
    p: Prices,
    w: Work,
    label: int,
    count: int,
    below: int,
    most: int,
    beam: int,
) -> int:
    """Labels at every node that can follow."""
    i, room = w.node[label], below - w.cost[label]
    left, by = left_of(car, p, w, label), out_class(p, w, label)
    for y in range(p.reach.begin[i], len(p.reach.nodes)):
        j = p.reach.nodes[y]
        ahead = p.ahead[j * p.may.classes + by]
        if promised(f, p, i, j, ahead, left, room) >= room:
            continue
        if w.bits[label] & TWICE and repeats(f, w, label, j):
            continue
        table, fens, lo, hi = ways_to(f, car, p, w, i, j)
        for n in range(lo, hi):
            if count >= most:
                return count
            cost = fens[n] * p.weight
            if cost + ahead >= room:
                continue
            cost += w.cost[label] + p.earned[j]
            if not go_on(f, car, w, label, count, j, table[n], fens[n], cost, p.own[j]):
                continue
            if _keep(f, car, p, w, count, below, beam):
                count += 1
    return count


@lean
def promised(f: Field, p: Prices, i: int, j: int, ahead: int, left: int, room: int) -> int:
    """The least cost of going on from node i to j and from there, with so much `left`.

    `ahead` is of what follows by the class of leaving home. What that does not leave below
    `room` is not looked up in the steps.
    """
    if ahead >= room:
        return ahead
    between, use = least_way(f, p.reach.roads, i, j)
    cost = between + ahead
    if cost >= room or p.may.steps == 1:
        return int(cost)
    rest = left - use - p.may.spent[j]
    if rest < 0:
        return NEVER
    onward = p.within[j * p.may.steps + steps_of(p.may, rest)]
    return int(max(cost, between + p.earned[j] + onward))


@lean
def ways_to(f: Field, car: Car, p: Prices, w: Work, i: int, j: int) -> tuple[Small, Ints, int, int]:
    """The ways from node to node: a table, their fen, and from where to where they are in it."""
    if p.reach.roads.kept:
        k = p.reach.roads.offset[i] - f.after[i] + j
        return p.ways, p.fens, p.at[k], p.at[k + 1]
    count = best_ways(f, car, i, j, p.many, w.table)
    for n in range(count):
        w.table_fen[n] = w.table[n, FEN]
        for c in range(FEN):
            w.table_ways[n, c] = w.table[n, c]
    return w.table_ways, w.table_fen, 0, count
