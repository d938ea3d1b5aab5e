"""Routes of all cars as arrays, and the insertions an adaptive search tries by the million."""

import numba
import numpy as np
from numpy.typing import NDArray

MOST_TASKS = 24
NEVER = 1 << 60

Ints = NDArray[np.int64]


@numba.njit(cache=True)
def added(i, v, routes, lengths, k, ways):
    """What task i adds to the route of car v of family k, and its place there; -1: it cannot."""
    first, between, last, serve = ways
    n, at = lengths[v], 0
    while at < n and routes[v, at] < i:
        at += 1
    into = first[k, i] if at == 0 else between[k, routes[v, at - 1], i]
    onward = last[k, i] if at == n else between[k, i, routes[v, at]]
    if serve[k, i] < 0 or into < 0 or onward < 0 or n >= MOST_TASKS:
        return -1, -1
    saved = 0
    if n and at == 0:
        saved = first[k, routes[v, 0]]
    elif n and at == n:
        saved = last[k, routes[v, n - 1]]
    elif n:
        saved = between[k, routes[v, at - 1], routes[v, at]]
    return np.int64(into) + onward + serve[k, i] - saved, at


@numba.njit(cache=True)
def best_two(i, routes, lengths, owner, ways, blink):
    """The cheapest and the second cheapest car for task i: (fen, car, place, second fen).

    `ways` are (first, between, last, serve); a car is passed over with chance `blink`.
    """
    least, second, car, place = NEVER, NEVER, -1, -1
    tried_empty = -1
    for v in range(len(owner)):
        k = owner[v]
        if (lengths[v] == 0 and tried_empty == k) or np.random.random() < blink:
            continue
        if lengths[v] == 0:
            tried_empty = k
        fen, at = added(i, v, routes, lengths, k, ways)
        if at >= 0 and fen < least:
            least, second, car, place = fen, least, v, at
        elif at >= 0 and fen < second:
            second = fen
    return least, car, place, second


@numba.njit(cache=True)
def put(i, v, at, routes, lengths):
    """Task i into car v at a place of its route."""
    for k in range(lengths[v], at, -1):
        routes[v, k] = routes[v, k - 1]
    routes[v, at] = i
    lengths[v] += 1


@numba.njit(cache=True)
def take(i, routes, lengths, car):
    """Task i out of its car, if it has one."""
    v = car[i]
    if v < 0:
        return
    at = 0
    while routes[v, at] != i:
        at += 1
    for k in range(at, lengths[v] - 1):
        routes[v, k] = routes[v, k + 1]
    lengths[v] -= 1
    car[i] = -1


@numba.njit(cache=True)
def refill(order, routes, lengths, car, owner, ways, blink):
    """Each task in this order to its cheapest car; who finds none stays out."""
    for i in order:
        _, v, at, _ = best_two(i, routes, lengths, owner, ways, blink)
        if v >= 0:
            put(i, v, at, routes, lengths)
            car[i] = v


@numba.njit(cache=True)
def refill_by_regret(open_tasks, routes, lengths, car, owner, ways, blink):
    """Always the task that would lose most if its cheapest car were gone."""
    left = np.ones(len(open_tasks), dtype=np.bool_)
    for _ in range(len(open_tasks)):
        most, pick, pick_v, pick_at = -1, -1, -1, -1
        for j in range(len(open_tasks)):
            if not left[j]:
                continue
            least, v, at, second = best_two(open_tasks[j], routes, lengths, owner, ways, blink)
            if v < 0:
                left[j] = False
            elif second - least > most:
                most, pick, pick_v, pick_at = second - least, j, v, at
        if pick < 0:
            return
        put(open_tasks[pick], pick_v, pick_at, routes, lengths)
        car[open_tasks[pick]] = pick_v
        left[pick] = False


@numba.njit(cache=True)
def costs(routes, lengths, owner, ways):
    """Fen of all routes."""
    first, between, last, serve = ways
    fen = 0
    for v in range(len(owner)):
        k, n = owner[v], lengths[v]
        for at in range(n):
            i = routes[v, at]
            fen += serve[k, i]
            fen += first[k, i] if at == 0 else between[k, routes[v, at - 1], i]
        if n:
            fen += last[k, routes[v, n - 1]]
    return fen


@numba.njit(cache=True)
def savings(routes, lengths, car, owner, ways, otherwise):
    """(n,) fen saved by leaving each task out; of those left out, what they cost."""
    first, between, last, serve = ways
    found = otherwise.copy()
    for v in range(len(owner)):
        k, n = owner[v], lengths[v]
        for at in range(n):
            i = routes[v, at]
            into = first[k, i] if at == 0 else between[k, routes[v, at - 1], i]
            onward = last[k, i] if at == n - 1 else between[k, i, routes[v, at + 1]]
            rest = 0
            if at > 0 and at < n - 1:
                rest = max(0, between[k, routes[v, at - 1], routes[v, at + 1]])
            elif at > 0:
                rest = last[k, routes[v, at - 1]]
            elif at < n - 1:
                rest = first[k, routes[v, at + 1]]
            found[i] = np.int64(into) + onward + serve[k, i] - rest
    return found
