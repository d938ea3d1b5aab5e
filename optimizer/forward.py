"""The forward pass: every path of one lane that may cost less than a threshold.

Labels keep all limits. The backward pass bounds what a completion costs, so near the end of
column generation few labels are left under the threshold.
Source: S. Irnich and G. Desaulniers, "Shortest Path Problems with Resource Constraints" (2005).
"""

from typing import NamedTuple

from optimizer.compiled import lean
from optimizer.labels import TWICE, Work, finishes, go_on, kept, repeats, start
from optimizer.moves import HOME_CHARGE
from optimizer.nodes import Bools, Ints, Small
from optimizer.terrain import Car, Field


class Prices(NamedTuple):
    """One lane under given multipliers, all in weighted fen.

    Attributes:
        offset, between, at, ways, fens: the ways, see `Between`.
        use: what they use of the limit that has the rate; range if `by_metres`, else driving.
        first, last: setting out to, and going home from, each node.
        earned: serving each node less what it earns; NEVER: the lane may not.
        onward: least cost of any completion, see `completions`.
        priced_first, priced_last, priced_earned, priced: the same with the limit at `rate`.
        ahead, priced_ahead: serving each node and going on, without and with the limit's price.
        own: the node belongs to the lane's run.
        base: of every duty of the lane.
        weight: of a fen.
        late_s: see `kept`.
    """

    offset: Ints
    between: Ints
    at: Small
    ways: Small
    fens: Ints
    use: Small
    first: Ints
    last: Ints
    earned: Ints
    onward: Ints
    priced_first: Ints
    priced_last: Ints
    priced_earned: Ints
    priced: Ints
    ahead: Ints
    priced_ahead: Ints
    own: Bools
    base: int
    weight: int
    rate: int
    by_metres: bool
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
    for i in range(len(f.start_s)):
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
    for j in range(len(f.start_s)):
        if p.base + p.first[j] + p.earned[j] + p.onward[j] >= below:
            continue
        for way in range(HOME_CHARGE):
            cost = p.base + p.earned[j]
            if not start(f, car, w, count, j, way, cost, p.weight, p.own[j]):
                continue
            if _keep(car, p, w, count, below, beam):
                count += 1
    return count


@lean
def _keep(car: Car, p: Prices, w: Work, new: int, below: int, beam: int) -> bool:
    j = w.node[new]
    if w.cost[new] + p.onward[j] >= below:
        return False
    if p.rate > 0:
        left = w.left_m[new] if p.by_metres else car.driving_s - w.driven_s[new]
        if w.cost[new] + p.priced[j] - p.rate * left >= below:
            return False
    if beam < 0:
        w.following[new] = w.head[j]
        w.head[j] = new
        return True
    return bool(kept(w, new, beam, p.late_s))


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
    left = w.left_m[label] if p.by_metres else car.driving_s - w.driven_s[label]
    priced_room = room + p.rate * left
    at = p.offset[i] - f.after[i]
    for j in range(f.after[i], len(f.start_s)):
        k = at + j
        if p.between[k] + p.ahead[j] >= room:
            continue
        if p.rate > 0 and p.between[k] + p.rate * p.use[k] + p.priced_ahead[j] >= priced_room:
            continue
        if w.bits[label] & TWICE and repeats(f, w, label, j):
            continue
        for n in range(p.at[k], p.at[k + 1]):
            if count >= most:
                return count
            cost = p.fens[n] * p.weight
            if cost + p.ahead[j] >= room:
                continue
            cost += w.cost[label] + p.earned[j]
            if not go_on(f, car, w, label, count, j, p.ways[n], p.fens[n], cost, p.own[j]):
                continue
            if _keep(car, p, w, count, below, beam):
                count += 1
    return count
