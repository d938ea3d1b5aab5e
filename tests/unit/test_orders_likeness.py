"""Of plans that are as good, the one near what was before: the like change places."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import optimizer
from dispatch.orders.likeness import had_in, steadied
from optimizer.solve import greedy_plan
from tests.bench.instances import Size, day

PROBLEM = day(Size(24, 20), 3)
PLAN = greedy_plan(PROBLEM)


def shuffled(plan, cars, people):
    """The same plan with numbers exchanged."""
    return replace(
        plan,
        duties=tuple(
            replace(
                d, vehicle=cars.get(d.vehicle, d.vehicle), driver=people.get(d.driver, d.driver)
            )
            for d in plan.duties
        ),
    )


def alike(things):
    """Numbers of those that differ in nothing else, group by group."""
    groups = {}
    for one in things:
        groups.setdefault(replace(one, id=0), []).append(one.id)
    return [group for group in groups.values() if len(group) > 1]


def exchanges(draw, things):
    names = {}
    for group in alike(things):
        names |= dict(zip(group, draw(st.permutations(group)), strict=True))
    return names


@given(st.data())
def test_a_plan_shuffled_among_the_like_is_as_good_and_finds_back(data):
    cars = exchanges(data.draw, PROBLEM.vehicles)
    people = exchanges(data.draw, PROBLEM.drivers)
    other = shuffled(PLAN, cars, people)
    back = steadied(PROBLEM, other, had_in(PLAN))
    verdict = optimizer.check(PROBLEM, back)
    assert verdict.violations == ()
    assert verdict.levels == optimizer.check(PROBLEM, other).levels
    assert had_in(back) == had_in(PLAN)


def test_there_are_like_cars_and_drivers_to_shuffle():
    assert sum(map(len, alike(PROBLEM.vehicles))) > 10
    assert sum(map(len, alike(PROBLEM.drivers))) > 10


@pytest.mark.parametrize("kind", ["fixed", "published"])
def test_what_is_fixed_or_published_on_a_car_keeps_it_its_own(kind):
    duty = PLAN.duties[0]
    first = duty.stops[0]
    like = next(g for g in alike(PROBLEM.vehicles) if duty.vehicle in g)
    other = next(n for n in like if n != duty.vehicle)
    terms = {
        "fixed": optimizer.Fixed(duty.vehicle, duty.driver, first.start_s),
        "published": optimizer.Published(duty.vehicle, first.start_s, 1_000),
    }
    tasks = tuple(
        replace(t, **{kind: terms[kind]}) if t.id == first.task else t for t in PROBLEM.tasks
    )
    had = {task: (other, driver) for task, (_, driver) in had_in(PLAN).items()}
    stays = steadied(replace(PROBLEM, tasks=tasks), PLAN, had)
    assert stays.duties[0].vehicle == duty.vehicle


def test_a_request_that_is_new_or_was_elsewhere_changes_nothing():
    had = dict.fromkeys(had_in(PLAN), (10**9, 10**9))
    assert steadied(PROBLEM, PLAN, had) == PLAN
    assert steadied(PROBLEM, PLAN, {}) == PLAN
