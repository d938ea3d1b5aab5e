"""Datums: published pairs, and there and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.kernel.place import distance, from_wgs84, to_wgs84


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((118.7588, 30.9408), (118.763923, 30.938580)),
        ((118.983407, 30.626529), (118.988470, 30.624098)),
        ((118.753675, 30.943018), (118.7588, 30.9408)),
    ],
)
def test_gcj02_as_published(wgs84, gcj02):
    assert from_wgs84(*wgs84, "gcj02") == pytest.approx(gcj02, abs=1.5e-6)
    assert to_wgs84(*gcj02, "gcj02") == pytest.approx(wgs84, abs=1.5e-6)


def test_bd09_as_published():
    wgs84 = to_wgs84(118.7588, 30.9408, "gcj02")
    assert from_wgs84(*wgs84, "bd09") == pytest.approx((118.765335, 30.946599), abs=1e-6)
    assert to_wgs84(118.765335, 30.946599, "bd09") == pytest.approx(wgs84, abs=1e-6)


def test_the_shift_is_what_puts_cars_off_the_road():
    there = from_wgs84(118.7588, 30.9408, "gcj02")
    assert distance(118.7588, 30.9408, *there) == pytest.approx(548, abs=5)


def test_abroad_nothing_is_shifted():
    for datum in ("wgs84", "gcj02"):
        assert from_wgs84(2.35, 48.86, datum) == (2.35, 48.86)
        assert to_wgs84(2.35, 48.86, datum) == (2.35, 48.86)


@given(st.floats(80, 130), st.floats(18, 52), st.sampled_from(["wgs84", "gcj02", "bd09"]))
def test_there_and_back_is_within_a_centimetre(lon, lat, datum):
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert distance(lon, lat, *back) < 0.01
