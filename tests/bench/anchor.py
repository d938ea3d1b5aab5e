"""Published instances: python -m tests.bench.anchor FILE [--seconds 60] [--rounds 400].

Knows the multi-depot vehicle scheduling of Pepin and others (.inp). The best known cost is read
from `mdvsp_bounds.txt` beside the file. Every plan is judged by the checker and costed again
from the file; a plan that fails either ends the run.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import optimizer as o
from tests.bench import anchor_mdvsp

BOUNDS = "mdvsp_bounds.txt"


@dataclass(frozen=True)
class Outcome:
    """What was reached on one instance; costs in its own unit, `unserved` in priorities."""

    name: str
    cost: int
    bound: int | None
    best_known: int | None
    unserved: int
    seconds: float
    engine: str
    fallback: str | None

    @property
    def gap(self) -> float | None:
        """To the best known cost, where everything is served."""
        if self.best_known is None or self.unserved:
            return None
        return self.cost / self.best_known - 1


def reached(file: Path, *, seconds: float, rounds: int = 400) -> Outcome:
    """Plan an instance, judge the plan, and cost it in the file's own terms.

    Raises:
        ValueError: the checker objects, or its cost is not the file's.
    """
    it = anchor_mdvsp.read(file)
    problem = anchor_mdvsp.problem_of(it)
    began = time.perf_counter()
    plan = o.solve(problem, seconds=seconds, rounds=rounds)
    spent = time.perf_counter() - began
    violations = o.check(problem, plan).violations
    if violations:
        raise ValueError(f"the checker objects: {violations[:3]}")
    if not plan.unserved and anchor_mdvsp.cost_of(it, plan) != plan.levels.fen:
        raise ValueError("the cost is not that of the file")
    return Outcome(
        name=it.name,
        cost=plan.levels.fen,
        bound=plan.bound.fen,
        best_known=_best_known(file),
        unserved=plan.levels.unserved,
        seconds=spent,
        engine=plan.engine,
        fallback=plan.fallback,
    )


def _best_known(file: Path) -> int | None:
    bounds = file.parent / BOUNDS
    if not bounds.exists():
        return None
    rows = (line.split() for line in bounds.read_text().splitlines())
    known = {name: int(best) for name, _, best in rows}
    return known.get(file.stem)


def main() -> None:
    """Print what is reached on each file."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("file", type=Path, nargs="+")
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--rounds", type=int, default=400)
    args = asked.parse_args()
    for file in args.file:
        if file.suffix != ".inp":
            sys.exit(f"{file.name}: not a vehicle scheduling instance (.inp)")
        it = reached(file, seconds=args.seconds, rounds=args.rounds)
        gap = "-" if it.gap is None else f"{100 * it.gap:.3f} %"
        print(
            f"{it.name}: cost {it.cost}, unserved {it.unserved}, bound {it.bound},"
            f" best known {it.best_known}, gap to it {gap}, {it.seconds:.1f} s,"
            f" {it.engine}{f' ({it.fallback})' if it.fallback else ''}, checked"
        )


if __name__ == "__main__":
    main()
