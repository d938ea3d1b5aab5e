"""Insertion against the checker and against trying everything, with every rule switched on."""

from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from tests.tiny_days import drawn_rich

seeds = st.integers(0, 10**9)


def half_planned(seed: int) -> tuple[o.Problem, o.Problem, o.Plan, o.Task]:
    """A day, the same without its last open task, a plan of that, and the task."""
    problem = drawn_rich(seed, cars=4, drivers=4, tasks=6)
    new = [t for t in problem.tasks if t.fixed is None][-1]
    before = replace(problem, tasks=tuple(t for t in problem.tasks if t.id != new.id))
    return problem, before, o.greedy_plan(before), new


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_what_an_insertion_adds_is_what_the_checker_finds(seed):
    problem, before, plan, new = half_planned(seed)
    board = o.Board.of(before, plan.duties, plan.rentals)
    answer = o.insert(board, new, limit=9)
    asked = {option.vehicle for option in answer.options} | {r.vehicle for r in answer.refused}
    assert asked == {v.id for v in problem.vehicles}
    for option in answer.options:
        board = o.Board.of(before, plan.duties, plan.rentals)
        board.take(new, option.way)
        verdict = o.judge(problem, board.duties(), plan.rentals, plan.unserved)
        assert verdict.violations == ()
        assert verdict.levels.fen - plan.levels.fen == option.costs.fen


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_no_place_is_missed_and_none_is_cheaper(seed):
    problem, before, plan, new = half_planned(seed)
    answer = o.insert(o.Board.of(before, plan.duties, plan.rentals), new, limit=9)
    found = {option.vehicle: option.costs.fen for option in answer.options}
    best: dict[int, int] = {}
    for vehicle, duties in placements(problem, plan, new):
        verdict = o.judge(problem, duties, plan.rentals, plan.unserved)
        if not verdict.violations:
            added = verdict.levels.fen - plan.levels.fen
            best[vehicle] = min(best.get(vehicle, added), added)
    assert {v: fen for v, fen in best.items() if fen < found.get(v, fen + 1)} == {}


def placements(problem, plan, new):
    """Every place alone in every duty and free car, straight or by way of home or a charger."""
    step = problem.horizon.start_step_s
    starts = range(new.earliest_s, new.latest_s + 1, step)
    for k, duty in enumerate(plan.duties):
        others = [*plan.duties[:k], *plan.duties[k + 1 :]]
        for start_s, at in product(starts, range(len(duty.stops) + 1)):
            for first, second in product(ways(problem, duty.vehicle), repeat=2):
                stops = list(duty.stops)
                if at < len(stops):
                    stops[at] = replace(stops[at], via_home=second[0], charge=second[1])
                stops.insert(at, o.Stop(new.id, start_s, *first))
                yield duty.vehicle, [*others, replace(duty, stops=tuple(stops))]
    for car, person in product(problem.vehicles, problem.drivers):
        for start_s, by_home in product(starts, (False, True)):
            alone = o.Duty(car.id, person.id, (o.Stop(new.id, start_s, by_home),))
            yield car.id, [*plan.duties, alone]


def ways(problem, vehicle):
    home = problem.vehicle_of[vehicle].home
    yield from ((False, None), (True, None))
    for charger in problem.chargers:
        yield (True, charger) if charger == home else (False, charger)


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(1, 3))
def test_the_cheapest_cars_are_those_of_the_whole_ranking(seed, limit):
    _, before, plan, new = half_planned(seed)
    board = o.Board.of(before, plan.duties, plan.rentals)
    ranked = [option.costs.fen for option in o.insert(board, new, limit=9).options]
    some = o.insert(board, new, limit=limit, explain=False).options
    assert [option.costs.fen for option in some] == ranked[:limit]


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_what_is_taken_off_leaves_a_valid_board(seed):
    _, before, plan, new = half_planned(seed)
    board = o.Board.of(before, plan.duties, plan.rentals)
    answer = o.insert(board, new, limit=1, explain=False)
    for option in answer.options:
        board.take(new, option.way)
        assert board.drop(new.id)
    left = o.judge(before, board.duties(), plan.rentals, plan.unserved)
    assert left.violations == ()
    assert left.levels.fen <= plan.levels.fen
