"""Rules of the whole suite: how much is tried, and what may be skipped.

Registered with `-p tests.suite` in pyproject.toml.
"""

import os

import hypothesis
import pytest

FULL = os.environ.get("GONGCHE_SOAK") == "1"
"""`make soak` runs everything at full counts; `make test` at reduced ones."""
STRICT = os.environ.get("GONGCHE_CI") == "1"
"""Continuous integration has everything installed, so whatever is skipped there is a failure."""
MAY_BE_ABSENT = "../shared"
"""Data that is not ours to carry in the repository; tests name it in their reason."""

# Continuous integration judges a change, so it tries the same examples for the same tests;
# new ones are looked for by everybody's own runs and by `make soak`.
hypothesis.settings.register_profile("reduced", max_examples=60, deadline=None, derandomize=STRICT)
hypothesis.settings.register_profile("full", max_examples=1_000, deadline=None)
hypothesis.settings.load_profile("full" if FULL else "reduced")


def pytest_report_header() -> str:
    examples = hypothesis.settings.default.max_examples
    kind = "full counts" if FULL else "reduced counts (make soak runs the full ones)"
    return f"gongche: {kind}, {examples} examples a law{', no skips' if STRICT else ''}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> pytest.TestReport:
    report: pytest.TestReport = yield
    return _strict(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> pytest.CollectReport:
    report: pytest.CollectReport = yield
    return _strict(report)


def _strict(report):
    """Under GONGCHE_CI a skip is a failure, but for data that may be absent."""
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MAY_BE_ABSENT not in reason:
            report.outcome = "failed"
            report.longrepr = f"nothing may be skipped here, but: {reason}"
    return report
