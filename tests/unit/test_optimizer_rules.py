"""Hours, charge, tolls, shared rides, prices and quotas, as the checker finds them; by hand."""

from dataclasses import replace

import numpy as np
import pytest

import optimizer as o
from tests.tiny_days import HOUR, car, day, driver, task

HOUR_FACTORS = tuple(150 if hour in (8, 9) else 100 for hour in range(24))


def duty(*stops, vehicle=1, crew=1):
    made = (stop if isinstance(stop, o.Stop) else o.Stop(*stop) for stop in stops)
    return o.Duty(vehicle, crew, tuple(made))


def judged(problem, *duties, rentals=(), unserved=()):
    return o.judge(problem, duties, rentals, unserved)


def found(problem, *duties, **others):
    verdict = judged(problem, *duties, **others)
    return {v.rule: v.facts for v in verdict.violations if v.rule != "not-planned-once"}


# Places 0, 1, 2 lie 20 km and 1,000 s apart; every task lasts an hour and half of it is driven.
THERE_AND_BACK = [task(1, 0, 1, 8 * HOUR), task(2, 1, 0, 12 * HOUR)]


def test_drives_take_the_factor_of_the_hour():
    problem = day([car(1, at=1)], [driver(1)], [task(1, 0, 1, 9 * HOUR), task(2, 0, 1, 12 * HOUR)])
    slow = replace(problem, matrix=replace(problem.matrix, percent_by_hour=HOUR_FACTORS))
    plan = duty((1, 9 * HOUR), (2, 12 * HOUR, True))
    times = o.timetable(slow, plan)
    # To the first at nine: half as long again. Home from it at ten, and on at twelve: as it is.
    assert [leg.deadhead_s for leg in times.legs] == [1500, 1000]
    assert times.leave_s == 9 * HOUR - 300 - 1500
    early = o.timetable(slow, duty((1, 8 * HOUR), (2, 12 * HOUR, True)))
    assert early.legs[1].deadhead_s == 1500
    assert early.home_drive_s == 1000


def with_breaks(limit_s, buffer_s=300, **hours):
    horizon = o.Horizon(epoch=0, length_s=48 * HOUR, buffer_s=buffer_s)
    rules = o.Hours(break_after_s=limit_s, break_s=1200, **hours)
    return {"hours": rules, "horizon": horizon}


@pytest.mark.parametrize(
    ("second_s", "since_s", "limit_s", "driven_s"),
    [
        (9 * HOUR + 2499, 0, 4600, 5600),  # 1,199 s of waiting are no break: 1800+1000+1800+1000
        (9 * HOUR + 2500, 0, 2800, None),  # 1,200 s are one, after the drive of 1,000 s
        (9 * HOUR + 2500, 0, 2799, 3800),  # ... or before it, when it would be too much by then
        (9 * HOUR + 2500, 2000, 3800, None),
        (9 * HOUR + 2500, 2001, 3800, 3801),  # what was driven before counts
    ],
)
def test_driving_since_a_break(second_s, since_s, limit_s, driven_s):
    people = [driver(1, since_break_s=since_s)]
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 2, 1, second_s)]
    problem = day([car(1)], people, wanted, **with_breaks(limit_s))
    facts = found(problem, duty((1, 8 * HOUR), (2, second_s))).get("break")
    assert (facts and facts["driving_s"]) == driven_s


def test_a_break_before_the_drive_leaves_the_drive():
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 2, 1, 12 * HOUR)]
    problem = day([car(1)], [driver(1)], wanted, **with_breaks(3900))
    plan = duty((1, 8 * HOUR), (2, 12 * HOUR))
    assert "break" not in found(problem, plan)
    tight = replace(problem, hours=o.Hours(break_after_s=2700))
    # 1,800 + 1,000 is too much after the drive; before it the drive and the task are 2,800.
    assert found(tight, plan)["break"]["driving_s"] == 2800 + 1000


def test_a_long_buffer_is_a_break():
    second_s = 9 * HOUR + 1000 + 1200
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 2, 1, second_s)]
    plan = duty((1, 8 * HOUR), (2, second_s))
    problem = day([car(1)], [driver(1)], wanted, **with_breaks(2800, buffer_s=1200))
    assert "break" not in found(problem, plan)
    longer = replace(problem, hours=o.Hours(break_after_s=2800, break_s=1201))
    assert found(longer, plan)["break"]["driving_s"] == 5600


