"""Bad input gets one clear error for each broken bound; good input survives JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

import optimizer as o
from tests.tiny_days import HOUR, car, day, drawn, driver, task


def refusal(make) -> tuple[str, ...]:
    with pytest.raises(o.InvalidProblem) as caught:
        make()
    return caught.value.errors


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: o.Window(5, 5), "window: end_s is 5, must be 6 to"),
        (lambda: task(1, 0, 1, -1), "task 1: earliest_s is -1, must be 0 to"),
        (lambda: task(1, 0, 1, 9, latest_s=8), "task 1: latest_s is 8, must be 9 to"),
        (lambda: task(1, 0, 1, 9, duration_s=0), "task 1: duration_s is 0, must be 1 to"),
        (lambda: task(1, 0, 1, 9, passengers=0), "task 1: passengers is 0, must be 1 to"),
        (lambda: task(1, 0, 1, 9, loaded_m=10**8), "task 1: loaded_m is 100000000"),
        (lambda: car(1, confidential=True), "a confidential vehicle cannot be lendable"),
        (lambda: car(1, at=1, windows=(o.Window(0, 1), o.Window(2, 3))), "away from home"),
        (lambda: car(1, windows=(o.Window(0, 9), o.Window(5, 12))), "windows overlap"),
        (lambda: o.Horizon(0, 100, now_s=101), "horizon: now_s is 101, must be 0 to 100"),
        (lambda: day([car(1), car(1)], [], []), "vehicle 1 is given twice"),
        (lambda: day([car(1, home=3)], [], []), "vehicle 1: place 3 is not in the matrix"),
        (lambda: day([car(1, pool=9)], [], []), "vehicle 1: pool 9 is unknown"),
        (lambda: day([], [], [task(1, 0, 1, 23 * HOUR + 1)]), "task 1 ends after the horizon"),
        (
            lambda: day([car(1)], [], [task(1, 0, 1, 9, pool=2)], settlements=()),
            "settlement from 1 to 2 is missing",
        ),
        (
            lambda: day([], [], [task(1, 0, 1, 9, fixed=o.Fixed(4, 4, 9))]),
            "task 1 is fixed on unknown vehicle 4",
        ),
        (
            lambda: day(
                [car(1)],
                [driver(1)],
                [task(i, 0, 1, 9, fixed=o.Fixed(1, 1, 9)) for i in (1, 2)],
            ),
            "tasks 1 and 2 are both fixed on vehicle 1 and overlap",
        ),
    ],
)
def test_a_broken_bound_is_named(make, message):
    assert any(message in error for error in refusal(make))


def test_every_broken_bound_has_its_own_line():
    assert len(refusal(lambda: task(1, 0, 1, 9, passengers=0, priority=0))) == 2


def test_a_matrix_must_be_square_and_zero_to_itself():
    good = np.zeros((2, 2), dtype=np.uint32)
    assert refusal(lambda: o.Matrix(good, np.zeros((2, 3), dtype=np.uint32), "x"))
    assert refusal(lambda: o.Matrix(good + 1, good, "x"))


def test_a_problem_and_its_plan_survive_json():
    problem = drawn(5, cars=5, drivers=4, tasks=8)
    again = o.decode_problem(o.encode_problem(problem))
    assert o.encode_problem(again) == o.encode_problem(problem)
    plan = o.solve(again, seconds=20)
    assert o.decode_plan(o.encode_plan(plan)) == plan
    assert o.check(problem, o.decode_plan(o.encode_plan(plan))).violations == ()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"duties": 3}', "\x00"])
def test_what_is_not_a_document_is_refused(text):
    assert refusal(lambda: o.decode_problem(text))
    assert refusal(lambda: o.decode_plan(text))


def test_bounds_hold_in_json_too():
    document = json.loads(o.encode_problem(drawn(5)))
    document["tasks"][0]["duration_s"] = -1
    (error,) = refusal(lambda: o.decode_problem(json.dumps(document)))
    assert "duration_s is -1" in error


def test_a_million_metres_and_a_matrix_of_zeros_are_fine():
    far = day([car(1)], [driver(1)], [task(1, 0, 1, 8 * HOUR, loaded_m=1_000_000)])
    assert o.check(far, o.solve(far, seconds=20)).violations == ()
    zeros = np.zeros((3, 3), dtype=np.uint32)
    still = replace(far, matrix=o.Matrix(zeros, zeros, "zeros"))
    assert o.check(still, o.solve(still, seconds=20)).violations == ()
