"""A demo that falls short says so, condition by condition."""

from dataclasses import fields, replace

import pytest

from dispatch.run.report import Latency, Report

GOOD = Report(
    ready_s=6.1,
    history_s=80.0,
    fixes_acked=61_000,
    fixes_committed=61_420,
    acked_missing=0,
    publish_to_socket_ms=Latency(110.0, 480.0),
    requests=96,
    orders_completed=71,
    rentals=3,
    unassigned=0,
    plan_cost_fen=812_300,
    bound_kind=None,
    plan_bound_fen=None,
    receipts=40,
    receipts_matched=37,
    trips=70,
    ledger_fen=1_204_550,
    truth_ledger_fen=1_204_550,
)


def test_a_good_demo_falls_short_of_nothing():
    assert GOOD.shortfalls() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fixes_acked": 49_999}, "fixes_acked >= 50000"),
        ({"fixes_committed": 60_999}, "fixes_committed >= fixes_acked"),
        ({"acked_missing": 1}, "acked_missing = 0"),
        ({"publish_to_socket_ms": None}, "publish_to_socket_ms was measured"),
        ({"orders_completed": 39}, "orders_completed >= 40"),
        ({"rentals": 0}, "rentals >= 1"),
        ({"plan_cost_fen": None}, "a plan was made"),
        ({"receipts": 29, "receipts_matched": 29}, "receipts >= 30"),
        ({"receipts_matched": 35}, "receipts_matched >= 90%"),
        ({"trips": 0}, "trips > 0"),
        ({"ledger_fen": 1_204_549}, "ledger_fen = truth_ledger_fen"),
        ({"ledger_fen": 0, "truth_ledger_fen": 0}, "ledger_fen is not zero"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_each_condition_is_judged_alone(change, said):
    assert replace(GOOD, **change).shortfalls() == [said]


def test_nine_tenths_matched_is_enough_and_a_hair_less_is_not():
    assert replace(GOOD, receipts=40, receipts_matched=36).shortfalls() == []
    assert replace(GOOD, receipts=1_000, receipts_matched=899).shortfalls() != []


def test_the_file_has_every_figure_and_the_verdict():
    written = GOOD.as_dict()
    assert [field.name for field in fields(Report)] == list(written)[:-1]
    assert written["publish_to_socket_ms"] == {"p50": 110.0, "p99": 480.0}
    assert written["shortfalls"] == []
