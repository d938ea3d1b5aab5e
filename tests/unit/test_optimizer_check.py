"""The checker finds what is wrong with a plan, also one made by hand, and says it with facts."""

from dataclasses import replace

import pytest

import optimizer as o
from tests.tiny_days import HOUR, car, day, driver, task

PROBLEM = day(
    [car(1), car(2, pool=2, lendable=False), car(3, range_m=50_000)],
    [driver(1), driver(2, pool=2), driver(3, max_driving_s=HOUR)],
    [task(1, 0, 1, 8 * HOUR), task(2, 1, 0, 10 * HOUR), task(3, 0, 1, 8 * HOUR, rental=False)],
)


def duty(vehicle, driver_id, *stops):
    return o.Duty(vehicle, driver_id, tuple(o.Stop(*stop) for stop in stops))


def rules(duties, rentals=(), unserved=(), problem=PROBLEM):
    return {v.rule for v in o.judge(problem, duties, rentals, unserved).violations}


GOOD = duty(1, 1, (1, 8 * HOUR), (2, 10 * HOUR))
LEFT = (o.Unserved(3, "-"),)


def test_a_good_plan_made_by_hand_is_priced():
    verdict = o.judge(PROBLEM, [GOOD], (), LEFT)
    assert verdict.violations == ()
    assert verdict.levels == o.Levels(20, 0, 14_250)


@pytest.mark.parametrize(
    ("duties", "rule"),
    [
        ([duty(9, 1, (1, 8 * HOUR))], "unknown-vehicle"),
        ([duty(1, 9, (1, 8 * HOUR))], "unknown-driver"),
        ([duty(1, 1, (9, 8 * HOUR))], "unknown-task"),
        ([duty(1, 1)], "empty-duty"),
        ([duty(1, 2, (1, 8 * HOUR), (2, 10 * HOUR))], "driver-of-other-pool"),
        ([duty(1, 1, (1, 8 * HOUR + 60), (2, 10 * HOUR))], "start-not-allowed"),
        ([duty(2, 2, (1, 8 * HOUR), (2, 10 * HOUR))], "not-lendable"),
        ([duty(1, 1, (2, 10 * HOUR), (1, 8 * HOUR))], "too-late"),
        ([duty(1, 1, (1, 8 * HOUR), (3, 8 * HOUR), (2, 10 * HOUR))], "too-late"),
        ([duty(3, 1, (1, 8 * HOUR), (2, 10 * HOUR, True))], "range"),
        ([duty(1, 3, (1, 8 * HOUR), (2, 10 * HOUR, True))], "driving-time"),
        ([duty(1, 1, (1, 8 * HOUR)), duty(1, 3, (2, 10 * HOUR))], "window-used-twice"),
        ([duty(1, 1, (1, 8 * HOUR)), duty(1, 3, (3, 8 * HOUR))], "overlap"),
        ([duty(1, 1, (1, 8 * HOUR))], "not-planned-once"),
        ([GOOD, duty(3, 3, (1, 8 * HOUR))], "not-planned-once"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_named(duties, rule):
    assert rule in rules(duties, unserved=LEFT)


def test_rentals_have_rules_too():
    others = [o.Rental(1, 1), o.Rental(2, 7), o.Rental(3, 1)]
    assert rules([], others) == {"unknown-firm", "rental-not-allowed"}
    small = replace(PROBLEM, firms=(o.RentalFirm(1, 1, 30_000, 300, passenger_seats=1),))
    found = rules([], [o.Rental(1, 1), o.Rental(2, 1)], LEFT, small)
    assert found == {"rental-unfit", "rental-capacity"}


def test_a_plan_that_flatters_itself_is_caught():
    plan = o.solve(PROBLEM, seconds=20)
    assert o.check(PROBLEM, plan).violations == ()
    flattered = replace(plan, levels=replace(plan.levels, fen=plan.levels.fen - 1))
    assert {v.rule for v in o.check(PROBLEM, flattered).violations} == {"levels-misstated"}
    stale = replace(plan, matrix_version="of another day")
    assert {v.rule for v in o.check(PROBLEM, stale).violations} == {"other-matrix"}
    boasting = replace(plan, bound=replace(plan.bound, fen=plan.levels.fen + 1))
    assert {v.rule for v in o.check(PROBLEM, boasting).violations} == {"below-bound"}


def test_a_fixed_task_may_not_move():
    held = replace(PROBLEM.tasks[0], fixed=o.Fixed(1, 1, 8 * HOUR))
    problem = replace(PROBLEM, tasks=(held, *PROBLEM.tasks[1:]))
    assert "fixed-task-moved" in rules([duty(3, 1, (1, 8 * HOUR))], problem=problem)
    assert "fixed-task-moved" in rules([], unserved=(o.Unserved(1, "-"),), problem=problem)


def test_a_lent_car_counts_against_the_reserve():
    fleet = [car(1, pool=2), car(2, pool=2)]
    people = [driver(1, pool=2), driver(2, pool=2)]
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR)]
    problem = day(fleet, people, wanted, reserves=(o.Reserve(2, 1),))
    both = [duty(1, 1, (1, 8 * HOUR)), duty(2, 2, (2, 8 * HOUR))]
    assert rules(both, problem=problem) == {"reserve"}


def test_the_timetable_says_when_the_car_leaves_and_is_home():
    times = o.timetable(PROBLEM, GOOD)
    assert (times.leave_s, times.home_s) == (8 * HOUR - 300, 11 * HOUR)
    assert [leg.leave_s for leg in times.legs] == [8 * HOUR - 300, 10 * HOUR - 300]
