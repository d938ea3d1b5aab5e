"""The checker's rules of what a duty uses up: driving, breaks, span, range and charge."""

from collections.abc import Iterator

from optimizer.duty_rules import Read, window_at
from optimizer.problem import Problem
from optimizer.timetable import Leg
from optimizer.violations import Facts, Violation


def worn(problem: Problem, it: Read) -> Iterator[Violation]:
    """Every such rule that this duty breaks; what is wholly fixed is taken as it is."""
    if it.all_fixed:
        return
    yield from _driving(it)
    yield from _break(problem, it)
    yield from _span(problem, it)
    yield from _charge(problem, it)
    yield from _range(it)


def _facts(it: Read) -> Facts:
    return {"vehicle": it.car.id, "driver": it.driver.id}


def _driving(it: Read) -> Iterator[Violation]:
    driving_s = it.times.home_drive_s
    driving_s += sum(leg.deadhead_s + leg.work.driving.seconds for leg in it.times.legs)
    if driving_s > it.driver.max_driving_s:
        hours: Facts = {"driving_s": driving_s, "most_s": it.driver.max_driving_s}
        yield Violation("driving-time", _facts(it) | hours)


def _break(problem: Problem, it: Read) -> Iterator[Violation]:
    most_s = problem.hours.break_after_s
    if most_s is None:
        return
    driven_s = longest_s = it.driver.since_break_s if _first_window(it) else 0
    for leg in it.times.legs:
        driven_s, peak_s = _approach(problem, leg, driven_s, most_s)
        longest_s = max(longest_s, peak_s)
        work = leg.work
        if work.head_s is None or work.tail_s is None:
            driven_s += work.driving.seconds
        else:
            longest_s = max(longest_s, driven_s + work.head_s)
            driven_s = work.tail_s
        longest_s = max(longest_s, driven_s)
    longest_s = max(longest_s, driven_s + it.times.home_drive_s)
    if longest_s > most_s:
        yield Violation("break", _facts(it) | {"driving_s": longest_s, "most_s": most_s})


def _first_window(it: Read) -> bool:
    return window_at(it.driver.windows, *it.span_s) == 0


def _approach(problem: Problem, leg: Leg, driven_s: int, most_s: int) -> tuple[int, int]:
    """Driven since a break when the task begins, and the most it was on the way there."""
    rest_s = problem.hours.break_s
    rests = leg.stand_s >= rest_s
    at_origin = problem.horizon.buffer_s >= rest_s
    peak_s = driven_s + leg.back.seconds
    detour = leg.via_home or leg.charge is not None
    if detour:
        driven_s = (0 if rests else peak_s) + leg.out.seconds
    elif rests and driven_s + leg.out.seconds <= most_s:
        # It drives first and rests at the origin.
        peak_s, driven_s = driven_s + leg.out.seconds, 0
    else:
        driven_s = (0 if rests else driven_s) + leg.out.seconds
    peak_s = max(peak_s, driven_s)
    return 0 if at_origin else driven_s, peak_s


def _span(problem: Problem, it: Read) -> Iterator[Violation]:
    most_s, span_s = problem.hours.span_s, it.times.home_s - it.times.leave_s
    if most_s is None or any(party.task.overnight for party in it.parties):
        return
    if span_s > most_s:
        yield Violation("span", _facts(it) | {"span_s": span_s, "most_s": most_s})


def _charge(problem: Problem, it: Read) -> Iterator[Violation]:
    for leg in it.times.legs:
        if leg.charge is not None and leg.stand_s < problem.min_charge_s:
            short: Facts = {"stand_s": leg.stand_s, "least_s": problem.min_charge_s}
            yield Violation("charge-too-short", _facts(it) | {"task": leg.task} | short)


def _range(it: Read) -> Iterator[Violation]:
    car = it.car
    if car.range_m is None:
        return
    left_m = _charged(it, car.range_m)
    begun_m, driven_m, least_m = left_m, 0, left_m
    for leg in it.times.legs:
        left_m -= leg.back.metres
        least_m = min(least_m, left_m)
        if leg.charge is not None:
            gained_m = max(0, leg.stand_s) * car.charge_m_per_hour // 3600
            left_m = min(car.range_m, left_m + gained_m)
        left_m -= leg.out.metres + leg.work.driving.metres
        least_m = min(least_m, left_m)
        driven_m += leg.deadhead_m + leg.work.driving.metres
    driven_m += it.times.home_m
    least_m = min(least_m, left_m - it.times.home_m)
    if least_m < 0:
        used: Facts = {"metres": driven_m, "most_m": begun_m, "short_m": -least_m}
        yield Violation("range", _facts(it) | used)


def _charged(it: Read, range_m: int) -> int:
    first = not it.later and window_at(it.car.windows, *it.span_s) == 0
    return it.car.charged_m if first and it.car.charged_m is not None else range_m
