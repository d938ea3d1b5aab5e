"""An earlier plan carried over: what stays, what is new, and that it is valid."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.warming import warm
from tests.bench.instances import Size
from tests.bench.instances import day as city
from tests.tiny_days import drawn_rich


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm()


def served(plan):
    return {i: duty.vehicle for duty in plan.duties for stop in duty.stops for i in stop.tasks}


def test_the_same_day_keeps_every_car_and_costs_the_same():
    problem = city(Size(12, 25), 1)
    plan = o.solve(problem, seconds=20)
    again = o.carried(problem, plan)
    assert served(again) == served(plan)
    assert again.levels == plan.levels


def test_what_came_since_is_inserted_and_the_rest_stays():
    problem = city(Size(12, 25), 1)
    early = replace(problem, tasks=problem.tasks[:-5])
    before = o.solve(early, seconds=20)
    after = o.carried(problem, before)
    stay = {i: car for i, car in served(after).items() if i in early.task_of}
    assert stay == served(before)
    assert {r.task for r in before.rentals} <= {r.task for r in after.rentals}
    assert o.solve(problem, seconds=20).levels <= after.levels


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_it_is_valid_whatever_came_before(seed, other):
    problem, earlier = drawn_rich(seed), o.greedy_plan(drawn_rich(other))
    plan = o.carried(problem, earlier)
    verdict = o.judge(problem, plan.duties, plan.rentals, plan.unserved)
    assert verdict.violations == ()
    assert verdict.levels == plan.levels
