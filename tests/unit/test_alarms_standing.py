"""Idling and receivers that fail: engines that run, positions that stand still or jump."""

from telemetry.alarms import Rule, Severity
from telemetry.wire import ReportedFlag
from tests.alarm_tracks import Car, at, judged, north, seconds, spans
from tests.tracks import S

MIN = 60


def idle(points):
    return judged(points, rule=Rule.IDLE_LONG)


def fault(points):
    return judged(points, rule=Rule.GNSS_FAULT)


def test_twenty_minutes_with_the_engine_on():
    assert idle(Car().go(60, 50).stand(20 * MIN).go(60, 50).points) == []
    (fact,) = idle(Car().go(60, 50).stand(21 * MIN).go(60, 50).points)
    assert spans([fact]) == [(Rule.IDLE_LONG, 120.0, 60.0 + 21 * MIN)]
    assert (fact.severity, fact.peak, fact.bound) == (Severity.INFO, 20 * MIN, 20 * MIN)


def test_a_jam_that_creeps_is_no_idling():
    jam = Car().go(60, 50)
    for _ in range(6):
        jam.stand(4 * MIN).go(20, 15)
    assert idle(jam.points) == []
    assert idle(Car().go(60, 50).go(40 * MIN, 2.5).points) == []  # 50 m in 72 s


def test_an_engine_that_is_off_does_not_idle():
    assert idle(Car().go(60, 50).park(3 * 60 * MIN).points) == []
    car = Car().go(60, 50).stand(15 * MIN).park(MIN).stand(15 * MIN)
    assert idle(car.points) == []


def test_drift_within_the_accuracy_goes_on_idling():
    car = Car().go(60, 50).stand(30 * MIN)
    wild = [
        p.but(lat=p.lat + (north(70) if i % 2 else 0), accuracy=400) if p.speed == 0 else p
        for i, p in enumerate(car.points)
    ]
    assert len(idle(wild)) == 1


def test_a_stop_at_the_lights_after_idling_is_none():
    car = Car().go(60, 50).stand(22 * MIN).go(5 * MIN, 40).stand(2 * MIN).go(15 * MIN, 40)
    assert spans(idle(car.points)) == [(Rule.IDLE_LONG, 120.0, 60.0 + 22 * MIN)]


def test_idling_that_is_not_heard_of_is_not_known():
    assert idle(Car().go(60, 50).stand(10 * MIN).quiet(11 * MIN).report().stand(MIN).points) == []


def test_an_antenna_that_is_cut():
    for bit in (ReportedFlag.GNSS_MODULE, ReportedFlag.ANTENNA_OPEN, ReportedFlag.ANTENNA_SHORT):
        once = Car().go(60, 50).go(10, 50, reported_flags=int(bit)).go(900, 50)
        long = Car().go(60, 50).go(70, 50, reported_flags=int(bit)).go(900, 50)
        assert fault(once.points) == []
        (fact,) = fault(long.points)
        assert (spans([fact]), fact.cause) == ([(Rule.GNSS_FAULT, 70.0, 130.0)], 1)


def test_bits_count_also_where_the_position_is_nothing():
    bit = int(ReportedFlag.ANTENNA_OPEN)
    car = Car().go(60, 50).go(70, 50, reported_flags=bit, lon=0, lat=0).go(900, 50)
    assert len(fault(car.points)) == 1


def frozen(seconds_, kmh, every_s=10):
    car = Car().go(60, 50)
    stuck = car.points[-1]
    car.go(seconds_, kmh, every_s, lon=stuck.lon, lat=stuck.lat, speed=stuck.speed)
    return car.go(900, 50).points


def test_a_frozen_position_while_the_odometer_runs():
    assert fault(frozen(170, 60)) == []
    (fact,) = fault(frozen(180, 60))
    assert (spans([fact]), fact.cause) == ([(Rule.GNSS_FAULT, 70.0, 240.0)], 2)
    assert (fact.peak, fact.severity) == (3_000, Severity.YELLOW)


def test_a_frozen_position_of_a_car_that_hardly_moves():
    assert fault(frozen(600, 20)) == []
    assert len(fault(frozen(600, 21))) == 1


def test_a_parked_car_is_frozen_without_a_fault():
    car = Car().go(60, 50).park(3_600)
    late = car.points[-1]
    ticked = [p.but(odometer=p.odometer + 100) if p.t > late.t - 600 * S else p for p in car.points]
    assert fault(car.points) == []
    assert fault(ticked) == []


def test_a_long_stay_before_does_not_hide_it():
    car = Car().go(60, 50).stand(1_800)
    stuck = car.points[-1]
    car.go(300, 60, lon=stuck.lon, lat=stuck.lat).go(900, 50)
    (fact,) = fault(car.points)
    assert (seconds(fact.started), seconds(fact.raised)) == (1_870.0, 2_040.0)


def jumped(metres, after_s):
    car = Car().go(60, 50)
    there = car.points[-1]
    car.quiet(after_s, 50).report(lat=there.lat + north(metres), odometer=-1)
    return car.go(900, 50).points


def test_a_jump_of_more_than_five_kilometres_in_a_minute():
    assert fault(jumped(4_999, 10)) == []
    (fact,) = fault(jumped(5_002, 10))
    assert (spans([fact]), fact.cause, fact.bound) == ([(Rule.GNSS_FAULT, 70.0, 70.0)], 4, 5_000)
    assert fact.raised == at(70)
    assert len(fault(jumped(5_002, 60))) == 1
    assert fault(jumped(5_002, 61)) == []


def test_null_island_is_no_jump():
    car = Car().go(60, 50)
    car.go(30, 50, lon=0, lat=0)
    assert fault(car.go(900, 50).points) == []


def test_jumps_back_and_forth_are_one_fact():
    car = Car().go(60, 50)
    for _ in range(20):
        car.go(10, 50).go(10, 50, lat=car.points[-1].lat + north(9_000))
    assert len(fault(car.go(900, 50).points)) == 1
