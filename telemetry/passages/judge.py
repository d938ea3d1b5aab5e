"""One passage against the track around it; pure."""

import math
from dataclasses import replace

import numpy as np

from telemetry.passages.model import Check, Claim, Rules
from telemetry.streams import Fixes, step_mm, steps_mm

_SECOND_US = 1_000_000


def judge(claim: Claim, fixes: Fixes, rules: Rules) -> Check:
    """Compare a passage with usable fixes of the vehicle.

    Contradicted only where the vehicle cannot have been there: every silence in which it could
    have driven there and back leaves the question open.

    Args:
        claim: what is said.
        fixes: usable ones of at least twice the time allowed around it, in order.
        rules: thresholds.
    """
    lo, hi = claim.at - rules.within_s * _SECOND_US, claim.at + rules.within_s * _SECOND_US
    first, end = int(fixes.t.searchsorted(lo)), int(fixes.t.searchsorted(hi, "right"))
    check = _where(claim, fixes, rules, end - first)
    if claim.lon is None or claim.lat is None:
        return replace(check, verdict="no-place")
    if not len(fixes):
        return check
    # the fixes just outside count as ends of the way that leads in and out
    inside = fixes.part(max(0, first - 1), min(len(fixes), end + 1))
    near_mm, near_at = _nearest(inside, claim.lon, claim.lat, lo, hi, rules)
    if near_mm is not None:
        check = replace(check, distance_m=(near_mm + 500) // 1000, near_at=near_at)
        if near_mm <= rules.near_m * 1000:
            return replace(check, verdict="confirmed")
    if _may_have_been(inside, claim.lon, claim.lat, lo, hi, rules):
        return check
    return replace(check, verdict="contradicted")


def _where(claim: Claim, fixes: Fixes, rules: Rules, within: int) -> Check:
    """Where it was at the moment, on the line between the fixes around it."""
    after = int(fixes.t.searchsorted(claim.at))
    before = after if after < len(fixes) and int(fixes.t[after]) == claim.at else after - 1
    check = Check("no-data", fixes=within)
    if before >= 0:
        check = replace(check, before_at=int(fixes.t[before]))
    if after < len(fixes):
        check = replace(check, after_at=int(fixes.t[after]))
    if check.before_at is None or check.after_at is None:
        return check
    whole = check.after_at - check.before_at
    if whole > rules.parked_s * _SECOND_US:
        return check
    part = (claim.at - check.before_at) / whole if whole else 0.0
    lon, lat = (
        round(int(c[before]) + (int(c[after]) - int(c[before])) * part)
        for c in (fixes.lon, fixes.lat)
    )
    return replace(check, lon=lon, lat=lat)


def _nearest(
    fixes: Fixes, lon: int, lat: int, lo: int, hi: int, rules: Rules
) -> tuple[int | None, int | None]:
    """Millimetres and time of the nearest point of the track within [lo, hi]."""
    best: tuple[int, int] | None = None
    t = fixes.t.tolist()
    away = steps_mm(fixes.lon, fixes.lat, np.array(lon), np.array(lat)).tolist()
    for i, at in enumerate(t):
        if lo <= at <= hi and (best is None or away[i] < best[0]):
            best = away[i], at
        if not i or at - t[i - 1] > rules.line_s * _SECOND_US:
            continue
        share = _foot(fixes, i, lon, lat)
        then = t[i - 1] + round((at - t[i - 1]) * share)
        if not lo <= then <= hi:
            continue
        x, y = (
            round(int(c[i - 1]) + (int(c[i]) - int(c[i - 1])) * share)
            for c in (fixes.lon, fixes.lat)
        )
        mm = step_mm.plain(x, y, lon, lat)
        if best is None or mm < best[0]:
            best = mm, then
    return best if best is not None else (None, None)


def _foot(fixes: Fixes, i: int, lon: int, lat: int) -> float:
    """Which share of the way from fix i-1 to fix i is nearest to a place."""
    cos = math.cos(math.radians(lat / 1e7))
    x, y = (int(fixes.lon[i]) - int(fixes.lon[i - 1])) * cos, int(fixes.lat[i] - fixes.lat[i - 1])
    px, py = (lon - int(fixes.lon[i - 1])) * cos, lat - int(fixes.lat[i - 1])
    whole = x * x + y * y
    return min(1.0, max(0.0, (px * x + py * y) / whole)) if whole else 0.0


def _may_have_been(fixes: Fixes, lon: int, lat: int, lo: int, hi: int, rules: Rules) -> bool:
    """Whether some silence within [lo, hi] was long enough to be there and come back."""
    away = steps_mm(fixes.lon, fixes.lat, np.array(lon), np.array(lat)).tolist()
    t, slack = fixes.t.tolist(), rules.near_m * 1000
    if t[0] > lo and away[0] - slack <= _reach_mm(t[0] - lo, rules):
        return True
    if t[-1] < hi and away[-1] - slack <= _reach_mm(hi - t[-1], rules):
        return True
    for i in range(1, len(t)):
        gone = step_mm.plain(
            int(fixes.lon[i - 1]), int(fixes.lat[i - 1]), int(fixes.lon[i]), int(fixes.lat[i])
        )
        took = t[i] - t[i - 1]
        stood = gone <= rules.parked_m * 1000 and took <= rules.parked_s * _SECOND_US
        way = away[i - 1] + away[i] - 2 * slack
        if not stood and way <= _reach_mm(took, rules):
            return True
    return False


def _reach_mm(took_us: int, rules: Rules) -> int:
    return took_us * rules.detour_kmh // 3_600
