"""Journeys of known tracks, and the laws of their fold."""

import dataclasses
import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.kernel.place import steps
from telemetry.journeys import (
    DEFAULT_RULES,
    Fixes,
    Flag,
    Rules,
    State,
    fold,
    kernel,
    outlook,
    step_mm,
    steps_mm,
)
from telemetry.journeys.fold import limits as limits_of
from tests.tracks import LAT, LON, MM_PER_E7, T0, S, drive, fixes, later

LIMITS = limits_of(DEFAULT_RULES)
PARKED, AFTER = (600, 0), (400, 0)


def folded(points):
    return fold(State(), fixes(points), DEFAULT_RULES)


def only(points):
    (journey,) = folded(points).ended
    return journey


def north(metres):
    return round(metres * 1000 / MM_PER_E7)


def test_a_drive_between_two_stops_is_one_journey():
    journey = only(drive(PARKED, (1000, 36), AFTER, odometer=5_000))
    assert journey.started == T0 + 610 * S
    assert journey.ended == T0 + 1610 * S  # the first standing fix
    assert journey.gps_m == 10_000
    assert journey.odometer_m == 10_000
    assert journey.driving_s == 1000
    assert journey.max_dkmh == 360
    assert journey.fixes == 101
    assert (journey.start_lon, journey.start_lat) == (LON, LAT)
    assert abs(journey.end_lat - LAT - north(10_000)) <= 1
    assert (journey.flagged, journey.conflicts) == (0, 0)


@pytest.mark.parametrize(
    ("legs", "journeys"),
    [
        pytest.param([PARKED], 0, id="parked all the time"),
        pytest.param([(600, 36)], 0, id="still under way"),
        pytest.param([PARKED, (600, 36), (170, 0), (600, 36), AFTER], 1, id="halt below 180 s"),
        pytest.param([PARKED, (600, 36), (200, 0), (600, 36), AFTER], 2, id="stop above 180 s"),
        pytest.param([PARKED, (10, 36), AFTER], 0, id="one fix of movement is no journey"),
        pytest.param([PARKED, (20, 36), AFTER], 1, id="two fixes of movement are one"),
        pytest.param([PARKED, (600, 4), AFTER], 1, id="creeping below 5 km/h adds up"),
    ],
)
def test_journeys_begin_and_end(legs, journeys):
    assert len(folded(drive(*legs)).ended) == journeys


def test_a_halt_is_inside_the_journey_but_not_driving_time():
    journey = only(drive(PARKED, (600, 36), (170, 0), (600, 36), AFTER))
    assert journey.gps_m == 12_000
    assert journey.ended - journey.started == 1370 * S
    assert journey.driving_s == 1370 - 170


def test_a_device_without_speed_is_understood_by_its_positions():
    journey = only(drive(PARKED, (1000, 36), AFTER, speed_known=False))
    assert journey.gps_m == 10_000
    assert journey.max_dkmh is None
    assert journey.odometer_m is None


def test_jitter_while_parked_drives_nowhere():
    chance = random.Random(1)
    parked = [
        p.but(
            lon=p.lon + round(chance.gauss(0, north(15))),
            lat=p.lat + round(chance.gauss(0, north(15))),
        )
        for p in drive((8 * 3600, 0))
    ]
    assert folded(parked).ended == []
    assert not folded(parked).moved_mm.any()


def test_jitter_in_a_halt_adds_nothing():
    chance = random.Random(2)
    track = drive(PARKED, (600, 36), (170, 0), (600, 36), AFTER)
    shaken = [
        p.but(lat=p.lat + round(chance.uniform(-20, 20) * north(1))) if p.speed == 0 else p
        for p in track
    ]
    assert only(shaken).gps_m == pytest.approx(12_000, rel=0.005)


def test_a_journey_ends_at_the_last_fix_before_a_silence():
    first = drive(PARKED, (600, 36))
    silent = later(drive((600, 36), AFTER, lat=first[-1].lat + north(30_000)), 1200 + 901)
    one, two = folded(first + silent).ended
    assert one.ended == first[-1].t
    assert one.gps_m == 6_000
    assert two.gps_m == 6_000  # what lies in the silence is nobody's


def test_a_short_silence_counts_as_a_straight_line():
    first = drive(PARKED, (600, 36))
    rest = later(drive((600, 36), AFTER, lat=first[-1].lat + north(8_000)), 1200 + 899)
    assert only(first + rest).gps_m == 6_000 + 8_000 + 6_000


def test_null_island_is_flagged_and_drives_nowhere():
    track = drive(PARKED, (600, 36), AFTER)
    track[90] = track[90].but(lon=0, lat=0)
    journey = only(track)
    assert journey.gps_m == 6_000
    assert journey.flagged == 1
    assert folded(track).flags[90] == Flag.ZERO


