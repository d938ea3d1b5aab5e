"""The measuring scenario through the whole system: every rule finds what is there, and no more."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.suite import FULL

RULES = {
    "A9", "A10", "A11", "A12", "A13", "A14", "A24", "A21", "refuel", "drop", "charge", "datum",
}  # fmt: skip


@pytest.fixture
def data_dir():
    folder = Path(tempfile.mkdtemp(prefix="gc-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.mark.city
@pytest.mark.timeout(600)
def test_every_rule_finds_what_truly_was_and_nothing_that_only_looks_like_it(data_dir):
    file = data_dir.parent / "report.json"
    size = () if FULL else ("--small",)
    done = subprocess.run(
        [sys.executable, "-m", "dispatch.run", "measure", *size, "--report", file],
        env={**os.environ, "GONGCHE_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert file.exists(), done.stderr
    report = json.loads(file.read_text())
    print(done.stdout)
    by_rule = {line["rule"]: line for line in report["rules"]}
    assert by_rule.keys() == RULES
    least = (50, 200) if FULL else (2, 4)
    assert all((line["true"], line["near"]) >= least for line in by_rule.values())
    assert report["shortfalls"] == []
    assert done.returncode == 0
