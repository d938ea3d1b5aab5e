"""Compiled labels: paths so far with all that limits count, and which of them to keep."""

from typing import NamedTuple

import numpy as np

from optimizer.best_ways import COLUMNS, FEN, OUT_M, OUT_S, STAND_S, TO_M, TO_S, WAY
from optimizer.compiled import lean
from optimizer.moves import (
    going_home,
    range_left,
    setting_out,
    since_break,
    since_break_served,
)
from optimizer.nodes import Ints, Small
from optimizer.terrain import NO_LIMIT, Car, Field


class Work(NamedTuple):
    """Room for labels, one entry each; `head` is (n,), `done` lists complete paths.

    `fen` is of the empty drives, `cost` weighs them and counts what serving costs and earns.
    `bits`: 1 only fixed tasks of its run so far, 2 a limit is broken (which only those may),
    4 an overnight task, 8 a task that could come again, up to `again_s`. The tables are for
    the ways between two nodes, where these are not kept.
    """

    node: Ints
    back: Ints
    way: Ints
    cost: Ints
    fen: Ints
    left_m: Ints
    driven_s: Ints
    since_s: Ints
    leave_s: Ints
    bits: Ints
    again_s: Ints
    following: Ints
    head: Ints
    done: Ints
    done_cost: Ints
    table: Ints
    table_ways: Small
    table_fen: Ints


LABELS = [x for x in Work._fields if x != "head" and not x.startswith("table")]
OWN, BROKEN, OVERNIGHT, TWICE = 1, 2, 4, 8


def work_of(nodes: int, labels: int, ways: int = 1) -> Work:
    """Room for so many labels, and so many ways between two nodes."""
    room = {name: np.empty(labels, dtype=np.int64) for name in LABELS}
    return Work(
        **room,
        head=np.empty(nodes, dtype=np.int64),
        table=np.empty((ways, COLUMNS), np.int64),
        table_ways=np.empty((ways, FEN), np.int32),
        table_fen=np.empty(ways, np.int64),
    )


@lean
def repeats(f: Field, w: Work, label: int, j: int) -> bool:
    """Whether a task of node j is on the label's path already."""
    while label >= 0:
        i = w.node[label]
        for a in range(f.tasks_at[i], f.tasks_at[i + 1]):
            for b in range(f.tasks_at[j], f.tasks_at[j + 1]):
                if f.tasks_flat[a] == f.tasks_flat[b]:
                    return True
        label = w.back[label]
    return False


@lean
def _dominates(f: Field, w: Work, a: int, b: int, late_s: int) -> bool:
    """Whether a may take b's place: it costs and uses no more, and may go wherever b may."""
    if w.bits[a] & (OWN | BROKEN) or w.cost[a] > w.cost[b]:
        return False
    if w.left_m[a] < w.left_m[b] or w.driven_s[a] > w.driven_s[b] or w.since_s[a] > w.since_s[b]:
        return False
    if w.bits[a] & OVERNIGHT == 0 and late_s >= 0:
        late = w.leave_s[a] >= min(w.leave_s[b], late_s)
        if w.bits[b] & OVERNIGHT or not late:
            return False
    return w.bits[a] & TWICE == 0 or _covers(f, w, a, b)


@lean
def _covers(f: Field, w: Work, a: int, b: int) -> bool:
    """Whether all tasks of a's path that could come again are on b's path too."""
    end_s = f.end_s[w.node[a]]
    while a >= 0 and w.again_s[a] >= end_s:
        if f.again_s[w.node[a]] >= end_s and not _has(f, w, b, w.node[a]):
            return False
        a = w.back[a]
    return True


@lean
def _has(f: Field, w: Work, label: int, i: int) -> bool:
    """Whether all tasks of node i are on the label's path."""
    for a in range(f.tasks_at[i], f.tasks_at[i + 1]):
        found, at = False, label
        while at >= 0 and not found:
            j = w.node[at]
            for b in range(f.tasks_at[j], f.tasks_at[j + 1]):
                found = found or f.tasks_flat[a] == f.tasks_flat[b]
            at = w.back[at]
        if not found:
            return False
    return True


@lean
def kept(f: Field, w: Work, new: int, beam: int, late_s: int) -> bool:
    """Link a label in at its node unless another dominates it; unlink those it dominates.

    A node's labels are in order of cost. With `beam` above 0 it keeps so many. Who leaves home
    at `late_s` or after cannot be out too long.
    """
    j, free = w.node[new], w.bits[new] & (OWN | BROKEN) > 0
    before, at, many = -1, w.head[j], 0
    while at >= 0 and w.cost[at] <= w.cost[new]:
        if not free and _dominates(f, w, at, new, late_s):
            return False
        before, at, many = at, w.following[at], many + 1
    if beam > 0 and many >= beam and not free:
        return False
    w.following[new] = at
    if before < 0:
        w.head[j] = new
    else:
        w.following[before] = new
    if not free:
        _clear(f, w, new, beam - many - 1 if beam > 0 else len(w.node), late_s)
    return True


