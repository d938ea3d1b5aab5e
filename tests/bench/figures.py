"""What every benchmark writes: build/bench/NAME.json with the machine, the commit and the figures."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "build" / "bench"


def at_least(name, value, unit, reach, reference=None):
    """A figure that is held where it reaches so much."""
    return figure(name, value, unit, reference, f">= {reach:,}", value >= reach)


def at_most(name, value, unit, reach, reference=None):
    """A figure that is held where it stays below."""
    return figure(name, value, unit, reference, f"<= {reach:,}", value <= reach)


def figure(name, value, unit, reference=None, reach=None, held=None):
    digits = 3 if abs(value) < 10 else 1 if abs(value) < 1_000 else 0
    rounded = round(value, digits) if digits else round(value)
    return {
        "name": name,
        "value": rounded,
        "unit": unit,
        "reference": reference,
        "reach": reach,
        "held": held,
    }


def write(name, figures):
    """Write them down, and say them."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    RESULTS.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, "commit": commit, "figures": figures}
    (RESULTS / f"{name}.json").write_text(
        json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    for one in figures:
        held = {True: "held", False: "MISSED", None: ""}[one["held"]]
        reference = f"({one['reference']})" if one["reference"] else ""
        sys.stdout.write(
            f"{one['name']}: {one['value']} {one['unit']} {reference} {one['reach'] or ''} {held}\n"
        )
