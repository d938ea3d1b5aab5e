"""Large days: parts of a plan fit back into it, it never becomes worse, and bounds hold."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.baseline import Decisions, greedy
from optimizer.budget import Limits
from optimizer.engine import Engine
from optimizer.large import plan_large
from optimizer.neighbourhood import Neighbourhoods, Taken
from optimizer.outline_bounds import Bounds
from optimizer.parts import Whole, part_of
from optimizer.progress import never
from optimizer.scale import Found
from tests.bench.instances import Size, day
from tests.tiny_days import drawn, drawn_rich, with_fixed
from tests.tiny_plans import best_levels

MIDDLE = day(Size(12, 30), 3)


def judged(problem, decisions):
    verdict = o.judge(problem, decisions.duties, decisions.rentals, decisions.unserved)
    assert verdict.violations == ()
    return verdict.levels


def as_vector(levels):
    return np.array([levels.unserved, levels.rentals, levels.fen])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
@example(112, True)
@example(1013, True)
def test_a_part_decided_anew_fits_back_and_changes_the_whole_by_as_much(seed, some_fixed):
    problem = drawn(seed, cars=6, drivers=5, tasks=10)
    if some_fixed:
        problem = with_fixed(problem, seed)
    plan = greedy(problem)
    before = judged(problem, plan)
    whole, taken = Whole(problem), Taken()
    nearby = Neighbourhoods(whole, seed)
    for size in (4, 6):
        choice = nearby.draw(plan, size, taken)
        if choice is None:
            continue
        part = part_of(whole, plan, choice)
        anew = greedy(part.problem)
        change = as_vector(judged(part.problem, anew)) - as_vector(
            judged(part.problem, part.inside)
        )
        after = part.put(plan, anew)
        assert not whole.overdrawn(after)
        assert (as_vector(judged(problem, after)) == as_vector(before) + change).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_two_parts_share_nothing(seed):
    problem = drawn(seed, cars=8, drivers=8, tasks=12)
    plan, taken = greedy(problem), Taken()
    nearby = Neighbourhoods(Whole(problem), seed)
    drawn_parts = [nearby.draw(plan, 5, taken) for _ in range(2)]
    a, b = [part_of(nearby.whole, plan, c).problem if c else None for c in drawn_parts]
    if a is None or b is None:
        return
    for name in ("vehicles", "drivers", "tasks"):
        assert not {x.id for x in getattr(a, name)} & {x.id for x in getattr(b, name)}


@pytest.mark.parametrize("seed", range(12))
def test_no_plan_is_below_the_bound_of_the_outline(seed):
    rich = drawn_rich(seed, cars=3, drivers=2, tasks=4)
    tasks = tuple(replace(task, fixed=None) for task in rich.tasks)
    problem = replace(rich, tasks=tasks)
    best = best_levels(problem)
    found = Found(Decisions((), (), ()), best)
    bounds = Bounds(problem, found, Limits(0, float("inf"), 10**6, 1, never))
    for _ in range(5):
        assert bounds.improve()
        bound = bounds.at(best)
        assert bound.at_levels <= best.fen


def test_the_bound_of_a_day_without_limits_comes_close_to_its_best_plan():
    cars = tuple(replace(car, range_m=None) for car in MIDDLE.vehicles)
    drivers = tuple(replace(who, max_driving_s=86_400) for who in MIDDLE.drivers)
    problem = replace(MIDDLE, vehicles=cars, drivers=drivers)
    plan = o.solve(problem, seconds=300)
    bounds = Bounds(problem, Found(plan, plan.levels), limits(rounds=1))
    for _ in range(40):
        bounds.improve()
    least = bounds.at(plan.levels).at_levels
    assert least <= plan.levels.fen <= 1.03 * least


def limits(*, rounds):
    return Limits(time.monotonic(), time.monotonic() + 600, rounds, 1, never)


def test_a_large_plan_is_valid_no_worse_than_greedy_and_the_same_again():
    plain = greedy(MIDDLE)
    start = judged(MIDDLE, plain)
    heard = []
    found = [
        plan_large(
            MIDDLE,
            plain,
            start,
            limits(rounds=6),
            seed=7,
            tell=lambda *x: heard.append(x),
            most_ways=0,
        )
        for _ in range(2)
    ]
    assert found[0].decisions == found[1].decisions
    levels = judged(MIDDLE, found[0].decisions)
    assert levels < start
    assert found[0].bound_of(levels) == found[1].bound_of(levels)
    assert {phase for phase, _, _ in heard} == {"neighbourhoods", "bound"}


def test_two_processes_also_find_the_same_twice():
    plain = greedy(MIDDLE)
    start = judged(MIDDLE, plain)
    once, again = (
        plan_large(
            MIDDLE,
            plain,
            start,
            replace(limits(rounds=6), processes=2),
            seed=7,
            tell=lambda *_: None,
            most_ways=0,
        )
        for _ in range(2)
    )
    assert once.decisions == again.decisions
    assert judged(MIDDLE, once.decisions) < start


def test_of_few_columns_the_plan_that_is_improved_is_never_left_out():
    plain = greedy(MIDDLE)
    before = judged(MIDDLE, plain)
    engine = Engine(MIDDLE, plain, before, time.perf_counter() + 60)
    engine.generate(8, 1.0)
    assert len(engine.pool.columns) > 2 * len(MIDDLE.tasks)
    few, many = engine.choose(columns=1), engine.choose(columns=len(engine.pool.columns))
    assert judged(MIDDLE, few) <= before
    assert judged(MIDDLE, many) <= judged(MIDDLE, few)


def test_a_bound_that_hardly_grows_is_left_alone():
    plain = greedy(MIDDLE)
    bounds = Bounds(MIDDLE, Found(plain, judged(MIDDLE, plain)), limits(rounds=6))
    assert not bounds.settled
    tries = 0
    while not bounds.settled and tries < 400:
        assert bounds.improve()
        tries += 1
    least = bounds.at(judged(MIDDLE, plain)).at_levels
    assert 3 <= tries < 400
    for _ in range(10):
        bounds.improve()
    assert least <= bounds.at(judged(MIDDLE, plain)).at_levels <= 1.02 * least


def test_a_day_with_something_fixed_has_no_bound_to_wait_for():
    problem = with_fixed(drawn(5, cars=6, drivers=5, tasks=10), 5)
    assert any(task.fixed for task in problem.tasks)
    plain = greedy(problem)
    bounds = Bounds(problem, Found(plain, judged(problem, plain)), limits(rounds=6))
    assert bounds.settled
    assert not bounds.improve()
