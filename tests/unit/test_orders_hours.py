"""Hours of the day: measured on drives, and the same to whoever books as to whoever plans."""

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optimizer
from dispatch.orders.hours import Drive, measured
from dispatch.orders.legs import Trip, from_home
from dispatch.orders.problem import day_of
from dispatch.orders.travel import Known, points_of, roads
from tests.drawn_fleet import MIDNIGHT, fleet, request

MINUTE = timedelta(minutes=1)
HERE, THERE, ELSEWHERE = (118.75, 30.95), (118.98, 30.63), (100.0, 20.0)
KNOWN = Known(
    optimizer.Matrix(
        np.array([[0, 1800], [1800, 0]], np.uint32), np.array([[0, 30_000], [30_000, 0]], np.uint32),
        "two places",
    ),
    (HERE, THERE),
)  # fmt: skip


def drives(hour, minutes, count, *, goal=THERE):
    arrived = MIDNIGHT + timedelta(hours=hour, minutes=30)
    return [Drive(*HERE, *goal, arrived - minutes * MINUTE, arrived)] * count


def test_an_hour_with_enough_drives_has_its_own_factor():
    found = measured([*drives(8, 45, 40), *drives(13, 30, 60)], KNOWN)
    assert (found[8], found[13], found[3]) == (150, 100, 100)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (drives(8, 45, 29), "too few"),
        (drives(8, 45, 40, goal=ELSEWHERE), "unknown places"),
        (drives(8, 7 * 60, 40), "taps forgotten"),
        (drives(8, -5, 40), "clocks set back"),
        (drives(8, 45, 40, goal=HERE), "nowhere"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_says_nothing(said, why):
    assert measured(said, KNOWN) == ()


FLEET = fleet(random.Random(5))
FREE = tuple(replace(c, insurance_until=None, category="OTHER", seats=9) for c in FLEET.cars)
POINTS = points_of(FLEET.places, FREE)


@given(st.lists(st.integers(60, 250), min_size=24, max_size=24), st.integers(0, 10**6))
def test_a_leg_is_as_long_as_the_plan_has_it(percents, number):
    """Whatever the hours are, booking holds the car from when the plan lets it leave to its home."""
    rng = random.Random(number)
    plain = roads(FLEET.places, FREE).matrix
    matrix = replace(plain, percent_by_hour=tuple(percents))
    ours = replace(FLEET, cars=FREE, known=Known(matrix, POINTS))
    asked = replace(request(rng, 1, FLEET.places), passengers=1, vehicle_class=None)
    day = day_of(ours, (), [asked], epoch=MIDNIGHT, now=MIDNIGHT)
    task = day.problem.tasks[0]
    car = rng.choice(day.problem.vehicles)
    driver = day.problem.drivers[0]
    duty = optimizer.Duty(car.id, driver.id, (optimizer.Stop(task.id, task.earliest_s),))
    times = optimizer.timetable(day.problem, duty)
    trip = Trip(asked.depart_at, asked.return_at, task.origin, task.destination, driver.id)
    held = from_home(trip, car.home, day.roads)
    assert (day.second(held.start), day.second(held.end)) == (times.leave_s, times.home_s)
