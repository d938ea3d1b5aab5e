"""Run every benchmark and write docs/benchmarks.md from what they wrote.

python -m tests.bench [NAME ...]; with --document only the page is written. `ingest` runs those
of other rooms whose figures stand in its table.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "build" / "bench"
NAMES = ("ingest", "fences", "optimizer", "city")
"""ingest runs understand, live and storage."""


def main(names: list[str]) -> int:
    """Run the named benchmarks (all by default), each in a process of its own."""
    failed = []
    page_only = names == ["--document"]
    for name in () if page_only else names or NAMES:
        if importlib.util.find_spec(f"tests.bench.{name}") is None:
            continue
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], cwd=ROOT).returncode:
            failed.append(name)
    (ROOT / "docs" / "benchmarks.md").write_text(document(), encoding="utf-8")
    print("failed:" if failed else "all ran", *failed)
    return bool(failed)


def document() -> str:
    """The page, from the results on disk."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; machines are shared, so read ratios.",
        "",
    ]
    for file in sorted(RESULTS.glob("*.json")):
        result = json.loads(file.read_text(encoding="utf-8"))
        lines += [f"## {file.stem}", "", f"{result['machine']}, commit {result['commit']}", ""]
        lines += [
            "| figure | value | unit | reference | reach | held |",
            "|---|---|---|---|---|---|",
        ]
        for f in result["figures"]:
            held = {True: "yes", False: "**no**", None: "-"}[f["held"]]
            row = (f["name"], f["value"], f["unit"], f["reference"], f["reach"], held)
            lines.append("| " + " | ".join("-" if c is None else str(c) for c in row) + " |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
