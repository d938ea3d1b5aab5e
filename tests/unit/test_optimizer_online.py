"""Explanations, promises and re-plans: what they say is what the checker finds."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import optimizer as o
from tests.tiny_days import HOUR, car, day, drawn_rich, driver, task

seeds = st.integers(0, 10**9)


def crowded() -> o.Problem:
    """The large car does what the small one could, so the large party finds no car."""
    fleet = [car(1), car(2, passenger_seats=6, use_fen=100)]
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR, passengers=6)]
    return day(fleet, [driver(1), driver(2)], wanted)


def without(problem: o.Problem, *ids: int) -> o.Problem:
    return replace(problem, tasks=tuple(t for t in problem.tasks if t.id not in ids))


def test_one_task_makes_room_for_another():
    problem = crowded()
    plan = o.greedy_plan(without(problem, 2))
    assert [duty.vehicle for duty in plan.duties] == [2]
    board = o.Board.of(without(problem, 2), plan.duties)
    room = o.room_for(board, problem.task_of[2], seconds=60)
    assert (room.vehicle, [(m.task, m.from_vehicle, m.to_vehicle) for m in room.moves]) == (
        2, [(1, 2, 1)],
    )  # fmt: skip
    assert board.duties() == plan.duties
    o.room_for(board, problem.task_of[2], seconds=60, take=True)
    verdict = o.judge(problem, board.duties(), (), ())
    assert verdict.violations == ()
    assert verdict.levels.fen == plan.levels.fen + room.fen


def test_without_time_nothing_makes_room():
    problem = crowded()
    board = o.Board.of(without(problem, 2), o.greedy_plan(without(problem, 2)).duties)
    assert o.room_for(board, problem.task_of[2], seconds=0) is None


def test_a_rental_is_explained_by_every_car_the_bound_and_what_forcing_would_displace():
    problem = replace(crowded(), firms=(o.RentalFirm(1, 1, 30_000, 300),))
    large = o.Duty(2, 2, (o.Stop(1, 8 * HOUR),))
    verdict = o.judge(problem, [large], [o.Rental(2, 1)], ())
    plan = o.Plan((large,), (o.Rental(2, 1),), (), verdict.costs, verdict.levels)
    why = o.explain(problem, plan, 2)
    assert {r.vehicle: r.rule for r in why.refused} == {1: "seats", 2: "busy"}
    assert [m.task for m in why.forced.moves] == [1]
    assert (why.served_by, why.least_rentals, why.alternatives) == (None, 0, ())


def test_alternatives_are_ranked_and_the_plans_own_is_marked():
    problem = without(crowded(), 2)
    why = o.explain(problem, o.greedy_plan(problem), 1)
    assert [(a.vehicle, a.chosen) for a in why.alternatives] == [(2, True), (1, False)]
    assert [a.dearer_fen for a in why.alternatives] == [0, 900]
    assert all(a.costs.fen == a.fen for a in why.alternatives)
    assert json.loads(json.dumps(o.as_data(why)))["served_by"] == 2


def test_what_holds_only_together_is_explained_with_what_the_whole_duty_costs():
    """There and back: each way alone would be driven twice without a break."""
    wanted = [
        task(1, 0, 2, 8 * HOUR, driving_s=2_000),
        task(2, 2, 0, 10 * HOUR, driving_s=2_000),
    ]
    hours = o.Hours(break_after_s=3_000, break_s=1_200)
    problem = day([car(1)], [driver(1)], wanted, hours=hours)
    duty = o.Duty(1, 1, (o.Stop(1, 8 * HOUR), o.Stop(2, 10 * HOUR)))
    verdict = o.judge(problem, [duty], (), ())
    assert verdict.violations == ()
    why = o.explain(problem, o.Plan((duty,), (), (), verdict.costs, verdict.levels), 1)
    assert (why.served_by, why.alternatives, why.together) == (1, (), (2,))
    assert why.duty_costs.fen == verdict.levels.fen
    assert {r.vehicle: r.rule for r in why.refused} == {1: "break"}


@settings(max_examples=15, deadline=None)
@given(seeds)
@example(42567042)  # its car can have a party only with those who ride along
def test_any_task_of_any_day_is_explained(seed):
    problem = drawn_rich(seed, cars=4, drivers=4, tasks=6)
    plan = o.greedy_plan(problem)
    for wanted in problem.tasks:
        if wanted.fixed is not None:
            continue
        why = o.explain(problem, plan, wanted.id, limit=9)
        named = {a.vehicle for a in why.alternatives} | {r.vehicle for r in why.refused}
        assert named == {v.id for v in problem.vehicles}
        is_chosen = why.served_by in {a.vehicle for a in why.alternatives}
        assert is_chosen == (why.served_by is not None) or why.together
        assert bool(why.together) == (why.duty_costs is not None)
        json.dumps(o.as_data(why))


@settings(max_examples=40, deadline=None)
@given(seeds)
@example(57)  # the task that makes room was served beyond its unit's quota
def test_what_making_room_adds_is_what_the_checker_finds(seed):
    problem = drawn_rich(seed, cars=3, drivers=3, tasks=7)
    new = [t for t in problem.tasks if t.fixed is None][-1]
    before = without(problem, new.id)
    plan = o.greedy_plan(before)
    board = o.Board.of(before, plan.duties, plan.rentals)
    room = o.room_for(board, new, seconds=60)
    assert board.duties() == plan.duties
    assert o.room_for(board, new, seconds=60, take=True) == room
    left = () if room else (o.Unserved(new.id, "-"),)
    verdict = o.judge(problem, board.duties(), plan.rentals, (*plan.unserved, *left))
    assert verdict.violations == ()
    if room:
        assert verdict.levels.fen - plan.levels.fen == room.fen


def test_a_breakdown_moves_what_it_must_and_nothing_else():
    fleet = [car(1), car(2), car(3, fen_per_km=900)]
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR), task(3, 1, 0, 14 * HOUR)]
    problem = day(fleet, [driver(i) for i in (1, 2, 3)], wanted)
    plan = o.greedy_plan(problem)
    broken = plan.duties[0].vehicle
    found = o.replan(problem, plan, {broken: (7 * HOUR, 24 * HOUR)})
    assert o.check(found.problem, found.plan).violations == ()
    assert found.plan.levels.rentals == 0 < found.otherwise.rentals
    assert {m.task for m in found.difference.moved} == set(found.displaced)
    assert all(duty.vehicle != broken for duty in found.plan.duties)
    assert found.kept == len(wanted) - len(found.displaced)


def test_what_was_fixed_on_the_broken_car_goes_elsewhere_at_a_price():
    fixed = task(1, 0, 1, 8 * HOUR, fixed=o.Fixed(1, 1, 8 * HOUR))
    problem = day([car(1), car(2)], [driver(1), driver(2)], [fixed])
    found = o.replan(problem, o.greedy_plan(problem), {1: (7 * HOUR, 24 * HOUR)}, moved_fen=500)
    [duty] = found.plan.duties
    assert (duty.vehicle, found.plan.costs.moved_fen) == (2, 500)
    late = o.replan(problem, o.greedy_plan(problem), {1: (8 * HOUR + 600, 24 * HOUR)})
    assert (late.stranded, late.displaced) == ((1,), ())


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(0, 3), st.integers(6, 18), st.integers(1, 12))
@example(25672, 1, 6, 2)  # what has to move joins a party that rode alone
def test_a_replan_is_valid_and_frozen_tasks_stay(seed, which, hour, hours):
    problem = drawn_rich(seed, cars=4, drivers=4, tasks=6)
    plan = o.greedy_plan(problem)
    broken = problem.vehicles[which].id
    out = (hour * HOUR, (hour + hours) * HOUR)
    found = o.replan(problem, plan, {broken: out}, seconds=60)
    assert o.check(found.problem, found.plan).violations == ()
    assert found.plan.levels <= found.otherwise
    frozen = {t.id for t in found.problem.tasks if t.fixed}
    moved = {m.task for m in found.difference.moved}
    assert not moved & frozen
    made_room = {m.task for room in found.rooms for m in room.moves}
    had_none = {r.task for r in plan.rentals} | {u.task for u in plan.unserved}
    duties = (*plan.duties, *found.plan.duties)  # who is joined may get on at another time
    alike = {i for duty in duties for s in duty.stops if s.ride for i in s.tasks}
    assert moved <= set(found.displaced) | made_room | had_none | alike


def test_a_car_that_does_not_exist_cannot_break():
    problem = crowded()
    with pytest.raises(KeyError):
        o.replan(problem, o.greedy_plan(problem), {9: (0, HOUR)})
