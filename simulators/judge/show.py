"""The verdict on a measuring run for people: a table, what was worst, what falls short."""

import json
from collections.abc import Callable
from pathlib import Path

from simulators.judge.figures import Figure, Line, Measured
from simulators.judge.measured import judged

Say = Callable[[str], object]
HEAD = ("rule", "true", "near", "found", "missed", "false", "precision", "recall", "delay s")


async def show(folder: Path, dsn: str, say: Say, report: Path | None = None) -> int:
    """Judge a measuring run and print it.

    Args:
        folder: with the truth of the run.
        dsn: of the database that it filled.
        say: prints one line.
        report: a JSON file with the same.

    Returns:
        The exit code: 1 if a bound is not kept.
    """
    found = await judged(folder, dsn)
    if report is not None:
        _write(found, report)
    say("".join(f"{word:>10}" for word in HEAD))
    for line in found.lines:
        say("".join(f"{word:>10}" for word in _row(line)))
    for line in found.lines:
        for words in line.worst:
            say(f"  {line.rule}: {words}")
    for figure in found.figures:
        say(_figure(figure))
    for words in (*found.notes, *(f"falls short: {short}" for short in found.shortfalls)):
        say(words)
    return 1 if found.shortfalls else 0


def _write(found: Measured, report: Path) -> None:
    text = json.dumps(found.as_dict(), ensure_ascii=False, indent=1)
    report.write_text(f"{text}\n", "utf-8")


def _row(line: Line) -> tuple[str, ...]:
    numbers = (line.true, line.near, line.found, line.missed, line.false)
    delay = "-" if line.delay_s is None else f"{line.delay_s:.0f}"
    shares = (f"{line.precision:.4f}", f"{line.recall:.4f}", delay)
    return (line.rule, *map(str, numbers), *shares)


def _figure(figure: Figure) -> str:
    value = "not measured" if figure.value is None else f"{figure.value:.5f}"
    sign = ">=" if figure.at_least else "<="
    held = "held" if figure.held else "NOT held"
    return f"{figure.name}: {value} ({sign} {figure.bound}, of {figure.of}): {held}"
