"""Kernels that drive a duty through its day, under every rule, in whole numbers.

A way is how the next stop is reached: 0 straight, 1 by way of home, 2 the same and charging
there, 3 + i by way of charger i. A code of 0 means that nothing is broken.
"""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import compiled, inlined
from optimizer.ground import Ints

# Columns of a visit: one stop with its start.
ORIGIN, DESTINATION, START, END, LOADED, DRIVING, HEAD, TAIL, FIXED, NIGHT, TASK = range(11)
VISIT = 11
# Columns of a frame: what a duty stays within. FIRST_M is the range it begins with.
# NEAR is what other duties of the car and the driver leave, also to a beginning that is fixed.
CAR, FAMILY, COUNT, PLACE, FREE, FROM, UNTIL, NEAR_FROM, NEAR_UNTIL = range(9)
OPEN, MOST_S, SINCE, FIRST_M, LENT, MANNED, BASE = range(9, 16)
FRAME = 16
# Columns of a car and of a family of drivers.
HOME, FEN, RANGE, RATE, TOLL, POOL, RANK = range(7)
CREW_POOL, CREW_RANK, CREW_FROM, CREW_UNTIL, CREW_MOST_S, CREW_SINCE, CREW_LEFT = range(7)
# Broken rules, from what stops a car early to what stops it late.
OUTSIDE, BUSY, RESERVE, GONE, CHARGE, LATE, NOW, BEGINS, ENDS, MISSED = range(1, 11)
HOURS, BREAK, REACH, SPAN = range(11, 15)
NONE = -(1 << 40)


class Land(NamedTuple):
    """Ground and rules for the kernels; `percent` has 24 values, `toll` may be one zero.

    By so much as `saved_s`, `saved_m` and `saved_toll` say, and no more, a way by a charger can
    be less than the straight one.
    """

    seconds: "np.typing.NDArray[np.uint32]"
    metres: "np.typing.NDArray[np.uint32]"
    toll: "np.typing.NDArray[np.uint32]"
    percent: Ints
    chargers: Ints
    buffer_s: int
    now_s: int
    hour_fen: int
    break_after_s: int
    break_s: int
    span_s: int
    min_charge_s: int
    tolled: bool
    home_charges: "np.typing.NDArray[np.bool_]"
    saved_s: int
    saved_m: int
    saved_toll: int


class Leg(NamedTuple):
    """An empty drive: to a middle place and from there.

    `stand_s` is the standing in the middle or beside the drive, the buffer left aside; of the
    first leg when the car leaves, of the last when it is home.
    """

    code: int
    fact: int
    fen: int
    back_m: int
    out_m: int
    back_s: int
    out_s: int
    stand_s: int
    toll: int


@inlined
def _cell(layer: "np.typing.NDArray[np.uint32]", a: int, b: int) -> int:
    value: int = layer[a, b] + 0  # Widened, so that no sum can wrap.
    return value


