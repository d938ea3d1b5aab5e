"""A simplified line is never further from what was driven than it says."""

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


@given(walks, st.integers(2, 10))
def test_machine_code_and_python_say_the_same(steps, at_most):
    lon, lat = line(steps)
    fixed = np.array([0, len(lon) - 1], np.int64)
    said = []
    for run in (kernel.matter, kernel.matter.plain):
        out = np.zeros(len(lon))
        run(lon, lat, fixed, np.empty((len(lon) + 2, 2), np.int64), np.empty(len(lon) + 2), out)
        said.append(out.tolist())
    assert said[0] == said[1]


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
