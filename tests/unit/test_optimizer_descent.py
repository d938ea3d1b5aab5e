"""The way down from the LP: whole duties that are valid, share nothing, and beat no bound."""

import time
from collections import Counter
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer import descent
from optimizer.baseline import Decisions, greedy
from optimizer.choice import choose
from optimizer.descent import Descent
from optimizer.engine import Engine
from optimizer.handout import decisions_of
from optimizer.master import rows_used
from optimizer.paths import column_of
from optimizer.warming import warm
from tests.bench.instances import Size, day
from tests.tiny_days import to_begin_from

MIDDLE = day(Size(12, 30), 3)


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm()


def generated(problem: o.Problem, plan: Decisions, rounds: int = 200) -> Engine:
    levels = o.judge(problem, plan.duties, plan.rentals, plan.unserved).levels
    engine = Engine(problem, plan, levels, time.perf_counter() + 300)
    engine.generate(rounds, 0.9)
    return engine


@settings(max_examples=25, deadline=None)
@example(24745, True, 1, 100.0)
@given(st.integers(0, 10**9), st.booleans(), st.integers(1, 200), st.sampled_from([100.0, 1e-9]))
def test_it_lands_on_valid_duties_that_share_nothing_and_beat_no_bound(seed, fixed, rounds, left_s):
    problem, plan = to_begin_from(seed, fixed=fixed)
    engine = generated(problem, plan, rounds)
    arcs, rows = engine.arcs, engine.rows
    landed = Descent(engine.generator, engine.pool.columns).down(lambda: left_s)
    if landed is None:
        # A run that must be lent may find the limit used up.
        assert fixed
        return
    used = Counter(row for column in landed.columns for row in rows_used(arcs, rows, column))
    served = Counter(
        j for c in landed.columns for i in c.nodes for j in arcs.graph.nodes.items[i].tasks
    )
    assert all(many == 1 for many in served.values())
    assert all(used[row] <= rows.right[row] for row in used)
    assert all(used[row] == 1 for row in rows.of_run)
    for column in landed.columns:
        assert column_of(arcs, column.lane, column.nodes, column.ways) == column
    assert set(landed.columns) <= set(landed.seen)
    assert landed.value >= engine.generated.bound - 1
    found = choose(arcs, rows, engine.weights, landed.columns, seconds=10)
    it = decisions_of(arcs, rows, landed.columns, found)
    assert o.judge(problem, it.duties, it.rentals, it.unserved).violations == ()


def test_with_new_duties_it_lands_below_the_best_of_those_that_were_known():
    plain = greedy(MIDDLE)
    engine = generated(MIDDLE, plain, rounds=1)
    known = list(engine.pool.columns)
    landed = Descent(engine.generator, known).down(lambda: 100.0)
    assert len(set(landed.seen)) == len(landed.seen) > len(known)
    found = choose(engine.arcs, engine.rows, engine.weights, known, seconds=10)
    alone = decisions_of(engine.arcs, engine.rows, known, found)
    best = o.judge(MIDDLE, alone.duties, alone.rentals, alone.unserved).levels
    used = choose(engine.arcs, engine.rows, engine.weights, landed.columns, seconds=10)
    it = decisions_of(engine.arcs, engine.rows, landed.columns, used)
    assert o.judge(MIDDLE, it.duties, it.rentals, it.unserved).levels < best


@pytest.mark.parametrize("told_after", [0, 1, 3])
def test_it_ends_when_it_is_told_to(told_after):
    engine = generated(MIDDLE, greedy(MIDDLE), rounds=10)
    known, steps = engine.pool.columns, count()
    assert Descent(engine.generator, known).down(lambda: 100.0 * (next(steps) >= 0)) is not None
    assert next(steps) > told_after
    again = count()
    assert Descent(engine.generator, known).down(lambda: 100.0 * (next(again) < told_after)) is None


def landings(monkeypatch, **changed) -> float:
    """What the ways down of some days cost together, with other figures than usual."""
    with monkeypatch.context() as with_others:
        for name, value in changed.items():
            with_others.setattr(descent, name, value)
        costs = []
        for seed in (4, 6, 8):
            problem = day(Size(12, 40), seed)
            engine = generated(problem, greedy(problem), rounds=10)
            landed = Descent(engine.generator, engine.pool.columns).down(lambda: 100.0)
            costs.append(landed.value)
    return sum(costs)


def test_a_step_that_costs_too_much_is_taken_back(monkeypatch):
    assert landings(monkeypatch) < landings(monkeypatch, TOO_MUCH=float("inf"))


def test_of_what_is_used_little_only_one_is_held_at_a_time(monkeypatch):
    many = {"SOME_SHARE": 1.0, "MOST_BACK": 0}
    assert landings(monkeypatch, **many) < landings(monkeypatch, **many, HALF=0.0)


def landed_from(seed: int) -> float | None:
    problem, plan = to_begin_from(seed, fixed=True)
    engine = generated(problem, plan, rounds=50)
    landed = Descent(engine.generator, engine.pool.columns).down(lambda: 100.0)
    return None if landed is None else landed.value


@pytest.mark.parametrize("seed", [14650163, 37607344, 43602027])
def test_a_step_after_which_the_lp_has_no_solution_is_taken_back(seed):
    assert landed_from(seed) is not None


@pytest.mark.parametrize(
    ("seed", "most"), [(13913696, 1_140_000), (49604629, 3_020_000), (53136503, 4_000_000)]
)
def test_a_duty_is_held_after_all_if_the_lp_is_dearer_without_it(seed, most):
    # Without it for good they cost a fifth to a third more.
    assert landed_from(seed) < most
