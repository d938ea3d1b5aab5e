"""A plan made in a process of its own, so that nothing it does can harm the caller.

Crash, hang, too much memory or nonsense: the greedy plan comes back instead, and says why.
A planner keeps the process between plans, for starting it takes seconds of a busy machine.
"""

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import cast

from optimizer.check import check
from optimizer.codec import decode_plan, decode_problem, encode_plan, encode_problem
from optimizer.memory import MEMORY_EXIT, limit_memory
from optimizer.plan import Plan
from optimizer.problem import InvalidProblem, Problem
from optimizer.progress import Progress, Report, Stop, silent
from optimizer.solve import ROUNDS, greedy_plan, solve
from optimizer.warming import warm

Work = Callable[[bytes, float, int, int, Report, Stop], bytes]
GRACE_S = 0.5
SPARE_S = 0.3
PROCESSES = 2
_READY = "ready"
_STOP = "stop"


class _NoAnswer(Exception):
    """The process gave none; the message says why."""


def plan_bytes(
    problem: bytes,
    seconds: float,
    seed: int,
    rounds: int,
    report: Report,
    stop: Stop,
    bound_seconds: float = 0.0,
) -> bytes:
    """What the process does: JSON in, JSON out."""
    plan = solve(
        decode_problem(problem),
        seconds=seconds,
        seed=seed,
        rounds=rounds,
        processes=PROCESSES,
        report=report,
        stop=stop,
        bound_seconds=bound_seconds,
    )
    return encode_plan(plan)


class PlanningProcess:
    """A spawned process that makes one plan after another; after a failure a new one does.

    Used by one thread at a time, but for `cancel`; close it, or leave its `with` block, to
    end the process.

    Args:
        memory_mb: resident memory beyond which a plan fails.
    """

    def __init__(self, *, memory_mb: int = 2048) -> None:
        self._memory_mb = memory_mb
        self._alive: tuple[BaseProcess, Connection] | None = None
        self._is_ready = False
        self._report: Report = silent
        self._cancelled = False
        # A word to stop must not fall into a problem that is being sent.
        self._sending = threading.Lock()

    def __enter__(self) -> "PlanningProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the process unless it runs; it gets ready by itself."""
        if self._alive is not None and self._alive[0].is_alive():
            return
        self.close()
        context = multiprocessing.get_context("spawn")
        mine, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._memory_mb), daemon=True)
        process.start()
        theirs.close()
        self._alive = process, mine

    def plan(
        self,
        problem: Problem,
        *,
        seconds: float = 10.0,
        start_s: float = 0.0,
        grace_s: float = GRACE_S,
        seed: int = 1,
        rounds: int = ROUNDS,
        bound_s: float = 0.0,
        report: Report = silent,
        work: Work = plan_bytes,
    ) -> Plan:
        """Plan in the process; back within the sum of the seconds and half a second.

        Args:
            problem: what to plan.
            seconds: wall time to think, from when the process is ready.
            start_s: wall time for the process to start, where none is ready; what it takes
                beyond this is off the time to think.
            grace_s: wall time by which an answer may be late.
            seed: recorded with the plan.
            rounds: most pricing rounds, or parts of a large day.
            bound_s: more, for the bound of a large day.
            report: called in this thread with the `Progress` of the plan.
            work: what the process runs; a function at the top level of a module.
        """
        began = time.monotonic()
        self._report, self._cancelled = report, False
        self.start()
        fallback = greedy_plan(problem, seed=seed)
        task = (encode_problem(problem), seed, rounds)
        if bound_s > 0:
            work = partial(cast("Callable[..., bytes]", work), bound_seconds=bound_s)
        grace_s += bound_s
        try:
            plan = self._plan(work, task, problem, fallback, (began, seconds, start_s, grace_s))
        except _NoAnswer as error:
            plan = replace(fallback, fallback=str(error)[:300])
        if plan.fallback is not None:
            self.close()
        return replace(plan, seconds=round(time.monotonic() - began, 3))

    def cancel(self) -> None:
        """Ask for the best plan so far, from any thread; the plan being made ends with it.

        Where the process is not ready yet, it is asked once it has begun.
        """
        self._cancelled = True
        alive = self._alive
        if alive is not None and self._is_ready:
            with suppress(OSError), self._sending:
                alive[1].send(_STOP)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._alive is None:
            return
        process, pipe = self._alive
        self._alive, self._is_ready = None, False
        pipe.close()
        if process.is_alive():
            process.kill()
        process.join(1)

    def _plan(
        self,
        work: Work,
        task: tuple[bytes, int, int],
        problem: Problem,
        fallback: Plan,
        limits: tuple[float, float, float, float],
    ) -> Plan:
        began, seconds, start_s, grace_s = limits
        if not self._is_ready:
            self._receive(began + seconds + start_s, "not started in time")
            self._is_ready = True
        until = min(began + start_s, time.monotonic()) + seconds
        self._send((work, task, until))
        if self._cancelled:
            # Asked before: it heard nothing, or took it for a word about an earlier plan.
            self.cancel()
        answer = self._receive(until + grace_s, "no answer in time")
        if isinstance(answer, bytes):
            return _believed(problem, answer, fallback)
        raise _NoAnswer(answer if isinstance(answer, str) else "nonsense")

    def _send(self, order: tuple[Work, tuple[bytes, int, int], float]) -> None:
        process, pipe = self._here()
        try:
            with self._sending:
                pipe.send(order)
        except OSError as error:
            process.join(1)
            raise _NoAnswer(f"the process ended with code {process.exitcode}") from error

    def _receive(self, deadline: float, otherwise: str) -> object:
        process, pipe = self._here()
        try:
            while pipe.poll(max(0.0, deadline - time.monotonic())):
                answer: object = pipe.recv()
                if not isinstance(answer, Progress):
                    return answer
                self._report(answer)
        except (EOFError, ConnectionResetError) as error:
            process.join(1)
            if process.exitcode == MEMORY_EXIT:
                raise _NoAnswer(f"more than {self._memory_mb} MB of memory") from error
            raise _NoAnswer(f"the process ended with code {process.exitcode}") from error
        raise _NoAnswer(otherwise)

    def _here(self) -> tuple[BaseProcess, Connection]:
        if self._alive is None:
            raise _NoAnswer("closed meanwhile")
        return self._alive


