"""Visits of known tracks, jitter that crosses nothing, and the laws of the fold."""

import itertools
import random
from datetime import date, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import journeys
from telemetry.geofences import (
    DEFAULT_RULES,
    Fence,
    Fences,
    State,
    Visit,
    Window,
    fold,
    outline,
    under_way,
)
from telemetry.geofences.fold import decode, encode
from telemetry.streams import END, Fixes
from tests.suite import FULL
from tests.tracks import LAT, LON, MM_PER_E7, T0, S, drive, fixes, later

HOUR = 3600
NIGHT = Window((1, 2, 3, 4, 5, 6, 7), "any", time(22), time(5))


def north(metres):
    return round(metres * 1000 / MM_PER_E7)


def circle(radius_m, fence_id=7, lo=0, hi=END, **more):
    shape = {"type": "Point", "coordinates": [LON / 1e7, LAT / 1e7]}
    return Fence(fence_id, lo, hi, outline(shape, radius_m), **more)


DEPOT = circle(100)


def walked(points, fences, state=None, before=None):
    """State, visits that ended, and the state of the journeys, as understand runs it."""
    track = points if isinstance(points, Fixes) else fixes(points)
    led = journeys.STREAM.lead(before or journeys.State(), track)
    usable = np.flatnonzero((led.flags & int(journeys.UNUSABLE)) == 0)
    phase = led.phase[usable]
    after, ended = fold(state or State(), track.pick(usable), phase, fences, DEFAULT_RULES)
    return after, ended, led.state


def visits(points, *fences, as_of=0, works=None):
    known = Fences(fences or (DEPOT,), works)
    state, ended, _ = walked(points, known)
    return ended + under_way(state, as_of, known)[0]


def back_and_forth(out):
    return out + [p.but(t=2 * out[-1].t + 10 * S - p.t) for p in reversed(out)]


def test_a_car_that_leaves_and_returns():
    out = drive((600, 0), (600, 36), (600, 0))
    there = back_and_forth(out)
    assert (
        visits(there)
        == [
            Visit(7, T0, T0 + 620 * S),  # at 200 m; at 100 m it could not be told
            Visit(7, there[len(out) :][-61].t, None),
        ]
    )


def test_who_stays_away_visits_nothing():
    assert visits(drive((600, 36), lat=LAT + north(300))) == []


def test_passing_by_is_confirmed_by_count_and_time():
    through = drive((60, 36), every_s=10, lat=LAT - north(50))
    assert len(visits(through)) == 0  # inside for 130 m at 10 m/s: two fixes, 10 s apart
    slowly = drive((200, 6), every_s=10, lat=LAT - north(150))
    assert len(visits(slowly)) == 1


def test_a_fence_says_how_it_is_confirmed():
    through = drive((60, 36), every_s=10, lat=LAT - north(50))
    assert len(visits(through, circle(100, confirm_fixes=2, confirm_s=10))) == 1
    slowly = drive((200, 6), every_s=10, lat=LAT - north(150))
    assert visits(slowly, circle(100, confirm_fixes=20, confirm_s=600)) == []


def test_an_inaccurate_fix_near_the_edge_says_nothing():
    inside = drive((600, 0))
    strayed = [p.but(lat=p.lat + north(110), accuracy=400) if p.t % 3 else p for p in inside]
    assert visits(strayed) == [Visit(7, strayed[0].t, None)]


def test_a_fix_on_the_border_says_nothing():
    on_it = drive((6000, 0), lat=LAT + north(100))
    state, _, _ = walked(on_it, Fences([DEPOT]))
    assert all(not one.inside and not one.count for one in state.near)


JITTERS = {
    "even": lambda chance, n: chance.uniform(-21.2, 21.2, n),  # within 30 m
    "normal": lambda chance, n: chance.normal(0, 30, n),  # 30 m each way
}
EDGES = [0, 40, 60, 75, 85, 100, 115, 125, 140, 170]


def parked(chance, jitter, north_m, accuracy):
    """A day of standing at one place, a fix every 30 s."""
    n = 24 * HOUR // 30
    unknown = np.full(n, -1, np.int64)
    lon, lat = (np.round(jitter(chance, n) * 1000 / MM_PER_E7).astype(np.int64) for _ in range(2))
    return Fixes(
        *(T0 + np.arange(n) * 30 * S, LON + lon, LAT + north(north_m) + lat),
        *(chance.choice([0, 0, 9, 20], n), unknown * 0 + accuracy, unknown, unknown),
        *(unknown * 0 + 1, unknown * 0, unknown, unknown, unknown * 0),
    )


