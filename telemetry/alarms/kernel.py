"""The fold of all rules: one pass over fixes and signals in order of their times."""

from typing import Final

from telemetry.alarms.bits import is_lit, listen, other_terminal
from telemetry.alarms.layout import (
    CUT,
    DEVICE,
    GAP_US,
    HEARD,
    IGNITION,
    RULES,
    STATUS_CUT,
    STATUS_OFFLINE,
    STATUS_ONLINE,
)
from telemetry.alarms.position import take_position
from telemetry.alarms.runs import drop_all, drop_idle, is_open, shut
from telemetry.alarms.silence import SHORTEST_US, powerless, silence
from telemetry.streams import Integers, compiled

AT_ONCE: Final = len(RULES)
"""Facts that one message can end."""


@compiled
def hear(s: Integers, p: Integers, t: int, device: int, outages: Integers) -> None:
    """Before anything else of a message: what the time since the one before meant."""
    if s[CUT] > 0 and s[DEVICE] == device:
        powerless(s, p, t)
    if s[HEARD] > 0 and t - s[HEARD] > SHORTEST_US:
        silence(s, p, t, outages)
        if t - s[HEARD] > GAP_US:
            drop_all(s)
    if s[DEVICE] != device:
        other_terminal(s, device)
    s[HEARD] = t


@compiled
def switched(s: Integers, ignition: int) -> None:
    """Take a fix's word about the ignition: 0, 1, or -1 for none."""
    if ignition >= 0:
        s[IGNITION] = ignition + 1
    if ignition == 0:
        drop_idle(s)


@compiled
def take_signal(
    s: Integers, p: Integers, t: int, device: int, kind: int, outages: Integers
) -> None:
    """Take a signal."""
    hear(s, p, t, device, outages)
    if kind == STATUS_ONLINE:
        s[CUT] = 0
    elif kind == STATUS_CUT and s[CUT] == 0:
        s[CUT] = t


@compiled
def run(
    s: Integers,
    p: Integers,
    segments: Integers,
    cells: Integers,
    items: Integers,
    outages: Integers,
    t: Integers,
    lon: Integers,
    lat: Integers,
    speed: Integers,
    accuracy: Integers,
    ignition: Integers,
    device: Integers,
    reported: Integers,
    flags: Integers,
    driven_m: Integers,
    phase: Integers,
    blind: Integers,
    zone_kmh: Integers,
    signal_t: Integers,
    signal_device: Integers,
    signal_kind: Integers,
    at: Integers,
    out: Integers,
) -> int:
    """Fold until all is taken, or until `out` has no room for what the next message may end.

    Args:
        s: the state, changed in place; see layout.
        p: the parameters.
        segments: of a RoadIndex; as are cells and items.
        cells: see there.
        items: see there.
        outages: see silent_since.
        t: of the fixes, ascending; the columns of a Piece follow.
        lon: 1e-7 degrees.
        lat: 1e-7 degrees.
        speed: 0.1 km/h.
        accuracy: 0.1 m.
        ignition: 0, 1 or -1.
        device: ids.
        reported: the device's own bits.
        flags: what is wrong with a fix.
        driven_m: by the odometer.
        phase: of the journey.
        blind: 1 in a zone without reception.
        zone_kmh: limit of the speed zones around a fast fix; 0: none.
        signal_t: of the signals, ascending.
        signal_device: ids.
        signal_kind: Signal.
        at: how many fixes and signals were taken; moved on.
        out: rows for facts that ended.

    Returns:
        How many rows of out are filled.
    """
    n, i, j = 0, at[0], at[1]
    while (i < len(t) or j < len(signal_t)) and n + AT_ONCE <= len(out):
        if j < len(signal_t) and (i == len(t) or signal_t[j] <= t[i]):
            now = signal_t[j]
            j += 1
            if signal_kind[j - 1] == STATUS_OFFLINE:  # the will: nothing is heard
                continue
            take_signal(s, p, now, signal_device[j - 1], signal_kind[j - 1], outages)
        else:
            now = t[i]
            hear(s, p, now, device[i], outages)
            switched(s, ignition[i])
            if reported[i] != 0 or is_lit(s):
                listen(s, p, now, reported[i])
            take_position(
                s, p, segments, cells, items, now, lon[i], lat[i], speed[i], accuracy[i],
                flags[i], driven_m[i], phase[i], blind[i], zone_kmh[i],
            )  # fmt: skip
            i += 1
        if is_open(s):
            n = shut(s, p, now, out, n)
    at[0], at[1] = i, j
    return n
