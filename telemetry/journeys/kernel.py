"""The fold of journeys, fix by fix, as a kernel over one row of whole numbers.

The row is the state (see State.row): of the vehicle, of the journey that is under way (OPEN is 1
while there is one; the fields of Open follow), and of jumped fixes that agree with each other.
"""

from typing import Final, NamedTuple

from telemetry.journeys.plausible import FROZEN_DKMH, NULL_ISLAND_E7
from telemetry.streams import Integers, compiled, step_mm

HEARD, T, LON, LAT, ANCHOR_LON, ANCHOR_LAT, REST, MOVING = range(8)
DEVICE, ODOMETER, ODOMETER_T, IGNITION, IGNITION_T, SEEN, OPEN = range(8, 15)
STARTED, START_LON, START_LAT, MM, ODOMETER_M, FIXES, FLAGGED, CONFLICTS = range(15, 23)
MAX_DKMH, IDLE_US, CONFIRMED, STOP = range(23, 27)
STOP_FIXES, STOP_FLAGGED, STOP_CONFLICTS, STOP_ODOMETER_M = range(27, 31)
DOUBT_T, DOUBT_LON, DOUBT_LAT, DOUBTED = range(31, 35)
WIDTH: Final = 35
NONE: Final = -1

ZERO, JUMP, FROZEN, COARSE, FLAG_MOVED, NOT_USED = 1, 2, 4, 8, 16, 11
DEFAULT_ACCURACY_DM = 150
AT_REST, DRIVING, HALTED = 0, 1, 2
SILENCED, SETTLED = 1, 2


class Limits(NamedTuple):
    """Rules, in the units of the row."""

    moving_dkmh: int
    stop_us: int
    gap_us: int
    jump_kmh: int
    jump_slack_m: int
    jump_agree: int
    coarse_dm: int
    still_mm: int
    far_mm: int
    drift_mm: int
    leave_mm: int
    idle_us: int


@compiled
def run(
    row: Integers,
    fixes: tuple[Integers, ...],
    limits: Limits,
    said: Integers,
    ended: Integers,
    stops: Integers,
) -> tuple[int, int]:
    """Take fixes one by one.

    Args:
        row: the state, which is advanced.
        fixes: t, lon, lat, speed, accuracy, odometer, ignition, device, conflicts.
        limits: thresholds.
        said: (n, 4), filled with flags, moved_mm, driven_m and phase.
        ended: filled with journeys that ended: Open, where and when.
        stops: filled with (number of fixes taken, row) for each stop that was settled.

    Returns:
        How many ended, and how many stops were settled.
    """
    n_ended = n_stops = 0
    t, lon, lat, speed, accuracy, metres, ignition, device, conflicts = fixes
    for i in range(len(t)):
        out = said[i]
        out[0] = judge(row, t[i], lon[i], lat[i], speed[i], accuracy[i], limits)
        out[1], out[2] = 0, odometer(row, t[i], metres[i], device[i], limits)
        row[HEARD] = t[i]
        if ignition[i] >= 0 and ignition[i] != row[IGNITION]:
            row[IGNITION], row[IGNITION_T] = ignition[i], t[i]
        if out[0] & NOT_USED:
            note(row, out[2], conflicts[i], 1)
        else:
            done = take(
                row,
                t[i],
                lon[i],
                lat[i],
                speed[i],
                accuracy[i],
                conflicts[i],
                limits,
                out,
                ended[n_ended],
            )
            n_ended += done > 0
            if done == SETTLED:
                stops[n_stops, 0] = i + 1
                stops[n_stops, 1:] = row
                n_stops += 1
        out[3] = phase(row)
    return n_ended, n_stops


