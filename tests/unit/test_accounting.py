"""Matching and the ledger's arithmetic."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.accounting import Desired, Line, TripSpan, difference, match
from dispatch.accounting.ledger import of_receipt, of_trip
from dispatch.accounting.sharing import Rider, divided

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MORNING = TripSpan(1, 11, NINE, NINE + 2 * HOUR)
EVENING = TripSpan(2, 12, NINE + 8 * HOUR, NINE + 9 * HOUR)


@pytest.mark.parametrize(
    ("kind", "at", "trip"),
    [
        ("toll", NINE + HOUR, 1),
        ("toll", NINE - timedelta(minutes=14), 1),
        ("toll", NINE + 5 * HOUR, None),
        ("fuel", NINE + 5 * HOUR, 1),
        ("fuel", NINE + 34 * HOUR, None),
        ("electricity", NINE + 20 * HOUR, 2),
        ("parking", NINE + 9 * HOUR, 2),
        ("fuel", NINE - HOUR, None),
    ],
    ids=[
        "toll on the road",
        "gantry clock runs ahead",
        "toll without a trip",
        "filled after the trip",
        "filled a day too late",
        "charged overnight",
        "parking at the last moment",
        "filled before any trip",
    ],
)
def test_a_receipt_belongs_to(kind, at, trip):
    assert match(kind, at, [EVENING, MORNING]).trip_id == trip


@given(st.permutations([MORNING, EVENING, TripSpan(3, 13, NINE + 2 * HOUR, NINE + 3 * HOUR)]))
def test_the_order_of_trips_does_not_matter(trips):
    assert match("fuel", NINE + 2 * HOUR, trips).trip_id == 1


MONTH = date(2026, 3, 1)
RECEIPT = {
    "receipt_id": 7,
    "version": "1",
    "kind": "fuel",
    "issuer": "sinofuel",
    "amount_fen": 30_000,
    "quantity": 40_000,
    "pool_id": 1,
    "month": MONTH,
    "vehicle_id": 5,
    "riders": [Rider(9, 1, 0, 80_000)],
}


def posted(*steps: Desired) -> list[tuple[Line, int]]:
    """What stands in the books after posting each step's difference."""
    books: list[tuple[Line, int]] = []
    for step in steps:
        books += difference(step, books).items()
    return books


def balance(books, account):
    return sum(amount for line, amount in books if line.account == account)


def test_a_receipt_posted_twice_posts_once():
    once = of_receipt(**RECEIPT)
    assert posted(once, once) == posted(once)


def test_a_receipt_that_moves_to_another_car_leaves_nothing_behind():
    moved = of_receipt(**RECEIPT | {"vehicle_id": 6, "pool_id": 2})
    books = posted(of_receipt(**RECEIPT), moved)
    assert sum(a for line, a in books if line.vehicle_id == 5) == 0
    assert balance(books, "cost:fuel") == 30_000


def test_an_unknown_card_waits_in_suspense():
    books = posted(of_receipt(**RECEIPT | {"vehicle_id": None, "riders": []}))
    assert balance(books, "cost:fuel") == 0
    assert balance(books, "suspense:receipts") == 30_000


def test_a_loan_is_two_balanced_books():
    trip = of_trip(
        trip_id=1,
        version="1",
        month=MONTH,
        owner_pool=2,
        vehicle_id=5,
        metres=90_000,
        riders=[Rider(9, 1, 16_200, 80_000)],
    )
    fen = [(line, a) for line, a in trip.amounts.items() if line.measure == "fen"]
    for pool in (1, 2):
        assert sum(a for line, a in fen if line.pool_id == pool) == 0
    assert balance(fen, "cost:settlement") == -balance(fen, "income:settlement") == 16_200


def test_a_shared_ride_is_driven_once_and_each_pays_for_its_own_way():
    """One rider of the owner's platform, two of another, of whom one would have gone half as far."""
    riders = [Rider(9, 2, 0, 80_000), Rider(10, 1, 14_400, 80_000), Rider(11, 1, 7_200, 40_000)]
    trip = of_trip(
        trip_id=1, version="1", month=MONTH, owner_pool=2, vehicle_id=5, metres=90_001,
        riders=riders,
    )  # fmt: skip
    km = {line.order_id: a for line, a in trip.amounts.items() if line.account == "quantity:metres"}
    assert km == {9: 36_001, 10: 36_000, 11: 18_000}
    fen = [(line, a) for line, a in trip.amounts.items() if line.measure == "fen"]
    assert balance(fen, "cost:settlement") == -balance(fen, "income:settlement") == 21_600
    assert balance(fen, "receivable:pool:1") == -balance(fen, "payable:pool:2") == 21_600
    bought = of_receipt(**RECEIPT | {"riders": riders, "amount_fen": 1_001})
    costs = {line.order_id: a for line, a in bought.amounts.items() if line.account == "cost:fuel"}
    assert costs == {9: 401, 10: 400, 11: 200}


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, {1: 1, 2: 1, 3: 1}, {1: 34, 2: 33, 3: 33}),
        (-100, {1: 1, 2: 1, 3: 1}, {1: -34, 2: -33, 3: -33}),
        (10, {1: 50, 2: 30, 3: 20}, {1: 5, 2: 3, 3: 2}),
        (7, {1: 6, 2: 6, 3: 2}, {1: 3, 2: 3, 3: 1}),
        (5, {1: 0, 2: 0}, {1: 3, 2: 2}),
    ],
    ids=["one over", "a reversal", "even", "no remainder", "nobody went anywhere"],
)
def test_what_is_divided(amount, weights, parts):
    assert divided(amount, weights) == parts


@given(
    st.integers(-(10**12), 10**12),
    st.dictionaries(st.integers(1, 99), st.integers(0, 10**7), min_size=1, max_size=4),
)
def test_parts_add_up_and_are_within_one_of_fair(amount, weights):
    parts = divided(amount, weights)
    assert sum(parts.values()) == amount
    assert divided(-amount, weights) == {key: -part for key, part in parts.items()}
    total = sum(weights.values())
    for key, part in parts.items():
        if total:
            assert abs(part * total - amount * weights[key]) < total


lines = st.builds(
    Line,
    pool_id=st.integers(1, 3),
    origin_month=st.sampled_from([MONTH, date(2026, 4, 1)]),
    account=st.sampled_from(["a", "b"]),
    measure=st.just("fen"),
    vehicle_id=st.none() | st.integers(1, 2),
    order_id=st.none(),
)
desires = st.dictionaries(lines, st.integers(-(10**9), 10**9), max_size=6).map(
    lambda amounts: Desired("x", "1", amounts)
)


@given(st.lists(desires, max_size=8), desires)
def test_whatever_came_before_the_books_end_at_what_is_desired(before, last):
    books = posted(*before, last)
    for line in {line for line, _ in books} | last.amounts.keys():
        assert sum(a for at, a in books if at == line) == last.amounts.get(line, 0)
    assert difference(replace(last, version="2"), books) == {}
