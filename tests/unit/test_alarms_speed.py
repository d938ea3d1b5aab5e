"""Overspeed: at the edges of its limits and times, by class of road, and what is no speeding."""

from dataclasses import replace

import pytest

from telemetry import roads
from telemetry.alarms import BY_DEFAULT, DEFAULTS, Judged, Rule, Severity, context
from telemetry.roads import Road, RoadClass
from telemetry.wire import ReportedFlag
from tests.alarm_tracks import PLAIN, Car, at, east, judged, north, piece, spans
from tests.tracks import LAT, LON, S

RULE = Rule.OVERSPEED


def straight(kind, off_m=0, limit=None, length_m=40_000):
    """A road due north from where the cars begin, so many metres to the east."""
    lon = LON + east(off_m)
    return Road(kind, ((lon, LAT - north(500)), (lon, LAT + north(length_m))), limit)


def on(*network, **changes):
    index = roads.index(network)
    changed = replace(DEFAULTS[RULE], **changes)
    return context({**BY_DEFAULT, RULE: Judged(True, changed)}, index)


def speeding(points, ctx):
    return judged(points, ctx=ctx, rule=RULE)


def burst(kmh, seconds, around=50):
    return Car().go(60, around).go(seconds, kmh).go(120, around).points


@pytest.mark.parametrize(
    ("kind", "limit"),
    [(RoadClass.CITY, 60), (RoadClass.ROAD, 80), (RoadClass.EXPRESSWAY, 120)],
    ids=["city", "road", "expressway"],
)
def test_more_than_a_tenth_above_the_limit_of_the_road_is_speeding(kind, limit):
    ctx = on(straight(kind))
    assert speeding(burst(limit * 1.1, 30), ctx) == []
    (fact,) = speeding(burst(limit * 1.1 + 0.1, 30), ctx)
    assert spans([fact]) == [(RULE, 70.0, 90.0)]
    assert (fact.raised, fact.severity) == (at(80), Severity.YELLOW)
    assert (fact.peak, fact.bound) == (round(limit * 11) + 1, limit * 10)


def test_it_counts_from_ten_seconds_on():
    ctx = on(straight(RoadClass.CITY))
    short = Car().go(60, 50).go(1, 80).go(9.9, 80, 9.9).go(60, 50, 30)
    enough = Car().go(60, 50).go(1, 80).go(10, 80).go(60, 50, 30)
    assert speeding(short.points, ctx) == []
    assert spans(speeding(enough.points, ctx)) == [(RULE, 61.0, 71.0)]


def test_one_fix_is_a_spike_however_fast():
    ctx = on(straight(RoadClass.CITY))
    car = Car().go(60, 50)
    car.points[-1] = car.points[-1].but(speed=1_400)
    assert speeding(car.go(600, 50).points, ctx) == []


def test_two_fixes_that_are_far_apart_are_no_spell():
    ctx = on(straight(RoadClass.CITY))
    assert speeding(Car(61).go(61, 50).go(122, 80).go(61, 50).points, ctx) == []
    assert len(speeding(Car(60).go(60, 50).go(120, 80).go(60, 50).points, ctx)) == 1


def test_twenty_percent_for_thirty_seconds_is_red():
    ctx = on(straight(RoadClass.ROAD))
    (just,) = speeding(burst(96, 60), ctx)
    (brief,) = speeding(burst(96.1, 30), ctx)
    (red,) = speeding(burst(96.1, 40), ctx)
    assert (just.red, brief.red, red.red) == (None, None, at(100))
    assert (brief.severity, red.severity) == (Severity.YELLOW, Severity.RED)


def test_a_spell_is_held_until_the_speed_is_well_below():
    ctx = on(straight(RoadClass.ROAD))  # above 88, held above 86.4
    held = Car().go(60, 70).go(20, 90).go(60, 87).go(60, 70)
    dropped = Car().go(60, 70).go(20, 90).go(60, 86.4).go(60, 70)
    assert spans(speeding(held.points, ctx)) == [(RULE, 70.0, 140.0)]
    assert spans(speeding(dropped.points, ctx)) == [(RULE, 70.0, 80.0)]


