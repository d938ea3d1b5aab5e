"""Plans made each in a process of its own, so that memory, processor and clock are its own."""

import inspect
import multiprocessing as mp
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cached_property

import optimizer as o
from tests.bench.instances import Size, day
from tests.bench.memory import watched

CORES = min(2, os.cpu_count() or 1)
"""What one plan may use, on every machine."""
GRACE_S = 180
"""For drawing the day, for what is compiled, and for judging."""


@dataclass(frozen=True)
class Planned:
    """A plan of a day, what the checker says of it, and what it took.

    Attributes:
        curve: (seconds, levels) whenever the best plan became better.
        later: a longer run that proved a bound, where this one did not.
        rss_mb: most memory of the process and its helper together at one time.
    """

    plan: o.Plan
    verdict: o.Verdict
    curve: tuple[tuple[float, o.Levels], ...]
    cpu_s: float
    rss_mb: float
    later: "Planned | None" = None

    @cached_property
    def bound(self) -> o.Bound:
        """Its own, or what a later run of the same day proved."""
        return self.plan.bound if self.later is None else self.later.plan.bound

    @cached_property
    def bound_fen(self) -> int | None:
        """Least fen: of any plan as good on the first levels, or of any not worse on them."""
        bound = self.bound
        return bound.fen if bound.fen is not None else getattr(bound, "at_levels", None)

    @property
    def strict(self) -> bool:
        """The first two levels are proven least."""
        return self.bound.fen is not None

    def over(self, levels: o.Levels | None) -> float | None:
        """How far some levels are above the bound on fen; None without one."""
        if levels is None or self.bound_fen is None or self.bound_fen <= 0:
            return None
        return levels.fen / self.bound_fen - 1

    @property
    def gap(self) -> float | None:
        """The plan's; None where the later run is better on the first two levels."""
        mine, proven = self.verdict.levels, (self.later or self).verdict.levels
        if (mine.unserved, mine.rentals) > (proven.unserved, proven.rentals):
            return None
        return self.over(mine)

    def at(self, seconds: float) -> o.Levels | None:
        """The best levels known so many seconds after the beginning."""
        known = [levels for when, levels in self.curve if when <= seconds]
        return min(known, default=None)


def planned(
    size: Size, seed: int, seconds: float, reduce: Callable | None = None, bound_s: float = 0.0
) -> Planned:
    """Plan a day of this size; `reduce` makes another problem of it.

    With `bound_s` the bound is looked for afterwards, in so many seconds more.

    Raises:
        ValueError: the checker objects.
        RuntimeError: there is no plan.
    """
    context = mp.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_plan, args=(theirs, size, seed, seconds, reduce, bound_s))
    process.start()
    theirs.close()
    try:
        if not mine.poll(2 * (seconds + bound_s) + GRACE_S):
            raise RuntimeError(f"planning {size}, seed {seed}, does not end")
        text, curve, cpu_s, rss_mb = mine.recv()
    except EOFError:
        raise RuntimeError(f"planning {size}, seed {seed}, ended without a plan") from None
    finally:
        process.terminate()
        process.join()
    problem = day(size, seed) if reduce is None else reduce(day(size, seed))
    plan = o.decode_plan(text)
    verdict = o.check(problem, plan)
    if verdict.violations:
        raise ValueError(f"the checker objects: {verdict.violations[:3]}")
    return Planned(plan, verdict, tuple(curve), cpu_s, rss_mb)


def proven(
    size: Size, seed: int, seconds: float, more_s: float, reduce: Callable | None = None
) -> Planned:
    """The same, with the bound of a longer run where there is none in time."""
    plan = planned(size, seed, seconds, reduce)
    if (plan.bound_fen or 0) > 0:
        return plan
    return replace(plan, later=planned(size, seed, more_s, reduce))


def _plan(
    pipe, size: Size, seed: int, seconds: float, reduce: Callable | None, bound_s: float
) -> None:
    problem = day(size, seed) if reduce is None else reduce(day(size, seed))
    solve(day(Size(4, 6), 1), seconds=1)  # what is compiled is loaded before the clock runs
    curve: list[tuple[float, o.Levels]] = []
    began, cpu = time.perf_counter(), time.process_time()

    def note(progress) -> None:
        if not curve or progress.levels < curve[-1][1]:
            curve.append((time.perf_counter() - began, progress.levels))

    with watched() as memory:
        plan = solve(
            problem,
            seconds=seconds,
            seed=seed,
            processes=CORES,
            report=note,
            bound_seconds=bound_s,
        )
    curve.append((time.perf_counter() - began, plan.levels))
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = time.process_time() - cpu + helpers.ru_utime + helpers.ru_stime
    pipe.send((o.encode_plan(plan), curve, cpu, memory.most_mb))


def solve(problem: o.Problem, **asked) -> o.Plan:
    """`optimizer.solve` with those of its options that it has."""
    known = inspect.signature(o.solve).parameters
    return o.solve(problem, **{name: value for name, value in asked.items() if name in known})


def each(work: Callable, items: Iterable) -> Iterator:
    """Work on the items two at a time, each with a core of its own; results as they come.

    An item that fails is told, and has no result.
    """
    with ProcessPoolExecutor(CORES, mp_context=mp.get_context("spawn")) as pool:
        waiting = {pool.submit(work, item): item for item in items}
        try:
            for done in as_completed(waiting):
                if (error := done.exception()) is None:
                    yield done.result()
                else:
                    print(f"  {work.__name__}, {waiting[done]} failed: {error!r}", flush=True)
        finally:
            pool.shutdown(cancel_futures=True)
