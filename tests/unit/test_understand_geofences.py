"""Visits of known tracks, and the laws of their fold."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.geofences import DEFAULT_RULES, Fence, Visit, fold, under_way
from tests.tracks import LAT, LON, MM_PER_E7, T0, S, drive, fixes

DEPOT = Fence(7, LON, LAT, 100, 0, 2**62)


def north(metres):
    return round(metres * 1000 / MM_PER_E7)


def visits(points, *fences):
    states, ended = fold({}, fixes(points), fences or (DEPOT,), DEFAULT_RULES)
    return ended + under_way(states)


def test_a_car_that_leaves_and_returns():
    out = drive((600, 0), (600, 36), (600, 0))
    back = [p.but(t=2 * out[-1].t + 10 * S - p.t) for p in reversed(out)]
    assert visits(out + back) == [
        Visit(7, T0, T0 + 620 * S),  # at 200 m; at 100 m it could not be told
        Visit(7, back[-1].t - 600 * S, None),
    ]


def test_who_stays_away_visits_nothing():
    assert visits(drive((600, 36), lat=LAT + north(300))) == []


def test_passing_by_is_confirmed_by_count_and_time():
    through = drive((60, 36), every_s=10, lat=LAT - north(50))
    assert len(visits(through)) == 0  # inside for 130 m at 10 m/s: two fixes, 10 s apart
    slowly = drive((200, 3.6), every_s=10, lat=LAT - north(50))
    assert len(visits(slowly)) == 1


def test_an_inaccurate_fix_near_the_edge_says_nothing():
    inside = drive((600, 0))
    strayed = [p.but(lat=p.lat + north(110), accuracy=400) if p.t % 3 else p for p in inside]
    assert visits(strayed) == [Visit(7, strayed[0].t, None)]


@pytest.mark.parametrize("edge_m", [0, 60, 85, 100, 115, 140])
def test_jitter_makes_no_crossing(edge_m):
    chance = random.Random(edge_m)
    parked = [
        p.but(
            lat=p.lat + north(edge_m) + north(chance.uniform(-30, 30)),
            lon=p.lon + north(chance.uniform(-30, 30)),
            accuracy=450,
        )
        for p in drive((24 * 3600, 0), every_s=30)
    ]
    assert len(visits(parked)) <= 1


def test_a_fence_counts_only_while_it_is_in_force():
    fence = Fence(7, LON, LAT, 100, T0 + 1000 * S, T0 + 2000 * S)
    assert visits(drive((3000, 0)), fence) == [Visit(7, T0 + 1000 * S, T0 + 2000 * S)]


def test_two_fences_are_two_streams():
    inner = Fence(8, LON, LAT, 30, 0, 2**62)
    out = drive((600, 0), (600, 36))
    assert [v.fence_id for v in visits(out, inner, DEPOT)] == [8, 7]


steps = st.lists(
    st.tuples(st.integers(-250, 250), st.sampled_from([5, 10, 60]), st.sampled_from([-1, 50, 600])),
    min_size=1,
    max_size=60,
)


@given(steps, st.lists(st.integers(0, 60), max_size=5))
def test_pieces_fold_to_what_the_whole_folds_to(steps, cuts):
    at, points = T0, []
    for metres, seconds, accuracy in steps:
        at += seconds * S
        points += [p.but(accuracy=accuracy) for p in drive(at=at, lat=LAT + north(metres))]
    track = fixes(points)
    whole = fold({}, track, [DEPOT], DEFAULT_RULES)
    states, ended = {}, []
    edges = [0, *sorted(min(c, len(track)) for c in cuts), len(track)]
    for lo, hi in itertools.pairwise(edges):
        states, some = fold(states, track.part(lo, hi), [DEPOT], DEFAULT_RULES)
        ended += some
    assert (states, ended) == whole
