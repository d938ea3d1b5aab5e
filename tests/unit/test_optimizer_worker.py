"""Whatever happens to the planning process, a plan comes back in time and says so."""

import multiprocessing
import os
import time

import pytest

import optimizer as o
from optimizer.worker import plan_bytes
from tests.tiny_days import drawn

PROBLEM = drawn(11, cars=5, drivers=4, tasks=8)


def crashes(problem, seconds, seed, rounds, report, stop):
    os._exit(9)


def raises(problem, seconds, seed, rounds, report, stop):
    raise ZeroDivisionError("of course")


def hangs(problem, seconds, seed, rounds, report, stop):
    while True:
        time.sleep(60)


def babbles(problem, seconds, seed, rounds, report, stop):
    return b"\x00 not a plan"


def lies(problem, seconds, seed, rounds, report, stop):
    return b'{"duties": [], "rentals": [], "unserved": []}'


def eats(problem, seconds, seed, rounds, report, stop):
    return bytes(8 << 30)


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (crashes, "ended with code 9"),
        (raises, "ZeroDivisionError: of course"),
        (babbles, "nonsense"),
        (lies, "the checker objects"),
        (eats, "MemoryError"),
    ],
)
def test_a_failed_process_means_the_greedy_plan_and_the_reason(work, said):
    plan = o.solve_apart(PROBLEM, seconds=60, work=work)
    assert said in plan.fallback
    assert plan.engine == "greedy"
    assert o.check(PROBLEM, plan).violations == ()


def hoards(problem, seconds, seed, rounds, report, stop):
    kept = []
    while True:
        kept.append(b"x" * (16 << 20))


def test_a_process_that_uses_too_much_memory_is_ended_and_it_is_said():
    with o.PlanningProcess(memory_mb=700) as process:
        plan = process.plan(PROBLEM, seconds=60, start_s=60, work=hoards)
    assert plan.fallback == "more than 700 MB of memory"
    assert o.check(PROBLEM, plan).violations == ()


def reports(problem, seconds, seed, rounds, report, stop):
    for k in range(3):
        report(o.Progress("columns", o.Levels(0, 0, k), o.Bound("none"), 0.0, k))
    return plan_bytes(problem, seconds, seed, rounds, report, stop)


def test_the_process_tells_how_far_it_is():
    heard = []
    with o.PlanningProcess() as process:
        plan = process.plan(PROBLEM, seconds=30, start_s=60, report=heard.append, work=reports)
    assert plan.fallback is None
    assert [said.iterations for said in heard[:3]] == [0, 1, 2]
    assert (heard[3].phase, heard[3].levels) == ("greedy", plan.greedy)


def waits(problem, seconds, seed, rounds, report, stop):
    report(o.Progress("columns", o.Levels(0, 0, 0), o.Bound("none"), 0.0, 0))
    while not stop():
        pass
    raise RuntimeError("stopped")


def test_a_plan_can_be_asked_for_before_its_time():
    with o.PlanningProcess() as process:

        def cancel(progress):
            process.cancel()

        limits = {"seconds": 60, "start_s": 60}
        plan = process.plan(PROBLEM, **limits, report=cancel, work=waits)
    assert plan.fallback == "RuntimeError: stopped"


class Cancelled(o.PlanningProcess):
    """Is asked for its plan as soon as the process was started, long before it is ready."""

    def start(self):
        super().start()
        self.cancel()


def test_a_plan_can_be_asked_for_before_the_process_is_ready():
    with Cancelled() as process:
        plan = process.plan(PROBLEM, seconds=60, start_s=60, work=waits)
    assert plan.fallback == "RuntimeError: stopped"


def test_a_hanging_process_is_ended_within_the_budget_and_a_second():
    began = time.monotonic()
    plan = o.solve_apart(PROBLEM, seconds=2, work=hangs)
    assert time.monotonic() - began < 3
    assert plan.fallback in ("no answer in time", "not started in time")


def tells_its_process(problem, seconds, seed, rounds, report, stop):
    raise RuntimeError(f"process {os.getpid()}")


def test_a_kept_process_makes_plan_after_plan_and_a_failed_one_is_replaced():
    with o.PlanningProcess() as process:
        limits = {"seconds": 30, "start_s": 60}
        assert process.plan(PROBLEM, **limits).fallback is None
        kept = active_pids()
        assert process.plan(PROBLEM, **limits).fallback is None
        assert active_pids() == kept
        said = process.plan(PROBLEM, **limits, work=tells_its_process).fallback
        assert said == f"RuntimeError: process {kept.pop()}"
        assert "ended with code 9" in process.plan(PROBLEM, **limits, work=crashes).fallback
        assert process.plan(PROBLEM, **limits).fallback is None
        assert active_pids()
    assert not active_pids()


def test_starting_is_not_off_the_time_to_think():
    with o.PlanningProcess() as process:
        plan = process.plan(PROBLEM, seconds=10, start_s=60, work=tells_its_seconds)
    assert float(plan.fallback.removeprefix("RuntimeError: ")) > 7


def tells_its_seconds(problem, seconds, seed, rounds, report, stop):
    raise RuntimeError(seconds)


def active_pids():
    return {child.pid for child in multiprocessing.active_children()}


def test_a_process_that_works_gives_the_plan_of_this_one():
    apart = o.solve_apart(PROBLEM, seconds=60, work=plan_bytes)
    here = o.solve(PROBLEM, seconds=60)
    assert (apart.fallback, apart.duties, apart.levels) == (None, here.duties, here.levels)