def test_a_jump_is_flagged_and_drives_nowhere():
    track = drive(PARKED, (600, 36), AFTER)
    track[90] = track[90].but(lon=track[90].lon + north(5_000))
    journey = only(track)
    assert (journey.gps_m, journey.flagged) == (6_000, 1)


def test_jumped_fixes_that_agree_are_believed_without_the_way_there():
    track = drive(PARKED, (600, 36), AFTER)
    away = [p.but(lon=p.lon + north(50_000)) if i >= 90 else p for i, p in enumerate(track)]
    done = folded(away)
    (journey,) = done.ended
    assert done.flags[89:94].tolist() == [0, Flag.JUMP, Flag.JUMP, Flag.MOVED, 0]
    assert journey.gps_m == 6_000 - 300  # three steps are lost, 50 km are not won
    assert journey.flagged == 3


def test_frozen_and_coarse_fixes_are_flagged():
    track = drive(PARKED, (600, 36), AFTER)
    track[80] = track[80].but(lat=track[79].lat)
    track[90] = track[90].but(accuracy=9_000, lat=0)
    done = folded(track)
    assert (done.flags[80], done.flags[90]) == (Flag.FROZEN, Flag.COARSE)
    assert done.ended[0].gps_m == 6_000
    assert done.ended[0].flagged == 2


def frozen(track, first, n):
    """The track with n fixes that repeat the position before them."""
    stuck = track[first - 1]
    return [
        p.but(lat=stuck.lat, lon=stuck.lon) if first <= i < first + n else p
        for i, p in enumerate(track)
    ]


@pytest.mark.parametrize("n", [6, 12, 30, 89])
def test_the_way_that_frozen_positions_hid_is_a_straight_line(n):
    track = drive(PARKED, (1_200, 60), AFTER)
    done = folded(frozen(track, 80, n))
    assert done.flags[80 : 82 + n].tolist() == [Flag.FROZEN] * n + [0, 0]
    assert [j.gps_m for j in done.ended] == [20_000]


def test_positions_frozen_for_longer_than_a_silence_are_no_way():
    track = drive(PARKED, (2_400, 60), AFTER)
    assert folded(frozen(track, 80, 89)).flags[169:173].tolist() == [0, 0, 0, 0]
    late = folded(frozen(track, 80, 90)).flags[170:174].tolist()
    assert late == [Flag.JUMP, Flag.JUMP, Flag.MOVED, 0]


def test_a_spike_after_frozen_positions_is_still_a_jump():
    track = frozen(drive(PARKED, (1_200, 60), AFTER), 80, 6)
    slack = [track[79].lat + north(m) for m in (5_932, 5_935)]  # 70 s at 300 km/h, and 100 m
    flags = [folded([*track[:86], track[86].but(lat=lat)]).flags[-1] for lat in slack]
    assert flags == [0, Flag.JUMP]


def test_conflicting_variants_are_counted():
    track = drive(PARKED, (600, 36), AFTER)
    track[80] = track[80].but(conflicts=2)
    assert only(track).conflicts == 2


def test_an_odometer_of_another_terminal_is_no_difference():
    track = drive(PARKED, (600, 36), AFTER, odometer=5_000)
    swapped = [
        p.but(odometer=p.odometer + 80_000, device=2) if i >= 91 else p for i, p in enumerate(track)
    ]
    assert only(swapped).odometer_m == 5_900  # one difference is not known
    assert only(swapped).gps_m == 6_000


def test_an_odometer_that_falls_back_or_leaps_is_no_difference():
    track = drive(PARKED, (600, 36), AFTER, odometer=5_000)
    track[70] = track[70].but(odometer=3)
    track[90] = track[90].but(odometer=9_000_000)
    assert only(track).odometer_m == 6_000 - 400


@pytest.mark.parametrize(
    ("legs", "after_s", "motion", "since_s"),
    [
        ([PARKED], 0, "parked", 0),
        ([PARKED, (100, 36)], 0, "moving", 610),
        ([PARKED, (100, 36), (60, 0)], 0, "idling", 710),
        ([PARKED, (100, 36), (300, 0)], 0, "parked", 710),
        ([PARKED, (100, 36)], 901, "offline", 700),
        ([PARKED, (100, 36), (300, 0)], 3600, "parked", 710),
        ([PARKED, (100, 36), (300, 0)], 86_401, "offline", 1000),
    ],
)
def test_motion(legs, after_s, motion, since_s):
    done = folded(drive(*legs))
    out = outlook(done.state, done.state.t + after_s * S, DEFAULT_RULES)
    assert (out.motion, out.since) == (motion, T0 + since_s * S)


def test_nothing_is_known_of_a_vehicle_never_heard():
    out = outlook(State(), T0, DEFAULT_RULES)
    assert (out.journey, out.motion, out.wake) == (None, "unknown", None)


