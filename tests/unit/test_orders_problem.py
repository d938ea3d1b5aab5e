"""A day as the optimizer is given it: hours, rests, charge, tolls."""

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

import optimizer
from dispatch.orders.carried import Known as Now
from dispatch.orders.model import Held, Period
from dispatch.orders.problem import day_of
from dispatch.orders.travel import Known, points_of
from tests.drawn_fleet import MIDNIGHT, fleet, request

HOUR = timedelta(hours=1)


@pytest.fixture
def ours():
    rng = random.Random(3)
    made = fleet(rng)
    cars = tuple(replace(c, insurance_until=None, category="OTHER") for c in made.cars)
    electric = replace(
        cars[0], powertrain="bev", range_m=200_000, norm_wh_per_100km=14_000, seats=23
    )
    made = replace(made, cars=(electric, *cars[1:]))
    points = points_of(made.places, made.cars)
    n = len(points)
    layer = np.where(np.eye(n, dtype=bool), 0, 1)
    known = Known(
        optimizer.Matrix(
            (layer * 1_800).astype(np.uint32), (layer * 30_000).astype(np.uint32), "test",
            (layer * 1_000).astype(np.uint32),
        ),
        points,
    )  # fmt: skip
    return replace(made, known=known)


def asked(ours, number, **more):
    made = request(random.Random(number), number, ours.places)
    base = {"depart_at": MIDNIGHT + 9 * HOUR, "return_at": MIDNIGHT + 15 * HOUR, "drive_s": 3_600}
    return replace(made, **base | more)


def day(ours, waiting, held=(), now=MIDNIGHT, **more):
    return day_of(ours, held, waiting, epoch=MIDNIGHT, now=now, **more).problem


def task(problem, number):
    return next(t for t in problem.tasks if t.id == number)


def test_who_waits_has_a_break_there_and_who_drops_off_has_none(ours):
    waits = asked(ours, 1, kind="wait_and_return")
    short = asked(ours, 2, kind="wait_and_return", return_at=MIDNIGHT + 11 * HOUR + HOUR / 4)
    drops = asked(ours, 3, kind="drop_off", return_at=MIDNIGHT + 10 * HOUR)
    problem = day(ours, [waits, short, drops])
    parts = {t.id: (t.head_driving_s, t.tail_driving_s) for t in problem.tasks}
    assert parts == {1: (3_600, 3_600), 2: (None, None), 3: (None, None)}
    assert problem.hours == optimizer.Hours(break_after_s=14_400, break_s=1_200, span_s=43_200)


def test_a_trip_over_night_is_exempt_from_the_span(ours):
    over = asked(ours, 1, kind="multi_day", return_at=MIDNIGHT + 40 * HOUR)
    problem = day(ours, [over, asked(ours, 2)])
    assert (task(problem, 1).overnight, task(problem, 2).overnight) == (True, False)


def test_both_ways_of_the_party_pay_toll_and_large_cars_more(ours):
    problem = day(ours, [asked(ours, 1, kind="wait_and_return"), asked(ours, 2, kind="drop_off")])
    assert (task(problem, 1).toll_fen, task(problem, 2).toll_fen) == (2_000, 1_000)
    assert problem.matrix.toll_fen.max() == 1_000
    percent = {v.id: v.toll_percent for v in problem.vehicles}
    assert (percent[1], percent[2]) == (244, 100)


def leg(driver_id, start, end):
    return Held(
        1, 1, "X", 99, 1, 1, 7, driver_id, "trip", "done", Period(start, end), start, end, 0, 1, 3_600,
        30_000, 2,
    )  # fmt: skip


def test_ten_hours_lie_between_last_night_and_this_morning(ours):
    late = leg(5, MIDNIGHT - 4 * HOUR, MIDNIGHT - HOUR)
    problem = day(ours, [asked(ours, 1)], [late])
    begins = {d.id: d.windows[0].start_s for d in problem.drivers}
    assert begins[5] == 9 * 3600
    assert begins[6] == 0


def test_an_electric_car_leaves_with_what_it_has_and_what_the_pile_gives(ours):
    now = MIDNIGHT + 8 * HOUR
    problem = day(ours, [asked(ours, 1)], now=now, known=Now(charge={1: 300}))
    car = next(v for v in problem.vehicles if v.id == 1)
    assert car.charge_m_per_hour == 50_000
    assert car.charged_m == 60_000 + 50_000
    assert car.home in problem.chargers
    assert day(ours, [asked(ours, 1)]).vehicles[0].charged_m is None
