"""Outlines: what is refused and why, and how far a position is from a border."""

import math
import random
from datetime import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from telemetry.geofences import Draft, Fence, Fences, Window, check, circle, outline
from telemetry.geofences.borders import border_mm, cosine
from telemetry.streams import END

LON, LAT = 118.75, 30.94
M = 6_371_008.8 * math.pi / 180  # metres a degree


def at(east_m, north_m):
    return [LON + east_m / M / math.cos(math.radians(LAT)), LAT + north_m / M]


def ring(*points):
    return [*(at(*p) for p in points), at(*points[0])]


SQUARE = ((0, 0), (1000, 0), (1000, 1000), (0, 1000))
HOLE = ((400, 400), (600, 400), (600, 600), (400, 600))


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [ring(*r) for r in rings]}


def star(vertices, radius_m=500, seed=1):
    chance = random.Random(seed)
    turns = [2 * math.pi * k / vertices for k in range(vertices)]
    away = [radius_m * chance.uniform(0.5, 1) for _ in turns]
    return polygon([(a * math.cos(t), a * math.sin(t)) for a, t in zip(away, turns, strict=True)])


def draft(shape, radius_m=None, **more):
    return Draft(1, "x", more.pop("kind", "custom"), shape, radius_m, **more)


GOOD = [
    circle(1, "x", "depot", LON, LAT, 20),
    draft(polygon(SQUARE, HOLE)),
    draft({"type": "MultiPolygon", "coordinates": [polygon(SQUARE)["coordinates"]]}),
    draft({"type": "LineString", "coordinates": [at(0, 0), at(5000, 0)]}, 50),
    draft(polygon(SQUARE), kind="speed", limit_kmh=60),
    draft(star(1999)),
]


@pytest.mark.parametrize("one", GOOD, ids=lambda d: d.shape["type"])
def test_what_can_be_is_taken(one):
    assert check(one) == []


BAD = {
    "name": Draft(1, " ", "custom", polygon(SQUARE)),
    "kind": draft(polygon(SQUARE), kind="moat"),
    "limit": draft(polygon(SQUARE), limit_kmh=60),
    "limit_kmh": draft(polygon(SQUARE), kind="speed", limit_kmh=500),
    "confirm_fixes": draft(polygon(SQUARE), confirm_fixes=0),
    "confirm_s": draft(polygon(SQUARE), confirm_s=9_000),
    "windows": draft(polygon(SQUARE), windows=(Window((8,), "any", time(8), time(9)),)),
    "radius": circle(1, "x", "custom", LON, LAT, 19),
    "shape": draft({"type": "Sphere", "coordinates": []}),
    "not-closed": draft({"type": "Polygon", "coordinates": [[at(*p) for p in SQUARE]]}),
    "invalid": draft(polygon([(0, 0), (100, 100), (100, 0), (0, 100)])),
    "too-many-vertices": draft(star(2_001)),
    "too-small": draft(polygon([(0, 0), (1000, 0), (1000, 8)])),
    "too-large": draft({"type": "LineString", "coordinates": [[100, 20], [100, 40]]}, 50),
    "outside": draft(
        {"type": "Polygon", "coordinates": [[[179, 30], [-179, 30], [-179, 31], [179, 30]]]}
    ),
}


@pytest.mark.parametrize("code", BAD)
def test_what_cannot_be_is_refused_by_its_reason(code):
    assert [p.code for p in check(BAD[code])] == [code]


def test_a_problem_says_where():
    (crossing,) = check(BAD["invalid"])
    assert (crossing.lon, crossing.lat) == pytest.approx(at(50, 50), abs=1e-6)
    (swapped,) = check(circle(1, "x", "custom", LAT, LON, 100))
    assert "latitude before longitude" in swapped.message


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        7,
        [],
        {},
        {"type": "Polygon"},
        {"type": "Point", "coordinates": ["a", 1]},
        {"type": "Point", "coordinates": [float("nan"), 1]},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "Polygon", "coordinates": []},
    ],
)
def test_nonsense_is_refused(nonsense):
    assert check(draft(nonsense, 100))


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "X"]), json)
def test_whatever_is_given_is_taken_or_refused(kind, given):
    assert isinstance(check(draft({"type": kind, "coordinates": given}, 100)), list)


def away_mm(fences, east_m, north_m, kernel=border_mm, cos=cosine):
    table = fences.at(0)
    lon, lat = (round(x * 1e7) for x in at(east_m, north_m))
    row = table.areas[0]
    return kernel(lon, lat, cos(lat), row, table.chunks, table.edges, 10_000_000)


