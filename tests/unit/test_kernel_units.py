"""Money splits exactly, days are Shanghai's."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.kernel import calendar, units


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [(100, [1, 1, 1], [34, 33, 33]), (-100, [1, 1, 1], [-34, -33, -33]), (5, [0, 1], [0, 5])],
    ids=["remainder to the first", "a reversal mirrors", "no weight, no share"],
)
def test_money_is_split_by_largest_remainder(total, weights, shares):
    assert units.split_fen(units.Fen(total), weights) == shares


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any),
)
def test_shares_always_add_up(total, weights):
    shares = units.split_fen(units.Fen(total), weights)
    assert sum(shares) == total
    assert all(s * total >= 0 for s in shares)


def test_a_business_day_begins_at_sixteen_utc():
    assert calendar.business_day(datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert calendar.business_day(datetime(2026, 3, 1, 16, tzinfo=UTC)) == date(2026, 3, 2)


def test_a_month_of_december_ends_with_the_year():
    assert calendar.month_bounds(date(2026, 12, 5)) == (
        datetime(2026, 11, 30, 16, tzinfo=UTC),
        datetime(2026, 12, 31, 16, tzinfo=UTC),
    )