@pytest.mark.parametrize("kind", JITTERS)
@pytest.mark.parametrize("accuracy", [-1, 50, 300], ids=["unknown", "5 m", "30 m"])
def test_a_parked_car_that_jitters_by_30_m_never_crosses(kind, accuracy):
    seen = 0
    for seed, edge_m in itertools.product(range(40 if FULL else 4), EDGES):
        chance = np.random.default_rng([seed, edge_m])
        found = visits(parked(chance, JITTERS[kind], edge_m, accuracy))
        if edge_m <= 40:
            assert found == [Visit(7, found[0].entered, None)]
        elif edge_m >= 170:
            assert found == []
        assert len(found) <= 1
        assert all(v.left is None for v in found), (seed, edge_m)
        seen += len(found)
    assert seen > 0


@pytest.mark.parametrize("away_m", [-130, -100, 100, 130])
def test_a_car_that_drives_along_the_border_with_jitter_never_crosses(away_m):
    """Past a polygon's straight side, 30 m of jitter, whatever the device says of its accuracy."""
    side = 20_000
    box = [[0, 0], [side, 0], [side, side], [0, side], [0, 0]]
    ring = [[(LON + north(x)) / 1e7, (LAT + north(y)) / 1e7] for x, y in box]
    shape = {"type": "Polygon", "coordinates": [ring]}
    fence = Fence(7, 0, END, outline(shape, None))
    for seed in range(200 if FULL else 10):
        chance = random.Random(seed)
        along = [
            p.but(lon=p.lon - north(away_m + chance.uniform(-30, 30)), accuracy=50)
            for p in drive((1800, 36), every_s=5)
        ]
        found = visits(along, fence)
        assert len(found) == (away_m < 0)
        assert all(v.left is None for v in found)


def test_a_car_that_parks_close_to_the_border_is_found_inside_in_time():
    parked = drive((3 * HOUR, 0), every_s=60, lat=LAT + north(90))
    far = [p.but(lat=LAT + north(5000)) for p in drive((600, 0), every_s=60)]
    known = visits(far + later(parked, 1200))
    assert known == [Visit(7, later(parked, 1200)[0].t, None)]


def test_a_long_silence_is_no_leaving_and_a_return_elsewhere_is_one():
    there = drive((600, 0))
    away = later(drive((600, 0), lat=LAT + north(20_000)), 5 * HOUR)
    assert visits(there) == [Visit(7, T0, None)]
    assert visits(there + away) == [Visit(7, T0, away[0].t)]


def test_a_fence_counts_only_while_it_is_in_force():
    fence = circle(100, lo=T0 + 1000 * S, hi=T0 + 2005 * S)
    track = drive((3000, 0))
    assert visits(track, fence) == [Visit(7, T0 + 1000 * S, T0 + 2005 * S)]
    alive = visits(track[:150], fence, as_of=T0 + 2004 * S)
    assert alive == [Visit(7, T0 + 1000 * S, None)]
    assert visits(track[:150], fence, as_of=T0 + 2005 * S) == [
        Visit(7, T0 + 1000 * S, T0 + 2005 * S)
    ]


def test_another_outline_does_not_interrupt_a_stay():
    track = drive((3000, 0))
    edited = circle(100, hi=T0 + 1005 * S), circle(200, lo=T0 + 1005 * S)
    assert visits(track, *edited) == [Visit(7, T0, None)]
    undone = circle(100, hi=T0 + 1005 * S), circle(100, lo=T0 + 1500 * S)
    assert visits(track, *undone) == [
        Visit(7, T0, T0 + 1005 * S),
        Visit(7, T0 + 1500 * S, None),
    ]


def test_an_outline_that_shrinks_away_from_a_parked_car_is_a_leaving():
    parked = drive((3000, 0), lat=LAT + north(100))
    shrunk = circle(200, hi=T0 + 1005 * S), circle(50, lo=T0 + 1005 * S)
    assert visits(parked, *shrunk)[0].entered == T0
    assert visits(parked, *shrunk)[-1].left is not None


def test_windows_cut_a_stay_exactly():
    # T0 is a Monday, 08:00: parked until Tuesday 10:00, then off
    track = drive((26 * HOUR, 0), (1800, 60), every_s=600)
    ten = T0 + 14 * HOUR * S
    assert visits(track, circle(100, windows=(NIGHT,))) == [Visit(7, ten, ten + 7 * HOUR * S)]


