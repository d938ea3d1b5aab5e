"""`gongche plan` and `gongche check`: the optimizer on files, without a database."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from dispatch.kernel.errors import Invalid

T = TypeVar("T")


def plan(instance: Path, seconds: float, seed: int) -> bytes:
    """Plan an instance.

    Returns:
        The plan as JSON (docs/optimizer.md).

    Raises:
        Invalid: the instance cannot be read; the message says where.
    """
    import optimizer

    problem = _decoded(instance, optimizer.decode_problem)
    return optimizer.encode_plan(optimizer.solve_apart(problem, seconds=seconds, seed=seed))


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
