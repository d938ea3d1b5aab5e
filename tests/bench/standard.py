"""Published instances as figures; where their files are not at hand, that is said instead."""

import os
from collections.abc import Iterator
from pathlib import Path

from tests.bench.anchor import anchor_of, reached
from tests.bench.apart import each
from tests.bench.figures import ROOT, at_most, figure
from tests.bench.scales import Scale

FOLDER = Path(os.environ.get("GONGCHE_ANCHORS", ROOT.parent / "shared" / "data" / "bench"))
"""Where the instances lie; they are not ours to publish."""
FILES = (
    # file, seconds, reach in percent of best known, least scale
    ("m4n500s0.inp", 120, 0.1, 1),
    ("m8n500s0.inp", 120, 0.1, 2),
    ("lilim_lc101.txt", 30, None, 1),
    ("lilim_lr101.txt", 30, None, 2),
    ("lilim_lrc101.txt", 30, None, 2),
    ("lilim_lr201.txt", 30, None, 2),
    ("lilim_lrc204.txt", 30, None, 2),
    ("mdvrptw_PR11A.vrp", 60, None, 1),
)


def figures(scale: Scale) -> Iterator[dict[str, object]]:
    """Gap to the best known value, of the variant that is planned."""
    for name, seconds, reach, least in FILES:
        if least > scale.anchors:
            continue
        label = f"{name}, {seconds} s: gap to best known"
        if not (FOLDER / name).exists():
            yield figure(label, None, "%", "the instance is not at hand")
            continue
        tried = each(_reached, [(str(FOLDER / name), seconds)])
        gap, says = next(tried, (None, "no plan"))
        if reach is None:
            yield figure(label, gap, "%", says)
        else:
            yield at_most(label, gap, "%", reach, says)


def _reached(asked: tuple[str, float]) -> tuple[float | None, str]:
    file, seconds = asked
    anchor = anchor_of(Path(file))
    it = reached(anchor, seconds=seconds)
    cost = f"{len(it.plan.unserved)} unserved" if it.cost is None else f"cost {it.cost:,.2f}"
    bound = "none" if it.bound is None else f"{it.bound:,.2f}"
    says = f"{cost}, our bound {bound}, best known {anchor.best_known}, {it.seconds:.1f} s"
    says += f"; {anchor.variant}" if anchor.variant else ""
    return None if it.gap is None else 100 * it.gap, says
