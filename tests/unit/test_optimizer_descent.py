"""The way down from the LP: whole duties that are valid, share nothing, and beat no bound."""

import time
from collections import Counter
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
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
@given(st.integers(0, 10**9), st.booleans(), st.integers(1, 200))
def test_it_lands_on_valid_duties_that_share_nothing_and_beat_no_bound(seed, fixed, rounds):
    problem, plan = to_begin_from(seed, fixed=fixed)
    engine = generated(problem, plan, rounds)
    arcs, rows = engine.arcs, engine.rows
    landed = Descent(engine.generator, engine.pool.columns).down(lambda: True)
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
    landed = Descent(engine.generator, known).down(lambda: True)
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
    assert Descent(engine.generator, known).down(lambda: next(steps) >= 0) is not None
    assert next(steps) > told_after
    again = count()
    assert Descent(engine.generator, known).down(lambda: next(again) < told_after) is None