def solve_apart(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    rounds: int = ROUNDS,
    memory_mb: int = 2048,
    work: Work = plan_bytes,
) -> Plan:
    """One plan in a process started for it; back within seconds + 1 in any case.

    Args:
        problem: what to plan.
        seconds: wall time, with the start of the process.
        seed: recorded with the plan.
        rounds: most pricing rounds.
        memory_mb: resident memory beyond which the process fails.
        work: what the process runs; a function at the top level of a module.
    """
    with PlanningProcess(memory_mb=memory_mb) as process:
        return process.plan(problem, seconds=seconds, seed=seed, rounds=rounds, work=work)


class _Asked:
    """Whether the owner wants the best plan so far, or is gone."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._asked = pipe, False

    def __call__(self) -> bool:
        if not self._asked and self._pipe.poll():
            with suppress(EOFError):
                self._pipe.recv()
            self._asked = True
        return self._asked


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


def _serve(pipe: Connection, memory_mb: int) -> None:
    """The process: plan after plan, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is its owner's to end it
    limit_memory(memory_mb)
    warm()
    pipe.send(_READY)
    while True:
        try:
            order = pipe.recv()
        except EOFError:
            return
        if order == _STOP:  # it came after the answer
            continue
        work, (problem, seed, rounds), until = order
        try:
            # The clock is the machine's, so that what the way here took is off the budget.
            seconds = max(0.1, until - time.monotonic() - SPARE_S)
            answer: bytes | str = work(problem, seconds, seed, rounds, pipe.send, _Asked(pipe))
        except Exception as error:
            # The top of a process: whatever happened is the caller's to report.
            answer = f"{type(error).__name__}: {error}"
        try:
            pipe.send(answer)
        except BrokenPipeError:
            return
