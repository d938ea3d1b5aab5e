"""Compiled arithmetic of moving: the ways to a node, and what they use of a duty's limits.

A way is DIRECT, by HOME, by HOME with a charge there, or by charger number `way - AT`.
"""

from optimizer.compiled import lean
from optimizer.terrain import NO_LIMIT, Car, Field

DIRECT, HOME, HOME_CHARGE, AT = 0, 1, 2, 3
Gap = tuple[bool, int, int, int, int, int, int]


@lean
def scaled(seconds: int, percent: int) -> int:
    """Seconds of a drive at an hour's factor."""
    return (seconds * percent + 50) // 100


@lean
def driven_fen(car: Car, metres: int, toll_fen: int) -> int:
    """Price of an empty drive."""
    return (metres * car.fen_per_km + 500) // 1000 + (toll_fen * car.toll_percent + 50) // 100


@lean
def paid_fen(f: Field, seconds: int) -> int:
    """Price of the driver's time."""
    return (seconds * f.hour_fen + 1800) // 3600


@lean
def gap(f: Field, car: Car, i: int, j: int, way: int) -> Gap:
    """From node i to node j.

    Returns:
        Whether it can be done, fen, metres before and after the standing, seconds of
        driving before and after it, and how long it stands.
    """
    if way == DIRECT:
        return _direct(f, car, i, j)
    place = car.home if way <= HOME_CHARGE else f.chargers[way - AT]
    a, b, end_s, due_s = f.destination[i], f.origin[j], f.end_s[i], f.start_s[j] - f.buffer_s
    to_s = scaled(f.seconds[a, place], f.percent_end[i])
    out_s = scaled(f.seconds[place, b], f.percent_start[j])
    stand_s = due_s - out_s - to_s - end_s
    can = stand_s >= 0 and (f.fixed[j] or due_s - out_s >= f.now_s)
    if way >= HOME_CHARGE:
        can = can and car.charge_m > 0 and stand_s >= f.min_charge_s
    if way == HOME_CHARGE:
        can = can and car.at_home
    if way >= AT:
        can = can and not (f.fixed[i] and end_s < f.now_s and not f.fixed[j])
    away_s = f.start_s[j] - end_s if way >= AT else to_s + out_s + f.buffer_s
    to_m, out_m = f.metres[a, place], f.metres[place, b]
    fen = driven_fen(car, to_m + out_m, f.toll_fen[a, place] + f.toll_fen[place, b])
    return can, fen + paid_fen(f, away_s), to_m, out_m, to_s, out_s, stand_s


@lean
def _direct(f: Field, car: Car, i: int, j: int) -> Gap:
    a, b, end_s, due_s = f.destination[i], f.origin[j], f.end_s[i], f.start_s[j] - f.buffer_s
    drive_s = scaled(f.seconds[a, b], f.percent_start[j])
    stand_s = due_s - drive_s - end_s
    gone = f.fixed[i] and end_s < f.now_s
    if f.fixed[j]:
        can = stand_s >= 0 or f.fixed[i]
    else:
        can = stand_s >= 0 and due_s - drive_s >= f.now_s and not gone
    fen = driven_fen(car, f.metres[a, b], f.toll_fen[a, b])
    fen += paid_fen(f, max(f.start_s[j] - end_s, 0))
    return can, fen, 0, f.metres[a, b], 0, drive_s, stand_s


@lean
def setting_out(f: Field, car: Car, j: int, way: int) -> tuple[bool, int, int, int]:
    """To node j as the first of a duty: whether it can be done, fen, metres, driving."""
    a, b, due_s = car.place, f.origin[j], f.start_s[j] - f.buffer_s
    percent = f.percent_start[j]
    if way == DIRECT:
        out_s = drive_s = scaled(f.seconds[a, b], percent)
        metres, toll = f.metres[a, b], f.toll_fen[a, b]
    else:
        out_s = scaled(f.seconds[car.home, b], percent)
        drive_s = scaled(f.seconds[a, car.home], percent) + out_s
        metres = f.metres[a, car.home] + f.metres[car.home, b]
        toll = f.toll_fen[a, car.home] + f.toll_fen[car.home, b]
    leave_s = due_s - drive_s
    can = leave_s >= car.free_s and leave_s >= car.from_s and due_s - out_s >= f.now_s
    # From home itself the way by home would be the same thing twice.
    can = (can or f.fixed[j]) and not (way == HOME and a == car.home)
    fen = driven_fen(car, metres, toll) + paid_fen(f, drive_s + f.buffer_s)
    return can, fen, metres, drive_s


@lean
def going_home(f: Field, car: Car, i: int) -> tuple[bool, int, int, int]:
    """From node i as the last of a duty: whether it can be done, fen, metres, driving."""
    a = f.destination[i]
    drive_s = scaled(f.seconds[a, car.home], f.percent_end[i])
    can = f.fixed[i] or f.end_s[i] + drive_s <= min(car.until_s, f.length_s)
    metres = f.metres[a, car.home]
    fen = driven_fen(car, metres, f.toll_fen[a, car.home]) + paid_fen(f, drive_s)
    return can, fen, metres, drive_s


@lean
def range_left(car: Car, left_m: int, way: int, to_m: int, out_m: int, stand_s: int) -> int:
    """Metres left after a gap; below 0: not enough."""
    if car.full_m >= NO_LIMIT:
        return left_m
    left_m -= to_m
    if left_m < 0:
        return -1
    if way >= HOME_CHARGE:
        left_m = min(car.full_m, left_m + stand_s * car.charge_m // 3600)
    return left_m - out_m


@lean
def since_break(f: Field, since_s: int, way: int, to_s: int, out_s: int, stand_s: int) -> int:
    """Driving since a break after a gap and the buffer; above the limit: broken."""
    most_s = f.break_after_s
    rests = stand_s >= f.break_s
    if way == DIRECT:
        reached_s = since_s + out_s
        if rests and reached_s <= most_s:
            reached_s = 0
        elif rests:
            reached_s = out_s
    else:
        if since_s + to_s > most_s:
            return most_s + 1
        reached_s = (0 if rests else since_s + to_s) + out_s
    if reached_s <= most_s and f.buffer_s >= f.break_s:
        return 0
    return reached_s


@lean
def since_break_served(f: Field, since_s: int, j: int) -> int:
    """The same after serving node j."""
    if f.head_s[j] < 0:
        return since_s + int(f.driving_s[j])
    if since_s + f.head_s[j] > f.break_after_s:
        return f.break_after_s + 1
    return int(f.tail_s[j])