@compiled
def take(
    row: Integers,
    t: int,
    lon: int,
    lat: int,
    speed: int,
    accuracy: int,
    conflicts: int,
    limits: Limits,
    out: Integers,
    ended: Integers,
) -> int:
    """Take a fix that is a position; whether a journey ended: SILENCED, SETTLED or 0."""
    done, driven_m = 0, out[2]
    if t - row[T] > limits.gap_us:
        if row[CONFIRMED]:
            end(row, ended)
            done = SILENCED
        after_silence(row, t, lon, lat, limits)
        driven_m = NONE
    elif out[0] & FLAG_MOVED:
        relocate(row, t, lon, lat)
    if accuracy < 0:
        accuracy = DEFAULT_ACCURACY_DM
    flagged = 1 if out[0] else 0
    known = row[OPEN]
    note(row, driven_m, conflicts, flagged)
    if not row[CONFIRMED]:
        out[1] = leave(row, t, lon, lat, speed, accuracy, limits)
    else:
        moving = moves(row, lon, lat, speed, accuracy, limits)
        if not moving and row[STOP] and t - row[STOP] >= limits.stop_us:
            end(row, ended)
            done = SETTLED
        else:
            out[1] = drive(row, t, lon, lat, speed, moving, limits)
    if not known:
        note(row, driven_m, conflicts, flagged)
    row[T], row[LON], row[LAT] = t, lon, lat
    if not out[0] & FROZEN:
        row[SEEN] = t
    elif t - row[SEEN] > limits.gap_us:
        row[SEEN] = 0  # it matters no more
    return done


@compiled
def judge(
    row: Integers, t: int, lon: int, lat: int, speed: int, accuracy: int, limits: Limits
) -> int:
    """Flag a fix; those that are not used leave the vehicle where it was."""
    if abs(lon) < NULL_ISLAND_E7 and abs(lat) < NULL_ISLAND_E7:
        return ZERO
    if accuracy > limits.coarse_dm:
        return COARSE
    flag = 0
    if row[T] and jumps(since(row, t, limits), row[LON], row[LAT], t, lon, lat, limits):
        agrees = row[DOUBTED] > 0 and not jumps(
            row[DOUBT_T], row[DOUBT_LON], row[DOUBT_LAT], t, lon, lat, limits
        )
        row[DOUBTED] = row[DOUBTED] + 1 if agrees else 1
        row[DOUBT_T], row[DOUBT_LON], row[DOUBT_LAT] = t, lon, lat
        if row[DOUBTED] < limits.jump_agree:
            return JUMP
        flag = FLAG_MOVED
    elif row[T] and row[LON] == lon and row[LAT] == lat and speed >= FROZEN_DKMH:
        flag = FROZEN
    row[DOUBT_T:] = 0
    return flag


@compiled
def since(row: Integers, t: int, limits: Limits) -> int:
    """When it was last where it was: frozen positions tell nothing, but no longer than silence."""
    return int(row[SEEN] if t - row[SEEN] <= limits.gap_us else row[T])


@compiled
def jumps(
    t: int, lon: int, lat: int, then: int, lon_then: int, lat_then: int, limits: Limits
) -> bool:
    """Whether nobody drives there in that time."""
    allowed = limits.jump_slack_m * 3_600_000 + (then - t) * limits.jump_kmh
    return step_mm(lon, lat, lon_then, lat_then) * 3600 > allowed


@compiled
def odometer(row: Integers, t: int, metres: int, device: int, limits: Limits) -> int:
    """Metres since this device's last reading; NONE where there is none, or not a plausible one."""
    if metres < 0:
        return NONE
    added = metres - row[ODOMETER]
    same = device == row[DEVICE] and row[ODOMETER] >= 0
    allowed_m = limits.jump_slack_m * 10 + (t - row[ODOMETER_T]) * limits.jump_kmh // 3_600_000
    row[DEVICE], row[ODOMETER], row[ODOMETER_T] = device, metres, t
    return added if same and 0 <= added <= allowed_m else NONE


@compiled
def note(row: Integers, driven_m: int, conflicts: int, flagged: int) -> None:
    """Count a fix: to the journey, or to the stop that may yet end it."""
    if not row[OPEN]:
        return
    first, metres = (STOP_FIXES, STOP_ODOMETER_M) if row[STOP] else (FIXES, ODOMETER_M)
    row[first] += 1
    row[first + 1] += flagged
    row[first + 2] += conflicts
    if driven_m != NONE:
        row[metres] = max(row[metres], 0) + driven_m


@compiled
def phase(row: Integers) -> int:
    """Where the journey is now."""
    if not row[CONFIRMED]:
        return AT_REST
    return HALTED if row[STOP] else DRIVING


@compiled
def after_silence(row: Integers, t: int, lon: int, lat: int, limits: Limits) -> None:
    """It rests where it was, or somewhere new."""
    drop(row)
    away = step_mm(row[ANCHOR_LON], row[ANCHOR_LAT], lon, lat) > limits.drift_mm
    if not row[T] or away:
        row[ANCHOR_LON], row[ANCHOR_LAT], row[REST] = lon, lat, t