@inlined
def _drive(land: Land, a: int, b: int, at_s: int) -> int:
    percent: int = land.percent[(at_s // 3600) % 24]
    return (_cell(land.seconds, a, b) * percent + 50) // 100


@inlined
def _fen(land: Land, car: Ints, metres: int, paid_s: int, toll: int) -> int:
    fen: int = (metres * car[FEN] + 500) // 1000 + (paid_s * land.hour_fen + 1800) // 3600
    fen += (toll * car[TOLL] + 50) // 100
    return fen


@inlined
def _toll(land: Land, a: int, b: int) -> int:
    return _cell(land.toll, a, b) if land.tolled else 0


@compiled
def set_out(land: Land, car: Ints, frame: Ints, to: Ints, way: int) -> Leg:
    """The way to the first stop, straight or by way of home."""
    home, place, at_s = car[HOME], frame[PLACE], to[START]
    if way == 0:
        back_m = back_s = toll = 0
        middle = place
    else:
        back_s, back_m = _drive(land, place, home, at_s), _cell(land.metres, place, home)
        toll = _toll(land, place, home)
        middle = home
    out_s, out_m = _drive(land, middle, to[ORIGIN], at_s), _cell(land.metres, middle, to[ORIGIN])
    toll += _toll(land, middle, to[ORIGIN])
    leave_s = at_s - land.buffer_s - back_s - out_s
    code, fact = 0, 0
    if leave_s < frame[NEAR_FROM]:
        code, fact = BEGINS, leave_s
    if to[FIXED] == 0:
        if leave_s < frame[FREE]:
            code, fact = LATE, frame[FREE] - leave_s
        elif at_s - land.buffer_s - out_s < land.now_s:
            code, fact = NOW, at_s - land.buffer_s - out_s
        elif leave_s < frame[FROM]:
            code, fact = BEGINS, leave_s
    fen = _fen(land, car, back_m + out_m, back_s + out_s + land.buffer_s, toll)
    return Leg(code, fact, fen, back_m, out_m, back_s, out_s, leave_s, toll)


@compiled
def between(land: Land, car: Ints, a: Ints, b: Ints, way: int) -> Leg:
    """The way from one stop to the next."""
    place, goal, end_s, at_s = a[DESTINATION], b[ORIGIN], a[END], b[START]
    middle = place
    if way > 0:
        middle = car[HOME] if way < 3 else land.chargers[way - 3]
    back_s, back_m = _drive(land, place, middle, end_s), _cell(land.metres, place, middle)
    out_s, out_m = _drive(land, middle, goal, at_s), _cell(land.metres, middle, goal)
    toll = _toll(land, place, middle) + _toll(land, middle, goal)
    stand_s = at_s - land.buffer_s - out_s - end_s - back_s
    paid_s = back_s + out_s + land.buffer_s if way in (1, 2) else max(0, at_s - end_s)
    code, fact = 0, 0
    if way > 1 and stand_s < land.min_charge_s:
        code, fact = CHARGE, stand_s
    elif a[FIXED] == 0 or b[FIXED] == 0:
        gone = b[FIXED] == 0 and a[FIXED] == 1 and end_s < land.now_s
        if gone and way not in (1, 2):
            code = GONE
        elif stand_s < 0:
            code, fact = LATE, -stand_s
        elif b[FIXED] == 0 and at_s - land.buffer_s - out_s < land.now_s:
            code, fact = NOW, at_s - land.buffer_s - out_s
    fen = _fen(land, car, back_m + out_m, paid_s, toll)
    return Leg(code, fact, fen, back_m, out_m, back_s, out_s, stand_s, toll)


@compiled
def go_home(land: Land, car: Ints, frame: Ints, a: Ints) -> Leg:
    """The way home from the last stop."""
    place, home = a[DESTINATION], car[HOME]
    drive_s, metres = _drive(land, place, home, a[END]), _cell(land.metres, place, home)
    code, fact = 0, 0
    home_s = a[END] + drive_s
    if home_s > frame[NEAR_UNTIL] or (a[FIXED] == 0 and home_s > frame[UNTIL]):
        code, fact = ENDS, home_s
    toll = _toll(land, place, home)
    fen = _fen(land, car, metres, drive_s, toll)
    return Leg(code, fact, fen, 0, metres, 0, drive_s, home_s, toll)


@inlined
def ways_in(land: Land, car: Ints, frame: Ints, first: int) -> int:
    """So many ways there are to a stop; not all of them must be possible."""
    if first:
        return 1 if frame[PLACE] == car[HOME] else 2
    return 3 + len(land.chargers) if car[RATE] > 0 else 2


@inlined
def charges_there(land: Land, car: Ints, way: int) -> bool:
    """Whether a way that charges leads to a charger, and no other way does so too."""
    if way < 2:
        return True
    if way == 2:
        return bool(land.home_charges[car[HOME]])
    return bool(land.chargers[way - 3] != car[HOME])


@inlined
def _break(land: Land, since: int, leg: Leg, way: int, first: int) -> tuple[int, int]:
    """Driving since the last break after a leg, and the most it was on it."""
    if first or leg.stand_s < land.break_s:
        since += leg.back_s + leg.out_s
        most = since
    elif way > 0:
        most = max(since + leg.back_s, leg.out_s)
        since = leg.out_s
    elif since + leg.out_s <= land.break_after_s:
        most, since = since + leg.out_s, 0
    else:
        most = since = leg.out_s
    if land.buffer_s >= land.break_s:
        since = 0
    return since, most


@compiled
def step(
    land: Land, car: Ints, state: Ints, leg: Leg, way: int, first: int, visit: Ints
) -> tuple[int, int]:
    """Drive a leg and do the visit; `state` is metres left, since the break, driving. In place.

    Returns:
        The rule that breaks and a fact of it.
    """
    left = state[0] - leg.back_m
    low = left
    if way > 1:
        left = min(car[RANGE], left + max(0, leg.stand_s) * car[RATE] // 3600)
    left -= leg.out_m
    since, most = _break(land, state[1], leg, way, first)
    if visit[HEAD] < 0:
        since += visit[DRIVING]
        most = max(most, since)
    else:
        most = max(most, since + visit[HEAD], visit[TAIL])
        since = visit[TAIL]
    left -= visit[LOADED]
    state[0], state[1] = left, since
    state[2] += leg.back_s + leg.out_s + visit[DRIVING]
    if most > land.break_after_s:
        return BREAK, most
    if min(low, left) < 0:
        return REACH, -min(low, left)
    return 0, 0


@compiled
def end(
    land: Land, frame: Ints, state: Ints, leg: Leg, leave_s: int, night: int
) -> tuple[int, int]:
    """Drive home; the rules of the whole duty."""
    if state[2] + leg.out_s > frame[MOST_S]:
        return HOURS, state[2] + leg.out_s
    if state[1] + leg.out_s > land.break_after_s:
        return BREAK, state[1] + leg.out_s
    if state[0] < leg.out_m:
        return REACH, leg.out_m - state[0]
    if not night and leg.stand_s - leave_s > land.span_s:
        return SPAN, leg.stand_s - leave_s
    return 0, 0


@compiled
def resources(
    land: Land, car: Ints, frame: Ints, visits: Ints, ways: Ints, n: int
) -> tuple[int, int]:
    """Range, driving, breaks and span of a whole duty of n visits; times are not looked at."""
    state = np.array([frame[FIRST_M], frame[SINCE], 0])
    night, leave_s = 0, 0
    for i in range(n):
        if i == 0:
            leg = set_out(land, car, frame, visits[0], ways[0])
            leave_s = leg.stand_s
        else:
            leg = between(land, car, visits[i - 1], visits[i], ways[i])
        code, fact = step(land, car, state, leg, ways[i], i == 0, visits[i])
        if code:
            return code, fact
        night |= visits[i, NIGHT]
    homeward = go_home(land, car, frame, visits[n - 1])
    return end(land, frame, state, homeward, leave_s, night)


@compiled
def parts(
    land: Land, car: Ints, frame: Ints, visits: Ints, ways: Ints, n: int
) -> tuple[int, int, int, int, int, int]:
    """Of a duty's empty drives: fen, metres, leaving, being home, fen for km and for tolls."""
    fen, metres, leave_s = 0, 0, 0
    km_fen, toll_fen = 0, 0
    for i in range(n + 1):
        if i == 0:
            leg = set_out(land, car, frame, visits[0], ways[0])
            leave_s = leg.stand_s
        elif i < n:
            leg = between(land, car, visits[i - 1], visits[i], ways[i])
        else:
            leg = go_home(land, car, frame, visits[n - 1])
        fen += leg.fen
        metres += leg.back_m + leg.out_m
        km_fen += ((leg.back_m + leg.out_m) * car[FEN] + 500) // 1000
        toll_fen += (leg.toll * car[TOLL] + 50) // 100
    return fen, metres, leave_s, leg.stand_s, km_fen, toll_fen
