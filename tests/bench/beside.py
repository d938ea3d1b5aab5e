"""Peers on the same days, with the same seconds, judged by our checker in the same run.

make build/peers/.installed sets up their environment. Each runs in a process of its own,
one after the other; those that use one core leave the other idle.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.apart import proven
from tests.bench.figures import ROOT, at_least, figure
from tests.bench.instances import Size, day, scarce
from tests.bench.peers.arcs import save
from tests.bench.peers.reduced import Reduced, reduced
from tests.bench.planned import BOUND_S
from tests.bench.scales import Scale
from tests.bench.terms import Terms

PEERS = {
    "vroom": "VROOM",
    "routing": "OR-Tools guided local search",
    "pyvrp": "PyVRP",
    "alns": "adaptive LNS (alns, tuned)",
}
PYTHON = ROOT / "build" / "peers" / "bin" / "python"
TERMS = Terms(tolls=True, rush=True, garage=0.05, confidential=0.04)
VARIANT = "reduced to fixed starts, a driver a car, no range, hours, reserves, quotas, sharing"


@dataclass(frozen=True)
class Row:
    """One solver on one day.

    Attributes:
        gap: of fen to our bound; rentals beyond the least count with their price only.
    """

    gap: float | None
    rentals: int


def figures(scale: Scale) -> Iterator[dict[str, object]]:
    """At 150 and at 600 requests."""
    sizes = (
        (60, 150, scale.peers_small, 5.0),
        (200, 600, scale.peers_medium, scale.peers_medium_s),
    )
    for cars, requests, days, seconds in sizes:
        if days:
            yield from _compared(cars, requests, days, seconds)


def _compared(cars: int, requests: int, days: int, seconds: float) -> Iterator[dict[str, object]]:
    size = scarce(cars, requests, terms=TERMS)
    tried = [compared(size, seed, seconds) for seed in range(1, days + 1)]
    name = f"{cars} cars, {requests} requests, {seconds:g} s, {VARIANT}"
    gaps = {who: _median([rows[who].gap for rows in tried]) for who in tried[0]}
    for who, gap in gaps.items():
        rentals = ", ".join(str(rows[who].rentals) for rows in tried)
        yield figure(f"{who}: gap, {name}", gap, "%", f"rentals {rentals}")
    ours = gaps.pop("ours")
    gaps.pop("greedy")
    known = {who: gap for who, gap in gaps.items() if gap is not None}
    best = min(known, key=known.__getitem__, default=None)
    # A gap of nothing is counted as 0.01 %, the least that is worth a word.
    ratio = None if best is None or ours is None else known[best] / max(ours, 0.01)
    says = f"best peer: {best}; ours at least 0.01 %"
    yield at_least(f"best peer's gap / ours, {requests} requests", ratio, "ratio", 3, says)


def compared(size: Size, seed: int, seconds: float) -> dict[str, Row]:
    """Every solver on one day; a peer that is not installed, or fails, has no gap.

    Raises:
        RuntimeError: we fail.
    """
    ours = proven(size, seed, seconds, max(BOUND_S, seconds), reduced)
    rows = {"ours": Row(ours.over(ours.verdict.levels), ours.verdict.levels.rentals)}
    if ours.plan.greedy is not None:
        rows["greedy"] = Row(ours.over(ours.plan.greedy), ours.plan.greedy.rentals)
    less = Reduced.of(day(size, seed))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arcs.npz"
        save(less.arcs, file)
        for peer, name in PEERS.items():
            try:
                levels = less.judged(_routes(peer, file, seconds, seed)).levels
            except (OSError, ValueError, subprocess.CalledProcessError) as error:
                print(f"  {peer}, seed {seed}, failed: {error}", flush=True)
                rows[name] = Row(None, 0)
            else:
                rows[name] = Row(ours.over(levels), levels.rentals)
    return rows


def _routes(peer: str, arcs: Path, seconds: float, seed: int) -> list:
    command = [str(PYTHON), "-m", f"tests.bench.peers.with_{peer}", str(arcs)]
    asked = [*command, str(seconds), str(seed)]
    done = subprocess.run(asked, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    answer = json.loads(done.stdout)
    print(f"  {peer}, seed {seed}: {answer['seconds']:.1f} s", flush=True)
    return answer["routes"]


def _median(gaps: list[float | None]) -> float | None:
    return None if None in gaps else 100 * median(g for g in gaps if g is not None)
