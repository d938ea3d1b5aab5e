"""Published instances: python -m tests.bench.anchor FILE... [--seconds 60] [--rounds 400].

Knows multi-depot vehicle scheduling (.inp), Li and Lim's pick-ups and deliveries (lilim_*.txt)
and multi-depot routing with windows (.vrp). Only the first is a planning problem exactly; of the
others a variant is planned, which is named. Best known costs are read from beside the file:
`mdvsp_bounds.txt`, `lilim_bks.json`, or the .sol of the same name. Every plan is judged by the
checker and costed again from the file; a plan that fails either ends the run.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import optimizer as o
from tests.bench import anchor_li_lim, anchor_mdvrptw, anchor_mdvsp


@dataclass(frozen=True)
class Anchor:
    """An instance as a planning problem.

    Attributes:
        cost: of a plan in the file's own terms; ValueError: it is no plan of the instance.
        fen: what a unit of cost is there.
        best_known: published cost; None: not known.
        variant: what is planned instead; None: the instance itself.
    """

    name: str
    problem: o.Problem
    cost: Callable[[o.Plan], float]
    fen: int
    best_known: float | None
    variant: str | None = None


@dataclass(frozen=True)
class Reached:
    """A plan of an anchor; cost and bound in the file's terms, None where some is unserved."""

    plan: o.Plan
    cost: float | None
    bound: float | None
    seconds: float
    gap: float | None


def anchor_of(file: Path) -> Anchor:
    """Read an instance.

    Raises:
        ValueError: the name of the file is of no kind that is known.
    """
    for matches, read in (
        (file.suffix == ".inp", _schedule),
        (file.suffix == ".vrp", _routing),
        (file.name.startswith("lilim_"), _deliveries),
    ):
        if matches:
            return read(file)
    raise ValueError(f"{file.name}: neither .inp nor .vrp nor lilim_*.txt")


def _schedule(file: Path) -> Anchor:
    it = anchor_mdvsp.read(file)
    bounds = file.parent / "mdvsp_bounds.txt"
    rows = (line.split() for line in bounds.read_text().splitlines()) if bounds.exists() else ()
    best = {name: float(cost) for name, _, cost in rows}
    problem = anchor_mdvsp.problem_of(it)
    return Anchor(it.name, problem, lambda p: anchor_mdvsp.cost_of(it, p), 1, best.get(it.name))


def _deliveries(file: Path) -> Anchor:
    it = anchor_li_lim.read(file)
    known = file.parent / "lilim_bks.json"
    best = json.loads(known.read_text()) if known.exists() else {}
    return Anchor(
        it.name,
        anchor_li_lim.problem_of(it),
        lambda plan: anchor_li_lim.cost_of(it, plan),
        anchor_li_lim.METRES,
        best.get(it.name, {}).get("best_known_cost"),
        anchor_li_lim.VARIANT,
    )


def _routing(file: Path) -> Anchor:
    it = anchor_mdvrptw.read(file)
    known = file.with_suffix(".sol").exists()
    return Anchor(
        it.name,
        anchor_mdvrptw.problem_of(it),
        lambda plan: anchor_mdvrptw.cost_of(it, plan),
        1,
        anchor_mdvrptw.published(file)[0] if known else None,
        anchor_mdvrptw.VARIANT,
    )


def reached(anchor: Anchor, *, seconds: float, rounds: int = 400) -> Reached:
    """Plan an anchor, judge the plan, and cost it in the file's own terms.

    Raises:
        ValueError: the checker objects, or its cost is not the file's.
    """
    began = time.perf_counter()
    plan = o.solve(anchor.problem, seconds=seconds, rounds=rounds)
    spent = time.perf_counter() - began
    violations = o.check(anchor.problem, plan).violations
    if violations:
        raise ValueError(f"the checker objects: {violations[:3]}")
    cost = None if plan.unserved else anchor.cost(plan)
    if anchor.variant is None and cost not in (None, plan.levels.fen):
        raise ValueError(f"the file says {cost}, the plan {plan.levels.fen}")
    bound = None if plan.bound.fen is None else plan.bound.fen / anchor.fen
    best = anchor.best_known
    gap = None if cost is None or best is None else cost / best - 1
    return Reached(plan, cost, bound, spent, gap)


def told(anchor: Anchor, it: Reached) -> str:
    """One line about what was reached."""
    variant = f" [{anchor.variant}]" if anchor.variant else ""
    cost = f"unserved {len(it.plan.unserved)}" if it.cost is None else f"cost {it.cost:.2f}"
    bound = "-" if it.bound is None else f"{it.bound:.2f}"
    best = "-" if anchor.best_known is None else f"{anchor.best_known:.2f}"
    gap = "-" if it.gap is None else f"{100 * it.gap:.3f} %"
    fallback = f" ({it.plan.fallback})" if it.plan.fallback else ""
    return (
        f"{anchor.name}{variant}: {cost}, bound {bound}, best known {best}, gap to it {gap},"
        f" {len(it.plan.duties)} duties, {it.seconds:.1f} s, {it.plan.engine}{fallback}, checked"
    )


def main() -> None:
    """Print what is reached on each file."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("file", type=Path, nargs="+")
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--rounds", type=int, default=400)
    args = asked.parse_args()
    for file in args.file:
        anchor = anchor_of(file)
        print(told(anchor, reached(anchor, seconds=args.seconds, rounds=args.rounds)), flush=True)


if __name__ == "__main__":
    main()
