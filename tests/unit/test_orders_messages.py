"""Every refusal of a car is a sentence in both languages."""

import re
from typing import get_args

import pytest

from dispatch.orders.match import Misfit
from dispatch.orders.messages import both, message
from dispatch.orders.refusals import BUSY, HOUSE, TIMES
from optimizer.reasons import Rule

KNOWN = [
    ("H14", {"code": "inspection_over", "until": "2026-03-01"}),
    ("H15", {"passengers": 6, "seats": 4}),
    ("H16", {"pool_id": 2}),
    ("H17", {"code": "not_shared", "category": "LAW_ENFORCEMENT"}),
    ("H21", {"request_id": 7}),
    ("H10", {"driving_s": 15_000, "most_s": 14_400}),
    ("H11", {"driving_s": 30_000}),
    ("class", {"vehicle_class": "sedan"}),
    ("licence", {"held": "C1", "needed": "B1"}),
    ("driver_pool", {"driver_pool": 1, "car_pool": 2}),
    ("range", {"metres": 412_001, "range_m": 400_999}),
    ("reserve", {"reserve": 3, "lent": 2}),
    ("too-late", {"late_minutes": 12}),
    ("busy", {"kind": "trip"}),
    ("no-driver", {"licence": "C1"}),
    ("not-lendable", {"pool": 1, "confidential": 1}),
    ("lending-refused", {"lender": 2, "payer": 1}),
    ("seats", {"seats": 4, "passengers": 6}),
    ("quota", {"unit": 3, "tasks": 2}),
]


@pytest.mark.parametrize(("rule", "facts"), KNOWN, ids=[rule for rule, _ in KNOWN])
def test_a_refusal_is_a_sentence_in_both_languages(rule, facts):
    chinese, english = message(Misfit(rule, facts))
    assert re.search("[\u4e00-\u9fff]{3}", chinese)
    assert re.fullmatch(r"[A-Z][ -~]{15,}", english)
    assert not re.search(r"[{}]", chinese + english)
    assert both(Misfit(rule, facts)) == f"{chinese} · {english}"


def test_every_rule_of_the_optimizer_has_words():
    said = {HOUSE.get(rule, rule) for rule in get_args(Rule)} - {*BUSY, *TIMES, "before-now"}
    assert said <= {rule for rule, _ in KNOWN}


def test_metres_are_told_in_kilometres_that_are_not_too_hopeful():
    chinese, english = message(Misfit("range", {"metres": 412_001, "range_m": 400_999}))
    assert chinese == "续航不足：需 413 公里，可行 400 公里"
    assert english == "Out of range: 413 km are needed, 400 km it goes"


def test_a_rule_that_is_new_is_told_as_it_is():
    assert message(Misfit("something-new", {"n": 1})) == ("something-new", "something-new")
