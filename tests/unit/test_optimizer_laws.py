"""Laws that hold for any day."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

import optimizer as o
from tests.tiny_days import drawn, with_fixed
from tests.tiny_plans import best_levels

seeds = st.integers(0, 10**9)


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_the_plan_is_the_best_of_all_plans_and_the_bound_is_under_it(seed):
    problem = drawn(seed)
    plan = o.solve(problem, seconds=60)
    best = best_levels(problem)
    assert o.check(problem, plan).violations == ()
    assert plan.levels == best
    assert (plan.bound.unserved, plan.bound.rentals) <= (best.unserved, best.rentals)
    assert plan.bound.fen is None or plan.bound.fen <= best.fen


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_a_plan_of_any_day_is_valid_not_worse_than_greedy_and_over_its_bound(seed):
    problem = drawn(seed, cars=6, drivers=5, tasks=10)
    plan = o.solve(problem, seconds=60)
    assert o.check(problem, plan).violations == ()
    assert plan.levels <= plan.greedy
    assert plan.bound.fen is None or plan.bound.fen <= plan.levels.fen
    for proof in plan.proofs:
        assert [r.vehicle for r in proof.refused] == [v.id for v in problem.vehicles]


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_what_an_insertion_adds_is_what_the_checker_finds(seed):
    problem = drawn(seed, cars=5, drivers=4, tasks=8)
    *known, new = problem.tasks
    before = replace(problem, tasks=tuple(known))
    plan = o.greedy_plan(before)
    answer = o.insert(o.Board.of(before, plan.duties), new, limit=9)
    asked = {option.vehicle for option in answer.options} | {r.vehicle for r in answer.refused}
    assert asked == {v.id for v in problem.vehicles}
    for option in answer.options:
        board = o.Board.of(before, plan.duties)
        board.take(new, option.way)
        verdict = o.judge(problem, board.duties(), plan.rentals, plan.unserved)
        assert verdict.violations == ()
        assert verdict.levels.fen - plan.levels.fen == option.costs.fen


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_one_car_less_never_makes_the_best_plan_better(seed):
    problem = drawn(seed)
    fewer = replace(problem, vehicles=problem.vehicles[:-1])
    if not problem.reserves:
        assert o.solve(fewer, seconds=60).levels >= o.solve(problem, seconds=60).levels


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_a_published_plan_can_be_planned_again_and_costs_no_more(seed):
    problem = drawn(seed, cars=5, drivers=4, tasks=7)
    first = o.solve(problem, seconds=60)
    held = {
        stop.task: o.Fixed(duty.vehicle, duty.driver, stop.start_s)
        for duty in first.duties
        for stop in duty.stops
    }
    tasks = tuple(replace(t, fixed=held.get(t.id)) for t in problem.tasks)
    again = replace(problem, tasks=tasks)
    second = o.solve(again, seconds=60)
    assert o.check(again, second).violations == ()
    assert second.levels <= first.levels


@settings(max_examples=30, deadline=None)
@given(seeds)
@example(54)
@example(409762)
@example(1000337)
@example(1000476)
def test_whatever_is_fixed_there_is_a_valid_plan_around_it(seed):
    problem = with_fixed(drawn(seed, cars=5, drivers=5, tasks=9), seed)
    plain = o.greedy_plan(problem)
    plan = o.solve(problem, seconds=60)
    assert o.check(problem, plain).violations == ()
    assert o.check(problem, plan).violations == ()
    assert plan.levels <= plain.levels


@settings(max_examples=5, deadline=None)
@given(seeds)
def test_the_same_seed_gives_the_same_plan(seed):
    problem = drawn(seed, cars=5, drivers=4, tasks=8)
    plans = [o.solve(problem, seconds=120, seed=7, rounds=30) for _ in range(2)]
    timeless = [replace(p, seconds=0.0, bound_seconds=0.0) for p in plans]
    assert o.encode_plan(timeless[0]) == o.encode_plan(timeless[1])
