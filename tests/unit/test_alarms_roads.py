"""Roads: what is near, from which files they come, and that the index finds what brute force does."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.kernel.place import to_wgs84
from telemetry.roads import BadRoads, Road, RoadClass, fastest_near, index, read_roads
from tests.alarm_tracks import east, north
from tests.tracks import LAT, LON, MM_PER_E7

LIMITS = np.array([60, 80, 120], np.int64)
near = fastest_near.plain


def fastest(roads, lon, lat, within_m):
    i = index(roads)
    return near(i.segments, i.cells, i.items, LIMITS, lon, lat, round(within_m * 1000))


def test_nothing_is_near_where_there_are_no_roads():
    assert fastest([], LON, LAT, 500) == 0


def test_a_road_is_near_within_its_distance_and_not_beyond():
    road = Road(RoadClass.ROAD, ((LON + east(40), LAT), (LON + east(40), LAT + north(1_000))))
    assert fastest([road], LON, LAT + north(500), 40.1) == 80
    assert fastest([road], LON, LAT + north(500), 39.9) == 0
    assert fastest([road], LON + east(40), LAT + north(1_050), 49) == 0
    assert fastest([road], LON + east(40), LAT + north(1_050), 51) == 80


def test_a_point_that_is_given_twice_is_a_point():
    road = Road(RoadClass.CITY, ((LON, LAT), (LON, LAT)))
    assert (fastest([road], LON, LAT, 1), fastest([road], LON + east(2), LAT, 1)) == (60, 0)


places = st.tuples(st.integers(-60_000, 60_000), st.integers(-60_000, 60_000)).map(
    lambda m: (LON + m[0] * 100, LAT + m[1] * 100)
)
lines = st.lists(places, min_size=2, max_size=4).map(tuple)
networks = st.lists(
    st.builds(Road, st.sampled_from(RoadClass), lines, st.sampled_from([None, None, 30, 100])),
    max_size=8,
)


@given(networks, places, st.sampled_from([0, 35, 80, 530, 1_000]))
def test_the_index_finds_what_looking_everywhere_finds(roads, place, within_m):
    found = fastest(roads, *place, within_m)
    measured = [(_away_m(road, place), road) for road in roads]
    sure = [_kmh(r) for away, r in measured if away < within_m - 0.01]
    may_be = [_kmh(r) for away, r in measured if away <= within_m + 0.01]
    assert max(sure, default=0) <= found <= max(may_be, default=0)


def _kmh(road):
    return road.limit_kmh or int(LIMITS[road.kind])


def _away_m(road, place):
    cos = math.cos(math.radians(place[1] / 1e7))
    flat = [((x - place[0]) * cos, float(y - place[1])) for x, y in road.line]
    return min(_to_segment(a, b) for a, b in pairwise(flat)) * MM_PER_E7 / 1000


def _to_segment(a, b):
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = min(1.0, max(0.0, -(a[0] * dx + a[1] * dy) / length)) if length else 0.0
    return math.hypot(a[0] + along * dx, a[1] + along * dy)


@given(networks, places)
def test_machine_code_finds_the_same(roads, place):
    i = index(roads)
    args = (i.segments, i.cells, i.items, LIMITS, *place, 200_000)
    assert fastest_near(*args) == near(*args)


def geojson(geometry, **properties):
    feature = {"type": "Feature", "geometry": geometry, "properties": properties}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


LINE = {"type": "LineString", "coordinates": [[118.7, 30.9], [118.8, 30.95, 12.0]]}


def test_geojson_lines_with_our_words_or_those_of_openstreetmap():
    (ours,) = read_roads(geojson(LINE, **{"class": "expressway"}, limit_kmh=100, name="沪渝高速"))
    line = ((1_187_000_000, 309_000_000), (1_188_000_000, 309_500_000))
    assert ours == Road(RoadClass.EXPRESSWAY, line, 100, "沪渝高速")
    (theirs,) = read_roads(geojson(LINE, highway="residential", maxspeed="none"))
    assert theirs == Road(RoadClass.CITY, line)
    many = {"type": "MultiLineString", "coordinates": [LINE["coordinates"]] * 2}
    assert len(read_roads(geojson(many, kind="trunk"))) == 2


def test_a_graph_of_nodes_and_edges():
    nodes = {"a": {"lon": 118.7, "lat": 30.9}, "b": {"lon": 118.8, "lat": 30.95}}
    edges = [
        {"a": "a", "b": "b", "kind": "road", "km": 12, "kmh": 50},
        {"a": "a", "b": "b", "kind": "expressway", "points": [[118.7, 30.9], [118.75, 30.9]]},
    ]
    straight, drawn = read_roads(json.dumps({"nodes": nodes, "edges": edges}))
    assert straight.line == ((1_187_000_000, 309_000_000), (1_188_000_000, 309_500_000))
    assert (drawn.kind, drawn.line[1]) == (RoadClass.EXPRESSWAY, (1_187_500_000, 309_000_000))


def test_positions_of_another_datum_are_converted():
    (here,) = read_roads(geojson(LINE, **{"class": "road"}), "gcj02")
    assert here.line[0] == tuple(round(x * 1e7) for x in to_wgs84(118.7, 30.9, "gcj02"))
    assert 20_000 < abs(here.line[0][0] - 1_187_000_000) < 100_000


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        '{"features": []}',
        geojson({"type": "Point", "coordinates": [1, 2]}, **{"class": "road"}),
        geojson(LINE, highway="footway"),
        geojson({"type": "LineString", "coordinates": [[118.7, 30.9]]}, **{"class": "road"}),
        geojson({"type": "LineString", "coordinates": [[118.7, 30.9], [218.7, 1]]}, highway="road"),
        geojson(LINE, **{"class": "road"}, limit_kmh=300),
        '{"nodes": {}, "edges": [{"a": "x", "b": "y", "kind": "road"}]}',
    ],
)
def test_what_is_no_file_of_roads_is_refused(text):
    with pytest.raises(BadRoads):
        read_roads(text)
