"""Duties that use a limit up to the last second are found by every kind of pricing."""

import time

import numpy as np
import pytest

import optimizer as o
from optimizer.baseline import Decisions
from optimizer.engine import Engine
from optimizer.plan import Levels
from optimizer.warming import warm

HOUR = 3600


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm()


def day(*, most_s: int, hours: o.Hours, stay_s: int) -> o.Problem:
    """Home and two places an hour apart each; there and back, `stay_s` between, is two tasks.

    The duty drives 1 h out, 1 h, 2 h and 1 h home: 18,000 s in all.
    """
    seconds = np.array([[0, HOUR, HOUR], [HOUR, 0, HOUR], [HOUR, HOUR, 0]], dtype=np.uint32)
    window = (o.Window(0, 86_400),)

    def task(number: int, start_s: int, hours_long: int, origin: int, goal: int) -> o.Task:
        lasts = hours_long * HOUR
        return o.Task(
            id=number,
            pool=1,
            unit=1,
            origin=origin,
            destination=goal,
            earliest_s=start_s,
            latest_s=start_s,
            duration_s=lasts,
            driving_s=lasts,
            loaded_m=40_000 * hours_long,
            passengers=1,
        )

    second_s = 9 * HOUR + stay_s
    return o.Problem(
        horizon=o.Horizon(epoch=0, length_s=86_400, buffer_s=0),
        matrix=o.Matrix(seconds, seconds * 11, "brim"),
        pools=(1,),
        vehicles=(o.Vehicle(1, 1, "sedan", 4, "C1", 0, 0, window, 100),),
        drivers=(o.Driver(1, 1, "C1", window, max_driving_s=most_s),),
        tasks=(task(1, 8 * HOUR, 1, 1, 2), task(2, second_s, 2, 2, 1)),
        firms=(o.RentalFirm(1, 5, 300_000, 300),),
        hours=hours,
    )


def rented(problem: o.Problem, *, steady: bool) -> int:
    """Rentals of the best plan over the duties that the pricing found."""
    plain = Decisions((), tuple(o.Rental(t.id, 1) for t in problem.tasks), ())
    deadline = time.perf_counter() + 60
    engine = Engine(problem, plain, Levels(0, 2, 10**6), deadline, steady=steady)
    engine.generate(200, 0.5)
    found = engine.choose()
    assert found is not None
    assert not o.judge(problem, found.duties, found.rentals, found.unserved).violations
    return len(found.rentals)


@pytest.mark.parametrize("steady", [True, False])
def test_driving_time_may_be_used_to_the_last_second_and_not_beyond(steady):
    # 18,000 s are 48 steps of 375 s, of which no drive is a whole number.
    assert rented(day(most_s=5 * HOUR, hours=o.Hours(), stay_s=HOUR), steady=steady) == 0
    assert rented(day(most_s=5 * HOUR - 1, hours=o.Hours(), stay_s=HOUR), steady=steady) == 1


@pytest.mark.parametrize("steady", [True, False])
def test_driving_without_a_break_may_last_to_the_last_second_and_not_beyond(steady):
    def hours(after_s: int) -> o.Hours:
        return o.Hours(break_after_s=after_s, break_s=1200)

    # Out, both tasks and home without a rest: 5 h.
    assert rented(day(most_s=8 * HOUR, hours=hours(5 * HOUR), stay_s=0), steady=steady) == 0
    assert rented(day(most_s=8 * HOUR, hours=hours(5 * HOUR - 1), stay_s=0), steady=steady) == 1
    # A rest between the tasks, and one that is a second too short.
    assert rented(day(most_s=8 * HOUR, hours=hours(3 * HOUR), stay_s=1200), steady=steady) == 0
    assert rented(day(most_s=8 * HOUR, hours=hours(3 * HOUR), stay_s=1199), steady=steady) == 1
