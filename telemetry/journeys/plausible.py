"""Which fixes can be where the vehicle was. They are flagged and counted, never dropped."""

from enum import IntFlag

import numpy as np

from telemetry.journeys.model import Doubt, Rules, State
from telemetry.streams import Fixes, Integers, step_mm, steps_mm

FROZEN_DKMH = 200
NULL_ISLAND_E7 = 10_000


class Flag(IntFlag):
    """What is wrong with a fix."""

    ZERO = 1  # a receiver without a position: within 0.001 degrees of 0/0
    JUMP = 2  # nobody drives there in that time
    FROZEN = 4  # the very same position at 20 km/h or more
    COARSE = 8  # the device itself says it hardly knows
    MOVED = 16  # several jumped fixes agree: it is there, the way there is not counted


UNUSABLE = Flag.ZERO | Flag.JUMP | Flag.COARSE


def judge(fixes: Fixes, state: State, rules: Rules) -> tuple[Integers, tuple[int, ...]]:
    """Flags of each fix, and the doubt to carry on.

    Args:
        fixes: at least one.
        state: before them.
        rules: thresholds.

    Returns:
        (n,) Flag bits, and State.doubt after the last fix.
    """
    zero = (np.abs(fixes.lon) < NULL_ISLAND_E7) & (np.abs(fixes.lat) < NULL_ISLAND_E7)
    coarse = fixes.accuracy > rules.coarse_m * 10
    flags: Integers = zero * np.int64(Flag.ZERO) + (coarse & ~zero) * np.int64(Flag.COARSE)
    before_t = np.concatenate([[state.t or fixes.t[0]], fixes.t[:-1]])
    before_lon = np.concatenate([[state.lon if state.t else fixes.lon[0]], fixes.lon[:-1]])
    before_lat = np.concatenate([[state.lat if state.t else fixes.lat[0]], fixes.lat[:-1]])
    steps = steps_mm(before_lon, before_lat, fixes.lon, fixes.lat)
    allowed = rules.jump_slack_m * 3_600_000 + (fixes.t - before_t) * rules.jump_kmh
    if flags.any() or state.doubt or (steps * 3600 > allowed).any():
        return _one_by_one(fixes, flags, state, rules)
    same = (fixes.lon == before_lon) & (fixes.lat == before_lat) & (fixes.speed >= FROZEN_DKMH)
    if not state.t:
        same[0] = False
    return flags + same * np.int64(Flag.FROZEN), ()


def _one_by_one(
    fixes: Fixes, flags: Integers, state: State, rules: Rules
) -> tuple[Integers, tuple[int, ...]]:
    last = (state.t, state.lon, state.lat)
    doubt = Doubt(*state.doubt) if state.doubt else None
    rows = zip(
        fixes.t.tolist(), fixes.lon.tolist(), fixes.lat.tolist(), fixes.speed.tolist(), strict=True
    )
    for i, (t, lon, lat, speed) in enumerate(rows):
        if flags[i]:
            continue
        if last[0] and _jumps(last, (t, lon, lat), rules):
            doubt = _doubt(doubt, (t, lon, lat), rules)
            flags[i] = Flag.JUMP
            if doubt.n < rules.jump_agree:
                continue
            flags[i] = Flag.MOVED
        elif last[1:] == (lon, lat) and speed >= FROZEN_DKMH and last[0]:
            flags[i] = Flag.FROZEN
        doubt = None
        last = (t, lon, lat)
    return flags, (doubt.t, doubt.lon, doubt.lat, doubt.n) if doubt else ()


def _doubt(doubt: Doubt | None, here: tuple[int, int, int], rules: Rules) -> Doubt:
    agrees = doubt is not None and not _jumps((doubt.t, doubt.lon, doubt.lat), here, rules)
    return Doubt(*here, n=doubt.n + 1 if doubt is not None and agrees else 1)


def _jumps(a: tuple[int, int, int], b: tuple[int, int, int], rules: Rules) -> bool:
    allowed = rules.jump_slack_m * 3_600_000 + (b[0] - a[0]) * rules.jump_kmh
    return step_mm(a[1], a[2], b[1], b[2]) * 3600 > allowed
