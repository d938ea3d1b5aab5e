"""Matching what was with what is said, with answers known by hand."""

import pytest

from simulators.judge.matching import Span, alone, match, quantile


def span(start, end, car="A", amount=0.0):
    return Span(car, start, end, amount)


def test_what_overlaps_in_the_same_car_belongs_together():
    found = match([span(0, 10), span(100, 110), span(200, 210)], [span(8, 20), span(150, 160)])
    assert [(t.start, s.start) for t, s in found.pairs] == [(0, 8)]
    assert [s.start for s in found.missed] == [100, 200]
    assert [s.start for s in found.false] == [150]
    assert found.recall == pytest.approx(1 / 3)
    assert found.precision == pytest.approx(1 / 2)
    assert found.delay_s == 8


def test_another_car_is_another_matter():
    found = match([span(0, 10)], [span(0, 10, car="B")])
    assert (len(found.missed), len(found.false)) == (1, 1)


def test_one_said_span_may_stand_for_several_true_ones():
    found = match([span(0, 10), span(20, 30)], [span(5, 25)])
    assert len(found.pairs) == 2
    assert found.false == []
    assert found.precision == 1


def test_several_said_spans_of_one_true_one_are_all_right():
    found = match([span(0, 100)], [span(0, 10), span(50, 60)])
    assert len(found.pairs) == 1
    assert found.false == []


@pytest.mark.parametrize(("slack", "pairs"), [(4.9, 0), (5.0, 1)])
def test_slack_is_how_far_apart_they_may_lie(slack, pairs):
    assert len(match([span(0, 10)], [span(15, 20)], slack).pairs) == pairs


def test_what_is_slight_is_neither_missed_nor_false():
    found = match([span(0, 10)], [span(5, 8), span(50, 60)], slight=[span(55, 58), span(90, 95)])
    assert (len(found.pairs), found.missed, found.false) == (1, [], [])
    assert found.said == 2


def test_nothing_said_of_nothing_is_right():
    found = match([], [])
    assert (found.recall, found.precision, found.delay_s) == (1, 1, None)


def test_equal_spans_are_told_apart():
    found = match([span(0, 10)], [span(50, 60), span(50, 60)])
    assert len(found.false) == 2


def test_alone_is_one_to_one():
    true = [span(0, 10), span(20, 30), span(40, 50), span(60, 70)]
    said = [span(1, 9), span(19, 41), span(61, 63), span(64, 69)]
    assert alone(true, said) == [(true[0], said[0])]


@pytest.mark.parametrize(
    ("values", "share", "is_"),
    [([], 0.5, None), ([3.0], 0.95, 3.0), (list(range(100)), 0.95, 95), ([2, 1, 3], 0.5, 2)],
)
def test_quantiles(values, share, is_):
    assert quantile(values, share) == is_
