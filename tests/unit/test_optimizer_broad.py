"""Thousands of tasks as a whole: the LP from inside, the way down from it, and its bound."""

import time
from collections import Counter
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer import glide
from optimizer.balance import Columns
from optimizer.baseline import Decisions, greedy
from optimizer.broad import Broad
from optimizer.budget import Limits
from optimizer.choice import choose
from optimizer.engine import Engine
from optimizer.glide import Glide
from optimizer.handout import decisions_of
from optimizer.interior import solved
from optimizer.large import plan_large
from optimizer.master import EngineFailed, rows_used
from optimizer.progress import never
from optimizer.scale import Found
from optimizer.steady import Steady
from optimizer.stock import Stock
from optimizer.warming import warm
from tests.bench.instances import Size, day
from tests.tiny_days import drawn_rich, to_begin_from, with_fixed
from tests.tiny_plans import best_levels

MIDDLE = day(Size(12, 30), 3)
# Too large to be decided as a whole with an exact bound, and not for the plan alone.
BROAD_WAYS = 1_000


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm()


def judged(problem, decisions):
    verdict = o.judge(problem, decisions.duties, decisions.rentals, decisions.unserved)
    assert verdict.violations == ()
    return verdict.levels


def engine_of(problem, plan):
    levels = o.judge(problem, plan.duties, plan.rentals, plan.unserved).levels
    return Engine(problem, plan, levels, time.perf_counter() + 300, steady=True)


def limits(*, rounds=6, bound_s=0.0):
    return Limits(time.monotonic(), time.monotonic() + 600, rounds, 1, never, bound_s)


def test_from_inside_an_lp_has_the_value_and_the_multipliers_that_the_simplex_method_finds():
    engine = engine_of(MIDDLE, greedy(MIDDLE))
    it = engine.generator
    it.gather(more=lambda: True, rounds=30)
    it.master.add(it.pool.columns)
    wanted, columns = it.master.solve(), it.stock.columns()
    right, equal = it.rows.right, it.rows.equal
    found = solved(columns, np.arange(len(columns.cost)), right, equal)
    assert found.value == pytest.approx(wanted.value, rel=1e-4)
    assert float(right @ found.duals) == pytest.approx(wanted.value, rel=1e-3)
    used = np.zeros(len(right))
    np.add.at(used, columns.row, columns.share * np.repeat(found.shares, np.diff(columns.at)))
    assert used[equal] == pytest.approx(right[equal], abs=1e-3)
    assert (used[~equal] <= right[~equal] + 1e-3).all()


def test_an_lp_without_a_solution_is_said_to_have_none():
    one = Columns(np.ones(1), np.array([0, 1]), np.zeros(1, np.int64), np.ones(1))
    with pytest.raises(EngineFailed):
        solved(one, np.zeros(1, np.int64), np.array([-1]), np.array([True]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9), st.booleans(), st.integers(0, 8), st.booleans())
def test_it_glides_to_valid_duties_that_share_nothing(seed, fixed, rest, turning):
    with pytest.MonkeyPatch.context() as with_others:
        if turning:
            with_others.setattr(glide, "TOO_MUCH", -1.0)
        _glides(seed, rest, fixed=fixed)


def _glides(seed, rest, *, fixed):
    problem, plan = to_begin_from(seed, fixed=fixed)
    engine = engine_of(problem, plan)
    it, arcs, rows = engine.generator, engine.arcs, engine.rows
    price = it.gather(more=lambda: True, rounds=50)[0].duals
    way = Glide(it, price, rest)
    if not way.down(lambda: 60.0):
        # A run that must be lent may find the limit used up.
        assert fixed
        return
    duties = way.held
    used = Counter(row for column in duties for row in rows_used(arcs, rows, column))
    served = Counter(j for c in duties for i in c.nodes for j in arcs.graph.nodes.items[i].tasks)
    assert all(many == 1 for many in served.values())
    assert all(used[row] <= rows.right[row] for row in used)
    assert all(used[row] == 1 for row in rows.of_run)
    found = choose(arcs, rows, engine.weights, duties, seconds=10)
    it = decisions_of(arcs, rows, duties, found)
    assert o.judge(problem, it.duties, it.rentals, it.unserved).violations == ()


def test_it_lands_near_the_best_duties_that_there_are():
    plain = greedy(MIDDLE)
    engine = engine_of(MIDDLE, plain)
    price = engine.generator.gather(more=lambda: True, rounds=50)[0].duals
    way = Glide(engine.generator, price, rest_tasks=5)
    assert way.down(lambda: 60.0)
    found = choose(engine.arcs, engine.rows, engine.weights, way.held, seconds=10)
    levels = judged(MIDDLE, decisions_of(engine.arcs, engine.rows, way.held, found))
    best = o.solve(MIDDLE, seconds=60).levels
    assert levels < judged(MIDDLE, plain)
    assert levels.rentals <= best.rentals + 1
    assert levels.fen <= 1.1 * best.fen


