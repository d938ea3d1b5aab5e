"""What a lane's duties may use up: the scarcer limit by steps, and leaving home by classes.

What a completion costs falls with the driving time, or the range, that is left for it: the
first table has it for so many steps of that. It falls, too, the later a duty has left home,
because it may be out so long: the second table has it for classes of leaving. Both round
towards the cheaper side, so that no completion costs less than they say.
"""

from typing import NamedTuple

from optimizer.arcs import Arcs
from optimizer.compiled import lean
from optimizer.nodes import Bools, Ints
from optimizer.reach import Reach, Sifted
from optimizer.roads import least_way
from optimizer.terrain import NEVER, NO_LIMIT, Field

# Steps of the scarcer limit, classes of leaving home.
STEPS, CLASSES = 48, 24


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
def fill_limits(
    f: Field,
    a: Allowance,
    reach: Reach,
    last: Ints,
    earned: Ints,
    sifted: Sifted,
    onward: Ints,
    ahead: Ints,
    within: Ints,
) -> None:
    """Fill in the least cost from each node on, by class of leaving home and by steps left.

    `onward`, (n * classes,), is without the node itself, `ahead` with serving it first;
    `within`, (n * steps,), is without it. Ways that are on no path below the threshold are
    left out.
    """
    nodes = reach.nodes
    for x in range(len(nodes) - 1, -1, -1):
        i = nodes[x]
        _end_here(f, a, i, last, onward, within)
        _go_on(f, a, reach, i, earned, sifted, onward, ahead, within)
        at = i * a.classes
        if a.overnight[i]:
            for c in range(a.classes - 1):
                onward[at + c] = onward[at + a.classes - 1]
        for c in range(a.classes):
            ahead[at + c] = min(onward[at + c] + earned[i], NEVER)


@lean
def _go_on(
    f: Field,
    a: Allowance,
    reach: Reach,
    i: int,
    earned: Ints,
    sifted: Sifted,
    onward: Ints,
    ahead: Ints,
    within: Ints,
) -> None:
    """Going on from node i, by the least way to each node.

    Rows that begin at 0 let the processor do several of their entries at once.
    """
    nodes, room, steps = reach.nodes, sifted.below - sifted.gone[i], a.steps
    classes = a.classes
    row = onward[i * classes : (i + 1) * classes]
    for y in range(reach.begin[i], len(nodes)):
        j = nodes[y]
        if sifted.free[j] >= room:
            continue
        here, use = least_way(f, reach.roads, i, j)
        if here + sifted.free[j] >= room:
            continue
        after = ahead[j * classes : (j + 1) * classes]
        for c in range(classes):
            cost = here + after[c]
            row[c] = cost if cost < row[c] else row[c]
        spent = (use + a.spent[j]) // a.step if steps > 1 else steps
        if spent >= steps:
            continue
        here += earned[j]
        left = within[i * steps + spent : (i + 1) * steps]
        then = within[j * steps : (j + 1) * steps - spent]
        for d in range(len(left)):
            cost = here + then[d]
            left[d] = cost if cost < left[d] else left[d]


@lean
def _end_here(f: Field, a: Allowance, i: int, last: Ints, onward: Ints, within: Ints) -> None:
    """Going home from node i: the classes and steps that it is in time for."""
    at = i * a.classes
    for c in range(a.classes):
        by_s = a.from_s + (c + 1) * a.class_s + f.span_s
        in_time = c == a.classes - 1 or a.home_s[i] <= by_s
        onward[at + c] = last[i] if in_time else NEVER
    if a.steps == 1:
        return
    at, home = i * a.steps, min(a.last[i] // a.step, a.steps)
    for d in range(a.steps):
        within[at + d] = NEVER if d < home else last[i]


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
