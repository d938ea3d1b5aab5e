"""The device's own bits are the ones that docs/wire.md promises."""

import re
from pathlib import Path

from telemetry.wire import ReportedFlag

PAGE = (Path(__file__).parents[2] / "docs" / "wire.md").read_text(encoding="utf-8")


def test_the_page_names_every_bit_and_no_other():
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([A-Z_]+)", PAGE, re.MULTILINE)
    assert {name: (int(bit), int(value)) for bit, value, name in rows} == {
        f.name: (f.bit_length() - 1, f.value) for f in ReportedFlag
    }


def test_they_fit_the_column():
    assert max(ReportedFlag) < 2**15