@lean
def _clear(f: Field, w: Work, new: int, room: int, late_s: int) -> None:
    """Of the labels after a new one unlink those it dominates, and all beyond the room."""
    before, at = new, w.following[new]
    while at >= 0:
        if room <= 0 or _dominates(f, w, new, at, late_s):
            w.following[before] = w.following[at]
        else:
            before = at
            room -= 1
        at = w.following[at]


@lean
def _served(f: Field, car: Car, w: Work, new: int, j: int, own: bool) -> bool:
    """Add what node j uses to a label that has arrived there; False: a limit is broken."""
    if car.full_m < NO_LIMIT:
        w.left_m[new] -= f.loaded_m[j]
    w.driven_s[new] += f.driving_s[j]
    if f.break_after_s < NO_LIMIT and w.since_s[new] <= f.break_after_s:
        w.since_s[new] = since_break_served(f, w.since_s[new], j)
    if f.overnight[j]:
        w.bits[new] |= OVERNIGHT
    w.again_s[new] = max(w.again_s[new], f.again_s[j])
    if w.again_s[new] >= f.end_s[j]:
        w.bits[new] |= TWICE
    else:
        w.bits[new] &= ~TWICE
    if not own:
        w.bits[new] &= ~OWN
    broken = w.driven_s[new] > car.driving_s or w.left_m[new] < 0
    broken = broken or (f.break_after_s < NO_LIMIT and w.since_s[new] > f.break_after_s)
    if broken:
        w.bits[new] |= BROKEN
    return bool(w.bits[new] & OWN > 0 or w.bits[new] & BROKEN == 0)


@lean
def start(
    f: Field, car: Car, w: Work, new: int, j: int, way: int, cost: int, weight: int, own: bool
) -> bool:
    """Make label `new` at node j, first of a duty; False: it cannot be."""
    out = setting_out(f, car, j, way)
    if not out[0]:
        return False
    w.node[new], w.back[new], w.way[new], w.cost[new] = j, -1, way, cost + out[1] * weight
    w.fen[new] = out[1]
    w.left_m[new] = car.begin_m - out[2] if car.full_m < NO_LIMIT else NO_LIMIT
    w.driven_s[new] = out[3]
    w.since_s[new] = 0
    if f.break_after_s < NO_LIMIT:
        w.since_s[new] = car.since_s + out[3]
        if w.since_s[new] <= f.break_after_s and f.buffer_s >= f.break_s:
            w.since_s[new] = 0
    w.leave_s[new] = f.start_s[j] - f.buffer_s - out[3]
    w.bits[new], w.again_s[new] = OWN, -1
    return _served(f, car, w, new, j, own)


@lean
def go_on(
    f: Field,
    car: Car,
    w: Work,
    old: int,
    new: int,
    j: int,
    row: Small,
    fen: int,
    cost: int,
    own: bool,
) -> bool:
    """Make label `new` at node j after label `old`, of this cost, by a way; False: it cannot be.

    `row` is of a table of ways, see `best_ways`.
    """
    way, to_s, out_s, stand_s = row[WAY], row[TO_S], row[OUT_S], row[STAND_S]
    left_m = range_left(car, w.left_m[old], way, row[TO_M], row[OUT_M], stand_s)
    w.node[new], w.back[new], w.way[new], w.cost[new] = j, old, way, cost
    w.fen[new] = w.fen[old] + fen
    w.left_m[new] = left_m
    w.driven_s[new] = w.driven_s[old] + to_s + out_s
    w.since_s[new] = 0
    if f.break_after_s < NO_LIMIT:
        w.since_s[new] = since_break(f, w.since_s[old], way, to_s, out_s, stand_s)
    w.leave_s[new], w.bits[new] = w.leave_s[old], w.bits[old]
    w.again_s[new] = w.again_s[old]
    return _served(f, car, w, new, j, own)


@lean
def finishes(f: Field, car: Car, w: Work, label: int) -> bool:
    """Whether a label may go home now."""
    i = w.node[label]
    home = going_home(f, car, i)
    if not home[0] or w.bits[label] & OWN:
        return bool(home[0])
    if w.driven_s[label] + home[3] > car.driving_s:
        return False
    if car.full_m < NO_LIMIT and w.left_m[label] < home[2]:
        return False
    if f.break_after_s < NO_LIMIT and w.since_s[label] + home[3] > f.break_after_s:
        return False
    span_s = f.end_s[i] + home[3] - w.leave_s[label]
    return bool(span_s <= f.span_s or w.bits[label] & OVERNIGHT > 0)
