"""Cheapest paths through the outline of a large day, in time that grows with nodes x places.

Waiting is paid by the second, so of all nodes that begin at one place the best to wait for
is the best of those that begin late enough: a running minimum for each place. The way by
home is priced apart to and from home, and its best is a running minimum over all nodes.
"""

import numpy as np

from optimizer.compiled import compiled
from optimizer.outline import BUCKET_S, HALF_FEN, NEVER, Ground, Ints, Kind


@compiled
def pay(seconds: int, hour_fen: int) -> int:
    """Of a driver for so many seconds, in 1/1000 fen, rounded down."""
    paid: int = seconds * hour_fen * 1000 // 3600
    return paid


@compiled
def _ready(ground: Ground, end_s: int, drive_s: int) -> int:
    """The soonest start of what can be reached by a drive after an end."""
    base_s = end_s + ground.buffer_s
    hour = base_s // 3600
    while hour < len(ground.percent):
        at_s: int = max(base_s + (drive_s * ground.percent[hour] + 50) // 100, hour * 3600)
        if at_s < (hour + 1) * 3600:
            return at_s
        hour += 1
    return NEVER


@compiled
def _wait(
    ground: Ground, kind: Kind, i: int, low: Ints, low_at: Ints, best: int
) -> tuple[int, int]:
    """The best node to wait for after node i, if it is better than `best`; or -1."""
    end_s, goal = ground.end_s[i], ground.goal[i]
    found: int = np.int64(-1)  # type: ignore[assignment]  # one type for the compiler
    paid = pay(end_s, ground.hour_fen) + HALF_FEN + 1
    most_s = (ground.from_spot.shape[1] - 1) * BUCKET_S
    for q in range(len(ground.origins)):
        ready_s = _ready(ground, end_s, ground.seconds[goal, ground.origins[q]])
        if ready_s >= most_s:
            continue
        spot, last = ground.from_spot[q, ready_s // BUCKET_S], ground.spots[q + 1]
        while spot < last and ground.at_s[spot] < ready_s:
            spot += 1
        if spot < last and low[spot] < NEVER:
            value = low[spot] + kind.direct[goal, q] - paid
            if value < best:
                best, found = value, low_at[spot]
    return best, found


@compiled
def backward(
    ground: Ground, kind: Kind, serve: Ints, gain: Ints, until_s: int, value: Ints, then: Ints
) -> None:
    """Fill in what the cheapest path from each node on costs, and the node after it.

    Args:
        ground: the day.
        kind: the cars' prices of driving.
        serve: (nodes,) NEVER where it may not be done.
        gain: (nodes,) what doing it earns.
        until_s: home by then.
        value: (nodes,) filled in, NEVER where there is no path.
        then: (nodes,) filled in, -1: home.
    """
    n = len(serve)
    low, low_at = np.full(n + 1, NEVER), np.full(n + 1, np.int64(-1))
    tree, tree_at = np.full(n + 1, NEVER), np.full(n + 1, np.int64(-1))
    ends = np.zeros(n + 1, np.bool_)
    ends[ground.spots] = True
    for i in range(n - 1, -1, -1):
        spot = ground.spot[i]
        if not ends[spot + 1]:
            low[spot], low_at[spot] = low[spot + 1], low_at[spot + 1]
        value[i], then[i] = NEVER, -1
        if serve[i] >= NEVER:
            continue
        home = kind.back[ground.goal[i]] + pay(kind.back_s[i], ground.hour_fen) - 3 * HALF_FEN
        best = home if ground.end_s[i] + kind.back_s[i] <= until_s else NEVER
        best, then[i] = _wait(ground, kind, i, low, low_at, best)
        k = n - kind.query[i]
        while k > 0:
            if tree[k] < NEVER and tree[k] + home < best:
                best, then[i] = tree[k] + home, tree_at[k]
            k -= k & -k
        if best >= NEVER:
            continue
        value[i] = best + serve[i] - gain[i]
        here = value[i] + pay(ground.start_s[i], ground.hour_fen)
        if here < low[spot]:
            low[spot], low_at[spot] = here, i
        here = value[i] + kind.out[ground.origin[i]]
        here += pay(kind.out_s[i] + ground.buffer_s, ground.hour_fen)
        k = n - kind.rank[i]
        while k <= n:
            if here < tree[k]:
                tree[k], tree_at[k] = here, i
            k += k & -k


@compiled
def _claim(ground: Ground, node: int, done: Ints, mark: int) -> bool:
    """Mark the node's tasks as done; false if one of them is already."""
    first, last = ground.tasks_at[node], ground.tasks_at[node + 1]
    for k in range(first, last):
        if done[ground.tasks[k]] != 0:
            for back in range(first, k):
                done[ground.tasks[back]] = 0
            return False
        done[ground.tasks[k]] = mark
    return True


@compiled
def read_off(
    ground: Ground, order: Ints, then: Ints, tasks: int, most: int, at: Ints, flat: Ints
) -> int:
    """Paths from the nodes of `order` on that share no task; where each begins goes to `at`.

    Returns:
        How many; `flat` holds their nodes, and `at[count]` is where they end.
    """
    done = np.zeros(tasks, np.int64)
    count, size = 0, 0
    at[0] = 0
    for first in order:
        if count >= most:
            break
        node, length, fine = first, 0, True
        while node >= 0 and fine:
            fine = size + length < len(flat) and _claim(ground, node, done, count + 1)
            if fine:
                flat[size + length] = node
                length += 1
                node = then[node]
        if fine:
            size += length
            count += 1
            at[count] = size
            continue
        for k in range(size, size + length):
            for a in range(ground.tasks_at[flat[k]], ground.tasks_at[flat[k] + 1]):
                done[ground.tasks[a]] = 0
    return count
