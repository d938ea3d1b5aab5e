"""Fatigue and the daily limit: what is driving, what is a rest, and where the limits lie."""

import pytest

from telemetry.alarms import Rule, Severity
from telemetry.wire import ReportedFlag
from tests.alarm_tracks import PLAIN, Car, at, context, fold, judged, piece, seconds, spans
from tests.tracks import S

H, MIN = 3_600, 60


def tired(car, **kwargs):
    return judged(car.points, rule=Rule.FATIGUE, **kwargs)


def long_day(car, **kwargs):
    return judged(car.points, rule=Rule.DAILY_DRIVE, **kwargs)


def driver():
    """A fix a minute: the first is at rest, and the second begins to drive."""
    return Car(every_s=MIN).go(MIN, 60)


def test_three_hours_forty_warn_and_more_than_four_are_red():
    assert tired(driver().go(220 * MIN - 1, 60)) == []
    (warned,) = tired(driver().go(220 * MIN, 60).go(20 * MIN, 60))
    assert (seconds(warned.started), warned.severity) == (221 * MIN, Severity.YELLOW)
    (red,) = tired(driver().go(240 * MIN, 60).go(1, 60))
    assert (seconds(red.red), red.severity) == (241 * MIN + 1, Severity.RED)
    assert (red.peak, red.bound) == (240 * MIN + 1, 220 * MIN)


def test_twenty_minutes_are_a_rest_and_nineteen_are_none():
    rested = driver().go(3 * H, 60).stand(20 * MIN).go(3 * H, 60)
    broken = driver().go(3 * H, 60).stand(19 * MIN).go(3 * H, 60)
    assert tired(rested) == []
    (fact,) = tired(broken)
    # driving from the second minute; the stand of 19 min is no driving, and no rest
    assert seconds(fact.started) == MIN + 3 * H + 19 * MIN + 40 * MIN


def test_slower_than_three_is_standing():
    crawl = driver().go(3 * H, 60).go(20 * MIN, 2.9).go(3 * H, 60)
    creep = driver().go(3 * H, 60).go(20 * MIN, 3).go(3 * H, 60)
    assert (len(tired(crawl)), len(tired(creep))) == (0, 1)


def test_the_alarm_ends_where_the_rest_began():
    car = driver().go(230 * MIN, 60).stand(25 * MIN).go(30 * MIN, 60)
    assert spans(tired(car)) == [(Rule.FATIGUE, 221 * MIN, 232 * MIN)]


def test_a_stop_that_is_no_rest_does_not_end_it():
    car = driver().go(225 * MIN, 60).stand(15 * MIN).go(30 * MIN, 60).stand(30 * MIN)
    assert len(tired(car)) == 1


def test_silence_alone_is_a_rest_in_the_end():
    car = driver().go(225 * MIN, 60)
    state, ended = fold(piece(car.points))
    last = car.points[-1].t
    (still,), wake = PLAIN.under_way(state, last + 9 * MIN * S, 0, context())
    assert (ended, still.ended, wake) == ([], None, last + 10 * MIN * S + 1)
    facts, _ = PLAIN.under_way(state, last + 20 * MIN * S, 0, context())
    assert [f.ended for f in facts if f.key == Rule.FATIGUE] == [last]


def test_a_terminal_that_sleeps_while_parked_gives_the_rest_it_had():
    short = driver().go(3 * H, 60).park(60).quiet(18 * MIN).report().go(3 * H, 60)
    long = driver().go(3 * H, 60).park(60).quiet(19 * MIN).report().go(3 * H, 60)
    assert (len(tired(short)), len(tired(long))) == (1, 0)


@pytest.mark.parametrize(("kmh", "alarms"), [(100, 1), (30, 0)], ids=["no time left", "time left"])
def test_a_gap_that_leaves_time_to_rest_has_the_benefit_of_the_doubt(kmh, alarms):
    # 29 min silent and one more: at 100 km/h at least 24.7 min of driving, at 30 km/h 7.8 min
    assert len(tired(driver().go(3 * H, 60).quiet(29 * MIN, kmh).go(1 * H, 60))) == alarms


def test_drift_of_a_parked_car_is_no_driving():
    car = driver().go(3 * H, 60)
    for _ in range(25):
        car.stand(50, 50, 0).report(speed=45, lat=car.points[-1].lat + 200)
        car.stand(10, 10, 0)
    assert tired(car.go(2 * H, 60)) == []


def test_fixes_without_a_speed_are_judged_by_where_they_are():
    car = driver().go(230 * MIN, 60).stand(30 * MIN)
    said = [p.but(speed=-1) for p in car.points]
    # that it left is known a fix later
    assert spans(judged(said, rule=Rule.FATIGUE)) == [(Rule.FATIGUE, 222 * MIN, 232 * MIN)]


def test_the_terminal_may_say_so_itself():
    lit = driver().go(2 * MIN, 60, reported_flags=int(ReportedFlag.FATIGUE)).go(5 * MIN, 60)
    (fact,) = tired(lit)
    assert (fact.cause, fact.severity, spans([fact])) == (
        2,
        Severity.RED,
        [(Rule.FATIGUE, 2 * MIN, 3 * MIN)],
    )
    warned = driver().go(2 * MIN, 60, reported_flags=int(ReportedFlag.FATIGUE_WARNING))
    (fact,) = tired(warned.go(5 * MIN, 60))
    assert (fact.cause, fact.severity) == (4, Severity.YELLOW)


def working_day(hours, car=None):
    """Two hours at a time with half an hour between."""
    car = car or driver()
    while hours > 0:
        car.go(min(hours, 2) * H, 60)
        hours -= 2
        if hours > 0:
            car.stand(30 * MIN)
    return car


def test_more_than_eight_hours_a_day_are_too_many():
    assert long_day(working_day(8)) == []
    # the way from the last moving to the first standing fix counts too
    (fact,) = long_day(working_day(8).go(1, 60).stand(30 * MIN), as_of=at(17 * H))
    assert (fact.peak, fact.bound, fact.severity) == (8 * H + 1 + MIN, 8 * H, Severity.YELLOW)
    assert tired(working_day(8)) == []


def test_midnight_begins_a_new_day():
    # T0 is 08:00 in Shanghai
    late = working_day(6, Car(every_s=MIN).stand(8 * H, 600).go(MIN, 60))
    assert late.s < 16 * H
    assert long_day(late.go(16 * H - late.s + 2 * H, 60)) == []


def test_the_day_ends_its_alarm():
    car = working_day(9).stand(H)
    (open_,) = long_day(car, as_of=at(15.9 * H))
    (over,) = long_day(car, as_of=at(16 * H))
    assert (open_.ended, over.ended) == (None, car.points[-60].t)


def test_a_drive_through_midnight_belongs_to_both_days():
    car = working_day(9, Car(every_s=MIN).stand(5 * H, 600).go(MIN, 60))
    (fact,) = long_day(car.go(16 * H - car.s + H, 60, every_s=7 * MIN).stand(H))
    assert seconds(fact.ended) == 16 * H
