"""Cheapest paths over tables of links, and many of them at once that share nothing."""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import compiled
from optimizer.nodes import Bools, Ints
from optimizer.terrain import NEVER


class Tables(NamedTuple):
    """What each link costs; NEVER where there is none.

    Attributes:
        after: (nodes,) the first node that may follow.
        kind: (lanes,) the table of a lane.
        follow: (tables, nodes, nodes) from a node to the next.
        first, last: (lanes, nodes) setting out, and going home.
    """

    after: Ints
    kind: Ints
    follow: Ints
    first: Ints
    last: Ints


class Through(NamedTuple):
    """Of one lane: what the cheapest way to each node costs, and from it on.

    Both are (nodes,) and count what the node itself costs.
    """

    before: Ints
    onward: Ints


@compiled
def passes(t: Tables, lane: int, earned: Ints, out: Through) -> None:
    """Fill in the cheapest ways of a lane; `earned` is (nodes,), what each node costs."""
    n, follow = len(earned), t.follow[t.kind[lane]]
    for i in range(n - 1, -1, -1):
        best = t.last[lane, i]
        for j in range(t.after[i], n):
            best = min(best, follow[i, j] + out.onward[j])
        out.onward[i] = best + earned[i]
    out.before[:] = t.first[lane]
    for i in range(n):
        out.before[i] += earned[i]
        here = out.before[i]
        for j in range(t.after[i], n):
            out.before[j] = min(out.before[j], here + follow[i, j])


@compiled
def apart(
    t: Tables, lane: int, earned: Ints, ways: Through, below: int, order: Ints, flat: Ints, at: Ints
) -> int:
    """Paths of a lane that cost less than `below` and share no node.

    Each is the cheapest through the next node of `order` that is left, over nodes that are
    left. `flat` gets their nodes, and `at` where each begins and the last ends.

    Returns:
        How many.
    """
    used = np.zeros(len(earned), dtype=np.bool_)
    count, size = 0, 0
    at[0] = 0
    for middle in order:
        if ways.before[middle] + ways.onward[middle] - earned[middle] >= below:
            break
        if used[middle]:
            continue
        end = _back(t, lane, ways, middle, used, flat, size)
        end = _on(t, lane, ways, middle, used, flat, end)
        if _cost(t, lane, earned, flat[size:end]) < below:
            used[flat[size:end]] = True
            size = end
            count += 1
            at[count] = size
    return count


@compiled
def _back(
    t: Tables, lane: int, ways: Through, middle: int, used: Bools, flat: Ints, size: int
) -> int:
    """Write the path up to and with `middle`; returns where it ends."""
    follow, end, i = t.follow[t.kind[lane]], size, middle
    while i >= 0:
        flat[end] = i
        end += 1
        best, then = t.first[lane, i], -1
        for h in range(i):
            cost = ways.before[h] + follow[h, i]
            if cost < best and not used[h]:
                best, then = cost, h
        i = then
    flat[size:end] = flat[size:end][::-1].copy()
    return end


@compiled
def _on(t: Tables, lane: int, ways: Through, middle: int, used: Bools, flat: Ints, end: int) -> int:
    """Write the path after `middle`; returns where it ends."""
    follow, i = t.follow[t.kind[lane]], middle
    while True:
        best, then = t.last[lane, i], -1
        for j in range(t.after[i], len(used)):
            cost = follow[i, j] + ways.onward[j]
            if cost < best and not used[j]:
                best, then = cost, j
        if then < 0:
            return end
        flat[end] = then
        end += 1
        i = then


@compiled
def _cost(t: Tables, lane: int, earned: Ints, path: Ints) -> int:
    follow = t.follow[t.kind[lane]]
    cost = t.first[lane, path[0]] + t.last[lane, path[-1]] + earned[path[0]]
    for k in range(1, len(path)):
        cost += follow[path[k - 1], path[k]] + earned[path[k]]
        if cost >= NEVER:
            break
    return int(cost)
