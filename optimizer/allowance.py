"""What a lane's duties may use up: the scarcer limit by steps, and leaving home by classes.

What a completion costs falls with the driving time, or the range, that is left for it: the
first table has it for so many steps of that. It falls, too, the later a duty has left home,
because it may be out so long: the second table has it for classes of leaving. Both round
towards the cheaper side, so that no completion costs less than they say.
"""

from typing import NamedTuple

import numpy as np

from optimizer.arcs import Arcs
from optimizer.compiled import lean
from optimizer.nodes import Bools, Ints
from optimizer.roads import Roads, least_way
from optimizer.terrain import NEVER, NO_LIMIT, Field

# Steps of the scarcer limit, classes of leaving home.
STEPS, CLASSES = 48, 6


class Reach(NamedTuple):
    """The nodes that a lane may come to, and the least ways between.

    Attributes:
        nodes: in order; begin: (n,) where in `nodes` those begin that can follow each node.
    """

    nodes: Ints
    begin: Ints
    roads: Roads

    @classmethod
    def of(cls, nodes: Ints, after: Ints, roads: Roads) -> "Reach":
        """Of nodes in order."""
        return cls(nodes, np.searchsorted(nodes, after).astype(np.int64), roads)


class Allowance(NamedTuple):
    """The limits of one lane.

    Attributes:
        by_metres: the scarcer limit is range, else driving.
        most: of it at the beginning of a duty.
        step: of the table, in the same unit; steps: how many columns it has, 1: no limit.
        from_s, class_s: the first class leaves home before from_s + class_s, and so on.
        classes: how many there are; duties of the last may be out as long as they like.
        first, last: (n,) what setting out to and going home from each node uses at least.
        spent: (n,) what serving it uses.
        leave_s: (n,) the latest moment of leaving home for it.
        home_s: (n,) when home after it.
        overnight: (n,) duties with it may be out as long as they like.
    """

    by_metres: bool
    most: int
    step: int
    steps: int
    from_s: int
    class_s: int
    classes: int
    first: Ints
    last: Ints
    spent: Ints
    leave_s: Ints
    home_s: Ints
    overnight: Bools


