"""When a measuring run falls short."""

from simulators.judge.figures import Figure, Line, Measured


def line(**changed):
    said = {
        "rule": "A9", "true": 50, "near": 200, "found": 50, "missed": 0, "false": 0,
        "precision": 1.0, "recall": 1.0, "delay_s": 0.0,
    }  # fmt: skip
    return Line(**(said | changed))


def test_all_found_and_nothing_made_up_is_enough():
    assert Measured([line()], [Figure("km", 0.01, 0.01)]).shortfalls == []


def test_too_many_missed_or_made_up_is_too_little():
    found = Measured([line(recall=0.97), line(rule="A24", precision=0.97)])
    assert found.shortfalls == ["A9: recall 0.970", "A24: precision 0.970"]


def test_a_rule_without_cases_can_miss_none_but_may_make_some_up():
    assert Measured([line(true=0, recall=0.0)]).shortfalls == []
    assert Measured([line(true=0, precision=0.5)]).shortfalls == ["A9: precision 0.500"]


def test_what_was_not_measured_is_not_held():
    assert not Figure("km", None, 0.01).held
    assert not Figure("jumps", None, 0.99, at_least=True).held


def test_bounds_are_kept_from_their_side():
    assert Figure("jumps", 0.99, 0.99, at_least=True).held
    assert not Figure("jumps", 0.98, 0.99, at_least=True).held
    assert not Figure("km", 0.011, 0.01).held


def test_the_report_says_which_figures_hold():
    report = Measured([line()], [Figure("km", 0.02, 0.01, of=7)]).as_dict()
    assert [f["held"] for f in report["figures"]] == [False]
    assert report["shortfalls"] == ["km: 0.02 against 0.01"]
