"""The rule about skips is itself kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

def test_runs(): pass

@pytest.mark.skip(reason="no browser here")
def test_skipped(): raise AssertionError

@pytest.mark.skip(reason="../shared/data is not here")
def test_of_data(): raise AssertionError

@pytest.mark.xfail(reason="known")
def test_known(): raise AssertionError
"""


@pytest.fixture
def outcome(tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)

    def run(**settings):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "tests.suite", "-c", "/dev/null", tmp_path],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if k != "GONGCHE_CI"} | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    return run


def test_on_a_machine_of_ones_own_what_is_absent_is_skipped(outcome):
    said = outcome(GONGCHE_SOAK="0")
    assert "1 passed, 2 skipped, 1 xfailed" in said
    assert "reduced counts" in said


def test_in_continuous_integration_only_shared_data_may_be_absent(outcome):
    said = outcome(GONGCHE_CI="1", GONGCHE_SOAK="1")
    assert "1 passed, 1 skipped, 1 xfailed, 1 error" in said
    assert "nothing may be skipped here, but: Skipped: no browser here" in said
    assert "full counts" in said