def allowance_of(arcs: Arcs, lane: int) -> Allowance:
    """Which limits a lane has; what is fixed may break them, so that runs have none."""
    it, f = arcs.graph.lanes[lane], arcs.graph.field
    car, free = it.car, it.run >= 0
    speed = f.metres.sum() / max(1, f.seconds.sum())
    by_metres = bool(car.charge_m == 0 and car.begin_m < car.driving_s * speed)
    most = int(car.begin_m if by_metres else car.driving_s)
    unlimited = free or most >= NO_LIMIT
    late_s = car.until_s - f.span_s
    anyhow = free or f.span_s >= NO_LIMIT or late_s <= car.from_s
    uses = arcs.ends.metres if by_metres else arcs.ends.driving_s
    at = int(arcs.shape[lane])
    drives = arcs.ends.driving_s[at]
    return Allowance(
        by_metres=by_metres,
        most=0 if unlimited else most,
        step=NO_LIMIT if unlimited else max(1, -(-most // STEPS)),
        steps=1 if unlimited else STEPS + 1,
        from_s=int(car.from_s),
        class_s=NO_LIMIT if anyhow else max(1, -(-(late_s - car.from_s) // CLASSES)),
        classes=1 if anyhow else CLASSES + 1,
        first=uses[at, 0],
        last=uses[at, 1],
        spent=f.loaded_m if by_metres else f.driving_s,
        leave_s=f.start_s - f.buffer_s - drives[0],
        home_s=f.end_s + drives[1],
        overnight=f.overnight,
    )


@lean
def class_of(a: Allowance, leave_s: int) -> int:
    """The class of duties that leave home then."""
    return int(min(max((leave_s - a.from_s) // a.class_s, 0), a.classes - 1))


@lean
def steps_of(a: Allowance, left: int) -> int:
    """Whole steps of what is left; what is used is rounded down as well, so this is no less."""
    return int(left // a.step) if a.steps > 1 else 0


@lean
def fill_free(f: Field, reach: Reach, last: Ints, earned: Ints, ahead: Ints) -> None:
    """Fill in `ahead` (n,), the least cost of serving each node and going on, without limits.

    `last` and `earned` (n,) are of going home and serving. Nodes that are not in reach have
    no entries.
    """
    nodes = reach.nodes
    for x in range(len(nodes) - 1, -1, -1):
        i = nodes[x]
        best = last[i]
        for y in range(reach.begin[i], len(nodes)):
            j = nodes[y]
            best = min(best, least_way(f, reach.roads, i, j)[0] + ahead[j])
        ahead[i] = min(best + earned[i], NEVER)


@lean
def fill_classes(
    f: Field,
    a: Allowance,
    reach: Reach,
    last: Ints,
    earned: Ints,
    onward: Ints,
    ahead: Ints,
) -> None:
    """Fill in the least cost from each node on, by class of leaving home.

    `onward`, (n * classes,), is without the node itself, `ahead` with serving it first.
    """
    m, nodes = a.classes, reach.nodes
    for x in range(len(nodes) - 1, -1, -1):
        i = nodes[x]
        at = i * m
        for c in range(m):
            by_s = a.from_s + (c + 1) * a.class_s + f.span_s
            in_time = c == m - 1 or a.home_s[i] <= by_s
            onward[at + c] = last[i] if in_time else NEVER
        for y in range(reach.begin[i], len(nodes)):
            j = nodes[y]
            here, _ = least_way(f, reach.roads, i, j)
            if here >= NEVER:
                continue
            on = j * m
            for c in range(m):
                onward[at + c] = min(onward[at + c], here + ahead[on + c])
        if a.overnight[i]:
            for c in range(m - 1):
                onward[at + c] = onward[at + m - 1]
        for c in range(m):
            ahead[at + c] = min(onward[at + c] + earned[i], NEVER)


@lean
def fill_steps(f: Field, a: Allowance, reach: Reach, last: Ints, earned: Ints, table: Ints) -> None:
    """Fill in the least cost from each node on, without the node, by steps that are left.

    `table` is (n * steps,), the rest as above.
    """
    m, nodes = a.steps, reach.nodes
    for x in range(len(nodes) - 1, -1, -1):
        i = nodes[x]
        at = i * m
        home = min(a.last[i] // a.step, m)
        for d in range(home):
            table[at + d] = NEVER
        for d in range(home, m):
            table[at + d] = last[i]
        for y in range(reach.begin[i], len(nodes)):
            j = nodes[y]
            cost, use = least_way(f, reach.roads, i, j)
            if cost >= NEVER:
                continue
            here = cost + earned[j]
            gone = (use + a.spent[j]) // a.step
            on = j * m - gone
            for d in range(gone, m):
                table[at + d] = min(table[at + d], here + table[on + d])


@lean
def sift(
    f: Field,
    reach: Reach,
    first: Ints,
    earned: Ints,
    ahead: Ints,
    below: int,
    reached: Ints,
) -> int:
    """Leave in `reach.nodes` those on a path that may cost less than `below`; how many.

    `reached` (n,) is filled in with the least cost of setting out and coming to each node.
    """
    nodes = reach.nodes
    for j in nodes:
        reached[j] = first[j]
    many = 0
    for x in range(len(nodes)):
        i = nodes[x]
        if reached[i] >= NEVER or reached[i] + ahead[i] >= below:
            continue
        here = reached[i] + earned[i]
        for y in range(reach.begin[i], len(nodes)):
            j = nodes[y]
            reached[j] = min(reached[j], here + least_way(f, reach.roads, i, j)[0])
        nodes[many] = i
        many += 1
    return many


@lean
def fill_promises(
    a: Allowance, nodes: Ints, first: Ints, earned: Ints, ahead: Ints, within: Ints, least: Ints
) -> None:
    """Fill in the least cost of the paths that begin with each of the nodes, by both tables."""
    for x in range(len(nodes)):
        j = nodes[x]
        least[x] = NEVER
        if first[j] >= NEVER:
            continue
        cost = first[j] + ahead[j * a.classes + class_of(a, a.leave_s[j])]
        if a.steps > 1:
            left = a.most - a.first[j] - a.spent[j]
            if left < 0:
                continue
            at = j * a.steps + steps_of(a, left)
            cost = max(cost, first[j] + earned[j] + within[at])
        least[x] = min(cost, NEVER)
