"""What a duty may do, for the certificate's pricing: tasks at their starts, and shared rides.

Nothing here is shared with the engines.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.limits import MOST_PARTIES
from optimizer.plan import Call, Stop
from optimizer.problem import Problem, Task
from optimizer.ride_times import Work, drive, work

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
ORIGIN, GOAL, START, END, DRIVING, LOADED, TOLL, HEAD, TAIL, FIXED, OVERNIGHT, REPEAT = range(12)
MOST_NODES = 40_000
MOST_MARKS = 62


class TooMuch(Exception):
    """More to price than the checker can; `what` it is: "size" or "time"."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Patience:
    """Until when there is time, by the monotonic clock."""

    until: float

    def ask(self) -> None:
        """Raise TooMuch when there is none left."""
        if time.monotonic() > self.until:
            raise TooMuch("time")


@dataclass(frozen=True, slots=True)
class Nodes:
    """In order of start.

    Attributes:
        table: (n, 12) the columns named above; HEAD is -1 where there is no standing inside,
            REPEAT has a bit for each task that a path could serve twice.
        work: what each does.
    """

    table: Ints
    work: tuple[Work, ...]


def nodes_of(problem: Problem, patience: Patience) -> Nodes:
    """All nodes.

    Raises:
        TooMuch: there are more than MOST_NODES, or no time is left.
    """
    found: list[tuple[Stop, Work]] = []
    for task in problem.tasks:
        for start_s in _starts(problem, task):
            stop = Stop(task.id, start_s)
            found.append((stop, work(problem, task, stop)))
    for stop in _rides(problem, patience):
        found.append((stop, work(problem, problem.task_of[stop.task], stop)))
        if len(found) > MOST_NODES:
            raise TooMuch("size")
    found.sort(key=lambda pair: (pair[0].start_s, pair[0].task, len(pair[0].ride)))
    marks = _marks(found)
    rows = [_row(problem, stop, done, marks) for stop, done in found]
    table = np.array(rows, dtype=np.int64).reshape(len(rows), REPEAT + 1)
    return Nodes(table, tuple(done for _, done in found))


def _starts(problem: Problem, task: Task) -> list[int]:
    if task.fixed is not None:
        return [task.fixed.start_s]
    return list(range(task.earliest_s, task.latest_s + 1, problem.horizon.start_step_s))


def _row(problem: Problem, stop: Stop, done: Work, marks: dict[int, int]) -> list[int]:
    origin = problem.task_of[stop.task].origin
    way = done.driving
    return [
        origin,
        done.goal,
        stop.start_s,
        done.end_s,
        way.seconds,
        way.metres,
        way.toll_fen,
        -1 if done.head_s is None else done.head_s,
        done.tail_s or 0,
        problem.task_of[stop.task].fixed is not None,
        any(party.task.overnight for party in done.parties),
        sum(marks.get(party.task.id, 0) for party in done.parties),
    ]


def _marks(found: list[tuple[Stop, Work]]) -> dict[int, int]:
    """A bit for each task that can be served a second time after it was served."""
    soonest: dict[int, int] = {}
    latest: dict[int, int] = {}
    for stop, done in found:
        for party in done.parties:
            i = party.task.id
            soonest[i] = min(soonest.get(i, done.end_s), done.end_s)
            latest[i] = max(latest.get(i, stop.start_s), stop.start_s)
    twice = [i for i in soonest if soonest[i] <= latest[i]]
    return {i: 1 << k for k, i in enumerate(twice[:MOST_MARKS])}


def _rides(problem: Problem, patience: Patience) -> Iterator[Stop]:
    sharers = [t for t in problem.tasks if t.share is not None and t.fixed is None]
    seats = max((v.passenger_seats for v in problem.vehicles), default=0)
    for first in sharers:
        for start_s in _starts(problem, first):
            patience.ask()
            begun = _Riding((), first.origin, start_s, {}, ())
            yield from _Rides(problem, sharers, seats, start_s).onward(begun, first)


@dataclass(frozen=True, slots=True)
class _Riding:
    """A ride so far: its calls, where the car is and since when, who got on when."""

    calls: tuple[Call, ...]
    place: int
    at_s: int
    on_s: dict[int, int]
    aboard: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class _Rides:
    """All rides that begin at one start."""

    problem: Problem
    sharers: list[Task]
    seats: int
    start_s: int

    def onward(self, so_far: _Riding, task: Task) -> Iterator[Stop]:
        """After the task's call, on or off, as far as no rule is broken."""
        now = self._call(so_far, task)
        if now is None:
            return
        if not now.aboard:
            if len(now.on_s) > 1:
                yield Stop(now.calls[0].task, self.start_s, ride=now.calls)
            return
        for party in now.aboard:
            yield from self.onward(now, party)
        if len(now.on_s) < MOST_PARTIES:
            # Whoever gets on does so before the others must get off.
            last_s = min(now.on_s[t.id] + t.share.max_ride_s for t in now.aboard if t.share)
            for party in self.sharers:
                soon = party.earliest_s <= last_s and now.at_s <= party.latest_s
                if soon and party.id not in now.on_s:
                    yield from self.onward(now, party)

    def _call(self, so_far: _Riding, task: Task) -> _Riding | None:
        gets_on = task.id not in so_far.on_s
        place = task.origin if gets_on else task.destination
        leg = drive(self.problem, so_far.place, place, self.start_s)
        at_s, on_s, aboard = so_far.at_s + leg.seconds, so_far.on_s, so_far.aboard
        # Who is aboard now rides at least until here.
        if any(at_s - on_s[t.id] > t.share.max_ride_s for t in aboard if t.share):
            return None
        if gets_on:
            on_s = {**on_s, task.id: max(at_s, task.earliest_s)}
            at_s = max(at_s + self.problem.call_s, task.earliest_s)
            aboard = (*aboard, task)
            full = sum(t.passengers for t in aboard) > self.seats
            if on_s[task.id] > task.latest_s or full:
                return None
        else:
            at_s += self.problem.call_s
            aboard = tuple(t for t in aboard if t is not task)
        calls = (*so_far.calls, Call(task.id, gets_on))
        return _Riding(calls, place, at_s, on_s, aboard)
