"""Small days whose best plan is known by hand."""

import pytest

import optimizer as o
from tests.tiny_days import HOUR, car, day, driver, task


def solved(problem: o.Problem) -> o.Plan:
    plan = o.solve(problem, seconds=20)
    assert o.check(problem, plan).violations == ()
    return plan


def test_one_car_takes_two_tasks_in_a_row_rather_than_two_cars():
    problem = day(
        [car(1), car(2)],
        [driver(1), driver(2)],
        [task(1, 0, 1, 8 * HOUR), task(2, 1, 0, 10 * HOUR)],
    )
    plan = solved(problem)
    assert [len(duty.stops) for duty in plan.duties] == [2]
    # use 1,000 + loaded 2 x 2,000; from 5 min before 8:00 to 11:00 away; no empty metre.
    assert plan.costs == o.Costs(1_000, 4_000, 0, 250 + 3_000 + 3_000 + 3_000, 0, 0, 0)
    assert plan.bound.fen == plan.levels.fen


def test_a_car_goes_home_when_waiting_costs_more_than_driving():
    problem = day([car(1)], [driver(1)], [task(1, 0, 1, 7 * HOUR), task(2, 0, 1, 18 * HOUR)])
    (duty,) = solved(problem).duties
    assert [stop.via_home for stop in duty.stops] == [False, True]


def test_the_home_pool_is_a_price_and_not_a_rule():
    near, far = car(1, pool=1, home=2), car(2, pool=2, home=0)
    problem = day(
        [near, far], [driver(1, pool=1), driver(2, pool=2)], [task(1, 0, 0, 8 * HOUR, pool=1)]
    )
    (duty,) = solved(problem).duties
    assert duty.vehicle == 2


def test_a_refusal_makes_the_far_car_come():
    near, far = car(1, pool=1, home=2), car(2, pool=2, home=0)
    problem = day(
        [near, far],
        [driver(1, pool=1), driver(2, pool=2)],
        [task(1, 0, 0, 8 * HOUR, pool=1)],
        refusals=(o.Refusal(2, 1),),
    )
    (duty,) = solved(problem).duties
    assert duty.vehicle == 1


def test_rental_is_the_last_resort_and_comes_with_a_reason_for_every_car():
    fleet = [car(1), car(2, passenger_seats=1), car(3, pool=2, lendable=False)]
    problem = day(
        fleet,
        [driver(1), driver(2), driver(3, pool=2)],
        [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR)],
    )
    plan = solved(problem)
    assert plan.levels.rentals == plan.bound.rentals == 1
    (proof,) = plan.proofs
    assert {r.vehicle: r.rule for r in proof.refused} == {1: "busy", 2: "seats", 3: "not-lendable"}


def test_cars_without_a_driver_stay():
    problem = day([car(1), car(2)], [driver(1)], [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR)])
    plan = solved(problem)
    assert (len(plan.duties), plan.levels.rentals) == (1, 1)
    assert [r.rule for r in plan.proofs[0].refused] == ["busy", "no-driver"]


def test_a_small_licence_does_not_drive_the_bus():
    bus = car(1, licence="B1", passenger_seats=19)
    people = [driver(1, licence="C1"), driver(2, licence="A1")]
    (duty,) = solved(day([bus], people, [task(1, 0, 1, 8 * HOUR, passengers=12)])).duties
    assert duty.driver == 2


def test_a_reserve_keeps_cars_at_home():
    fleet = [car(i, pool=2, home=0) for i in (1, 2)]
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR)]
    people = [driver(1, pool=2), driver(2, pool=2)]
    assert solved(day(fleet, people, wanted)).levels.rentals == 0
    plan = solved(day(fleet, people, wanted, reserves=(o.Reserve(2, 1),)))
    assert plan.levels.rentals == 1
    assert {r.rule for r in plan.proofs[0].refused} == {"busy", "reserve"}


def test_a_start_window_is_used_where_it_saves_a_car():
    late = task(2, 1, 0, 9 * HOUR, latest_s=9 * HOUR + 1800)
    plan = solved(day([car(1)], [driver(1)], [task(1, 0, 1, 8 * HOUR), late]))
    assert [s.start_s for s in plan.duties[0].stops] == [8 * HOUR, 9 * HOUR + 900]


@pytest.mark.parametrize(
    ("limit", "rule"),
    [({"range_m": 70_000}, "range"), ({}, "driving-time")],
    ids=["range", "driving"],
)
def test_range_and_driving_time_end_a_duty(limit, rule):
    people = [driver(1, max_driving_s=8 * HOUR if limit else int(1.3 * HOUR))]
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 12 * HOUR)]
    plan = solved(day([car(1, **limit)], people, wanted))
    assert plan.levels.rentals == 1
    assert [r.rule for r in plan.proofs[0].refused] == [rule]


def test_fixed_tasks_stay_and_the_rest_is_planned_around_them():
    fixed = task(1, 0, 1, 8 * HOUR, fixed=o.Fixed(2, 2, 8 * HOUR + 123))
    problem = day(
        [car(1), car(2, fen_per_km=900)],
        [driver(1), driver(2)],
        [fixed, task(2, 1, 0, 10 * HOUR), task(3, 0, 1, 8 * HOUR)],
        horizon=o.Horizon(epoch=0, length_s=24 * HOUR, now_s=7 * HOUR, buffer_s=300),
    )
    plan = solved(problem)
    (duty,) = [d for d in plan.duties if d.vehicle == 2]
    assert duty.driver == 2
    assert duty.stops[0] == o.Stop(1, 8 * HOUR + 123)


@pytest.mark.parametrize(
    ("second_s", "rentals"), [(11 * HOUR, 1), (13 * HOUR, 0)], ids=["at-once", "in-turn"]
)
@pytest.mark.parametrize("cars", [(1, 2), (1, 1)], ids=["one-driver", "one-car"])
def test_the_room_between_two_fixed_duties_is_used_once(cars, second_s, rentals):
    people = (1, 1) if cars == (1, 2) else (1, 2)
    begin, end = (
        task(i, 0, 0, at_s, fixed=o.Fixed(cars[i - 1], people[i - 1], at_s))
        for i, at_s in ((1, 8 * HOUR), (2, 16 * HOUR))
    )
    between = [task(3, 0, 1, 10 * HOUR, duration_s=2 * HOUR), task(4, 1, 0, second_s)]
    crew = [driver(i) for i in sorted(set(people))]
    fleet = [car(i) for i in sorted(set(cars))]
    plan = solved(day(fleet, crew, [begin, end, *between]))
    assert (plan.levels.unserved, plan.levels.rentals) == (0, rentals)


def test_what_should_have_left_before_now_is_not_served_any_more():
    late = o.Horizon(epoch=0, length_s=24 * HOUR, now_s=9 * HOUR, buffer_s=300)
    problem = day([car(1)], [driver(1)], [task(1, 0, 1, 8 * HOUR, rental=False)], horizon=late)
    plan = solved(problem)
    assert plan.unserved == (o.Unserved(1, "before-now"),)
    assert plan.bound.unserved == plan.levels.unserved == 20


def test_an_empty_day_has_an_empty_plan():
    plan = solved(day([], [], []))
    assert (plan.duties, plan.levels, plan.bound.fen) == ((), o.Levels(0, 0, 0), 0)


def test_no_cars_means_rentals():
    assert solved(day([], [], [task(1, 0, 1, 8 * HOUR)])).levels.rentals == 1
