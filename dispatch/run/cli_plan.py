"""`gongche plan` and `gongche check`: the optimizer on files, without a database."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console

from dispatch.kernel.errors import Invalid
from dispatch.run.whole_file import AS_USUAL, whole

if TYPE_CHECKING:
    from optimizer import Bound, Levels, Progress

T = TypeVar("T")
# Between two lines where nobody watches a terminal.
PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How to plan: seconds to think, a seed, and seconds more for a large day's bound."""

    seconds: float
    seed: int
    bound_seconds: float = 0.0


def plan(instance: Path, asked: Asked, tell: Callable[[str], None]) -> tuple[bytes, str]:
    """Plan an instance; an interrupt (SIGINT) asks for the best plan so far, a second one ends it.

    `tell` hears a line about each step.

    Returns:
        The plan as JSON (docs/optimizer.md), and a line about it.

    Raises:
        Invalid: the instance cannot be read; the message says where.
    """
    import optimizer

    problem = _decoded(instance, optimizer.decode_problem)
    with optimizer.PlanningProcess() as process, _interrupts(process.cancel):
        found = process.plan(
            problem,
            seconds=asked.seconds,
            seed=asked.seed,
            bound_s=asked.bound_seconds,
            report=lambda progress: tell(_line(progress)),
        )
    said = _figures(found.levels, found.bound)
    if found.fallback is not None:
        said = f"只有贪心方案 greedy's plan only ({found.fallback})：{said}"
    return optimizer.encode_plan(found), said


def writable(file: Path, instance: Path) -> Path:
    """Where a plan of an instance can be written, behind any links.

    Raises:
        Invalid: its folder is missing or may not be written in, it is the instance itself, or
            something else than a file.
    """
    file = file.resolve()
    if file == instance.resolve():
        raise Invalid(f"{file}: is the instance")
    if file.exists() and not file.is_file():
        raise Invalid(f"{file}: is not a file")
    if not file.parent.is_dir():
        raise Invalid(f"{file.parent}: no such directory")
    if not os.access(file.parent, os.W_OK):
        raise Invalid(f"{file.parent}: may not be written in")
    return file


def write(file: Path, text: bytes) -> None:
    """All of it or nothing: what was there stays until all is on the disk.

    Raises:
        Invalid: it could not be written.
    """
    try:
        with whole(file, AS_USUAL) as out:
            out.write(text)
    except OSError as error:
        raise Invalid(f"{file}: {error.strerror}") from None


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Lines on standard error: at a terminal each in place of the last, else one now and then."""
    screen = Console(stderr=True)
    if screen.is_terminal:
        with screen.status("") as status:
            yield status.update
        return
    told = -PAUSE_S

    def tell(line: str) -> None:
        nonlocal told
        if time.monotonic() - told >= PAUSE_S:
            told = time.monotonic()
            sys.stderr.write(line + "\n")

    yield tell


@contextmanager
def _interrupts(cancel: Callable[[], None]) -> Iterator[None]:
    """The first interrupt cancels; the next one is an interrupt."""

    def first(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        # A thread of its own: what is interrupted here may be about to speak to the process.
        threading.Thread(target=cancel, daemon=True).start()

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _line(progress: "Progress") -> str:
    """Where a plan is, in one line."""
    said = _figures(progress.levels, progress.bound)
    return f"{progress.seconds:6.1f} s  {PHASES[progress.phase]}  {said}"


def _figures(levels: "Levels", bound: "Bound") -> str:
    least = bound.fen if bound.fen is not None else bound.at_levels
    over = f"，高于下界 above the bound {levels.fen / least - 1:.2%}" if least else ""
    rentals = f"，至少 at least {bound.rentals}" if bound.rentals else ""
    return (
        f"未派 unserved {levels.unserved}，租车 rentals {levels.rentals}{rentals}，"
        f"{levels.fen / 100:,.2f} 元 yuan{over}"
    )


PHASES = {
    "greedy": "贪心 greedy",
    "columns": "列生成 columns",
    "neighbourhoods": "邻域改进 neighbourhoods",
    "bound": "下界 bound",
    "proofs": "证明 proofs",
}


def check(instance: Path, plan_file: Path, against: Path | None = None) -> tuple[str, bool]:
    """Check, price and prove a plan from the instance alone, and compare it with another.

    Returns:
        What was found, as JSON, and whether nothing is wrong.

    Raises:
        Invalid: a file cannot be read; the message says where.
    """
    import optimizer

    problem = _decoded(instance, optimizer.decode_problem)
    plan = _decoded(plan_file, optimizer.decode_plan)
    verdict = optimizer.check(problem, plan, proofs=True)
    found = {
        "valid": verdict.valid,
        "violations": [{"rule": v.rule, "facts": dict(v.facts)} for v in verdict.violations],
        "levels": asdict(verdict.levels),
        "costs": asdict(verdict.costs),
        "bound": None if verdict.bound is None else asdict(verdict.bound),
        "proofs": [{**asdict(proof), "proven": proof.proven} for proof in verdict.proofs],
    }
    if against is not None:
        other = _decoded(against, optimizer.decode_plan)
        found["against"] = asdict(optimizer.difference(problem, plan, other))
    return json.dumps(found, ensure_ascii=False, indent=2), verdict.valid


def _decoded(file: Path, decode: Callable[[bytes], T]) -> T:
    import optimizer

    try:
        return decode(file.read_bytes())
    except OSError as error:
        raise Invalid(f"{file}: {error.strerror}") from None
    except optimizer.InvalidProblem as error:
        raise Invalid("\n".join(f"{file}: {line}" for line in error.errors)) from None
