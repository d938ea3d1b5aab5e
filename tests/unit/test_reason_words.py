"""The pages have words for every reason that the planner or the register can give."""

import re
from pathlib import Path
from typing import get_args

from optimizer.progress import Phase
from optimizer.reasons import Rule

DESK = Path(__file__).parents[2] / "web" / "ui" / "console" / "dispatch"


def keys(file, prefix=""):
    return set(re.findall(rf"^\s*'{prefix}([\w-]+)': \[", (DESK / file).read_text(), re.MULTILINE))


def test_every_rule_of_the_planner_has_words():
    assert set(get_args(Rule)) <= keys("reasons.ts")


def test_every_reason_of_the_register_has_words():
    source = (DESK.parents[3] / "dispatch" / "pools" / "availability.py").read_text()
    codes = set(re.findall(r'Impediment\("\w+", "(\w+)"', source))
    assert len(codes) == 3
    assert codes <= keys("reasons.ts")


def test_every_phase_of_a_plan_has_words():
    assert {*get_args(Phase), "starting"} <= keys("planText.ts", "phase.")
