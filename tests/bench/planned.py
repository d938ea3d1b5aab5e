"""Gaps to the proven bound by size of the day, greedy's beside ours."""

from collections.abc import Iterator
from functools import partial
from statistics import median

from tests.bench.apart import Planned, planned, proven
from tests.bench.figures import at_least, at_most, figure
from tests.bench.instances import Size, full, scarce
from tests.bench.scales import Scale

Figures = Iterator[dict[str, object]]
CURVE_S = (30, 60, 120, 300, 600)
GREEDY_OVER = 15
PLAIN = "without breaks, spans, charging, tolls, quotas and sharing"
STUDY = ", fixed starts and a driver a car"
BOUND_S = 30
"""For the bound alone, after the plan or where the plan's own seconds do not suffice."""
LARGE_BOUND_S = 600
"""For the bound of a large day, always after the plan."""


def city(scale: Scale) -> Figures:
    """The real day, and the same with an event."""
    name = "249 cars, 217 requests"
    days = (
        (f"{name}, {PLAIN}", Size(249, 217)),
        (name, full(249, 217)),
        (f"{name}, 40-car event", full(249, 217, event=40)),
    )
    for name, size in days:
        rows = tried(size, scale.city, 20)
        yield from _gaps(name, rows, scale.city, 0.05, scarce=False)
        spent = median(row.plan.seconds for row in rows)
        yield at_most(f"{name}: seconds", spent, "s", 20, _times(rows))


def small(scale: Scale) -> Figures:
    """60 cars, 150 requests, 5 s."""
    yield from _sized(scarce(60, 150), scale.small, 5, 0.3, BOUND_S, STUDY)
    yield from _sized(full(60, 150), scale.small, 5, 0.3, BOUND_S)


def medium(scale: Scale) -> Figures:
    """200 cars, 600 requests."""
    sized = partial(_sized, seeds=scale.medium, seconds=scale.medium_s, reach=0.7, bound_s=BOUND_S)
    yield from sized(scarce(200, 600), said=STUDY)
    yield from sized(full(200, 600))


def large(scale: Scale) -> Figures:
    """1,000 cars, 3,000 requests, with the curve and the memory."""
    if not scale.large:
        return
    rows = tried(full(1000, 3000), scale.large, scale.large_s, bound_s=LARGE_BOUND_S)
    name = f"1,000 cars, 3,000 requests, {scale.large_s:g} s"
    yield from _gaps(name, rows, scale.large, 3)
    for at_s in (s for s in CURVE_S if s <= scale.large_s):
        gaps = [row.over(row.at(at_s)) for row in rows]
        yield figure(f"{name}: gap after {at_s} s", _median(gaps), "%", _levels(rows, at_s))
    yield at_most(f"{name}: memory", max(row.rss_mb for row in rows), "MB", 2048, _times(rows))


def huge(scale: Scale) -> Figures:
    """5,000 cars, 15,000 requests: reported."""
    if not scale.huge:
        return
    rows = tried(full(5000, 15000), scale.huge, scale.huge_s)
    name = f"5,000 cars, 15,000 requests, {scale.huge_s:g} s"
    yield figure(f"{name}: gap to the bound", _median([r.gap for r in rows]), "%", _levels(rows))
    yield figure(f"{name}: greedy's", _median(_greedy(rows)), "%", _greedy_levels(rows))
    better = [row.plan.greedy is None or row.verdict.levels < row.plan.greedy for row in rows]
    says = "all levels, in order; the checker objects to nothing"
    yield at_least(f"{name}: days better than greedy", sum(better), "days", len(rows), says)
    yield figure(f"{name}: seconds", median(r.plan.seconds for r in rows), "s", _times(rows))
    yield figure(f"{name}: memory", max(row.rss_mb for row in rows), "MB")


def tried(
    size: Size, days: int, seconds: float, more_s: float = 0, bound_s: float = 0
) -> list[Planned]:
    """Plans of the first days of this size; bounds may take so many seconds more.

    Those of `more_s` are for another run, where there is none in time; those of `bound_s` are
    always used, after the plan.

    Raises:
        RuntimeError: not one of them came to be.
    """
    rows: list[Planned] = []
    for seed in range(1, days + 1):
        try:
            if more_s:
                rows.append(proven(size, seed, seconds, more_s))
            else:
                rows.append(planned(size, seed, seconds, bound_s=bound_s))
        except (RuntimeError, ValueError) as error:
            print(f"  failed: {error}", flush=True)
    if not rows:
        raise RuntimeError(f"no plan of {size.cars} cars, {size.requests} requests")
    return rows


def _sized(
    size: Size,
    seeds: int,
    seconds: float,
    reach: float,
    more_s: float = 0,
    said: str = "",
    bound_s: float = 0,
) -> Figures:
    rows = tried(size, seeds, seconds, more_s, bound_s)
    name = f"{size.cars} cars, {size.requests} requests{said}, {seconds:g} s"
    yield from _gaps(name, rows, seeds, reach)
    yield figure(f"{name}: seconds", median(r.plan.seconds for r in rows), "s", _times(rows))


def _gaps(
    name: str, rows: list[Planned], days: int, reach: float, *, scarce: bool = True
) -> Figures:
    """A day without a plan or a bound counts as one that misses."""
    gaps = [*(row.gap for row in rows), *(None for _ in range(days - len(rows)))]
    worst = "none" if None in gaps else f"{100 * max(g for g in gaps if g is not None):.3f} %"
    says = f"{days} days, worst {worst}; {_levels(rows)}"
    yield at_most(f"{name}: gap to the proven bound", _median(gaps), "%", reach, says)
    if scarce:
        yield at_least(
            f"{name}: greedy's gap", _median(_greedy(rows)), "%", GREEDY_OVER, _greedy_levels(rows)
        )
    else:
        yield figure(f"{name}: greedy's gap", _median(_greedy(rows)), "%", _greedy_levels(rows))


def _greedy(rows: list[Planned]) -> list[float | None]:
    return [row.over(row.plan.greedy) for row in rows]


def _median(shares: list[float | None]) -> float | None:
    """In percent; None where more than half are not known."""
    known = sorted(float("inf") if share is None else share for share in shares)
    middle = median(known) if known else float("inf")
    return None if middle == float("inf") else 100 * middle


def _levels(rows: list[Planned], at_s: float | None = None) -> str:
    """Rentals and unserved of the first day with their bounds, and how the gap is meant."""
    first = rows[0]
    best = first.verdict.levels if at_s is None else first.at(at_s)
    bound = first.bound
    if best is None:
        return "nothing yet"
    strict = sum(row.strict for row in rows)
    says = f"first day: unserved {best.unserved} (>= {bound.unserved})"
    says += f", rentals {best.rentals} (>= {bound.rentals}), {best.fen / 100:,.0f} yuan"
    return f"{says}; first two levels proven on {strict} of {len(rows)}; {bound.kind}"


def _greedy_levels(rows: list[Planned]) -> str:
    greedy = rows[0].plan.greedy
    return (
        "" if greedy is None else f"first day: unserved {greedy.unserved}, rentals {greedy.rentals}"
    )


def _times(rows: list[Planned]) -> str:
    bound_s = median((row.later or row).plan.bound_seconds for row in rows)
    cpu_s = median(row.cpu_s for row in rows)
    return f"bound {bound_s:.1f} s; processor {cpu_s:.1f} s"
