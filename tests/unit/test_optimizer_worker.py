"""Whatever happens to the planning process, a plan comes back in time and says so."""

import multiprocessing
import os
import time

import pytest

import optimizer as o
from optimizer.worker import plan_bytes
from tests.tiny_days import drawn

PROBLEM = drawn(11, cars=5, drivers=4, tasks=8)


def crashes(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
    os._exit(9)


def raises(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
    raise ZeroDivisionError("of course")


def hangs(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
    while True:
        time.sleep(60)


def babbles(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
    return b"\x00 not a plan"


def lies(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
    return b'{"duties": [], "rentals": [], "unserved": []}'


def eats(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
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


def test_a_hanging_process_is_ended_within_the_budget_and_a_second():
    began = time.monotonic()
    plan = o.solve_apart(PROBLEM, seconds=2, work=hangs)
    assert time.monotonic() - began < 3
    assert plan.fallback in ("no answer in time", "not started in time")


def tells_its_process(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
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
        plan = process.plan(PROBLEM, seconds=1, start_s=60, work=tells_its_seconds)
    assert float(plan.fallback.removeprefix("RuntimeError: ")) > 0.4


def tells_its_seconds(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
    raise RuntimeError(seconds)


def active_pids():
    return {child.pid for child in multiprocessing.active_children()}


def test_a_process_that_works_gives_the_plan_of_this_one():
    apart = o.solve_apart(PROBLEM, seconds=60, work=plan_bytes)
    here = o.solve(PROBLEM, seconds=60)
    assert (apart.fallback, apart.duties, apart.levels) == (None, here.duties, here.levels)
