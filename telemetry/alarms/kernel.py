"""The fold of all rules: one pass over fixes and signals in order of their times."""

from typing import Final

from telemetry.alarms.bits import is_lit, listen, other_terminal
from telemetry.alarms.driving import drive
from telemetry.alarms.layout import (
    BLIND,
    CUT,
    DEVICE,
    ENABLED,
    GAP_US,
    GNSS_SLOT,
    HEARD,
    IGNITION,
    JUMP_M,
    JUMP_S,
    LAT,
    LON,
    RULES,
    STATUS_CUT,
    STATUS_OFFLINE,
    STATUS_ONLINE,
    STILL,
    S,
    T,
)
from telemetry.alarms.runs import drop_all, drop_idle, drop_speed, is_open, say, shut
from telemetry.alarms.silence import SHORTEST_US, powerless, silence
from telemetry.alarms.speeding import CLOSE_US, is_fast, is_shown, limit_at, speeding
from telemetry.alarms.standing import frozen, idle, thaw
from telemetry.journeys import UNUSABLE, Flag
from telemetry.streams import Integers, Phase, compiled, step_mm

ZERO: Final = int(Flag.ZERO | Flag.COARSE)
NO_POSITION: Final = int(UNUSABLE)
STANDS: Final = int(Flag.FROZEN)
AT_REST: Final = int(Phase.AT_REST)
DEFAULT_BLUR_MM: Final = 15_000
REST_DRIFT_DKMH: Final = 100
"""A car that journeys call at rest drives only from this speed on."""
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
def place(
    s: Integers,
    p: Integers,
    segments: Integers,
    cells: Integers,
    items: Integers,
    t: int,
    lon: int,
    lat: int,
    speed: int,
    blur_mm: int,
    flag: int,
    driven_m: int,
    phase: int,
    blind: int,
) -> None:
    """Take a usable position."""
    before, away_mm, same = s[T], 0, False
    if before > 0:
        away_mm = step_mm(s[LON], s[LAT], lon, lat)
        same = lon == s[LON] and lat == s[LAT]
    s[T] = t
    s[LON] = lon
    s[LAT] = lat
    s[BLIND] = blind
    if speed >= 0:
        slow = REST_DRIFT_DKMH if phase == AT_REST else p[STILL] * 10
        moves = speed >= slow
    else:
        # km/h times microseconds, in millimetres
        moves = away_mm > max(2 * blur_mm, p[STILL] * (t - before) // 3_600)
        moves = moves and phase != AT_REST
    drive(s, p, t, before, away_mm, 2 * blur_mm, moves)
    if t - before > GAP_US:
        drop_idle(s)
    if t - before > CLOSE_US or not p[ENABLED]:
        drop_speed(s)
    if p[ENABLED] and not flag & STANDS:
        if speed >= 0 and not is_fast(p, speed):
            speeding(s, p, t, 0, 1)
        elif speed >= 0 and is_shown(speed, away_mm, t - before if before > 0 else 0):
            limit = limit_at(p, segments, cells, items, lon, lat, blur_mm)
            speeding(s, p, t, speed, limit)
    if same and not blind:
        frozen(s, p, t, before, driven_m)
    else:
        thaw(s)
    idle(s, p, t, lon, lat, speed, 2 * blur_mm)


@compiled
def jump(s: Integers, p: Integers, t: int, lon: int, lat: int) -> None:
    """Whether a position, usable or not, is further than anybody comes in that time."""
    if s[T] == 0 or t - s[T] > p[JUMP_S] * S or not p[ENABLED + 5]:
        return
    away_mm = step_mm(s[LON], s[LAT], lon, lat)
    if away_mm > p[JUMP_M] * 1000:
        say(s, GNSS_SLOT, t, t, t, away_mm // 1000, p[JUMP_M], 4)


@compiled
def take_position(
    s: Integers,
    p: Integers,
    segments: Integers,
    cells: Integers,
    items: Integers,
    t: int,
    lon: int,
    lat: int,
    speed: int,
    accuracy: int,
    flag: int,
    driven_m: int,
    phase: int,
    blind: int,
) -> None:
    """Take what a fix says of where it is, as far as that can be used."""
    if not flag & ZERO:
        jump(s, p, t, lon, lat)
    if not flag & NO_POSITION:
        blur_mm = accuracy * 100 if accuracy >= 0 else DEFAULT_BLUR_MM
        place(
            s, p, segments, cells, items, t, lon, lat, speed, blur_mm, flag, driven_m, phase,
            blind,
        )  # fmt: skip


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
                flags[i], driven_m[i], phase[i], blind[i],
            )  # fmt: skip
            i += 1
        if is_open(s):
            n = shut(s, p, now, out, n)
    at[0], at[1] = i, j
    return n