def test_spells_less_than_ten_minutes_apart_are_one():
    ctx = on(straight(RoadClass.ROAD, length_m=200_000))
    near = Car().go(60, 70).go(20, 90).go(590, 70).go(20, 90).go(700, 70)
    far = Car().go(60, 70).go(20, 90).go(610, 70).go(20, 90).go(700, 70)
    assert spans(speeding(near.points, ctx)) == [(RULE, 70.0, 690.0)]
    assert spans(speeding(far.points, ctx)) == [(RULE, 70.0, 80.0), (RULE, 700.0, 710.0)]


def test_beside_an_expressway_the_faster_road_has_the_benefit_of_the_doubt():
    city, fast = straight(RoadClass.CITY), straight(RoadClass.EXPRESSWAY, 34)
    assert speeding(burst(110, 60), on(city, fast)) == []  # accuracy 5 m and 30 m
    beyond = on(city, straight(RoadClass.EXPRESSWAY, 36))
    assert len(speeding(burst(110, 60), beyond)) == 1
    unsure = [p.but(accuracy=70) for p in burst(110, 60)]
    assert speeding(unsure, beyond) == []


def test_where_no_road_is_near_the_highest_limit_holds():
    ctx = on(straight(RoadClass.CITY, 500))
    assert speeding(burst(131, 60), ctx) == []
    assert len(speeding(burst(133, 60), ctx)) == 1


def test_a_road_may_have_a_limit_of_its_own():
    ctx = on(straight(RoadClass.ROAD, limit=40))
    assert speeding(burst(44, 60, around=30), ctx) == []
    assert len(speeding(burst(45, 60, around=30), ctx)) == 1


def test_a_vehicle_may_have_a_lower_limit_of_its_own():
    ctx = on(straight(RoadClass.EXPRESSWAY), own_kmh=100)
    assert speeding(burst(110, 60), ctx) == []
    assert len(speeding(burst(111, 60), ctx)) == 1
    faster = on(straight(RoadClass.CITY), own_kmh=100)
    assert len(speeding(burst(70, 60), faster)) == 1


def test_a_speed_that_the_positions_do_not_bear_out_is_none():
    ctx = on(straight(RoadClass.ROAD))
    crawling = [p.but(speed=1_500) if 60 <= (p.t - at(0)) / S <= 120 else p for p in burst(40, 60)]
    assert speeding(crawling, ctx) == []


def test_frozen_positions_say_nothing_of_the_road():
    ctx = on(straight(RoadClass.CITY))
    car = Car().go(60, 50)
    stuck = car.points[-1]
    tunnel = [stuck.but(t=at(60 + s), speed=900) for s in range(10, 130, 10)]
    assert speeding([*car.points, *tunnel], ctx) == []


def test_the_terminal_itself_may_say_so():
    ctx = on(straight(RoadClass.EXPRESSWAY))
    bit = int(ReportedFlag.OVERSPEED)
    once = Car().go(60, 50).go(10, 50, reported_flags=bit).go(60, 50)
    twice = Car().go(60, 50).go(20, 50, reported_flags=bit).go(60, 50)
    assert speeding(once.points, ctx) == []
    (fact,) = speeding(twice.points, ctx)
    assert (fact.cause, fact.peak, spans([fact])) == (2, 0, [(RULE, 70.0, 80.0)])


def test_a_rule_that_is_off_says_nothing():
    off = context({**BY_DEFAULT, RULE: Judged(False, DEFAULTS[RULE])})
    assert speeding(burst(199, 60), off) == []


def test_an_open_fact_ends_where_the_rule_is_switched_off():
    off = context({**BY_DEFAULT, RULE: Judged(False, DEFAULTS[RULE])})
    whole = piece(Car().go(60, 50).go(60, 140).points)
    state, ended = PLAIN.fold(PLAIN.empty(), whole.part(0, 10, whole.signals), context())
    assert (ended, len(PLAIN.under_way(state, at(95), 0, context())[0])) == ([], 1)
    assert spans(PLAIN.under_way(state, at(95), 0, off)[0]) == [(RULE, 70.0, 90.0)]
    after, ended = PLAIN.fold(state, whole.part(10, 13, whole.signals), off)
    assert (spans(ended), PLAIN.under_way(after, at(125), 0, off)[0]) == (
        [(RULE, 70.0, 90.0)],
        [],
    )
