"""The certificate's pricing in machine code: the least reduced cost of any duty of a lane.

All in int64: seconds, metres, and 1/1000 of the weighted objective. It walks the checker's
rules by itself and shares nothing with the engines but the compiler.
"""

import numpy as np

from optimizer.compiled import compiled, lean
from optimizer.proof_nodes import (
    END,
    FIXED,
    GOAL,
    ORIGIN,
    START,
    Ints,
)

NEVER = 1 << 60
(
    PLACE,
    HOME,
    FREE_S,
    FROM_S,
    UNTIL_S,
    BEGIN_M,
    RANGE_M,
    KM_FEN,
    TOLL_PERCENT,
    CHARGE_M,
    HOME_CHARGES,
    MOST_DRIVING_S,
    SINCE_S,
    BREAK_AFTER_S,
    BREAK_S,
    SPAN_S,
    BUFFER_S,
    NOW_S,
    HOUR_FEN,
    MIN_CHARGE_S,
    WEIGHT,
) = range(21)
LANE = 21


@lean
def drive_s(seconds: Ints, percent: Ints, a: int, b: int, at_s: int) -> int:
    """Seconds of a drive with the factor of an hour."""
    lasts: int = seconds[a, b]
    if len(percent) == 0:
        return lasts
    factor: int = percent[at_s // 3600 % 24]
    return (lasts * factor + 50) // 100


@lean
def fen(lane: Ints, metres: int, toll: int, paid_s: int) -> int:
    """Weighted price of an empty drive and the time that is paid for."""
    price: int = (metres * lane[KM_FEN] + 500) // 1000
    price += (toll * lane[TOLL_PERCENT] + 50) // 100
    price += (paid_s * lane[HOUR_FEN] + 1800) // 3600
    weight: int = lane[WEIGHT]
    return price * weight


@lean
def approach(
    ground: tuple[Ints, Ints, Ints, Ints, Ints], lane: Ints, nodes: Ints, i: int, j: int, way: int
) -> tuple[bool, int, int, int, int, int, int]:
    """One way from node i to node j: 0 direct, 1 by home, 2 charging at home, 3.. at chargers.

    Node i = -1 is setting out. Returns whether it can be, its price, and back_s, out_s,
    back_m, out_m and the standing in between.
    """
    seconds, metres, toll, percent, chargers = ground
    at_s, origin = nodes[j, START], nodes[j, ORIGIN]
    first = i < 0
    place = lane[PLACE] if first else nodes[i, GOAL]
    free_s = lane[FREE_S] if first else nodes[i, END]
    back_s = back_m = tolls = 0
    begins = place
    if way > 0:
        begins = lane[HOME] if way < 3 else chargers[way - 3]
        back_s = drive_s(seconds, percent, place, begins, at_s if first else free_s)
        back_m, tolls = metres[place, begins], toll[place, begins]
    out_s = drive_s(seconds, percent, begins, origin, at_s)
    out_m, tolls = metres[begins, origin], tolls + toll[begins, origin]
    leave_s = at_s - lane[BUFFER_S] - out_s
    stand_s = 0 if first else leave_s - back_s - free_s
    waits = not first and way != 1 and way != 2
    paid_s = max(0, at_s - free_s) if waits else back_s + out_s + lane[BUFFER_S]
    fixed_j = nodes[j, FIXED] == 1
    can = True
    if way >= 2 and stand_s < lane[MIN_CHARGE_S]:
        can = False
    if not fixed_j:
        can = can and leave_s - back_s >= free_s and leave_s >= lane[NOW_S]
        if first and leave_s - back_s < lane[FROM_S]:
            can = False
        gone = not first and nodes[i, FIXED] == 1 and nodes[i, END] < lane[NOW_S]
        if gone and way != 1 and way != 2:
            can = False
    elif not first and nodes[i, FIXED] == 0 and leave_s - back_s < free_s:
        can = False
    price = fen(lane, back_m + out_m, tolls, paid_s)
    return can, price, back_s, out_s, back_m, out_m, stand_s


@lean
def home(
    ground: tuple[Ints, Ints, Ints, Ints, Ints], lane: Ints, nodes: Ints, i: int
) -> tuple[bool, int, int, int]:
    """The way home from node i: whether it can be, price, seconds, metres."""
    seconds, metres, toll, percent, _ = ground
    place, end_s = nodes[i, GOAL], nodes[i, END]
    drive = drive_s(seconds, percent, place, lane[HOME], end_s)
    far = metres[place, lane[HOME]]
    price = fen(lane, far, toll[place, lane[HOME]], drive)
    return nodes[i, FIXED] == 1 or end_s + drive <= lane[UNTIL_S], price, drive, far


@lean
def ways_of(lane: Ints, chargers: Ints, i: int) -> int:
    """How many ways there are to go on."""
    if i < 0:
        return 1 if lane[PLACE] == lane[HOME] else 2
    return 2 if lane[CHARGE_M] == 0 else 3 + len(chargers)


@lean
def cheapest(
    ground: tuple[Ints, Ints, Ints, Ints, Ints], lane: Ints, nodes: Ints, i: int, j: int
) -> int:
    """Price of the cheapest way from node i to node j, NEVER if there is none."""
    best = NEVER
    for way in range(ways_of(lane, ground[4], i)):
        if way != 2 or lane[HOME_CHARGES] == 1:
            can, price, _a, _b, _c, _d, _e = approach(ground, lane, nodes, i, j, way)
            if can:
                best = min(best, price)
    return best


@compiled
def backward(
    ground: tuple[Ints, Ints, Ints, Ints, Ints],
    lane: Ints,
    nodes: Ints,
    serve: Ints,
    until: Ints,
) -> tuple[Ints, int]:
    """Least reduced cost from each node on, without what a duty uses up; and of a whole one.

    Args:
        ground: seconds, metres, tolls, percent by hour, chargers.
        lane: the car and the driver.
        nodes: (n, 12) what the lane may serve, in order of start.
        serve: (n,) reduced cost of serving.
        until: (n + 1,) the next node after each that must not be passed over, n: none; the
            last is that of setting out.
    """
    n = len(nodes)
    onward = np.full(n, NEVER, np.int64)
    for i in range(n - 1, -2, -1):
        best = NEVER
        if i >= 0 and until[i] == n:
            can, price, _, _ = home(ground, lane, nodes, i)
            best = price if can else NEVER
        for j in range(i + 1, min(n, until[i] + 1)):
            after = i < 0 or nodes[j, START] >= nodes[i, END]
            if after and onward[j] < NEVER:
                best = min(best, cheapest(ground, lane, nodes, i, j) + onward[j])
        if i < 0:
            return onward, best
        if best < NEVER // 2:
            onward[i] = best + serve[i]
    return onward, NEVER
