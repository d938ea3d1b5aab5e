"""Run every benchmark and write docs/benchmarks.md from what they wrote.

python -m tests.bench [NAME ...]; with --document only the page is written. `ingest` runs those
of other rooms whose figures stand in its table.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from tests.bench.figures import RESULTS, ROOT

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
    page = ROOT / "docs" / "benchmarks.md"
    known = page.read_text(encoding="utf-8") if page.exists() else ""
    page.write_text(document(known), encoding="utf-8")
    print("failed:" if failed else "all ran", *failed)
    return bool(failed)


def document(page: str = "", results: Path = RESULTS) -> str:
    """The page: results on disk, and of what has none here, what the page said before."""
    sections = _sections(page)
    for file in sorted(results.glob("*.json")):
        result = json.loads(file.read_text(encoding="utf-8"))
        sections[file.stem] = "\n".join(_section(file.stem, result))
    head = "# Benchmarks\n\nWritten by `make bench`; machines are shared, so read ratios.\n"
    return "\n".join([head, *(sections[name] + "\n" for name in sorted(sections))])


def _sections(page: str) -> dict[str, str]:
    """The text of each section by its name."""
    found = ("## " + part for part in page.split("\n## ")[1:])
    return {text.splitlines()[0].removeprefix("## "): text.strip() for text in found}


def _section(name: str, result: dict) -> list[str]:
    lines = [f"## {name}", "", f"{result['machine']}, commit {result['commit']}", ""]
    lines += ["| figure | value | unit | reference | reach | held |", "|---|---|---|---|---|---|"]
    for f in result["figures"]:
        held = {True: "yes", False: "**no**", None: "-"}[f["held"]]
        row = (f["name"], f["value"], f["unit"], f["reference"], f["reach"], held)
        lines.append("| " + " | ".join("-" if c in (None, "") else str(c) for c in row) + " |")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
