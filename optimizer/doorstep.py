"""Kernels: what keeps a visit from a place by itself, and the furthest that a car came."""

from optimizer.compiled import compiled
from optimizer.ground import NEVER, Ints
from optimizer.walk import (
    CHARGE,
    DESTINATION,
    END,
    FEN,
    LATE,
    MISSED,
    ORIGIN,
    START,
    TOLL,
    Land,
    between,
    go_home,
    set_out,
    ways_in,
)

# What is known of a car after a scan.
BEST, BEST_START, BEST_CHAIN, BEST_AT, BEST_CREW, WHY, FACT, WHY_CHAIN, WHY_AT, WHY_START = range(
    10
)
FOUND = 10


@compiled
def doorstep(
    land: Land, car: Ints, frame: Ints, duty: Ints, n: int, at: int, new: Ints
) -> tuple[int, int, int]:
    """The rule that the drives to and from a new visit at place `at` break by themselves.

    Returns:
        The rule and a fact of it; 0 and the least that both drives cost.
    """
    if at == 0:
        worst, least, fen = NEVER, 0, NEVER
        for way in range(ways_in(land, car, frame, True)):
            leg = set_out(land, car, frame, new, way)
            worst, least = _milder(worst, least, leg.code, leg.fact)
            if leg.code == 0:
                fen = min(fen, leg.fen)
    else:
        worst, least, fen = _gap(land, car, frame, duty[at - 1], new, LATE)
    if worst:
        return worst, least, 0
    if at == n:
        leg = go_home(land, car, frame, new)
        return leg.code, leg.fact, fen + leg.fen
    worst, least, out_fen = _gap(land, car, frame, new, duty[at], MISSED)
    return worst, least, fen + out_fen


@compiled
def _gap(land: Land, car: Ints, frame: Ints, a: Ints, b: Ints, late: int) -> tuple[int, int, int]:
    """The mildest rule and fact of all ways from a stop to the next, or 0 and a least price.

    Ways by other chargers are many, and looked at one by one only where they can matter.
    `late` is what being late is called here.
    """
    ways = ways_in(land, car, frame, 0)
    worst, least, fen = NEVER, 0, NEVER
    detour_fen = 0
    for way in range(ways):
        if way == 3:
            late_too = worst > CHARGE and not _time_to_charge(land, a, b)
            if worst == 0 or late_too:
                return worst, least, min(fen, detour_fen)
        leg = between(land, car, a, b, way)
        if way == 0:
            detour_fen = leg.fen - _saved(land, car)
        code = late if leg.code == LATE else leg.code
        worst, least = _milder(worst, least, code, leg.fact)
        if code == 0:
            fen = min(fen, leg.fen)
    return worst, least, fen


@compiled
def _saved(land: Land, car: Ints) -> int:
    """The most fen by which a way by a charger can be cheaper than the straight one."""
    by_road: int = (land.saved_m * car[FEN] + 500) // 1000
    by_toll: int = (land.saved_toll * car[TOLL] + 50) // 100
    return by_road + by_toll + 2  # Each is rounded by itself.


@compiled
def _time_to_charge(land: Land, a: Ints, b: Ints) -> bool:
    """Whether any charger could leave the time that a charge takes."""
    drive_s = land.seconds[a[DESTINATION], b[ORIGIN]] + 0 - land.saved_s
    gap_s = b[START] - a[END] - land.buffer_s
    return bool((gap_s - land.min_charge_s + 1) * 100 >= drive_s * land.percent.min())


@compiled
def _milder(worst: int, least: int, code: int, fact: int) -> tuple[int, int]:
    """Of two ways the one that comes further: one without a broken rule, or a later rule."""
    if worst == 0 or code == 0:
        return 0, 0
    if worst == NEVER or code > worst or (code == worst and fact < least):
        return code, fact
    return worst, least


@compiled
def note(found: Ints, code: int, fact: int, chain: int, at: int, start_s: int, low: bool) -> None:
    """Keep the reason that came furthest; of equals the one that misses least."""
    better = code > found[WHY]
    if code == found[WHY]:
        better = fact < found[FACT] if low else fact > found[FACT]
    if better:
        found[WHY], found[FACT], found[WHY_CHAIN] = code, fact, chain
        found[WHY_AT], found[WHY_START] = at, start_s
