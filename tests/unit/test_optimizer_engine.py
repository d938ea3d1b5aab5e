"""The engine by itself, with every rule on: its plans, its bounds and their proofs."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.baseline import Decisions
from optimizer.engine import Engine
from optimizer.improve import improve
from optimizer.levels import least_levels, reached
from optimizer.warming import warm
from tests.bench.instances import Size
from tests.bench.instances import day as city
from tests.tiny_days import drawn_rich
from tests.tiny_plans import best_levels

seeds = st.integers(0, 10**9)


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm()


def nothing(problem: o.Problem) -> Decisions:
    return Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))


def judged(problem: o.Problem, decisions: Decisions) -> o.Verdict:
    return o.judge(problem, decisions.duties, decisions.rentals, decisions.unserved)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_from_nothing_the_engine_finds_the_best_of_all_plans_and_proves_its_bounds(seed):
    problem = drawn_rich(seed)
    start = nothing(problem)
    engine = Engine(problem, start, judged(problem, start).levels, time.perf_counter() + 120)
    generated = engine.generate(200, 0.9)
    found = engine.choose()
    verdict, best = judged(problem, found), best_levels(problem)
    assert verdict.violations == ()
    bound = least_levels(engine, verdict.levels, 200)
    assert (bound.unserved, bound.rentals) <= (best.unserved, best.rentals)
    if bound.rentals and bound.unserved == best.unserved:
        was = generated.bound
        generated = engine.require(bound.rentals, 200, 0.9)
        assert generated.bound >= was
    anew = reached(engine, verdict.levels, bound)
    if (anew.unserved, anew.rentals) < (verdict.levels.unserved, verdict.levels.rentals):
        verdict = judged(problem, engine.choose(anew))
    if (bound.unserved, bound.rentals) == (verdict.levels.unserved, verdict.levels.rentals):
        assert engine.fen_bound(generated, best) <= best.fen
    for certificate in engine.certificates:
        assert o.prove(problem, certificate).proven
    # Rest between shifts is not in the rows: duties that nobody rested can have are taken apart.
    if not problem.hours.between_s and engine.fen_bound(generated, best) == verdict.levels.fen:
        assert verdict.levels == best


def test_a_short_run_makes_a_plan_better_and_knows_what_tasks_are_worth():
    problem = city(Size(20, 40), 1)
    start = nothing(problem)
    found = improve(problem, start, seconds=60, rounds=30)
    verdict = judged(problem, found.decisions)
    assert verdict.violations == ()
    assert verdict.levels < judged(problem, start).levels
    assert found.duals.keys() == {t.id for t in problem.tasks}
    assert o.prove(problem, found.certificate).proven


def test_a_short_run_gives_the_same_again():
    problem = city(Size(15, 30), 2)
    runs = [improve(problem, nothing(problem), seconds=120, rounds=12) for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_small_day_says_how_far_it_is_and_ends_when_told_to():
    problem, heard = city(Size(12, 25), 1), []
    plan = o.solve(problem, seconds=30, report=heard.append)
    phases = [word.phase for word in heard]
    assert phases[:3] == ["greedy", "columns", "bound"]
    assert heard[0].levels >= heard[-1].levels >= plan.levels
    stopped = o.solve(problem, seconds=30, stop=lambda: True)
    assert o.check(problem, stopped).violations == ()
    assert (stopped.bound.kind, stopped.iterations < plan.iterations) == ("none", True)
