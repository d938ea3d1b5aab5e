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
    """A figure that is held where it reaches so much; one that could not be measured is not."""
    held = value is not None and value >= reach
    return figure(name, value, unit, reference, f">= {reach:,}", held)


def at_most(name, value, unit, reach, reference=None):
    """A figure that is held where it stays below; one that could not be measured is not."""
    held = value is not None and value <= reach
    return figure(name, value, unit, reference, f"<= {reach:,}", held)


def figure(name, value, unit, reference=None, reach=None, held=None):
    return {
        "name": name,
        "value": None if value is None else _rounded(value),
        "unit": unit,
        "reference": reference,
        "reach": reach,
        "held": held,
    }


def _rounded(value):
    digits = 3 if abs(value) < 10 else 1 if abs(value) < 1_000 else 0
    return round(value, digits) if digits else round(value)


def stamped(figures):
    """Figures with the machine and the commit they were measured on."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    return {"machine": machine, "commit": commit, "figures": figures}


def write(name, figures):
    """Write them down, and say them."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(
        json.dumps(stamped(figures), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    for one in figures:
        held = {True: "held", False: "MISSED", None: ""}[one["held"]]
        reference = f"({one['reference']})" if one["reference"] else ""
        sys.stdout.write(
            f"{one['name']}: {one['value']} {one['unit']} {reference} {one['reach'] or ''} {held}\n"
        )
