"""The best plan of a tiny day, found by trying all; rules and costs are the checker's alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import optimizer as o
from optimizer.check import judge
from optimizer.costing import costs
from optimizer.duty_hours import worn
from optimizer.duty_rules import Read, broken, read

# What going on cannot mend.
FOR_GOOD = {
    "too-late",
    "before-now",
    "left-for-home",
    "start-not-allowed",
    "ride-too-long",
    "charge-too-short",
    "class",
    "seats",
    "not-lendable",
    "lending-refused",
    "fixed-task-moved",
    "driver-of-other-pool",
}


@dataclass(frozen=True)
class Tried:
    """A valid duty; `own_fen` is what it costs itself, never more than what it adds to a plan."""

    duty: o.Duty
    tasks: frozenset[int]
    fen: int
    own_fen: int
    leave_s: int
    home_s: int

    def beaten_by(self, other: "Tried") -> bool:
        """The other does the same as well and takes no more room."""
        room = other.leave_s >= self.leave_s and other.home_s <= self.home_s
        return room and other.fen <= self.fen


def best_levels(problem: o.Problem) -> o.Levels:
    """Levels of the best plan there is."""
    return best_plan(problem)[0]


def best_plan(problem: o.Problem) -> tuple[o.Levels, o.Plan]:
    """The same with its decisions."""
    by_task: dict[int, list[Tried]] = {t.id: [] for t in problem.tasks}
    for duty in every_duty(problem):
        by_task[min(duty.tasks)].append(duty)
    levels, plan = _search(problem, by_task)
    return levels, o.Plan(*plan)


def _search(problem, by_task):
    best: list = [None, None]
    priority = {t.id: t.priority for t in problem.tasks}
    ids = sorted(priority)

    def go(k: int, done: frozenset, duties: tuple, rentals: tuple, left: tuple, fen: int) -> None:
        while k < len(ids) and ids[k] in done:
            k += 1
        unserved = sum(priority[i] for i in left)
        if best[0] is not None and (unserved, len(rentals), fen) >= _vector(best[0]):
            return
        if k == len(ids):
            chosen = [tried.duty for tried in duties]
            verdict = judge(problem, chosen, rentals, tuple(o.Unserved(i, "-") for i in left))
            if verdict.valid and (best[0] is None or verdict.levels < best[0]):
                best[0] = verdict.levels
                best[1] = (tuple(chosen), rentals, tuple(o.Unserved(i, "-") for i in left))
            return
        i = ids[k]
        for tried in by_task[i]:
            if not tried.tasks & done:
                go(k + 1, done | tried.tasks, (*duties, tried), rentals, left, fen + tried.own_fen)
        for firm in problem.firms:
            go(k + 1, done | {i}, duties, (*rentals, o.Rental(i, firm.id)), left, fen)
        go(k + 1, done | {i}, duties, rentals, (*left, i), fen)

    go(0, frozenset(), (), (), (), 0)
    return best


def _vector(levels: o.Levels) -> tuple[int, int, int]:
    return levels.unserved, levels.rentals, levels.fen


def every_duty(problem: o.Problem) -> list[Tried]:
    """Every valid duty but those that another does as well; cheapest first."""
    found: dict[tuple, list[Tried]] = {}
    for v in problem.vehicles:
        for d in problem.drivers:
            if d.pool == v.pool:
                for tried in _duties(problem, v, d):
                    key = (v.id, d.id, tried.tasks, *_places(problem, tried))
                    rivals = found.setdefault(key, [])
                    if not any(tried.beaten_by(other) for other in rivals):
                        rivals[:] = [r for r in rivals if not r.beaten_by(tried)] + [tried]
    return sorted((t for rivals in found.values() for t in rivals), key=lambda t: t.own_fen)


def _places(problem, tried: Tried) -> tuple:
    # What a duty costs others depends on the windows it uses.
    spans = problem.vehicle_of[tried.duty.vehicle].windows
    spans += problem.driver_of[tried.duty.driver].windows
    return tuple(w.start_s < tried.home_s and tried.leave_s < w.end_s for w in spans)


def _duties(problem, v, d) -> Iterator[Tried]:
    items = [*_singles(problem), *_rides(problem)]

    def grow(stops: tuple) -> Iterator[Tried]:
        used = {i for s in stops for i in s.tasks}
        for item in items:
            if used & set(item.tasks) or (stops and item.start_s < stops[-1].start_s):
                continue
            for stop in _ways(problem, v, item, first=not stops):
                duty = o.Duty(v.id, d.id, (*stops, stop))
                it = read(problem, duty, later=False)
                if not isinstance(it, Read):
                    continue
                wrong = [*broken(problem, it), *worn(problem, it)]
                if not wrong:
                    yield _tried(problem, it)
                if not any(violation.rule in FOR_GOOD for violation in wrong):
                    yield from grow(duty.stops)

    yield from grow(())


def _ways(problem, v, item: o.Stop, *, first: bool) -> Iterator[o.Stop]:
    yield item
    if not first or v.at != v.home:
        yield o.Stop(item.task, item.start_s, True, None, item.ride)
    if first or v.range_m is None or not v.charge_m_per_hour:
        return
    for place in problem.chargers:
        yield o.Stop(item.task, item.start_s, False, place, item.ride)
        if place == v.home:
            yield o.Stop(item.task, item.start_s, True, place, item.ride)


def _tried(problem, it: Read) -> Tried:
    paid = costs(problem, [it], ())
    own = paid.fen - paid.moved_fen - paid.idle_fen
    tasks = frozenset(party.task.id for party in it.parties)
    return Tried(it.duty, tasks, paid.fen, own, it.times.leave_s, it.times.home_s)


def starts(problem: o.Problem, task: o.Task) -> list[int]:
    if task.fixed is not None:
        return [task.fixed.start_s]
    return list(range(task.earliest_s, task.latest_s + 1, problem.horizon.start_step_s))


def _singles(problem) -> list[o.Stop]:
    return [o.Stop(t.id, s) for t in problem.tasks for s in starts(problem, t)]


def _rides(problem) -> list[o.Stop]:
    sharers = [t.id for t in problem.tasks if t.share is not None and t.fixed is None]
    found = []
    for n in (2, 3, 4):
        for group in combinations(sharers, n):
            for ride in call_orders(group):
                first = problem.task_of[ride[0].task]
                found += [o.Stop(first.id, s, ride=ride) for s in starts(problem, first)]
    return found


def call_orders(group: tuple[int, ...]) -> Iterator[tuple[o.Call, ...]]:
    """Every order in which the parties can get on and off, the car never being empty."""

    def go(calls: tuple, waiting: frozenset, aboard: frozenset) -> Iterator[tuple[o.Call, ...]]:
        if not waiting and not aboard:
            yield calls
        for i in sorted(waiting):
            if aboard or not calls:
                yield from go((*calls, o.Call(i, on=True)), waiting - {i}, aboard | {i})
        for i in sorted(aboard):
            yield from go((*calls, o.Call(i, on=False)), waiting, aboard - {i})

    return go((), frozenset(group), frozenset())
