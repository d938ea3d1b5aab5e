"""A plan made in a process of its own, so that nothing it does can harm the caller.

Crash, hang, too much memory or nonsense: the greedy plan comes back instead, and says why.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from optimizer.check import check
from optimizer.codec import decode_plan, decode_problem, encode_plan, encode_problem
from optimizer.plan import Plan
from optimizer.problem import InvalidProblem, Problem
from optimizer.solve import ROUNDS, greedy_plan, solve

Work = Callable[[bytes, float, int, int], bytes]
GRACE_S = 0.5
SPARE_S = 0.3


def plan_bytes(problem: bytes, seconds: float, seed: int, rounds: int) -> bytes:
    """What the process does: JSON in, JSON out."""
    return encode_plan(solve(decode_problem(problem), seconds=seconds, seed=seed, rounds=rounds))


def solve_apart(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    rounds: int = ROUNDS,
    memory_mb: int = 2048,
    work: Work = plan_bytes,
) -> Plan:
    """Plan in a spawned process; back within seconds + 1 in any case.

    Args:
        problem: what to plan.
        seconds: wall time, with the start of the process.
        seed: recorded with the plan.
        rounds: most pricing rounds.
        memory_mb: address space beyond which the process fails.
        work: what the process runs; a function at the top level of a module.
    """
    began = time.perf_counter()
    fallback = greedy_plan(problem, seed=seed)
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    task = (encode_problem(problem), seed, rounds)
    until = time.monotonic() + seconds
    arguments = (theirs, memory_mb, work, task, until)
    process = context.Process(target=_serve, args=arguments, daemon=True)
    process.start()
    theirs.close()
    answer = _answer(mine, process, began + seconds + GRACE_S)
    spent = round(time.perf_counter() - began, 3)
    if isinstance(answer, str):
        return replace(fallback, fallback=answer, seconds=spent)
    plan = _believed(problem, answer, fallback)
    return replace(plan, seconds=spent)


def _answer(mine: Connection, process: BaseProcess, deadline: float) -> bytes | str:
    """What the process sent, or why there is nothing."""
    try:
        if not mine.poll(max(0.0, deadline - time.perf_counter())):
            return "no answer in time"
        answer: object = mine.recv()
    except EOFError:
        process.join(1)
        return f"the process ended with code {process.exitcode}"
    finally:
        mine.close()
        if process.is_alive():
            process.kill()
        process.join(1)
    if isinstance(answer, bytes):
        return answer
    return str(answer)[:300] if isinstance(answer, str) else "nonsense"


def _believed(problem: Problem, answer: bytes, fallback: Plan) -> Plan:
    try:
        plan = decode_plan(answer)
    except InvalidProblem as error:
        return replace(fallback, fallback=f"nonsense: {error}"[:300])
    violations = check(problem, plan).violations
    if violations:
        return replace(fallback, fallback=f"the checker objects: {violations[0].rule}")
    if plan.levels > fallback.levels:
        return replace(fallback, fallback="worse than greedy")
    return plan


def _serve(
    pipe: Connection, memory_mb: int, work: Work, task: tuple[bytes, int, int], until: float
) -> None:
    most = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        problem, seed, rounds = task
        # The clock is the machine's, so the time that starting took is off the budget.
        seconds = max(0.1, until - time.monotonic() - SPARE_S)
        answer: bytes | str = work(problem, seconds, seed, rounds)
    except Exception as error:
        # The top of a process: whatever happened is the caller's to report.
        answer = f"{type(error).__name__}: {error}"
    pipe.send(answer)
    pipe.close()