def test_silence_ends_a_journey_as_the_next_fix_would():
    track = drive(PARKED, (600, 36), (60, 0))
    state = folded(track).state
    before = outlook(state, state.t + 900 * S, DEFAULT_RULES)
    assert before.journey.ended is None
    assert before.wake == state.t + 900 * S + 1
    (by_fix,) = folded(track + later(drive((0, 0), lat=track[-1].lat), 3600)).ended
    assert outlook(state, before.wake, DEFAULT_RULES).journey == by_fix
    assert by_fix.ended == T0 + 1210 * S


def test_other_thresholds_are_another_version():
    assert Rules(stop_s=300).version() != Rules().version() == DEFAULT_RULES.version()


def test_distances_agree_with_the_great_circle():
    chance = np.random.default_rng(3)
    lat = chance.uniform(-60, 60, 2_000)
    lon = chance.uniform(-170, 170, 2_000)
    pairs = np.stack([lon, lat, lon + 0.1 * chance.random(2_000), lat + 0.1], 1)
    e7 = np.round(pairs * 1e7).astype(np.int64)
    ours = steps_mm(*e7.T) / 1000
    theirs = np.array([steps(p.reshape(2, 2))[0] for p in e7 / 1e7])
    assert np.abs(ours / theirs - 1).max() < 1e-4
    assert [step_mm(*row) for row in e7.tolist()] == steps_mm(*e7.T).tolist()


legs = st.lists(
    st.tuples(st.sampled_from([10, 30, 170, 200, 600, 2000]), st.sampled_from([0, 3, 8, 40, 100])),
    min_size=1,
    max_size=8,
)
accidents = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from(
            [
                {"lon": 0, "lat": 0},
                {"lon": LON + 5_000_000},
                {"lat": LAT + 40_000_000},
                {"accuracy": 6_000},
                {"odometer": 1},
                {"speed": -1},
                {"ignition": 1},
            ]
        ),
    ),
    max_size=12,
)
cuts = st.lists(st.integers(0, 400), max_size=8)


def of_each_fix(done):
    return [c.tolist() for c in (done.flags, done.moved_mm, done.driven_m, done.phase)]


def spoil(points, accidents):
    for i, change in accidents:
        points[i % len(points)] = points[i % len(points)].but(**change)
    return points


@given(legs, st.sampled_from([1, 10, 30, 300]), accidents, cuts)
def test_pieces_fold_to_what_the_whole_folds_to(legs, every_s, accidents, cuts):
    track = fixes(spoil(drive(*legs, every_s=every_s, odometer=7)[:2_000], accidents))
    whole = fold(State(), track, DEFAULT_RULES)
    state, ended, said = State(), [], []
    edges = [0, *sorted(min(c, len(track)) for c in cuts), len(track)]
    for lo, hi in itertools.pairwise(edges):
        part = fold(state, track.part(lo, hi), DEFAULT_RULES)
        state = State.decode(part.state.encode())
        ended += part.ended
        said += list(zip(*of_each_fix(part), strict=True))
    assert (state, ended) == (whole.state, whole.ended)
    assert said == list(zip(*of_each_fix(whole), strict=True))


@given(legs, accidents)
def test_journeys_follow_each_other_and_add_up(legs, accidents):
    track = fixes(spoil(drive(*legs), accidents))
    done = fold(State(), track, DEFAULT_RULES)
    for journey in done.ended:
        assert journey.started <= journey.ended
        inside = (track.t >= journey.started) & (track.t <= journey.ended)
        moved = done.moved_mm[inside].sum()
        assert journey.gps_m == (moved + 500) // 1000
    for one, two in itertools.pairwise(done.ended):
        assert one.ended < two.started


def test_columns_are_as_long_as_each_other():
    assert {len(getattr(fixes(drive(PARKED)), f.name)) for f in dataclasses.fields(Fixes)} == {61}


@settings(max_examples=max(8, settings.default.max_examples // 4))
@given(legs, st.sampled_from([10, 30]), accidents)
def test_the_kernel_in_plain_python_says_the_same(legs, every_s, accidents):
    track = fixes(spoil(drive(*legs, every_s=every_s, odometer=7)[:200], accidents))
    columns = [track.t, track.lon, track.lat, track.speed, track.accuracy]
    columns += [track.odometer, track.ignition, track.device, track.conflicts]
    found = []
    for run in (kernel.run, kernel.run.plain):
        row = np.array(State().row(), np.int64)
        shapes = (len(track), 4), (102, 19), (102, 1 + kernel.WIDTH)
        outs = [np.zeros(shape, np.int64) for shape in shapes]
        counts = run(row, tuple(columns), LIMITS, *outs)
        found.append((tuple(counts), row.tolist(), *(a.tolist() for a in outs)))
    assert found[0] == found[1]
