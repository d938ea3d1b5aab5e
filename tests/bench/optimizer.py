"""Figures of the optimizer: python -m tests.bench.optimizer [--seeds 1]; writes build/bench/optimizer.json.

Each size is planned once for each seed; figures are medians. Seconds are wall time on the
machine as it is, `cpu_s` what the process used of it.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

import optimizer as o
from tests.bench.instances import Size, day

OUT = Path("build/bench/optimizer.json")
SIZES = [
    ("small city, 74 cars, 65 requests", Size(74, 65), 5.0, 0.0005),
    ("small city, busy, 74 cars, 130 requests", Size(74, 130), 30.0, 0.003),
    ("scarce, 60 cars, 150 requests", Size(60, 150), 60.0, 0.003),
    ("city and counties, 249 cars, 217 requests", Size(249, 217), 60.0, 0.0005),
]


def figures(seeds: int, only: str) -> Iterator[dict[str, object]]:
    for name, size, seconds, reach in SIZES:
        if only in name:
            yield from planned(name, size, seconds, reach, seeds)
    if only in "insertion":
        yield inserted()


def planned(
    name: str, size: Size, seconds: float, reach: float, seeds: int
) -> Iterator[dict[str, object]]:
    rows = [row(size, seconds, seed) for seed in range(1, seeds + 1)]
    gaps = [gap for gap, _, _, _ in rows]
    gap = None if any(g is None for g in gaps) else median(g for g in gaps if g is not None)
    by_greedy = [g for _, g, _, _ in rows if g is not None]
    yield figure(
        f"{name}: gap to the proven bound", gap, "ratio", f"<= {reach}", _at_most(gap, reach)
    )
    greedy = median(by_greedy) if by_greedy else None
    yield figure(f"{name}: greedy over the bound, fen", greedy, "ratio", "", None)
    spent = median(s for _, _, s, _ in rows)
    yield figure(f"{name}: seconds", spent, "s", f"<= {seconds}", spent <= seconds)
    yield figure(f"{name}: cpu_s", median(c for _, _, _, c in rows), "s", "", None)


def row(size: Size, seconds: float, seed: int) -> tuple[float | None, float | None, float, float]:
    problem = day(size, seed)
    cpu = time.process_time()
    plan = o.solve(problem, seconds=seconds, seed=seed)
    cpu = time.process_time() - cpu
    violations = o.check(problem, plan).violations
    if violations:
        raise SystemExit(f"the checker objects: {violations}")
    bound, greedy = plan.bound.fen, plan.greedy
    print(
        size, seed, plan.levels, "greedy", greedy, plan.bound, f"{plan.seconds} s, {cpu:.1f} s cpu"
    )
    over = greedy.fen / bound - 1 if greedy and bound and bound > 0 else None
    return plan.gap, over, plan.seconds, cpu


def inserted() -> dict[str, object]:
    """Best insertion among 1,000 cars that already have half a day's work."""
    problem = day(Size(1000, 900), 1)
    board = o.Board.of(problem, o.greedy_plan(problem).duties)
    new = day(Size(1000, 300), 2).tasks
    spent = []
    for task in new:
        began = time.perf_counter()
        answer = o.insert(board, task, explain=False)
        spent.append((time.perf_counter() - began) * 1000)
        assert len(answer.options) <= 5
    p99 = float(np.percentile(spent, 99))
    return figure("best insertion, 1,000 cars, p99", p99, "ms", "<= 5", p99 <= 5)


def figure(
    name: str, value: float | None, unit: str, reach: str, held: bool | None
) -> dict[str, object]:
    return {
        "name": name,
        "value": None if value is None else round(value, 6),
        "unit": unit,
        "reference": "our own proven lower bound, same run" if unit == "ratio" else "",
        "reach": reach,
        "held": held,
    }


def _at_most(value: float | None, reach: float) -> bool:
    return value is not None and value <= reach


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--only", default="", help="part of a size's name, or insertion")
    args = asked.parse_args()
    found = list(figures(args.seeds, args.only))
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, "commit": commit, "figures": found}
    OUT.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    for item in found:
        print(item["name"], item["value"], item["unit"], item["reach"], item["held"])


if __name__ == "__main__":
    main()