def test_standing_at_home_is_a_break():
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 2, 1, 12 * HOUR)]
    problem = day([car(1)], [driver(1)], wanted, **with_breaks(4800))
    # 1,800 and 1,000 home; then 2,000 on, 1,800 and 1,000 home again.
    by_home = duty((1, 8 * HOUR), (2, 12 * HOUR, True))
    assert found(replace(problem, **with_breaks(4799)), by_home)["break"]["driving_s"] == 4800
    assert "break" not in found(problem, by_home)


def test_a_standing_inside_a_task_splits_its_driving():
    waits = task(1, 0, 1, 8 * HOUR, head_driving_s=600, tail_driving_s=1200)
    problem = day([car(1)], [driver(1, since_break_s=400)], [waits], **with_breaks(2200))
    assert "break" not in found(problem, duty((1, 8 * HOUR)))
    tired = replace(problem, drivers=(driver(1, since_break_s=1601),))
    assert found(tired, duty((1, 8 * HOUR)))["break"]["driving_s"] == 2201


def test_a_second_window_begins_rested():
    windows = (o.Window(0, 7 * HOUR), o.Window(7 * HOUR, 20 * HOUR))
    people = [driver(1, windows=windows, since_break_s=3000)]
    problem = day([car(1)], people, [task(1, 0, 1, 8 * HOUR)], **with_breaks(2800))
    assert "break" not in found(problem, duty((1, 8 * HOUR)))


def test_a_duty_has_a_longest_span_unless_it_is_overnight():
    problem = day([car(1)], [driver(1)], THERE_AND_BACK, hours=o.Hours(span_s=5 * HOUR))
    plan = duty((1, 8 * HOUR), (2, 12 * HOUR))
    assert found(problem, plan)["span"] == {
        "vehicle": 1,
        "driver": 1,
        "span_s": 5 * HOUR + 300,
        "most_s": 5 * HOUR,
    }
    over = replace(problem, tasks=(replace(THERE_AND_BACK[0], overnight=True), THERE_AND_BACK[1]))
    assert "span" not in found(over, plan)


@pytest.mark.parametrize(("shift", "rest_s"), [(0, None), (1, 2 * HOUR - 300)])
def test_rest_lies_between_the_duties_of_two_shifts(shift, rest_s):
    windows = (o.Window(6 * HOUR, 11 * HOUR), o.Window(11 * HOUR, 22 * HOUR, shift))
    fleet = [car(i, windows=(o.Window(0, 24 * HOUR),)) for i in (1, 2)]
    wanted = [task(1, 0, 0, 8 * HOUR), task(2, 0, 0, 11 * HOUR + 300)]
    rules = o.Hours(between_s=10 * HOUR)
    problem = day(fleet, [driver(1, windows=windows)], wanted, hours=rules)
    broken = found(problem, duty((1, 8 * HOUR)), duty((2, 11 * HOUR + 300), vehicle=2))
    assert broken == ({} if rest_s is None else {"rest": broken.get("rest")})
    if rest_s is not None:
        assert broken["rest"]["rest_s"] == 2 * HOUR


CHARGER = {"range_m": 100_000, "charge_m_per_hour": 60_000}


def charging_day(stand_s=1200, **more):
    """Two tasks of 20 km; the way to the second leads back over the charger at place 1."""
    given = {**CHARGER, **more}
    second_s = 9 * HOUR + stand_s + 300 + 1000
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, second_s)]
    return day([car(1, **given)], [driver(1)], wanted, chargers=(1,)), second_s


def test_a_charge_fills_what_it_has_time_for():
    # 20 + 20 empty + 20 + 20 home: 80 km; 60 at the start leave 40 at the charger, + 20 there.
    problem, second_s = charging_day(charged_m=60_000)
    plan = duty((1, 8 * HOUR), o.Stop(2, second_s, charge=1))
    assert found(problem, plan) == {}
    less = replace(problem, vehicles=(replace(problem.vehicles[0], charged_m=59_999),))
    assert found(less, plan)["range"]["short_m"] == 1
    without = duty((1, 8 * HOUR), o.Stop(2, second_s))
    assert found(problem, without)["range"]["short_m"] == 20_000


def test_a_charge_never_fills_above_the_range():
    problem, second_s = charging_day(10 * HOUR, range_m=79_999, charged_m=20_000)
    plan = duty((1, 8 * HOUR), o.Stop(2, second_s, charge=1))
    assert found(problem, plan) == {}
    short = replace(problem, vehicles=(replace(problem.vehicles[0], range_m=59_999),))
    assert found(short, plan)["range"]["short_m"] == 1