@compiled
def relocate(row: Integers, t: int, lon: int, lat: int) -> None:
    """It is there; the way is not counted."""
    if not row[CONFIRMED]:
        drop(row)
        row[REST] = t
    row[ANCHOR_LON], row[ANCHOR_LAT] = lon, lat


@compiled
def drop(row: Integers) -> None:
    """It was no journey: it still stands where it stood."""
    if row[OPEN]:
        row[ANCHOR_LON], row[ANCHOR_LAT] = row[START_LON], row[START_LAT]
        close(row)


@compiled
def close(row: Integers) -> None:
    """No journey is under way."""
    row[OPEN:DOUBT_T] = 0


@compiled
def leave(
    row: Integers, t: int, lon: int, lat: int, speed: int, accuracy: int, limits: Limits
) -> int:
    """A fix while it rests, or seems to leave; the millimetres that it adds."""
    if row[OPEN]:
        away = step_mm(row[START_LON], row[START_LAT], lon, lat)
    else:
        away = step_mm(row[ANCHOR_LON], row[ANCHOR_LAT], lon, lat)
    far = max(limits.far_mm if speed < 0 else limits.drift_mm, 3 * accuracy * 100)
    if speed < limits.moving_dkmh and away <= far:
        drop(row)
        return 0
    if not row[OPEN]:
        row[OPEN], row[STARTED] = 1, t
        row[START_LON], row[START_LAT] = row[ANCHOR_LON], row[ANCHOR_LAT]
        row[ODOMETER_M] = row[MAX_DKMH] = row[STOP_ODOMETER_M] = NONE
    mm = advance(row, lon, lat, speed)
    if row[FIXES] >= 2 and away > max(limits.leave_mm, 2 * accuracy * 100):
        row[CONFIRMED] = 1
        # what no longer matters is forgotten: equal futures must have equal digests
        row[MOVING], row[REST] = row[STARTED], 0
    return mm


@compiled
def moves(row: Integers, lon: int, lat: int, speed: int, accuracy: int, limits: Limits) -> bool:
    """Whether it moves, on a journey."""
    away = step_mm(row[ANCHOR_LON], row[ANCHOR_LAT], lon, lat)
    return speed >= limits.moving_dkmh or away > max(limits.still_mm, 2 * accuracy * 100)


@compiled
def drive(
    row: Integers, t: int, lon: int, lat: int, speed: int, moving: bool, limits: Limits
) -> int:
    """A fix on a journey that goes on; the millimetres that it adds."""
    if moving:
        if row[STOP]:
            resume(row, t, limits)
            row[MOVING] = t
        return advance(row, lon, lat, speed)
    if row[STOP]:
        return 0
    mm = advance(row, lon, lat, speed)
    row[STOP] = t
    return mm


@compiled
def advance(row: Integers, lon: int, lat: int, speed: int) -> int:
    """Measure from the anchor, and move it here."""
    mm = step_mm(row[ANCHOR_LON], row[ANCHOR_LAT], lon, lat)
    row[MM] += mm
    row[MAX_DKMH] = max(row[MAX_DKMH], speed)
    row[ANCHOR_LON], row[ANCHOR_LAT] = lon, lat
    return mm


@compiled
def resume(row: Integers, t: int, limits: Limits) -> None:
    """The stop was only a halt: all that was counted during it belongs to the journey."""
    row[FIXES] += row[STOP_FIXES]
    row[FLAGGED] += row[STOP_FLAGGED]
    row[CONFLICTS] += row[STOP_CONFLICTS]
    if row[STOP_ODOMETER_M] != NONE:
        row[ODOMETER_M] = max(row[ODOMETER_M], 0) + row[STOP_ODOMETER_M]
    if t - row[STOP] >= limits.idle_us:
        row[IDLE_US] += t - row[STOP]
    row[STOP:STOP_ODOMETER_M] = 0
    row[STOP_ODOMETER_M] = NONE


@compiled
def end(row: Integers, out: Integers) -> None:
    """The journey is over: at its stop, or with the last fix."""
    row[REST] = row[STOP] if row[STOP] else row[T]
    out[: DOUBT_T - STARTED] = row[STARTED:DOUBT_T]
    out[DOUBT_T - STARTED] = row[REST]
    out[DOUBT_T - STARTED + 1], out[DOUBT_T - STARTED + 2] = row[ANCHOR_LON], row[ANCHOR_LAT]
    close(row)
    row[MOVING] = 0
