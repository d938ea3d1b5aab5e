"""Large days as a whole: calm multipliers prove what the engine's prove, and plans are no worse."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.baseline import Decisions, greedy
from optimizer.bound import SCALE, Duals
from optimizer.budget import Limits
from optimizer.engine import Engine
from optimizer.entire import ways_of
from optimizer.large import plan_large
from optimizer.progress import never
from optimizer.steady import Steady
from optimizer.stock import Stock
from tests.bench.instances import Size, day
from tests.tiny_days import drawn_rich
from tests.tiny_plans import best_levels

MIDDLE = day(Size(12, 30), 3)


def judged(problem, decisions):
    verdict = o.judge(problem, decisions.duties, decisions.rentals, decisions.unserved)
    assert verdict.violations == ()
    return verdict.levels


def engine_of(problem, plan, *, steady):
    engine = Engine(problem, plan, judged(problem, plan), time.perf_counter() + 300)
    if steady:
        engine.generator = Steady(engine.arcs, engine.rows, engine.weights, engine.pool)
    return engine


def test_calm_multipliers_end_at_the_value_of_the_same_lp():
    plain = greedy(MIDDLE)
    values = []
    for steady in (False, True):
        generated = engine_of(MIDDLE, plain, steady=steady).generate(4_000, 1.0)
        assert generated.converged
        assert generated.bound <= np.ceil(generated.value)
        values.append(generated.value)
    assert values[1] == pytest.approx(values[0], rel=1e-5)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**9))
@example(876418910)
def test_no_plan_is_below_the_bound_of_calm_multipliers(seed):
    problem = drawn_rich(seed)
    nothing = Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))
    levels = o.judge(problem, nothing.duties, nothing.rentals, nothing.unserved).levels
    engine = Engine(problem, nothing, levels, time.perf_counter() + 120)
    engine.generator = Steady(engine.arcs, engine.rows, engine.weights, engine.pool)
    generated = engine.generate(4_000, 1.0)
    best = best_levels(problem)
    assert engine.fen_bound(generated, best) <= best.fen


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 2_000_000))
def test_what_is_hoped_for_is_never_below_what_is_proven(seed, most):
    engine = engine_of(MIDDLE, greedy(MIDDLE), steady=False)
    rng = np.random.default_rng(seed)
    high = SCALE * rng.integers(0, most + 1, len(engine.rows.right))
    price = np.where(engine.rows.equal, high, -high)
    stock = Stock(engine.arcs, engine.rows, engine.weights)
    stock.add(engine.pool.columns)
    _, proven = engine.generator.price(Duals(price))
    assert stock.hopes(stock.columns(), price) >= proven - 1


def test_a_day_as_a_whole_is_planned_best_with_a_bound_that_anybody_can_prove():
    plain = greedy(MIDDLE)
    limits = Limits(time.monotonic(), time.monotonic() + 600, 25, 1, never)
    start = judged(MIDDLE, plain)
    twice = [
        plan_large(MIDDLE, plain, start, limits, seed=1, tell=lambda *_: None) for _ in range(2)
    ]
    assert twice[0].decisions == twice[1].decisions
    levels = judged(MIDDLE, twice[0].decisions)
    assert levels < start
    bound = twice[0].bound_of(levels)
    assert bound.kind == "lagrangian"
    assert bound.at_levels <= levels.fen
    assert levels == o.solve(MIDDLE, seconds=60).levels
    assert all(o.prove(MIDDLE, it).proven for it in twice[0].certificates_of(levels))


def test_the_ways_of_a_day_grow_with_its_starts_and_with_kinds_of_cars():
    one = replace(MIDDLE, vehicles=MIDDLE.vehicles[:1], tasks=MIDDLE.tasks[:2])
    fixed = [replace(task, latest_s=task.earliest_s) for task in one.tasks]
    assert ways_of(replace(one, tasks=tuple(fixed))) == 3
    two = (one.vehicles[0], replace(one.vehicles[0], id=99, fen_per_km=1))
    assert ways_of(replace(one, tasks=tuple(fixed), vehicles=two)) == 6