@pytest.mark.parametrize(
    ("stop", "rule"),
    [
        ({"charge": 2}, "not-a-charger"),
        ({"charge": 99}, "not-a-charger"),
        ({"charge": -1}, "not-a-charger"),
        ({"charge": 1, "via_home": True}, "not-a-charger"),
    ],
)
def test_only_chargers_charge(stop, rule):
    problem, second_s = charging_day()
    assert rule in found(problem, duty((1, 8 * HOUR), o.Stop(2, second_s, **stop)))


def test_a_charge_lasts_a_while_and_lies_between_two_tasks():
    problem, second_s = charging_day(1199)
    assert "charge-too-short" in found(problem, duty((1, 8 * HOUR), o.Stop(2, second_s, charge=1)))
    assert "cannot-charge" in found(problem, duty(o.Stop(1, 8 * HOUR, charge=1)))
    thirsty, second_s = charging_day(charge_m_per_hour=0)
    assert "cannot-charge" in found(thirsty, duty((1, 8 * HOUR), o.Stop(2, second_s, charge=1)))


def test_charging_is_a_break_and_the_driver_is_paid_for_it():
    problem, second_s = charging_day()
    plan = duty((1, 8 * HOUR), o.Stop(2, second_s, charge=1))
    bare = duty((1, 8 * HOUR), o.Stop(2, second_s))
    tired = replace(problem, **with_breaks(2800))
    assert found(tired, plan)["break"]["driving_s"] == 3800
    assert "break" not in found(replace(problem, **with_breaks(3800)), plan)
    assert judged(problem, plan).costs == judged(problem, bare).costs


def test_only_the_first_duty_of_the_first_window_begins_with_what_was_left():
    windows = (o.Window(0, 11 * HOUR), o.Window(11 * HOUR, 24 * HOUR))
    given = {"windows": windows, "range_m": 50_000, "charged_m": 0}
    people = [driver(1, windows=windows)]
    wanted = [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 12 * HOUR)]
    problem = day([car(1, **given)], people, wanted)
    assert "range" in found(problem, duty((1, 8 * HOUR)))
    assert found(problem, duty((2, 12 * HOUR))) == {}


def test_tolls_are_paid_for_every_drive():
    toll = np.array([[0, 1000, 3000], [1000, 0, 555], [3000, 555, 0]], dtype=np.uint32)
    wanted = [task(1, 0, 1, 8 * HOUR, toll_fen=701), task(2, 2, 1, 12 * HOUR)]
    problem = day([car(1, toll_percent=50)], [driver(1)], wanted)
    problem = replace(problem, matrix=replace(problem.matrix, toll_fen=toll))
    straight = judged(problem, duty((1, 8 * HOUR), (2, 12 * HOUR))).costs
    assert straight.toll_fen == 351 + 278 + 500
    by_home = judged(problem, duty((1, 8 * HOUR), (2, 12 * HOUR, True))).costs
    assert by_home.toll_fen == 351 + (1000 + 3000) // 2 + 500


def sharing(id, origin, destination, start_s, max_ride_s=3000, **more):
    given = {"latest_s": start_s + 900, "share": o.Share(max_ride_s), "loaded_m": 40_000, **more}
    return task(id, origin, destination, start_s, **given)


def calls(*signed):
    """7 gets on, -7 gets off."""
    return tuple(o.Call(abs(i), i > 0) for i in signed)


def shared_day(*, wait_s=0, **more):
    first = sharing(1, 0, 2, 8 * HOUR, **more)
    return day([car(1)], [driver(1)], [first, sharing(2, 1, 2, 8 * HOUR + 1120 + wait_s)])


SHARED = duty(o.Stop(1, 8 * HOUR, ride=calls(1, 2, -2, -1)))


def test_a_shared_ride_drives_from_call_to_call():
    problem = shared_day()
    verdict = judged(problem, SHARED)
    assert verdict.violations == ()
    (leg,) = o.timetable(problem, SHARED).legs
    # 120 on, 1,000, 120 on, 1,000, 120 off, 120 off.
    assert leg.end_s == 8 * HOUR + 2480
    assert verdict.costs.loaded_fen == 4000
    assert (
        verdict.costs.driver_fen == 250 + (2480 * 3000 + 1800) // 3600 + (2000 * 3000) // 3600 + 1
    )
    waiting = o.timetable(shared_day(wait_s=600), SHARED).legs[0]
    assert waiting.end_s == 8 * HOUR + 120 + 1000 + 600 + 1000 + 240


