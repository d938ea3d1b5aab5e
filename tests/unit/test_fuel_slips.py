"""Receipts against what the tank saw: known answers."""

from datetime import UTC, datetime, timedelta

import pytest

from telemetry.fuel.slips import settle_all
from telemetry.fuel.store import EnergyEvent, Slip

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
LON, LAT = 118.75, 30.94


def minutes(m):
    return AT + timedelta(minutes=m)


def fill(ml, at=0, number=1, kind="refuel", **changes):
    medium = "electricity" if kind == "charge" else "fuel"
    values = {
        "before_ml": None, "after_ml": None, "amount_ml": ml, "before_permille": None,
        "after_permille": None, "amount_wh": ml, "error_ml": 500, "confidence": 90,
        "readings": 9, "lon": LON, "lat": LAT,
    } | changes  # fmt: skip
    return EnergyEvent(number, 1, medium, kind, minutes(at), minutes(at + 5), minutes(at + 5),
                       True, **values)  # fmt: skip


def slip(ml, at=4, number=1, medium="fuel", lon=LON, lat=LAT, watched=True):
    return Slip(number, medium, minutes(at), ml, "站", lon, lat, watched)


def verdicts(events, slips):
    return [(s.verdict, s.seen, s.paid) for s in settle_all(events, slips)]


def test_what_was_paid_went_in():
    assert verdicts([fill(29_400)], [slip(30_000)]) == [("agreed", 29_400, 30_000)]


def test_two_receipts_of_one_stop_are_summed():
    (one,) = settle_all([fill(29_400)], [slip(20_000), slip(10_000, number=2)])
    assert (one.verdict, one.paid, one.receipts) == ("agreed", 30_000, (1, 2))


def test_less_went_in_than_was_paid():
    assert verdicts([fill(24_000)], [slip(40_000)]) == [("amount-differs", 24_000, 40_000)]


def test_it_was_paid_elsewhere():
    (one,) = settle_all([fill(30_000)], [slip(30_000, lat=LAT + 0.02)])
    assert (one.verdict, one.apart_m) == ("place-differs", pytest.approx(2224, abs=5))


def test_a_fill_without_a_receipt_and_a_receipt_without_a_fill():
    found = verdicts([fill(30_000)], [slip(30_000, at=90), slip(9_000, at=200, watched=False)])
    assert found == [
        ("receipt-missing", 30_000, None),
        ("event-missing", None, 30_000),
        ("no-data", None, 9_000),
    ]


def test_each_receipt_goes_to_the_nearest_fill_of_its_medium():
    events = [fill(20_000), fill(30_000, at=40, number=2), fill(9_000, number=3, kind="charge")]
    slips = [slip(31_000, at=38), slip(20_500, at=6, number=2),
             slip(9_000, at=6, number=3, medium="electricity")]  # fmt: skip
    assert [s.verdict for s in settle_all(events, slips)] == ["agreed"] * 3


def test_thefts_and_jumps_need_no_receipt():
    assert verdicts([fill(9_000, kind="drop"), fill(9_000, number=2, kind="jump")], []) == []