def of(shape, radius_m=None):
    return Fences([Fence(1, 0, END, outline(shape, radius_m))])


@pytest.mark.parametrize(
    ("shape", "radius_m", "position", "expected_m"),
    [
        (polygon(SQUARE), None, (500, 300), -300),
        (polygon(SQUARE), None, (500, 1300), 300),
        (polygon(SQUARE), None, (1300, 1400), 500),
        (polygon(SQUARE, HOLE), None, (500, 450), 50),
        (polygon(SQUARE, HOLE), None, (500, 300), -100),
        ({"type": "LineString", "coordinates": [at(0, 0), at(1000, 0)]}, 50, (500, 30), -20),
        ({"type": "LineString", "coordinates": [at(0, 0), at(1000, 0)]}, 50, (1300, 0), 250),
        ({"type": "Point", "coordinates": at(0, 0)}, 100, (0, 140), 40),
    ],
)
def test_distances_from_borders(shape, radius_m, position, expected_m):
    assert away_mm(of(shape, radius_m), *position) == pytest.approx(expected_m * 1000, abs=300)


def test_exactly_on_the_border_is_neither():
    box = [[118.7, 30.9], [118.8, 30.9], [118.8, 31.0], [118.7, 31.0], [118.7, 30.9]]
    table = of({"type": "Polygon", "coordinates": [box]}).at(0)
    for lon, lat in ((1_187_000_000, 309_500_000), (1_188_000_000, 310_000_000)):
        assert border_mm(lon, lat, cosine(lat), table.areas[0], table.chunks, table.edges, 0) == 0


@pytest.mark.parametrize("vertices", [5, 100, 1_500])
def test_borders_as_another_library_measures_them(vertices):
    """The same sign everywhere, and distances within 0.1 %, of 300 positions around a star."""
    shape = star(vertices)
    fences, chance = of(shape), random.Random(vertices)
    flat = Polygon(
        [
            ((x - LON) * math.cos(math.radians(LAT)) * M, (y - LAT) * M)
            for x, y in shape["coordinates"][0]
        ]
    )
    for _ in range(300):
        position = chance.uniform(-700, 700), chance.uniform(-700, 700)
        true_m = flat.exterior.distance(Point(position)) * (
            -1 if flat.contains(Point(position)) else 1
        )
        assert away_mm(fences, *position) == pytest.approx(true_m * 1000, rel=1e-3, abs=30)


def test_corridors_as_another_library_measures_them():
    points = [(0, 0), (800, 200), (900, 1500), (0, 2000)]
    fences = of({"type": "LineString", "coordinates": [at(*p) for p in points]}, 100)
    line, chance = LineString(points), random.Random(1)
    for _ in range(300):
        position = chance.uniform(-500, 1500), chance.uniform(-500, 2500)
        true_m = line.distance(Point(position)) - 100
        assert away_mm(fences, *position) == pytest.approx(true_m * 1000, rel=1e-3, abs=300)


@given(st.integers(3, 60), st.integers(0, 50), st.integers(-800, 800), st.integers(-800, 800))
def test_machine_code_and_python_say_the_same(vertices, seed, east_m, north_m):
    shape = star(vertices, seed=seed)
    if check(draft(shape)):
        return
    fences = of(shape)
    plain = away_mm(fences, east_m, north_m, border_mm.plain, cosine.plain)
    assert away_mm(fences, east_m, north_m) == plain


def test_what_covers_a_position_is_asked_by_kind_and_time():
    noon = Window((1, 2, 3, 4, 5, 6, 7), "any", time(8, 0), time(9))
    blind = Fence(1, 0, 10**15, outline(polygon(SQUARE), None), kind="blind")
    other = Fence(2, 0, END, outline(polygon(SQUARE), None))
    later = Fence(3, 2 * 10**15, END, outline(polygon(SQUARE), None), (noon,), kind="blind")
    fences = Fences([blind, other, later])
    lon, lat = np.array([[round(x * 1e7) for x in at(500, 500)]] * 3).T
    eight = 2_000_073_600_000_000  # 08:00 in Shanghai
    t = np.array([10**14, 10**15 + 1, eight])
    assert fences.covered("blind", t, lon, lat).tolist() == [1, 0, 1]
    assert fences.covered("blind", t + 3_600_000_000, lon, lat).tolist() == [1, 0, 0]
    assert fences.covered("blind", t, lon + 1_000_000, lat).tolist() == [0, 0, 0]
    assert fences.covered("city", t, lon, lat).tolist() == [0, 0, 0]
