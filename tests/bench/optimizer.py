"""Figures of the optimizer: python -m tests.bench.optimizer [--quick | --full] [--only WORDS].

Writes build/bench/optimizer.json after each figure, so that what was measured is kept when it
is interrupted; figures measured before stay in it until they are measured again. By default it
takes about 25 minutes on two cores; --full is five seeds and all seconds of every figure.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator

from tests.bench import approvals, beside, joining, online, planned, replay, sharing, standard
from tests.bench.figures import RESULTS, figure, stamped
from tests.bench.scales import DEFAULT, FULL, QUICK, Scale

PARTS = {
    "city": planned.city,
    "small": planned.small,
    "medium": planned.medium,
    "insertion": online.insertion,
    "approvals": approvals.through_the_api,
    "breakdown": online.breakdown,
    "peers": beside.figures,
    "large": planned.large,
    "joining": joining.figures,
    "replay": replay.figures,
    "anchors": standard.figures,
    "sharing": sharing.figures,
    "huge": planned.huge,
}


def main() -> None:
    """Measure what is asked for, in the order of PARTS."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="*", default=list(PARTS), choices=list(PARTS))
    asked.add_argument("--seeds", type=int, help="days a figure, instead of the mode's")
    late = "no part begins later than so many minutes after the beginning"
    asked.add_argument("--minutes", type=float, default=float("inf"), help=late)
    mode = asked.add_mutually_exclusive_group()
    for name, scale in (("--quick", QUICK), ("--full", FULL)):
        mode.add_argument(name, dest="scale", action="store_const", const=scale, default=DEFAULT)
    args = asked.parse_args()
    scale = args.scale.with_seeds(args.seeds) if args.seeds else args.scale
    began = time.monotonic()
    if args.only == list(PARTS):
        (RESULTS / "optimizer.json").unlink(missing_ok=True)
    for name in args.only:
        if time.monotonic() - began > 60 * args.minutes:
            print(f"{name}: not measured any more", flush=True)
            continue
        for one in measured(name, scale):
            keep(name, one)
            held = {True: "held", False: "MISSED", None: ""}[one["held"]]
            row = (one["name"], one["value"], one["unit"], one["reach"] or "", held)
            at_s = time.monotonic() - began
            print(f"{at_s:6.0f} s ", *row, f"({one['reference'] or ''})", flush=True)


def measured(name: str, scale: Scale) -> Iterator[dict[str, object]]:
    """A part's figures; a part that breaks says so and is a figure that is not held."""
    try:
        yield from PARTS[name](scale)
    except Exception as error:
        # The top of a part: the others are measured all the same.
        print(f"{name} broke: {error!r}", file=sys.stderr, flush=True)
        why = repr(error)[:200].replace("|", "/").replace("\n", " ")
        yield figure(broke(name), None, "", why, "yes", held=False)


def keep(part: str, figure: dict[str, object]) -> None:
    """Put a figure into the file, in place of an older one of its name."""
    file = RESULTS / "optimizer.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"figures": []}
    old = {figure["name"], broke(part)}
    figures = [f for f in known["figures"] if f["name"] not in old]
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(stamped([*figures, figure]), indent=1, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def broke(part: str) -> str:
    """The name of the figure that says so."""
    return f"{part}: could be measured"


if __name__ == "__main__":
    main()
