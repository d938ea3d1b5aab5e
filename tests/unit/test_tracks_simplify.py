"""A simplified line is never further from what was driven than it says."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.tracks import choose, kernel

LON, LAT = 1_179_000_000, 309_000_000
M = 1 / kernel.M_PER_E7
walks = st.lists(st.tuples(st.integers(-3_000, 3_000), st.integers(-3_000, 3_000)), max_size=80)


def line(steps):
    path = np.cumsum(np.array([(LON, LAT), *steps], np.int64), axis=0)
    return np.ascontiguousarray(path[:, 0]), np.ascontiguousarray(path[:, 1])


def off_m(lon, lat, index):
    """The largest distance of a fix that was left out from the line, the plain way."""
    worst = 0.0
    for a, b in pairwise(index):
        cos = np.cos(np.radians(lat[a] / 1e7))
        start = np.array([lon[a] * cos, lat[a]])
        way = np.array([lon[b] * cos, lat[b]]) - start
        for i in range(a + 1, b):
            here = np.array([lon[i] * cos, lat[i]]) - start
            share = 0.0 if not way.any() else np.clip(here @ way / (way @ way), 0, 1)
            worst = max(worst, float(np.hypot(*(here - share * way))) * kernel.M_PER_E7)
    return worst


@given(walks, st.integers(2, 40), st.lists(st.integers(0, 80), max_size=5))
def test_no_fix_is_further_away_than_stated_and_what_must_stay_stays(steps, at_most, kept):
    lon, lat = line(steps)
    kept = np.array([k for k in kept if k < len(lon)], np.int64)
    chosen = choose(lon, lat, kept, at_most)
    assert set(kept.tolist()) | {0, len(lon) - 1} <= set(chosen.index.tolist())
    assert len(chosen.index) <= max(at_most, len(set(kept.tolist()) | {0, len(lon) - 1}))
    assert off_m(lon, lat, chosen.index) <= chosen.max_error_m + 1e-3


@given(walks)
def test_more_points_are_never_worse(steps):
    lon, lat = line(steps)
    none = np.zeros(0, np.int64)
    errors = [choose(lon, lat, none, n).max_error_m for n in range(2, len(lon) + 1)]
    assert errors == sorted(errors, reverse=True)
    assert not errors or errors[-1] == 0


@given(walks)
def test_machine_code_and_python_say_the_same(steps):
    lon, lat = line(steps)
    said = []
    for run in (kernel.matter, kernel.matter.plain):
        said.append(matter(lon, lat, run))
    assert said[0] == said[1]


def matter(lon, lat, run=kernel.matter):
    """(distances measured, figures) where only the ends must stay."""
    n, out = len(lon), np.zeros(len(lon))
    fixed = np.array([0, n - 1], np.int64)
    measured = run(lon, lat, fixed, np.empty((n + 2, 3), np.int64), np.empty(n + 2), out)
    return measured, out.tolist()


def wasting_away(n):
    """A zigzag whose furthest fix is always the next one."""
    side = 1 - 2 * (np.arange(n) % 2)
    return LON + 1_000 * np.arange(n), LAT + 1_000 * side * np.arange(n, 0, -1)


def to_and_fro(n):
    """Between two places, over and over."""
    return LON + 1_000_000 * (np.arange(n) % 2), np.full(n, LAT)


def growing(n):
    lon, lat = wasting_away(n)
    return lon[::-1].copy(), lat[::-1].copy()


def spiral(n):
    angle = np.arange(n) / 3
    return LON + (angle * 900 * np.cos(angle)).astype(int), LAT + (
        angle * 900 * np.sin(angle)
    ).astype(int)


@pytest.mark.parametrize("shape", [wasting_away, growing, to_and_fro, spiral])
@pytest.mark.parametrize("n", [3, 1_000, 1 << 14])
def test_no_line_takes_more_work_than_n_log_n(shape, n):
    measured, _ = matter(*shape(n))
    assert n - 2 <= measured <= 7 * n * (math.log2(n) + 1)


@pytest.mark.parametrize("shape", [wasting_away, growing, to_and_fro, spiral])
@pytest.mark.parametrize("at_most", [2, 7, 40, 300])
def test_also_of_such_a_line_no_fix_is_further_away_than_stated(shape, at_most):
    lon, lat = shape(400)
    chosen = choose(lon, lat, np.zeros(0, np.int64), at_most)
    assert len(chosen.index) <= at_most
    assert off_m(lon, lat, chosen.index) <= chosen.max_error_m + 1e-3


@given(walks)
def test_an_ordinary_line_is_split_where_douglas_and_peucker_split_it(steps):
    """Their line for e, from scratch by its definition, for each e that there is."""
    lon, lat = line(steps)
    _, figures = matter(lon, lat)
    for e in {f for f in figures if f >= kernel.FLOOR_M}:
        kept = [i for i, f in enumerate(figures) if f >= e]
        assert kept == douglas_peucker(lon, lat, e)


def douglas_peucker(lon, lat, e):
    kept, stretches = {0, len(lon) - 1}, [(0, len(lon) - 1)]
    while stretches:
        a, b = stretches.pop()
        cos = kernel.cosine.plain(int(lat[a]))
        away = [kernel.far_m.plain(lon, lat, a, b, i, cos) for i in range(a + 1, b)]
        if away and max(away) >= e:
            at = a + 1 + away.index(max(away))
            kept.add(at)
            stretches += [(a, at), (at, b)]
    return sorted(kept)


def test_a_corner_stays_and_what_lies_on_the_way_goes():
    lon = np.array([LON + int(n * 100 * M) for n in range(11)] + [LON + int(1_000 * M)] * 10)
    lat = np.array([LAT] * 11 + [LAT + int(n * 100 * M) for n in range(1, 11)])
    chosen = choose(lon, lat, np.zeros(0, np.int64), 3)
    assert chosen.index.tolist() == [0, 10, 20]
    assert chosen.max_error_m < 0.1


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_lines_stay_as_they_are(n):
    lon, lat = line([(1, 1)] * 2)
    chosen = choose(lon[:n], lat[:n], np.zeros(0, np.int64), 2)
    assert (chosen.index.tolist(), chosen.max_error_m) == (list(range(n)), 0.0)


def test_a_place_that_is_passed_again_is_not_cut_off():
    """There and back again: the far end is off the line between its neighbours by all the way."""
    lon = np.array([LON, LON + int(5_000 * M), LON])
    lat = np.array([LAT] * 3)
    assert choose(lon, lat, np.zeros(0, np.int64), 2).max_error_m == pytest.approx(4_290, rel=0.01)
