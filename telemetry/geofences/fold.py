"""Fixes into visits: with hysteresis by accuracy, confirmed by count and time.

A fix says inside when its whole circle of accuracy is inside, outside when all of it is outside,
and nothing in between. The side changes when enough fixes in a row say so for long enough; the
first of them is the crossing. The fold is the same however the fixes are cut into pieces.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from telemetry.geofences.model import Fence, FenceState, Rules, Visit
from telemetry.streams import Fixes, Integers, steps_mm

_MM_PER_E7 = 11.1
_OUTSIDE = FenceState(0, 0, 0, 0, 0)


def fold(
    states: Mapping[int, FenceState], fixes: Fixes, fences: Sequence[Fence], rules: Rules
) -> tuple[dict[int, FenceState], list[Visit]]:
    """Advance over usable fixes that are younger than all that the states have seen.

    Args:
        states: by fence id, of fences that the vehicle is in or seems to enter.
        fixes: usable ones only, in event order.
        fences: all there are; a fence is never deleted, it ends.
        rules: thresholds.

    Returns:
        The states after the fixes, and the visits that ended, in fence order.
    """
    after, ended = dict(states), list[Visit]()
    if not len(fixes):
        return after, ended
    near = [f for f in fences if f.id in states or _near(f, fixes, rules)]
    if not near:
        return after, ended
    sides = _sides(near, fixes, rules)
    for fence, side in zip(near, sides, strict=True):
        state, visits = _one(states.get(fence.id, _OUTSIDE), fence.id, fixes.t, side, rules)
        ended += visits
        after.pop(fence.id, None)
        if state.inside or state.n:
            after[fence.id] = state
    return after, ended


def under_way(states: Mapping[int, FenceState]) -> list[Visit]:
    """The visits that have not ended."""
    return [Visit(s.fence_id, s.entered, None) for s in states.values() if s.inside]


def _near(fence: Fence, fixes: Fixes, rules: Rules) -> bool:
    """Whether some fix may lie inside; a box around the circle, generous."""
    tall = fence.radius_m * 1000 / _MM_PER_E7 * 1.1
    wide = tall / max(0.01, math.cos(math.radians((abs(fence.lat) + tall) / 1e7)))
    return bool(
        fixes.lon.min() <= fence.lon + wide
        and fixes.lon.max() >= fence.lon - wide
        and fixes.lat.min() <= fence.lat + tall
        and fixes.lat.max() >= fence.lat - tall
    )


def _sides(fences: Sequence[Fence], fixes: Fixes, rules: Rules) -> Integers:
    """(fences, fixes): 1 inside, -1 outside, 0 it cannot be told."""
    lon, lat, radius_m, lo, hi = np.array(
        [(f.lon, f.lat, f.radius_m, f.lo, f.hi) for f in fences], np.int64
    ).T[:, :, None]
    away = steps_mm(fixes.lon, fixes.lat, lon, lat)
    accuracy = np.where(fixes.accuracy < 0, rules.default_accuracy_m * 10, fixes.accuracy) * 100
    blur = np.minimum(accuracy, radius_m * 500)
    inside = (away <= radius_m * 1000 - blur) & (fixes.t >= lo) & (fixes.t < hi)
    outside = (away >= radius_m * 1000 + blur) | (fixes.t < lo) | (fixes.t >= hi)
    sides: Integers = inside.astype(np.int64) - outside.astype(np.int64)
    return sides


def _one(
    state: FenceState, fence_id: int, t: Integers, side: Integers, rules: Rules
) -> tuple[FenceState, list[Visit]]:
    ended: list[Visit] = []
    other = -1 if state.inside else 1
    if not state.n and not (side == other).any():
        return state, ended
    inside, entered, since, n = state.inside, state.entered, state.since, state.n
    told = np.flatnonzero(side)
    for at, says in zip(t[told].tolist(), (side[told] > 0).tolist(), strict=True):
        if says == inside:
            since = n = 0
            continue
        since, n = since or at, n + 1
        if n < rules.confirm_fixes or at - since < rules.confirm_s * 1_000_000:
            continue
        if inside:
            ended.append(Visit(fence_id, entered, since))
        inside, entered, since, n = int(says), since if says else 0, 0, 0
    return FenceState(fence_id, inside, entered, since, n), ended
