"""A passage against the track: known answers."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.passages import (
    DEFAULT_DRIVING,
    DEFAULT_RULES,
    Claim,
    InvalidPlaces,
    judge,
    read_places,
)
from telemetry.passages.untolled import stretches
from tests.tracks import LAT, LON, MM_PER_E7, T0, S, drive, fixes, later

MINUTE = 60 * S
ROAD = drive((3600, 90))  # an hour north, 90 km


def north(km):
    return LAT + round(km * 1e6 / MM_PER_E7)


def east(km):
    return LON + round(km * 1e6 / MM_PER_E7 / 0.857)


def check(points, at_min, lon=LON, lat=None, rules=DEFAULT_RULES):
    claim = Claim(T0 + round(at_min * MINUTE), lon, lat)
    return judge(claim, fixes(points), rules)


def test_a_passage_that_took_place_is_confirmed_with_where_and_when():
    found = check(ROAD, 30, lat=north(45))
    assert (found.verdict, found.distance_m) == ("confirmed", 0)
    assert found.near_at == T0 + 30 * MINUTE
    assert (found.lon, found.lat) == (LON, pytest.approx(north(45), abs=9))
    assert (found.before_at, found.after_at) == (T0 + 30 * MINUTE, T0 + 30 * MINUTE)
    assert found.fixes == 181


def test_the_nearest_point_lies_between_fixes():
    found = check(drive((3600, 90), every_s=60), 30, lon=east(1.2), lat=north(45.7))
    assert found.verdict == "confirmed"
    assert found.distance_m == pytest.approx(1_200, abs=5)
    assert found.near_at == pytest.approx(T0 + 30 * MINUTE + 28 * S, abs=S)


@pytest.mark.parametrize(("minute", "verdict"), [(44, "confirmed"), (48, "contradicted")])
def test_clocks_may_differ_by_a_quarter_of_an_hour(minute, verdict):
    assert check(ROAD, minute, lat=north(45)).verdict == verdict


def test_a_parallel_road_within_two_kilometres_is_the_place():
    assert check(ROAD, 30, lon=east(1.9), lat=north(45)).verdict == "confirmed"
    assert check(ROAD, 30, lon=east(2.2), lat=north(45)).verdict == "contradicted"


def test_a_parked_car_was_not_at_the_gantry():
    """Its plate was: a fix every five minutes is enough to say so."""
    parked = drive((7200, 0), every_s=300)
    found = check(parked, 60, lat=north(5))
    assert (found.verdict, found.distance_m) == ("contradicted", 5_000)


def test_nobody_knows_what_was_not_heard():
    assert check([], 30, lat=north(45)).verdict == "no-data"
    assert check(later(ROAD, 7200), 30, lat=north(45)).verdict == "no-data"


def test_a_silence_long_enough_to_have_been_there_leaves_it_open():
    gone = [p for p in ROAD if not T0 + 20 * MINUTE < p.t < T0 + 40 * MINUTE]
    assert check(gone, 30, lon=east(8), lat=north(45)).verdict == "no-data"
    assert check(gone, 30, lon=east(80), lat=north(45)).verdict == "contradicted"


def test_a_tunnel_of_minutes_is_a_line():
    gone = [p for p in ROAD if not T0 + 27 * MINUTE < p.t < T0 + 33 * MINUTE]
    assert check(gone, 30, lat=north(45)).verdict == "confirmed"


def test_a_place_nobody_imported():
    found = check(ROAD, 30, lon=None)
    assert found.verdict == "no-place"
    assert found.lat == pytest.approx(north(45), abs=9)


@given(st.sets(st.integers(0, len(ROAD) - 1)), st.integers(0, 60), st.integers(-40, 40))
def test_more_data_never_turns_one_answer_into_its_opposite(missing, minute, off_km):
    """Fewer fixes may leave it open, or find it less near; they never say the other thing."""
    some = [p for i, p in enumerate(ROAD) if i not in missing]
    lon = east(off_km)
    whole, part = check(ROAD, minute, lon, north(45)), check(some, minute, lon, north(45))
    if whole.verdict == "confirmed":
        assert part.verdict != "contradicted"
    if whole.verdict == "contradicted":
        assert part.verdict != "confirmed"


def test_places_are_read_from_json_and_csv():
    want = [("宣城北收费站", "station", 118.75, 30.99), ("G001", "gantry", 118.8, 30.5)]
    as_json = (
        '[{"name": "宣城北收费站", "lon": 118.75, "lat": 30.99},'
        ' {"name": "G001", "kind": "gantry", "lon": 118.8, "lat": 30.5}]'
    )
    as_csv = "\ufeffname,kind,lon,lat\n宣城北收费站,station,118.75,30.99\nG001,gantry,118.8,30.5\n"
    for text in (as_json, as_csv):
        found = read_places(text.encode())
        assert [(p.name, p.kind, p.lon, p.lat) for p in found] == want


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"[{}]", b'[{"name": "a", "lon": 999, "lat": 1}]', b"name,lon\na,1\n", b"[1"],
    ids=["not text", "nothing", "out of range", "a column is missing", "cut off"],
)
def test_what_is_no_list_of_places_is_refused(content):
    with pytest.raises(InvalidPlaces):
        read_places(content)


def runs(points, near):
    on = np.array([near(p) for p in points], bool)
    moved = [0, *(round((b.lat - a.lat) * MM_PER_E7) for a, b in pairwise(points))]
    found = stretches(fixes(points), on, np.array(moved, np.int64), DEFAULT_DRIVING)
    return [((a - T0) // MINUTE, (b - T0) // MINUTE, round(m / 1000)) for a, b, m in found]


def test_an_hour_on_the_expressway_is_one_stretch():
    assert runs(ROAD, lambda p: T0 + 10 * MINUTE <= p.t <= T0 + 40 * MINUTE) == [(10, 40, 45)]


def test_a_bridge_of_a_minute_does_not_cut_it_and_a_detour_of_five_does():
    off = [T0 + 20 * MINUTE <= p.t < T0 + 21 * MINUTE for p in ROAD]
    assert runs(ROAD, lambda p: not off[(p.t - T0) // (10 * S)]) == [(0, 60, 90)]
    assert runs(ROAD, lambda p: not T0 + 20 * MINUTE <= p.t < T0 + 25 * MINUTE) == [
        (0, 19, 30),
        (25, 60, 52),
    ]


def test_what_is_short_or_slow_is_not_on_it():
    assert runs(ROAD, lambda p: p.t < T0 + 6 * MINUTE) == []
    assert runs(drive((3600, 40)), lambda _: True) == []
    assert runs([], lambda _: True) == []