def test_a_window_that_is_open_is_left_when_it_ends_in_silence():
    fence = circle(100, windows=(NIGHT,))
    fences = Fences([fence])
    state, ended, _ = walked(drive((15 * HOUR, 0), every_s=600), fences)
    ten = T0 + 14 * HOUR * S
    five = ten + 7 * HOUR * S
    assert ended == []
    assert under_way(state, ten - 1, fences)[0] == [Visit(7, ten, None)]  # seen until 23:00
    assert under_way(state, five - 1, fences) == ([Visit(7, ten, None)], five)
    found, wake = under_way(state, five, fences)
    assert (found, wake) == ([Visit(7, ten, five)], five + 17 * HOUR * S)


def test_workdays_and_days_off_come_from_the_calendar():
    track = drive((3 * 24 * HOUR, 0), every_s=1800)
    works = {date(2026, 3, 2): True, date(2026, 3, 3): False}  # nothing is known of the 4th
    office = Window((1, 2, 3, 4, 5, 6, 7), "workdays", time(9), time(17))
    monday = Visit(7, T0 + HOUR * S, T0 + 9 * HOUR * S)
    assert visits(track, circle(100, windows=(office,)), works=works) == [monday]
    off = Window((1, 2, 3, 4, 5, 6, 7), "days_off", time(9), time(17))
    tuesday = Visit(7, monday.entered + 24 * HOUR * S, monday.left + 24 * HOUR * S)
    assert visits(track, circle(100, windows=(off,)), works=works) == [tuesday]


def test_fences_that_overlap_are_streams_of_their_own():
    out = drive((600, 0), (600, 36))
    assert [v.fence_id for v in visits(out, circle(30, 8), DEPOT)] == [7, 8]


def test_alternating_noise_crosses_nothing():
    noise = [
        p.but(lat=p.lat + north(0 if i % 2 else 250), speed=400)
        for i, p in enumerate(drive((6000, 0)), 1)
    ]
    assert visits(noise) == []


steps = st.lists(
    st.tuples(
        st.integers(-400, 400),
        st.sampled_from([5, 10, 60, 4000, 40_000]),
        st.sampled_from([-1, 50, 600]),
    ),
    min_size=1,
    max_size=90,
)
SETS = [
    (DEPOT,),
    (DEPOT, circle(300, 8, windows=(NIGHT,)), circle(30, 9)),
    (circle(100, hi=T0 + 900 * S), circle(250, lo=T0 + 900 * S), circle(99, 9, lo=T0 + 300 * S)),
]


def random_track(steps):
    at, points = T0, []
    for metres, seconds, accuracy in steps:
        at += seconds * S
        points.append(
            drive(at=at, lat=LAT + north(metres))[0].but(accuracy=accuracy, speed=abs(metres) % 90)
        )
    return points


@given(steps, st.sampled_from(SETS), st.lists(st.integers(0, 90), max_size=6))
def test_pieces_fold_to_what_the_whole_folds_to(steps, fences, cuts):
    points, fences = random_track(steps), Fences(fences)
    whole, visited, _ = walked(points, fences)
    state, before, ended = State(), journeys.State(), []
    edges = [0, *sorted(min(c, len(points)) for c in cuts), len(points)]
    for lo, hi in itertools.pairwise(edges):
        if lo < hi:
            state, some, before = walked(points[lo:hi], fences, state, before)
            assert decode(encode(state)) == state
            ended += some
    assert state == whole
    assert sorted(ended, key=lambda v: (v.fence_id, v.entered)) == visited
    late = points[-1].t + 86_400 * S
    assert under_way(state, late, fences) == under_way(whole, late, fences)


@given(steps, st.sampled_from(SETS), st.integers(0, 10**6))
def test_silence_says_what_the_next_fix_will(steps, fences, seconds):
    """What a window has ended by some time, a fix at that time does not change."""
    points, fences = random_track(steps), Fences(fences)
    state, _, _ = walked(points, fences)
    if any(one.since or one.lean_since for one in state.near):
        return  # it may have left before
    at = points[-1].t + seconds * S
    over = [v for v in under_way(state, at, fences)[0] if v.left is not None]
    here = points[-1].but(t=at + 1)
    _, said, _ = walked([here], fences, state)
    assert said == over


@given(steps, st.sampled_from(SETS))
def test_nothing_that_ends_later_begins_before_what_is_pending(steps, fences):
    points, fences = random_track(steps), Fences(fences)
    half = len(points) // 2
    if not half:
        return
    state, _, before = walked(points[:half], fences)
    _, ended, _ = walked(points[half:], fences, state, before)
    pending = {one.fence_id: one.pending() for one in state.near}
    assert all(v.entered >= pending.get(v.fence_id, points[half].t) for v in ended)
