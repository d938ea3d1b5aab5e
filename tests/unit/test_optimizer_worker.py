"""Whatever happens to the planning process, a plan comes back in time and says so."""

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
    assert plan.fallback == "no answer in time"


def test_a_process_that_works_gives_the_plan_of_this_one():
    apart = o.solve_apart(PROBLEM, seconds=60, work=plan_bytes)
    here = o.solve(PROBLEM, seconds=60)
    assert (apart.fallback, apart.duties, apart.levels) == (None, here.duties, here.levels)
