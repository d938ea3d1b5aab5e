"""What nobody rested can drive goes elsewhere, trip by trip, and not overboard."""

import time
from dataclasses import replace

import numpy as np
import pytest

import optimizer as o
from optimizer.baseline import Decisions
from optimizer.engine import Engine
from optimizer.warming import warm

HOUR, DAY = 3600, 86_400


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm()


def trip(number: int, at_s: int) -> o.Task:
    return o.Task(
        id=number,
        pool=1,
        unit=1,
        origin=1,
        destination=0,
        earliest_s=at_s,
        latest_s=at_s,
        duration_s=3 * HOUR,
        driving_s=3 * HOUR,
        loaded_m=90_000,
        passengers=1,
    )


def two_days(*, firm_cars: int) -> o.Problem:
    """A car, its driver, a late trip, and on the next day an early trip and one at noon."""
    seconds = np.array([[0, 600], [600, 0]], dtype=np.uint32)
    windows = (o.Window(0, DAY, 0), o.Window(DAY, 2 * DAY, 1))
    return o.Problem(
        horizon=o.Horizon(epoch=0, length_s=2 * DAY, buffer_s=0),
        matrix=o.Matrix(seconds, seconds * 10, "rest"),
        pools=(1,),
        vehicles=(o.Vehicle(1, 1, "sedan", 4, "C1", 0, 0, windows, 100),),
        drivers=(o.Driver(1, 1, "C1", windows),),
        tasks=(trip(1, 20 * HOUR), trip(2, DAY + 6 * HOUR), trip(3, DAY + 12 * HOUR)),
        firms=(o.RentalFirm(1, firm_cars, 90_000, 300),),
        hours=o.Hours(between_s=10 * HOUR),
    )


def chosen(problem: o.Problem) -> o.Verdict:
    nothing = Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))
    levels = o.judge(problem, (), (), nothing.unserved).levels
    engine = Engine(problem, nothing, levels, time.perf_counter() + 60)
    engine.generate(50, 0.9)
    found = engine.choose()
    assert found is not None
    verdict = o.judge(problem, found.duties, found.rentals, found.unserved)
    assert verdict.violations == ()
    assert {s.task for d in found.duties for s in d.stops} >= {1, 3}
    return verdict


def test_of_a_duty_whose_driver_has_not_rested_the_later_trip_stays_and_the_early_one_is_rented():
    levels = chosen(two_days(firm_cars=5)).levels
    assert (levels.unserved, levels.rentals) == (0, 1)


def test_where_no_firm_has_a_car_only_the_early_trip_is_left():
    problem = two_days(firm_cars=0)
    levels = chosen(problem).levels
    assert (levels.unserved, levels.rentals) == (problem.task_of[2].priority, 0)


def fixed_at(problem: o.Problem, *starts_s: tuple[int, int]) -> o.Problem:
    """With tasks, by number, fixed at their start on the car."""
    fixed = {number: o.Fixed(1, 1, at_s) for number, at_s in starts_s}
    tasks = (replace(task, fixed=fixed.get(task.id)) for task in problem.tasks)
    return replace(problem, tasks=tuple(tasks))


NIGHT = ((1, 20 * HOUR), (2, DAY + 6 * HOUR))


def test_where_what_is_fixed_leaves_no_rest_nothing_is_added_on_either_side():
    problem = fixed_at(two_days(firm_cars=5), *NIGHT)
    plan = o.solve(problem, seconds=20)
    assert o.check(problem, plan, proofs=True).violations == ()
    assert [s.task for d in plan.duties for s in d.stops] == [1, 2]
    assert [rental.task for rental in plan.rentals] == [3]


def test_what_is_added_to_a_fixed_duty_leaves_the_rest_to_the_next_one():
    """The second day begins at 9, so that the car must be home by 23 the evening before."""
    begins_s = DAY + 9 * HOUR
    early, late = replace(trip(3, 14 * HOUR), unit=2), trip(4, 20 * HOUR)
    problem = two_days(firm_cars=5)
    tasks = (trip(1, 10 * HOUR), trip(2, begins_s), early, late)
    tasks = tuple(replace(task, driving_s=HOUR) for task in tasks)
    problem = fixed_at(replace(problem, tasks=tasks), (1, 10 * HOUR), (2, begins_s))
    plan = o.solve(problem, seconds=20)
    assert plan.levels.rentals == plan.bound.rentals == 1
    assert o.check(problem, plan, proofs=True).violations == ()
    assert [rental.task for rental in plan.rentals] == [4]
    assert sorted(s.task for d in plan.duties for s in d.stops) == [1, 2, 3]


def test_of_two_fixed_duties_that_leave_no_rest_when_both_are_longer_one_is():
    evening, morning = 17 * HOUR + HOUR // 2, DAY + 7 * HOUR + HOUR // 2
    begins_s = DAY + 10 * HOUR
    tasks = (trip(1, 14 * HOUR), trip(2, begins_s), trip(3, evening), trip(4, morning))
    lasting = (3 * HOUR, 3 * HOUR, 5 * HOUR, HOUR + HOUR // 2)
    tasks = tuple(
        replace(task, duration_s=most_s, driving_s=HOUR)
        for task, most_s in zip(tasks, lasting, strict=True)
    )
    problem = replace(two_days(firm_cars=5), tasks=tasks)
    problem = fixed_at(problem, (1, 14 * HOUR), (2, begins_s))
    nothing = Decisions((), (), tuple(o.Unserved(t.id, "-") for t in tasks[2:]))
    engine = Engine(problem, nothing, o.Levels(20, 0, 0), time.perf_counter() + 60)
    engine.generate(50, 0.5)
    found = engine.descend(0.9)
    assert found is not None
    verdict = o.judge(problem, found.duties, found.rentals, found.unserved)
    assert verdict.violations == ()
    assert (verdict.levels.unserved, verdict.levels.rentals) == (0, 1)
