"""What tank and battery readings turn into: known answers, among them where others fail."""

import pytest

from telemetry.fuel import STREAM, Capacity
from tests.fuelling import Car, Sensor, piece
from tests.tracks import T0, S

SEDAN = Capacity(55_000, 0, 7_800)
EXACT = Sensor(slosh=0, still=0, slope=0, dropouts=0)


def events(car, capacity=SEDAN, as_of=None):
    state, ended = STREAM.fold(STREAM.empty(), car.piece(), capacity)
    more, _ = STREAM.under_way(state, as_of or car.t, 0, capacity)
    return ended + more


def said(car, capacity=SEDAN):
    return [(e.kind, round(e.amount / 1000)) for e in events(car, capacity)]


def test_a_fill_is_seen_with_its_amount_and_place():
    car = Car().drive(40).stand(6, fill_ml=28_000, fill_after_s=60, fill_s=120)
    (fill,) = events(car.drive(30))
    assert fill.kind == "refuel"
    assert fill.amount == pytest.approx(28_000, abs=1_000)
    assert fill.after - fill.before == fill.amount
    began = T0 + 40 * 60 * S
    assert fill.started <= began + 60 * S
    assert began < fill.ended <= began + 8 * 60 * S
    assert fill.confidence >= 90
    assert (fill.settled, fill.lon is None) == (1, False)


def test_several_fills_a_day_are_several():
    car = Car(ml=10_000).drive(40)
    for litres in (12, 9, 15):
        car.stand(10, fill_ml=litres * 1000, fill_after_s=60, fill_s=60).drive(45)
    assert said(car) == [("refuel", 12), ("refuel", 9), ("refuel", 15)]


def test_a_fill_over_midnight_is_one():
    car = Car(t=T0 + (16 * 60 - 30) * 60 * S).drive(26)  # 23:56 in Shanghai
    car.stand(12, fill_ml=20_000, fill_after_s=200, fill_s=100).drive(20)
    assert said(car) == [("refuel", 20)]


def test_a_fill_while_the_terminal_was_silent_is_seen_less_surely():
    heard = Car().drive(30).stand(30, fill_ml=25_000, fill_after_s=60, fill_s=60)
    unheard = Car().drive(30).stand(30, fill_ml=25_000, fill_after_s=60, fill_s=60, silent=True)
    (a,), (b,) = events(heard.drive(20)), events(unheard.drive(20))
    assert (a.kind, b.kind) == ("refuel", "refuel")
    assert b.confidence < a.confidence
    assert b.amount == pytest.approx(25_000, abs=1_000)


def test_the_end_of_a_day_at_the_pump_is_told_before_the_next_drive():
    car = Car().drive(30).stand(5).stand(40, fill_ml=20_000, fill_after_s=30, fill_s=60)
    (fill,) = events(car)
    assert (fill.kind, fill.settled) == ("refuel", 0)
    assert fill.amount == pytest.approx(20_000, abs=500)


def test_a_car_that_was_never_seen_driving_can_be_filled():
    car = Car(ml=40_000, parked_s=1_800).stand(11 * 60, slope=0.0)
    car.stand(16, fill_ml=11_000, fill_after_s=300, fill_s=60, silent=True)
    assert said(car.stand(1, engine=True).drive(30)) == [("refuel", 11)]


@pytest.mark.parametrize("wild", [0, 1_900_000])
def test_no_reading_is_no_theft_and_no_fill(wild):
    car = Car().drive(30).stand(60).drive(30)
    for i in range(0, len(car.rows), 4):
        row = list(car.rows[i])
        row[5] = wild
        car.rows[i] = tuple(row)
    assert said(car) == []


def test_a_sensor_that_is_reset_to_full_and_comes_back_says_nothing():
    car = Car().drive(30).stand(60)
    at = len(car.rows)
    car.stand(60, slope=car.slope)
    for i in range(at, at + 8):
        row = list(car.rows[i])
        row[5] = 55_000
        car.rows[i] = tuple(row)
    assert said(car.drive(30)) == []


def test_a_sensor_that_says_full_from_a_halt_on_for_a_quarter_of_an_hour_says_nothing():
    car = Car(moving_s=30).drive(40).stand(1, engine=True)
    reset = len(car.rows)
    car.drive(14)
    for i in range(reset, len(car.rows)):
        row = list(car.rows[i])
        row[5] = 53_900
        car.rows[i] = tuple(row)
    (held,) = events(car)
    assert (held.kind, held.settled, held.confidence <= 70) == ("refuel", 0, True)
    assert said(car.drive(30)) == []


def test_a_sensor_that_jumps_on_the_road_is_no_fill():
    car = Car(sensor=EXACT).drive(30)
    car.ml += 12_000
    (jump,) = events(car.drive(30))
    assert jump.kind == "jump"
    assert jump.amount == pytest.approx(12_000, abs=100)