@pytest.mark.parametrize("steps", [0, 1])
def test_in_too_little_time_what_is_held_shares_nothing(steps):
    engine = engine_of(MIDDLE, greedy(MIDDLE))
    best, _ = engine.generator.gather(more=lambda: True, rounds=20)
    way, left = Glide(engine.generator, best.duals, rest_tasks=0), count()
    assert not way.down(lambda: 600.0 if next(left) < 3 * steps else 0.0)
    assert bool(way.held) == (steps > 0)
    rows = [r for c in way.held for r in rows_used(engine.arcs, engine.rows, c)]
    used = np.bincount(rows, minlength=len(engine.rows.right))
    assert (used <= engine.rows.right)[used > 0].all()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_what_is_left_in_too_little_time_goes_where_there_is_room(seed, fixed):
    problem = drawn_rich(seed, cars=5, drivers=4, tasks=8)
    problem = with_fixed(problem, seed) if fixed else problem
    plain = greedy(problem)
    verdict = o.judge(problem, plain.duties, plain.rentals, plain.unserved)
    broad = Broad(problem, plain, verdict.levels, time.monotonic(), never)
    broad.gather(20)
    found = broad.choose()
    if found is None:
        assert fixed
        return
    again = o.judge(problem, found.duties, found.rentals, found.unserved)
    assert again.violations == ()
    # Nothing was held, so that all goes as in the plain plan.
    assert fixed or again.levels == verdict.levels


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**9))
def test_no_plan_is_below_the_bound_of_a_broad_day(seed):
    problem = drawn_rich(seed)
    nothing = Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))
    levels = o.judge(problem, nothing.duties, nothing.rentals, nothing.unserved).levels
    broad = Broad(problem, nothing, levels, time.monotonic() + 120, never)
    best = best_levels(problem)
    leasts = broad.leasts(Found(nothing, best))
    for _ in range(60):
        leasts.improve()
    bound = leasts.at(best)
    assert bound.at_levels <= best.fen
    assert bound.rentals <= best.rentals
    assert bound.fen is None or bound.rentals == best.rentals
    assert all(o.prove(problem, it).proven for it in leasts.certificates(best))


@pytest.mark.parametrize("bound_s", [0.0, 600.0])
def test_a_broad_day_is_planned_the_same_twice_with_a_bound_that_anybody_can_prove(bound_s):
    plain = greedy(MIDDLE)
    start = judged(MIDDLE, plain)
    heard = []
    once, again = (
        plan_large(
            MIDDLE,
            plain,
            start,
            limits(bound_s=bound_s),
            seed=7,
            tell=lambda *x: heard.append(x),
            most_ways=BROAD_WAYS,
        )
        for _ in range(2)
    )
    assert once.decisions == again.decisions
    levels = judged(MIDDLE, once.decisions)
    assert levels < start
    bound = once.bound_of(levels)
    assert bound == again.bound_of(levels)
    assert bound.kind == "lagrangian"
    # In six rounds it is not far up.
    assert (0.9 if bound_s else 0.2) * levels.fen <= bound.at_levels <= levels.fen
    assert all(o.prove(MIDDLE, it).proven for it in once.certificates_of(levels))
    phases = [phase for phase, _, _ in heard]
    assert {"columns", "bound"} <= set(phases)
    if bound_s:
        assert phases.index("neighbourhoods") < phases.index("bound")


def test_a_bound_of_its_own_time_is_climbed_after_the_plan_by_parts_too():
    plain, now = greedy(MIDDLE), time.monotonic()
    given = Limits(now, now + 1, 10**6, 1, never, bound_s=20)
    start = judged(MIDDLE, plain)
    found = plan_large(MIDDLE, plain, start, given, seed=1, tell=lambda *_: None, most_ways=0)
    levels = judged(MIDDLE, found.decisions)
    assert 0.5 * levels.fen <= found.bound_of(levels).at_levels <= levels.fen


def test_stock_counts_what_is_in_the_pool_once():
    engine = engine_of(MIDDLE, greedy(MIDDLE))
    it = engine.generator
    assert isinstance(it, Steady)
    it.gather(more=lambda: True, rounds=5)
    fresh = Stock(it.arcs, it.rows, it.weights)
    fresh.add(it.pool.columns)
    assert len(fresh.columns().cost) == len(it.stock.columns().cost)
