"""House rules: known answers, and that every broken rule is told."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from dispatch.requests import DEFAULTS, Circumstances, Place, judge, merged
from dispatch.requests.approval import awaited_stage, decide
from tests.orders_city import MONDAY, SUNDAY_NOON, ask, at

CITY = Place(1, "宣城", 118.75, 30.95, "341802")
TOWN = Place(2, "古泉镇", 118.65, 31.03, "341802")
COUNTY = Place(3, "宁国", 118.98, 30.63, "341881")
OUTSIDE = Place(4, "合肥", 117.23, 31.82, None)
DAYS = {MONDAY + timedelta(days=n): "workday" for n in range(5)} | {
    date(2026, 3, 7): "weekend",
    date(2026, 4, 6): "holiday",
}
ABOUT = Circumstances(
    asked_at=SUNDAY_NOON,
    origin=CITY,
    destination=TOWN,
    grassroots=False,
    trips_that_day=0,
    most_passengers={"sedan": 4, "midibus": 22, "coach": 44},
    days=DAYS,
)


def codes(wanted, about=ABOUT, rules=DEFAULTS):
    return [(v.rule, v.code, v.severity) for v in judge(wanted, about, rules)]


def test_an_ordinary_trip_breaks_nothing():
    assert codes(ask()) == []


CASES = {
    "H1 late": (ask("17:00", "21:01"), ABOUT, [("H1", "late_return", "block"), ("H8", "off_hours", "review")]),
    "H1 last minute": (ask("17:00", "21:00"), ABOUT, [("H8", "off_hours", "review")]),
    "H1 next day": (
        ask(return_at=at("10:00", date(2026, 3, 3))), ABOUT, [("H1", "not_same_day", "block")],
    ),
    "H1 overnight outside": (
        ask(return_at=at("10:00", date(2026, 3, 3))), replace(ABOUT, destination=OUTSIDE),
        [("H1", "overnight", "review"), ("H5", "out_of_city", "review")],
    ),
    "H2 third of the city's": (ask(), replace(ABOUT, trips_that_day=2), []),
    "H2 fourth of the city's": (
        ask(), replace(ABOUT, trips_that_day=3), [("H2", "over_daily_cap", "review")],
    ),
    "H2 third of a township's": (
        ask(), replace(ABOUT, trips_that_day=2, grassroots=True), [("H2", "over_daily_cap", "review")],
    ),
    "H5 29 minutes": (
        ask(), replace(ABOUT, asked_at=at("08:31")), [("H5", "short_lead", "block")],
    ),
    "H5 30 minutes": (ask(), replace(ABOUT, asked_at=at("08:30")), []),
    "H5 emergency": (ask(emergency=True), replace(ABOUT, asked_at=at("08:59")), []),
    "H5 another county, same day": (
        ask(), replace(ABOUT, destination=COUNTY, asked_at=at("07:45")),
        [("H5", "far_trip_late", "review")],
    ),
    "H5 another county, the day before": (ask(), replace(ABOUT, destination=COUNTY), []),
    "H8 early": (ask("07:29", "09:00"), ABOUT, [("H8", "off_hours", "review")]),
    "H8 weekend": (
        ask(day=date(2026, 3, 7)), ABOUT, [("H8", "weekend", "review")],
    ),
    "H8 holiday": (ask(day=date(2026, 4, 6)), ABOUT, [("H8", "holiday", "review")]),
    "H8 nobody knows": (ask(day=date(2027, 1, 4)), ABOUT, [("H8", "calendar_unknown", "warn")]),
    "H15 no car": (
        ask(passengers=45), ABOUT,
        [("H15", "too_many_passengers", "block"), ("H15", "large_vehicle", "review")],
    ),
    "H15 not a sedan": (
        ask(passengers=5, vehicle_class="sedan"), ABOUT, [("H15", "class_too_small", "block")],
    ),
    "H15 a bus": (ask(passengers=19), ABOUT, [("H15", "large_vehicle", "review")]),
    "H15 no bus": (ask(passengers=18), ABOUT, []),
}  # fmt: skip


@pytest.mark.parametrize(("wanted", "about", "expected"), CASES.values(), ids=CASES.keys())
def test_each_rule_known_answers(wanted, about, expected):
    assert codes(wanted, about) == expected


def test_every_broken_rule_is_told_with_its_numbers():
    bad = ask("05:00", "22:30", passengers=60)
    about = replace(ABOUT, asked_at=at("04:45"), trips_that_day=7)
    found = {v.code: v for v in judge(bad, about, DEFAULTS)}
    assert set(found) == {
        "late_return", "over_daily_cap", "short_lead", "off_hours", "too_many_passengers", "large_vehicle",
    }  # fmt: skip
    assert found["over_daily_cap"].facts == {"taken": 7, "cap": 3}
    assert found["short_lead"].facts == {"least_minutes": 30, "minutes": 15}
    assert "7" in found["over_daily_cap"].message
    assert "7" in found["over_daily_cap"].message_en


def test_an_authority_sets_its_own_numbers_and_a_platform_beats_it():
    ours = merged([{"city_unit_cap": 5, "latest_return": "22:00"}, {"city_unit_cap": 1}])
    assert (ours.city_unit_cap, ours.latest_return) == (1, time(22, 0))
    assert codes(ask(), replace(ABOUT, trips_that_day=1), ours) == [
        ("H2", "over_daily_cap", "review")
    ]
    softer = merged([{"severities": {"late_return": "review"}}])
    assert ("H1", "late_return", "review") in codes(ask("17:00", "21:30"), ABOUT, softer)


@pytest.mark.parametrize("row", [{"unknown": 1}, {"city_unit_cap": "three"}])
def test_a_wrong_setting_is_no_setting(row):
    with pytest.raises(ValueError, match="rule setting"):
        merged([row])


@pytest.mark.parametrize(
    ("state", "decision", "review", "after"),
    [
        ("submitted", "approved", False, "approved"),
        ("submitted", "approved", True, "unit_approved"),
        ("unit_approved", "approved", True, "approved"),
        ("submitted", "rejected", True, "rejected"),
        ("unit_approved", "returned", True, "returned_for_edit"),
        ("assigned", "approved", True, "assigned"),
    ],
)
def test_where_a_decision_leads(state, decision, review, after):
    stage = awaited_stage(state, emergency=True, review_required=review, given=frozenset())
    assert decide(state, stage, decision, review_required=review) == after


def test_paper_work_of_an_emergency_is_awaited_stage_by_stage():
    asked = {"emergency": True, "review_required": True}
    assert awaited_stage("assigned", given=frozenset(), **asked) == "unit"
    assert awaited_stage("assigned", given=frozenset({"unit"}), **asked) == "authority"
    assert awaited_stage("approved", given=frozenset(), **asked) == "unit", "its car was taken back"
    assert awaited_stage("assigned", given=frozenset({"unit", "authority"}), **asked) is None
    assert (
        awaited_stage("assigned", emergency=False, review_required=True, given=frozenset()) is None
    )