def test_parking_on_a_slope_is_no_fill_and_no_theft():
    for slope in (0.07, -0.07):
        car = Car(sensor=Sensor(dropouts=0)).drive(30).stand(120, slope=slope).drive(30)
        assert said(car.stand(30, slope=-slope).drive(30)) == []


def test_a_long_silence_on_the_road_burns_fuel_and_steals_none():
    car = Car(ml=50_000).drive(30).drive(200, kmh=90, silent=True).drive(30)
    assert said(car) == []


def test_a_theft_is_a_sudden_fall_with_the_engine_off():
    car = Car().drive(30).stand(60)
    car.stand(10, fill_ml=-12_000, fill_after_s=90, fill_s=120, slope=car.slope)
    assert said(car.stand(60, slope=car.slope).drive(30)) == [("drop", 12)]


def test_a_theft_just_before_the_drive_is_seen_too():
    car = Car(sensor=EXACT).drive(30).stand(60)
    car.stand(4, fill_ml=-12_000, fill_after_s=30, fill_s=60)
    assert said(car.drive(30)) == [("drop", 12)]


@pytest.mark.parametrize(("ml", "minutes"), [(7_000, 4), (16_000, 90)], ids=["small", "slow"])
def test_what_is_small_or_slow_is_no_theft(ml, minutes):
    car = Car(sensor=EXACT).drive(30).stand(60)
    car.stand(minutes, fill_ml=-ml, fill_after_s=10, fill_s=minutes * 60 - 20)
    assert said(car.stand(120).drive(30)) == []


def test_an_unknown_tank_is_measured_with_wider_bounds():
    car = Car().drive(30).stand(8, fill_ml=25_000, fill_after_s=60, fill_s=120).drive(30)
    (fill,) = events(car, Capacity())
    assert fill.kind == "refuel"
    assert fill.amount == pytest.approx(25_000, abs=1_500)
    assert fill.confidence < events(car)[0].confidence


def test_charging_is_a_session_with_kilowatt_hours():
    car = Car(soc=400.0).drive(30).stand(20).stand(180, soc=450.0)
    (session,) = [e for e in events(car.stand(60).drive(20), Capacity(0, 55_000)) if e.key == 1]
    assert (session.kind, session.before, session.after) == ("charge", 400, 850)
    assert session.amount == 450 * 55
    assert session.ended == pytest.approx(T0 + 230 * 60 * S, abs=360 * S)


def test_charging_goes_on_until_it_rests_for_an_hour():
    car = Car(soc=400.0).drive(30).stand(180, soc=450.0)
    capacity = Capacity(0, 55_000)
    state, ended = STREAM.fold(STREAM.empty(), car.piece(), capacity)
    assert ended == []
    (now,), wake = STREAM.under_way(state, car.t, 0, capacity)
    assert (now.kind, now.ended) == ("charge", None)
    (over,), none = STREAM.under_way(state, wake, 0, capacity)
    assert (over.ended, none) == (now.last, None)


def test_charging_in_a_garage_without_reception_is_seen_by_its_gap():
    car = Car(soc=300.0).drive(30).stand(400, soc=500.0, silent=True).drive(30)
    (session,) = [e for e in events(car, Capacity(0, 55_000)) if e.key == 1]
    assert session.amount == pytest.approx(500 * 55, abs=60)
    assert session.confidence < 90


def test_braking_downhill_is_no_charge():
    car = Car(soc=300.0).drive(20)
    for _ in range(20):
        car.soc += 3.0
        car.drive(0.5)
    assert events(car, Capacity(0, 55_000)) == []


def test_a_hybrid_has_both():
    car = Car(soc=200.0, tank_ml=48_000, ml_per_100km=5_000).drive(30)
    car.stand(8, fill_ml=20_000, fill_after_s=60, fill_s=60).drive(30)
    car.stand(120, soc=600.0).drive(30)
    capacity = Capacity(48_000, 18_000, 5_000, hybrid=True)
    assert [e.kind for e in events(car, capacity)] == ["refuel", "charge"]


def test_a_hybrid_whose_engine_charges_is_not_plugged_in():
    car = Car(soc=200.0).drive(30).stand(60, engine=True, soc=300.0).drive(30)
    hybrid = Capacity(48_000, 18_000, 5_000, hybrid=True)
    assert [e for e in events(car, hybrid) if e.key == 1] == []


def test_nothing_is_understood_of_a_car_without_sensors():
    rows = [(*row[:5], -1, -1, row[7]) for row in Car().drive(30).stand(60).drive(30).rows]
    state, ended = STREAM.fold(STREAM.empty(), piece(rows), Capacity())
    assert ended == []
    assert STREAM.under_way(state, T0 * 2, 0, Capacity()) == ([], None)
    assert STREAM.pending(state, 7) == {}
