"""Fixes into journeys: one pass in event order, the same however it is cut into pieces.

A vehicle rests or drives. It leaves with two fixes in a row that show movement (a speed of
5 km/h, or a displacement beyond what drift explains) and that lie away from where it stood; it
rests again after standing for 180 s, or after a silence. While it stands, the anchor from which
distance is measured stays, so that jitter adds nothing.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from telemetry.journeys import kernel
from telemetry.journeys.model import SECOND_US, Driven, Rules, State
from telemetry.journeys.under_way import Open, driven
from telemetry.streams import Fixes, Integers


@dataclass(frozen=True, slots=True)
class Folded:
    """What a batch of fixes added.

    stops: states just after the fixes (counted from 1) at which a stop was settled.
    flags, moved_mm, driven_m, phase: of each fix, as in streams.Piece.
    """

    state: State
    ended: list[Driven]
    stops: list[tuple[int, State]]
    flags: Integers
    moved_mm: Integers
    driven_m: Integers
    phase: Integers


def fold(state: State, fixes: Fixes, rules: Rules) -> Folded:
    """Advance the state by fixes that are younger than all it has seen.

    Folding two batches one after the other is folding them as one. What depends on the time
    that passes in silence is not here but in outlook.
    """
    n = len(fixes)
    row = np.array(state.row(), np.int64)
    said = np.empty((n, 4), np.int64)
    ended = np.empty((n // 2 + 2, _ENDED), np.int64)
    stops = np.empty((n // 2 + 2, 1 + kernel.WIDTH), np.int64)
    n_ended, n_stops = kernel.run(row, _columns(fixes), limits(rules), said, ended, stops)
    return Folded(
        State.of_row(row.tolist()),
        [_driven(one) for one in ended[:n_ended].tolist()],
        [(upto, State.of_row(then)) for upto, *then in stops[:n_stops].tolist()],
        *np.ascontiguousarray(said.T),
    )


_ENDED = kernel.DOUBT_T - kernel.STARTED + 3


def _columns(fixes: Fixes) -> tuple[Integers, ...]:
    return (
        *(fixes.t, fixes.lon, fixes.lat, fixes.speed, fixes.accuracy),
        *(fixes.odometer, fixes.ignition, fixes.device, fixes.conflicts),
    )


@cache
def limits(rules: Rules) -> kernel.Limits:
    """Rules in the units of the kernel."""
    return kernel.Limits(
        moving_dkmh=rules.moving_dkmh,
        stop_us=rules.stop_s * SECOND_US,
        gap_us=rules.gap_s * SECOND_US,
        jump_kmh=rules.jump_kmh,
        jump_slack_m=rules.jump_slack_m,
        jump_agree=rules.jump_agree,
        coarse_dm=rules.coarse_m * 10,
        still_mm=rules.still_m * 1000,
        far_mm=rules.far_m * 1000,
        drift_mm=rules.drift_m * 1000,
        leave_mm=rules.leave_m * 1000,
        idle_us=rules.idle_s * SECOND_US,
    )


def _driven(one: list[int]) -> Driven:
    *journey, at, lon, lat = one
    return driven(Open(*journey), at, at, lon, lat)
