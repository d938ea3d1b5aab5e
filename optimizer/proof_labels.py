"""The same pricing with everything a duty uses up: labels that no other label is as good as."""

from collections.abc import Iterator

import numpy as np

from optimizer.compiled import compiled, lean
from optimizer.proof_dominance import (
    COST,
    DONE,
    DRIVEN,
    LEAVE,
    LEFT,
    NEXT,
    NIGHT,
    SINCE,
    kept,
)
from optimizer.proof_kernels import (
    BEGIN_M,
    BREAK_AFTER_S,
    BREAK_S,
    BUFFER_S,
    CHARGE_M,
    HOME_CHARGES,
    MOST_DRIVING_S,
    NEVER,
    RANGE_M,
    SINCE_S,
    SPAN_S,
    approach,
    home,
    ways_of,
)
from optimizer.proof_nodes import (
    DRIVING,
    END,
    HEAD,
    LOADED,
    OVERNIGHT,
    REPEAT,
    START,
    TAIL,
    Ints,
)

MOST_LABELS = 4_000_000


@lean
def rested(lane: Ints, way: int, since: int, back_s: int, out_s: int, stand_s: int) -> int:
    """Driven since a break when the task begins; NEVER: it was too much on the way."""
    most = lane[BREAK_AFTER_S]
    rests = stand_s >= lane[BREAK_S]
    if since + back_s > most:
        return NEVER
    if way > 0:
        driven = (0 if rests else since + back_s) + out_s
    elif rests and since + out_s <= most:
        driven = 0
    else:
        driven = (0 if rests else since) + out_s
    if driven > most:
        return NEVER
    return 0 if lane[BUFFER_S] >= lane[BREAK_S] else driven


@lean
def served(lane: Ints, nodes: Ints, j: int, since: int) -> int:
    """The same when the task has ended."""
    if nodes[j, HEAD] < 0:
        since += nodes[j, DRIVING]
        return since if since <= lane[BREAK_AFTER_S] else NEVER
    if since + nodes[j, HEAD] > lane[BREAK_AFTER_S] or nodes[j, TAIL] > lane[BREAK_AFTER_S]:
        return NEVER
    tail: int = nodes[j, TAIL]
    return tail


@lean
def extended(
    ground: tuple[Ints, Ints, Ints, Ints, Ints],
    lane: Ints,
    nodes: Ints,
    label: Ints,
    step: tuple[int, int, int],
    new: Ints,
) -> bool:
    """Write into `new` the label after going on from node i to j one way; False: it cannot.

    The cost is what it is before j is served. At i = -1 the label is that of setting out.
    """
    i, j, way = step
    can, price, back_s, out_s, back_m, out_m, stand_s = approach(ground, lane, nodes, i, j, way)
    if not can or (label[DONE] & nodes[j, REPEAT]) != 0:
        return False
    since = rested(lane, way, label[SINCE], back_s, out_s, stand_s)
    if since < NEVER:
        since = served(lane, nodes, j, since)
    if since >= NEVER:
        return False
    left = label[LEFT] - back_m
    if left < 0:
        return False
    if way >= 2:
        left = min(lane[RANGE_M], left + stand_s * lane[CHARGE_M] // 3600)
    left -= out_m + nodes[j, LOADED]
    driven = label[DRIVEN] + back_s + out_s + nodes[j, DRIVING]
    if left < 0 or driven > lane[MOST_DRIVING_S]:
        return False
    leave = nodes[j, START] - lane[BUFFER_S] - back_s - out_s if i < 0 else label[LEAVE]
    night = max(label[NIGHT], nodes[j, OVERNIGHT])
    new[COST], new[DRIVEN], new[SINCE], new[LEFT] = label[COST] + price, driven, since, left
    new[LEAVE], new[NIGHT] = leave, night
    new[DONE], new[NEXT] = label[DONE] | nodes[j, REPEAT], -1
    return True


@lean
def ended(
    ground: tuple[Ints, Ints, Ints, Ints, Ints], lane: Ints, nodes: Ints, label: Ints, i: int
) -> int:
    """Reduced cost of the duty that goes home from node i; NEVER: it cannot."""
    can, price, drive, far = home(ground, lane, nodes, i)
    over = label[SINCE] + drive > lane[BREAK_AFTER_S] or label[LEFT] < far
    over = over or label[DRIVEN] + drive > lane[MOST_DRIVING_S]
    long = label[NIGHT] == 0 and nodes[i, END] + drive - label[LEAVE] > lane[SPAN_S]
    return label[COST] + price if can and not over and not long else NEVER


@compiled
def steps(
    lane: Ints, chargers: Ints, nodes: Ints, i: int, until: int
) -> Iterator[tuple[int, int, int]]:
    """Every (i, j, way) of going on from node i to a node before `until`."""
    for j in range(i + 1, until):
        if i < 0 or nodes[j, START] >= nodes[i, END]:
            for way in range(ways_of(lane, chargers, i)):
                if way != 2 or lane[HOME_CHARGES] == 1:
                    yield i, j, way


@compiled
def forward(
    ground: tuple[Ints, Ints, Ints, Ints, Ints],
    lane: Ints,
    nodes: Ints,
    prices: tuple[Ints, Ints, Ints],
    best: int,
) -> tuple[int, int]:
    """The least reduced cost below `best`, else `best`; and how many labels it took.

    `prices` are serve, onward and until of `backward`. More than MOST_LABELS labels: NEVER.
    """
    serve, onward, until = prices
    n, known = len(nodes), 0
    labels = np.empty((4096, NEXT + 1), np.int64)
    heads = np.full(n, -1, np.int64)
    label, new = np.zeros(NEXT + 1, np.int64), np.zeros(NEXT + 1, np.int64)
    label[SINCE], label[LEFT] = lane[SINCE_S], lane[BEGIN_M]
    for i in range(-1, n):
        k = -2 if i < 0 else heads[i]
        while k != -1 and known < MOST_LABELS:
            if k >= 0:
                label[:] = labels[k]
            if i >= 0 and until[i] == n:
                best = min(best, ended(ground, lane, nodes, label, i))
            for step in steps(lane, ground[4], nodes, i, min(n, until[i] + 1)):
                j = step[1]
                if label[COST] + onward[j] >= best:
                    continue
                can = extended(ground, lane, nodes, label, step, new)
                if can and new[COST] + onward[j] < best:
                    new[COST] += serve[j]
                    labels, known = kept(labels, known, heads, j, new)
            k = -1 if k < 0 else labels[k, NEXT]
    return NEVER if known >= MOST_LABELS else best, known