def test_a_ride_has_its_own_rules():
    assert set(found(shared_day(max_ride_s=2359), SHARED)) == {"ride-too-long"}
    assert found(shared_day(max_ride_s=2360), SHARED) == {}
    assert set(found(shared_day(passengers=3), SHARED)) == {"seats"}
    assert set(found(shared_day(wait_s=-901), SHARED)) == {"start-not-allowed"}
    late = duty(o.Stop(1, 8 * HOUR + 60, ride=calls(1, 2, -1, -2)))
    assert "start-not-allowed" in found(shared_day(), late)
    lent = shared_day(pool=2)
    assert judged(lent, SHARED).costs.settlement_fen == 2000 + 40 * 50


@pytest.mark.parametrize(
    "ride",
    [(1, -1), (2, 1, -1, -2), (1, 2, -1), (1, 2, -2, -1, -1), (1, -1, 2, -2), (1, 1, -1, -1)],
)
def test_what_is_no_ride_is_refused(ride):
    broken = found(shared_day(), duty(o.Stop(1, 8 * HOUR, ride=calls(*ride))))
    assert "ride-broken" in broken
    alone = replace(shared_day(), tasks=(task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR)))
    assert "ride-broken" in found(alone, SHARED)


def test_a_ride_with_an_unknown_party_is_refused():
    strange = duty(o.Stop(1, 8 * HOUR, ride=calls(1, 9, -9, -1)))
    assert "unknown-task" in found(shared_day(), strange)


def test_moving_what_is_published_has_its_price():
    where = o.Published(1, 8 * HOUR, 777)
    wanted = [task(1, 0, 1, 8 * HOUR, latest_s=8 * HOUR + 900, published=where)]
    problem = day([car(1), car(2)], [driver(1)], wanted)
    assert judged(problem, duty((1, 8 * HOUR))).costs.moved_fen == 0
    assert judged(problem, duty((1, 8 * HOUR + 900))).costs.moved_fen == 777
    assert judged(problem, duty((1, 8 * HOUR), vehicle=2)).costs.moved_fen == 777
    assert judged(problem, rentals=[o.Rental(1, 1)]).costs.moved_fen == 777
    assert judged(problem, unserved=[o.Unserved(1, "-")]).costs.moved_fen == 777


@pytest.mark.parametrize(("price", "fen", "broken"), [(500, 500, False), (None, 0, True)])
def test_a_quota_is_a_price_or_a_wall(price, fen, broken):
    problem = day([], [], THERE_AND_BACK, quotas=(o.Quota(1, 0, 1, price), o.Quota(9, 0, 0)))
    rented = [o.Rental(1, 1), o.Rental(2, 1)]
    assert judged(problem, rentals=rented).costs.quota_fen == fen
    assert ("quota" in found(problem, rentals=rented)) is broken
    one = judged(problem, rentals=rented[:1], unserved=[o.Unserved(2, "-")])
    assert (one.costs.quota_fen, one.violations) == (0, ())


def test_what_is_fixed_never_breaks_a_quota():
    held = [task(i, 0, 1, at, fixed=o.Fixed(1, 1, at)) for i, at in ((1, 8 * HOUR), (2, 9 * HOUR))]
    problem = day([car(1)], [driver(1)], held, quotas=(o.Quota(1, 0, 1),))
    assert found(problem, duty((1, 8 * HOUR), (2, 9 * HOUR))) == {}


def test_a_run_is_one_duty_and_in_order():
    held = [task(i, 0, 1, at, fixed=o.Fixed(1, 1, at)) for i, at in ((1, 8 * HOUR), (2, 10 * HOUR))]
    problem = day([car(1)], [driver(1)], held)
    assert found(problem, duty((1, 8 * HOUR), (2, 10 * HOUR))) == {}
    assert set(found(problem, duty((2, 10 * HOUR), (1, 8 * HOUR)))) == {"out-of-order"}
    assert set(found(problem, duty((1, 8 * HOUR)), duty((2, 10 * HOUR)))) == {"fixed-run-split"}
    days = (o.Window(6 * HOUR, 9 * HOUR), o.Window(9 * HOUR, 22 * HOUR))
    parted = replace(problem, drivers=(driver(1, windows=days),))
    assert found(parted, duty((1, 8 * HOUR)), duty((2, 10 * HOUR))) == {}
    assert set(found(parted, duty((1, 8 * HOUR), (2, 10 * HOUR)))) == {"fixed-run-split"}
