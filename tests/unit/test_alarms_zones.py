"""Overspeed in speed zones: at their borders, at the ends of their windows, against roads."""

import numpy as np
import pytest

from telemetry import geofences, roads
from telemetry.alarms import BY_DEFAULT, DEFAULTS, Judged, Rule, context
from telemetry.alarms.thresholds import Overspeed
from telemetry.geofences import Fences
from telemetry.roads import Road, RoadClass
from tests.alarm_tracks import Car, at, judged, north, piece, spans
from tests.tracks import LAT, LON
from tests.zones import shut, zone

RULE = Rule.OVERSPEED
CITY = Road(RoadClass.CITY, ((LON, LAT - north(500)), (LON, LAT + north(90_000))))
EXPRESSWAY = Road(RoadClass.EXPRESSWAY, ((LON, LAT - north(500)), (LON, LAT + north(90_000))))


def among(*zones, road=CITY, enabled=True, **changes):
    rule = Judged(enabled, Overspeed(**changes) if changes else DEFAULTS[RULE])
    return context({**BY_DEFAULT, RULE: rule}, roads.index([road]), fences=Fences(zones))


def speeding(points, ctx):
    return spans(judged(points, ctx=ctx, rule=RULE))


def limits(zones, north_m, accuracy_m, seconds=0):
    n = len(north_m)
    lat = np.array([LAT + north(m) for m in north_m], np.int64)
    blur_mm = np.array([a * 1000 for a in accuracy_m], np.int64)
    t = np.full(n, at(seconds), np.int64)
    return geofences.limits(Fences(zones), t, np.full(n, LON, np.int64), lat, blur_mm).tolist()


def test_the_whole_circle_of_accuracy_must_lie_inside():
    school = zone(1, 30, 1_000, 1_000)
    assert limits([school], [1_006, 1_004, 1_001, 999, 1_994, 1_996], [5] * 6) == [
        30, 0, 0, 0, 30, 0,
    ]  # fmt: skip
    assert limits([school], [1_500, 1_500, 1_001, 999], [499, 501, 0, 0]) == [30, 0, 30, 0]


def test_a_circle_or_a_corridor_may_be_a_zone():
    lon, lat = LON / 1e7, LAT / 1e7
    point = {"type": "Point", "coordinates": [lon, lat]}
    line = {"type": "LineString", "coordinates": [[lon - 0.01, lat], [lon + 0.01, lat]]}
    for shape in (point, line):
        drawn = geofences.outline(shape, 100)
        here = geofences.Fence(1, 0, at(9), drawn, kind="speed", limit_kmh=30)
        assert limits([here], [0, 94, 96, 120], [5] * 4) == [30, 30, 0, 0]
        assert limits([here], [0], [5], seconds=9) == [0]


def test_of_two_zones_the_slower_holds_where_both_do():
    wide, narrow = zone(1, 30, 1_000, 1_000), zone(2, 50, 1_500, 1_000)
    places = [900, 1_200, 1_700, 2_200, 2_600]
    assert limits([wide, narrow], places, [5] * 5) == [0, 30, 30, 50, 0]
    other = zone(1, 50, 1_000, 1_000), zone(2, 30, 1_500, 1_000)
    assert limits(other, places, [5] * 5) == [0, 50, 30, 30, 0]


@pytest.mark.parametrize(("kmh", "expected"), [(33, 0), (33.1, 1)])
def test_a_zone_may_be_slower_than_every_road(kmh, expected):
    ctx = among(zone(1, 30, -500, 5_000))
    assert len(speeding(Car().go(60, kmh).go(120, 20).points, ctx)) == expected


def test_speeding_begins_and_ends_with_the_zone():
    # 15 m/s, a fix every 10 s: inside from 1 005 m (with its 5 m) to 1 995 m
    points = Car().go(300, 54).points
    facts = judged(points, ctx=among(zone(1, 30, 1_000, 1_000)), rule=RULE)
    assert spans(facts) == [(RULE, 70.0, 130.0)]
    assert (facts[0].peak, facts[0].bound) == (540, 300)
    assert speeding(points, among(zone(1, 50, 1_000, 1_000))) == []
    assert speeding(points, among()) == []


def test_who_may_be_outside_is_judged_by_the_road():
    unsure = [p.but(accuracy=6_000) for p in Car().go(300, 54).points]
    assert speeding(unsure, among(zone(1, 30, 1_000, 1_000))) == []
    unknown = [p.but(accuracy=-1) for p in Car().go(300, 54).points]
    narrow = zone(1, 30, 1_036, 328)  # at 1 050 and 1 350 m 14 m to the border: not 15
    wider = zone(1, 30, 1_034, 332)  # 16 m
    assert speeding(unknown, among(narrow)) == []
    assert speeding(unknown, among(wider)) == [(RULE, 70.0, 90.0)]


def test_a_zone_counts_only_in_its_windows():
    ctx = among(zone(1, 30, -500, 9_000, shut(120)))
    assert speeding(Car().go(300, 54).points, ctx) == [(RULE, 10.0, 110.0)]


def test_a_zone_beats_a_slower_road_too_but_not_the_vehicle_s_own_limit():
    faster = zone(1, 100, -500, 20_000)
    points = Car().go(60, 100).points
    assert len(speeding(points, among())) == 1
    assert speeding(points, among(faster)) == []
    assert len(speeding(Car().go(60, 111).points, among(faster))) == 1
    assert len(speeding(points, among(faster, own_kmh=90))) == 1
    assert len(speeding(points, among(zone(1, 80, -500, 20_000), road=EXPRESSWAY))) == 1


def test_slower_than_every_limit_costs_no_look_at_the_zones():
    ctx = among(zone(1, 30, -500, 9_000))
    f = piece(Car().go(60, 32.4).go(60, 32.5).points).fixes
    assert ctx.zones(f).tolist() == [0] * 7 + [30] * 6  # 30 + 8 % = 32.4
    assert among(zone(1, 30, -500, 9_000), enabled=False).zones(f).tolist() == [0] * 13
