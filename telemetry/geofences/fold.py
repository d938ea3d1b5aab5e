"""Fixes into visits; the same however the fixes are cut into pieces.

A stay lasts from one crossing to the next, as crossings.run finds them, and no longer than the
fence is in force. Visits are the stay cut by the fence's windows.
"""

from dataclasses import astuple, replace
from typing import Final

import numpy as np

from telemetry.geofences.areas import Fences, Table
from telemetry.geofences.crossings import KEPT, ROW, run
from telemetry.geofences.model import Near, Rules, State, Visit
from telemetry.streams import Fixes, Integers, Json

_OUT_AT_LEAST: Final = 256
_FORTNIGHT_US: Final = 14 * 86_400_000_000


def fold(
    state: State, fixes: Fixes, phase: Integers, fences: Fences, rules: Rules
) -> tuple[State, list[Visit]]:
    """Advance over usable fixes that are younger than all that the state has seen.

    Args:
        state: before them.
        fixes: usable ones only, in event order.
        phase: (n,) Phase of each.
        fences: of all times.
        rules: thresholds.

    Returns:
        The state after the fixes, and the visits that ended, by fence and time.
    """
    columns = np.stack([fixes.t, fixes.lon, fixes.lat, fixes.accuracy, phase])
    vehicle = np.array([state.t, state.lon, state.lat, state.moving], np.int64)
    near = {one.fence_id: one for one in state.near}
    ended: list[Visit] = []
    at = 0
    while at < len(fixes):
        t = int(columns[0, at])
        table = fences.at(t)
        upto = int(columns[0].searchsorted(table.hi))
        ended += _leave_what_is_over(near, t, fences)
        ended += _over(near, vehicle, table, columns[:, at:upto], fences, rules)
        at = upto
    ended += _settle(near, int(vehicle[0]), fences)
    seen = [int(v) for v in vehicle]
    after = _state(seen, [near[k] for k in sorted(near)])
    return after, sorted(ended, key=lambda v: (v.fence_id, v.entered))


def under_way(state: State, as_of: int, fences: Fences) -> tuple[list[Visit], int | None]:
    """The visits of stays that go on, as at a product time; and when that changes in silence."""
    now = max(as_of, state.t)
    visits: list[Visit] = []
    wake: list[int] = []
    for one in state.near:
        if not one.inside:
            continue
        until = min(now + 1, fences.ends(one.fence_id, one.entered))
        for lo, hi in fences.counts(one.fence_id, one.entered, until):
            visits.append(Visit(one.fence_id, lo, hi if hi <= now else None))
        change = fences.next_change(one.fence_id, now) if until > now else None
        if change is not None:
            wake.append(change)
        elif until > now and fences.has_windows(one.fence_id):
            wake.append(now + _FORTNIGHT_US)
    return visits, min(wake, default=None)


def _leave_what_is_over(near: dict[int, Near], t: int, fences: Fences) -> list[Visit]:
    """Stays in fences that were not in force all the time until t."""
    ended: list[Visit] = []
    for one in list(near.values()):
        end = fences.ends(one.fence_id, one.pending())
        if end > t:
            continue
        if one.inside:
            ended += _visits(one.fence_id, one.entered, end, fences)
        del near[one.fence_id]
    return ended


def _over(
    near: dict[int, Near],
    vehicle: Integers,
    table: Table,
    columns: Integers,
    fences: Fences,
    rules: Rules,
) -> list[Visit]:
    """Fixes during which no fence begins or ends."""
    rows = np.zeros((len(table.ids), ROW), np.int64)
    entered = {one.fence_id: one.entered for one in near.values() if one.inside}
    for fence_id, one in near.items():
        rows[table.row[fence_id], :KEPT] = _row(one)
    out = np.empty((len(table.ids) + _OUT_AT_LEAST, 3), np.int64)
    default_mm = rules.default_accuracy_m * 1000
    ended: list[Visit] = []
    at, end = 0, columns.shape[1]
    while at < end:
        at, found = run(
            at, vehicle, rows, table.areas, table.chunks, table.edges, columns, default_mm, out
        )
        for k, t, inside in out[:found].tolist():
            fence_id = table.ids[k]
            if inside:
                entered[fence_id] = t
            else:
                ended += _visits(fence_id, entered.pop(fence_id), t, fences)
    near.clear()
    near.update(_near(table, rows, entered))
    return ended


def _row(one: Near) -> tuple[int, ...]:
    return one.inside, one.since, one.count, one.moved, one.lean_since, one.lean


def _near(table: Table, rows: Integers, entered: dict[int, int]) -> dict[int, Near]:
    kept = rows[:, :KEPT]
    active = np.flatnonzero(kept.any(axis=1))
    found: dict[int, Near] = {}
    for k, (inside, *rest) in zip(active.tolist(), kept[active].tolist(), strict=True):
        fence_id = table.ids[k]
        found[fence_id] = Near(fence_id, inside, entered.get(fence_id, 0), *rest)
    return found


def _settle(near: dict[int, Near], seen: int, fences: Fences) -> list[Visit]:
    """Visits that windows have ended, of stays that go on."""
    ended: list[Visit] = []
    for fence_id, one in near.items():
        if not one.inside or not fences.has_windows(fence_id):
            continue
        told = one.told(seen)
        over = [s for s in fences.counts(fence_id, one.entered, told + 1) if s[1] <= told]
        if over:
            ended += [Visit(fence_id, lo, hi) for lo, hi in over]
            near[fence_id] = replace(one, entered=over[-1][1])
    return ended


def _visits(fence_id: int, entered: int, left: int, fences: Fences) -> list[Visit]:
    return [Visit(fence_id, lo, hi) for lo, hi in fences.counts(fence_id, entered, left)]


def _state(seen: list[int], near: list[Near]) -> State:
    t, lon, lat, moving = seen
    return State(t, lon, lat, moving, tuple(near))


def encode(state: State) -> Json:
    """As whole numbers."""
    rows: Json = [list(astuple(one)) for one in state.near]
    return [state.t, state.lon, state.lat, state.moving, *rows]


def decode(values: Json) -> State:
    """What encode turned into values."""
    rows = [[n for n in v if isinstance(n, int)] for v in values if isinstance(v, list)]
    return _state([v for v in values if isinstance(v, int)], [Near(*row) for row in rows])
