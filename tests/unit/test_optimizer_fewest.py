"""How few rentals a day can have, how little unserved: climbs that count nothing else."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.arcs import arcs_of
from optimizer.baseline import Decisions, greedy
from optimizer.budget import Limits
from optimizer.certificate import proven_bound
from optimizer.columns import Generated, Pool
from optimizer.engine import Engine
from optimizer.fewest import RENTALS, UNSERVED, Fewest
from optimizer.lanes import graph_of
from optimizer.large import plan_large
from optimizer.leasts import Leasts
from optimizer.plan import Levels
from optimizer.progress import never
from optimizer.rows import Weights, rows_of
from optimizer.scale import Found
from optimizer.warming import warm
from tests.bench.instances import day as city
from tests.bench.instances import full, scarce
from tests.tiny_days import HOUR, car, day, drawn_rich, driver, task
from tests.tiny_plans import best_levels

MORE_THAN_ENOUGH = 200


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm()


def fewest_of(problem: o.Problem, weights: Weights = RENTALS, unserved: int = 0) -> Fewest:
    arcs = arcs_of(graph_of(problem))
    return Fewest(arcs, rows_of(arcs.graph), Pool(), weights, unserved)


def at_once(cars: int, drivers: int, tasks: int, **more: object) -> o.Problem:
    """So many tasks of least priority at the same hour, and one more in the afternoon."""
    together = [task(k + 1, 1, 2, 9 * HOUR, priority=1) for k in range(tasks)]
    late = task(tasks + 1, 1, 2, 15 * HOUR, priority=1)
    return day(
        [car(k + 1) for k in range(cars)],
        [driver(k + 1) for k in range(drivers)],
        [*together, late],
        **more,
    )


def with_firm(cars: int) -> dict[str, object]:
    return {"firms": (o.RentalFirm(1, cars, 30_000, 300),)}


@pytest.mark.parametrize(
    ("cars", "drivers", "tasks", "least"),
    [(1, 1, 3, 2), (3, 2, 5, 3), (2, 3, 5, 3), (4, 4, 4, 0), (0, 0, 3, 4), (2, 2, 0, 0)],
)
def test_what_cars_and_drivers_cannot_do_at_the_same_hour_is_rented(cars, drivers, tasks, least):
    problem = at_once(cars, drivers, tasks)
    it = fewest_of(problem)
    assert it.least == 0
    assert it.certificate() is None
    assert it.settled(0)
    for _ in range(MORE_THAN_ENOUGH):
        if it.settled(least):
            break
        it.improve()
    assert it.least == least
    proof = it.certificate()
    if least:
        assert (proof.fen, proof.rental * (least - 1) < proof.bound) == (0, True)
        assert o.prove(problem, proof).proven


@pytest.mark.parametrize(
    ("tasks", "firm_cars", "unserved", "rentals"),
    [(5, 5, 0, 3), (5, 3, 0, 3), (5, 2, 1, 2), (5, 0, 3, 0), (2, 0, 0, 0)],
)
def test_what_neither_cars_nor_firms_can_do_is_left(tasks, firm_cars, unserved, rentals):
    problem = at_once(2, 3, tasks, **with_firm(firm_cars))
    for weights, above, least in ((UNSERVED, 0, unserved), (RENTALS, unserved, rentals)):
        it = fewest_of(problem, weights, above)
        for _ in range(MORE_THAN_ENOUGH):
            if it.settled(least):
                break
            it.improve()
        assert it.least == least
        proof = it.certificate()
        assert (proof is None) == (not least)
        assert proof is None or o.prove(problem, proof).proven


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9))
def test_no_plan_leaves_less_and_none_that_leaves_as_much_rents_less(seed):
    problem = drawn_rich(seed, tasks=5)
    problem = replace(problem, firms=tuple(replace(f, vehicles=1) for f in problem.firms))
    best = best_levels(problem)
    its = fewest_of(problem, UNSERVED), fewest_of(problem, RENTALS, best.unserved)
    for it, least in zip(its, (best.unserved, best.rentals), strict=True):
        for _ in range(30):
            it.improve()
        assert it.least <= least
        proof = it.certificate()
        assert proof is None or o.prove(problem, proof).proven


def test_it_ends_soon_where_the_lp_says_that_no_more_can_be_proven():
    it, known = fewest_of(at_once(2, 2, 4)), []
    while not it.settled(4) and len(known) < MORE_THAN_ENOUGH:
        it.improve()
        known.append(it.least)
    assert known[-1] == 2
    # Two that hope for no more, and the LP; without it there would be twelve.
    assert known.count(2) <= 5


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9))
def test_no_plan_that_serves_all_has_fewer(seed):
    problem = drawn_rich(seed)
    best = best_levels(problem)
    it = fewest_of(problem)
    for _ in range(30):
        it.improve()
    assert best.unserved or it.least <= best.rentals
    proof = it.certificate()
    assert proof is None or o.prove(problem, proof).proven


def test_what_only_the_limits_of_drivers_forbid_is_rented_too():
    # Without those limits, paths read off say that none need be.
    problem = drawn_rich(158, tasks=6)
    assert (best_levels(problem).unserved, best_levels(problem).rentals) == (0, 1)
    it = fewest_of(problem)
    for _ in range(MORE_THAN_ENOUGH):
        if it.settled(1):
            break
        it.improve()
    assert it.least == 1


@pytest.mark.parametrize("size", [scarce(12, 60), full(8, 40)])
def test_as_many_are_proven_as_the_engine_proves(size):
    problem = city(size, 1)
    plan = o.solve(problem, seconds=60)
    assert plan.bound.rentals == plan.levels.rentals > 0
    it = fewest_of(problem)
    for _ in range(MORE_THAN_ENOUGH):
        if it.settled(plan.levels.rentals):
            break
        it.improve()
    # The LP may rent by halves, which a small day's engine is able to forbid.
    assert plan.levels.rentals - 1 <= it.least <= plan.levels.rentals


def test_a_day_as_a_whole_has_its_rentals_proven_after_the_plan():
    problem = city(scarce(12, 60), 1)
    plain = greedy(problem)
    start = o.judge(problem, plain.duties, plain.rentals, plain.unserved).levels
    heard: list[o.Bound] = []
    found = plan_large(
        problem,
        plain,
        start,
        Limits(time.monotonic(), time.monotonic() + 600, 60, 1, never, bound_s=600.0),
        seed=1,
        tell=lambda phase, found, bound: heard.append(bound),
    )
    it = found.decisions
    levels = o.judge(problem, it.duties, it.rentals, it.unserved).levels
    bound = found.bound_of(levels)
    assert levels.rentals - 1 <= bound.rentals <= levels.rentals
    assert [b.rentals for b in heard] == sorted(b.rentals for b in heard)
    assert (bound.fen is None) == (bound.rentals < levels.rentals)
    proofs = [o.prove(problem, it) for it in found.certificates_of(levels)]
    assert len(proofs) == 2
    assert all(proof.proven for proof in proofs)


def test_of_a_day_as_a_whole_what_must_be_left_is_proven_after_the_plan():
    problem = city(scarce(12, 60, firm_cars=3), 1)
    plain = greedy(problem)
    start = o.judge(problem, plain.duties, plain.rentals, plain.unserved).levels
    found = plan_large(
        problem,
        plain,
        start,
        Limits(time.monotonic(), time.monotonic() + 600, 60, 1, never, bound_s=600.0),
        seed=1,
        tell=lambda *said: None,
    )
    it = found.decisions
    levels = o.judge(problem, it.duties, it.rentals, it.unserved).levels
    bound = found.bound_of(levels)
    assert 0 < bound.unserved <= levels.unserved <= 1.2 * bound.unserved
    proofs = [o.prove(problem, it) for it in found.certificates_of(levels)]
    assert all(proof.proven for proof in proofs)
    again = proven_bound(problem, levels, proofs)
    assert (again.unserved, again.rentals) == (bound.unserved, bound.rentals)


def test_where_nothing_is_rented_or_left_nothing_is_looked_at():
    problem, levels = at_once(1, 1, 3), Levels(0, 0, 9)
    nothing = Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))
    engine = Engine(problem, nothing, levels, time.perf_counter() + 60, steady=True)
    best = engine.generate(50, 1.0)
    leasts = Leasts(engine, best, None, Found(nothing, levels))
    assert leasts.settled
    assert not leasts.improve()
    assert leasts.at(levels).rentals == 0
    assert len(leasts.certificates(levels)) == 1


def test_of_fen_the_bound_is_proven_where_the_rentals_are():
    problem = at_once(1, 1, 3)
    nothing = Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))
    levels = Levels(0, 3, 9)
    engine = Engine(problem, nothing, levels, time.perf_counter() + 60, steady=True)
    leasts = Leasts(engine, engine.generate(50, 1.0), None, Found(nothing, levels))
    while leasts.improve():
        pass
    more, least, less = (leasts.at(Levels(*it)) for it in ((0, 3, 9), (0, 2, 9), (1, 0, 9)))
    assert (more.rentals, least.rentals, less.rentals) == (2, 2, 0)
    assert (more.fen, less.fen) == (None, None)
    assert least.fen == least.at_levels


@pytest.mark.parametrize(("tasks", "firm_cars"), [(4, 2), (4, 0), (4, 5)])
def test_each_level_is_proven_before_the_next(tasks, firm_cars):
    problem = at_once(1, 1, tasks, **with_firm(firm_cars))
    nothing = Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))
    left, rented = max(0, tasks - 1 - firm_cars), min(tasks - 1, firm_cars)
    levels = Levels(left, rented, 10**9)
    engine = Engine(problem, nothing, levels, time.perf_counter() + 60, steady=True)
    leasts = Leasts(engine, engine.generate(50, 1.0), None, Found(nothing, levels))
    seen = [leasts.at(levels)]
    while leasts.improve():
        seen.append(leasts.at(levels))
    last = seen[-1]
    assert (last.unserved, last.rentals) == (left, rented)
    assert last.fen == last.at_levels
    assert all(it.rentals == 0 or it.unserved == left for it in seen)
    assert all(it.fen is None for it in seen if (it.unserved, it.rentals) != (left, rented))
    # What leaves more than must be has no bound on its rentals.
    assert leasts.at(Levels(left + 1, 0, 9)).rentals == 0
    proofs = [o.prove(problem, it) for it in leasts.certificates(levels)]
    assert len(proofs) == 1 + (left > 0) + (rented > 0)
    assert all(proof.proven for proof in proofs)
    bound = proven_bound(problem, levels, proofs)
    assert (bound.unserved, bound.rentals) == (left, rented)


def test_without_any_bound_there_is_nothing_to_improve():
    problem = at_once(1, 1, 3)
    nothing = Decisions((), (), tuple(o.Unserved(t.id, "-") for t in problem.tasks))
    levels = Levels(0, 3, 9)
    engine = Engine(problem, nothing, levels, time.perf_counter() + 60, steady=True)
    none: Generated | None = None
    leasts = Leasts(engine, none, None, Found(nothing, levels))
    assert leasts.settled
    assert leasts.at(levels) == o.Bound("none")
    assert leasts.certificates(levels) == ()
