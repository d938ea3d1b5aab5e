"""While a day is planned as a whole, parts of it make a plan for who ends that early."""

import os
import pickle
import signal
import time

import pytest

import optimizer as o
from optimizer.at_once import at_once
from optimizer.baseline import greedy
from optimizer.budget import Limits
from optimizer.helper import Helper
from optimizer.local import Order
from optimizer.meanwhile import meanwhile
from optimizer.neighbourhood import Taken
from optimizer.plan import Bound
from optimizer.progress import never
from optimizer.rows import Weights
from optimizer.scale import Search
from tests.bench.instances import Size, day, full
from tests.bench.memory import children

MIDDLE = day(Size(12, 30), 3)
UNTIL_S = 300


def begun(problem=MIDDLE):
    plain = greedy(problem)
    levels = o.judge(problem, plain.duties, plain.rentals, plain.unserved).levels
    order = Order(Weights(1, 500_000, 1_000_000), 400, 1, time.monotonic() + UNTIL_S)
    return Search(problem, plain, levels, order), levels


def until(condition):
    end = time.monotonic() + UNTIL_S
    while not condition():
        assert time.monotonic() < end
        os.sched_yield()


@pytest.fixture
def helped():
    """A helper, and its process."""
    before = set(children())
    with Helper() as helper:
        (process,) = set(children()) - before
        yield helper, process


def test_who_ends_a_whole_early_has_the_plan_of_the_parts():
    search, start = begun()
    heard = []

    def endless(problem, found, limits, stop, alone):
        assert problem is MIDDLE
        until(lambda: search.found.levels < start)
        assert found.levels == start, "it begins from one plan, and not from two"
        assert not stop()
        return None, None

    now = time.monotonic()
    limits = Limits(now, now + UNTIL_S, 10**6, 2, never, meanwhile=True)
    at_once(endless, MIDDLE, search, limits, lambda *it: heard.append((it[0], it[1].levels, it[2])))
    plan, levels = search.found.decisions, search.found.levels
    verdict = o.judge(MIDDLE, plan.duties, plan.rentals, plan.unserved)
    assert verdict.violations == ()
    assert verdict.levels == levels
    phase, last, bound = heard[-1]
    assert (phase, bound) == ("columns", Bound("none"))
    assert levels <= last < start


def test_a_whole_that_is_worse_than_its_parts_is_not_taken():
    search, start = begun()
    plain = search.found.decisions

    def poor(problem, found, limits, stop, alone):
        until(lambda: search.found.levels < start)
        return None, plain

    now = time.monotonic()
    limits = Limits(now, now + UNTIL_S, 10**6, 2, never, meanwhile=True)
    at_once(poor, MIDDLE, search, limits, lambda *_: None)
    assert search.found.levels < start


def test_without_it_nothing_is_done_beside():
    search, start = begun()
    now = time.monotonic()
    limits = Limits(now, now + UNTIL_S, 10**6, 2, never)
    at_once(lambda *_: (None, None), MIDDLE, search, limits, lambda *_: None)
    assert search.found.levels == start
    assert search.found.tried == 0


def test_the_whole_is_alone_once_it_says_so():
    search, start = begun()
    before, left = set(children()), []

    def half(problem, found, limits, stop, alone):
        until(lambda: search.found.levels < start)
        assert set(children()) > before
        alone()
        left.append((set(children()), search.found.tried, search.found.levels))
        return None, None

    now = time.monotonic()
    limits = Limits(now, now + UNTIL_S, 10**6, 2, never, meanwhile=True)
    at_once(half, MIDDLE, search, limits, lambda *_: None)
    assert left == [(before, search.found.tried, search.found.levels)]


def test_its_process_stands_back_for_the_whole(helped):
    helper, process = helped
    search, _ = begun()
    with meanwhile(search, helper):
        until(lambda: os.getpriority(os.PRIO_PROCESS, process) == 19)


@pytest.mark.parametrize("what", [signal.SIGSTOP, signal.SIGKILL])
def test_a_process_that_hangs_or_dies_holds_nobody_up(helped, what):
    helper, process = helped
    search, _ = begun()
    with meanwhile(search, helper):
        until(lambda: search.found.tried > 0)
        os.kill(process, what)
    plan = search.found.decisions
    verdict = o.judge(MIDDLE, plan.duties, plan.rentals, plan.unserved)
    assert verdict.violations == ()
    assert verdict.levels == search.found.levels


def test_a_process_that_never_listens_holds_nobody_up(helped):
    helper, process = helped
    search, start = begun(day(full(60, 150), 3))
    part = search._draw(120, Taken())
    assert len(pickle.dumps(part)) > 300_000, "more than a pipe takes that nobody reads"
    os.kill(process, signal.SIGSTOP)
    with meanwhile(search, helper):
        until(lambda: search.found.tried > 1)
    assert search.found.levels == start
