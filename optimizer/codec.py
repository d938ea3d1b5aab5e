"""Problems and plans as JSON; field names and units are those of the classes."""

from dataclasses import dataclass, fields
from typing import TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from optimizer.ambient import NO_RULES
from optimizer.plan import Plan
from optimizer.problem import (
    Driver,
    Horizon,
    Hours,
    InvalidProblem,
    Matrix,
    Problem,
    Quota,
    Refusal,
    RentalFirm,
    Reserve,
    Settlement,
    Task,
    Vehicle,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MatrixDocument:
    """A matrix as lists of rows."""

    seconds: list[list[int]]
    metres: list[list[int]]
    version: str
    toll_fen: list[list[int]] | None = None
    percent_by_hour: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ProblemDocument:
    """A problem as it is written; unknown fields are refused."""

    horizon: Horizon
    matrix: MatrixDocument
    pools: tuple[int, ...]
    vehicles: tuple[Vehicle, ...]
    drivers: tuple[Driver, ...]
    tasks: tuple[Task, ...]
    firms: tuple[RentalFirm, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    driver_fen_per_hour: int = 0
    quotas: tuple[Quota, ...] = ()
    hours: Hours = NO_RULES
    chargers: tuple[int, ...] = ()
    min_charge_s: int = 1200
    call_s: int = 120


def encode_problem(problem: Problem) -> bytes:
    """The problem as JSON."""
    parts = {f.name: getattr(problem, f.name) for f in fields(ProblemDocument)}
    matrix = problem.matrix
    written = MatrixDocument(
        matrix.seconds.tolist(),
        matrix.metres.tolist(),
        matrix.version,
        None if matrix.toll_fen is None else matrix.toll_fen.tolist(),
        matrix.percent_by_hour,
    )
    return msgspec.json.encode(ProblemDocument(**{**parts, "matrix": written}))


def decode_problem(text: bytes | str) -> Problem:
    """The problem in the JSON.

    Raises:
        InvalidProblem: not JSON, a wrong type, or a broken bound; with where it is.
    """
    document = _decode(text, ProblemDocument)
    parts = {f.name: getattr(document, f.name) for f in fields(ProblemDocument)}
    return Problem(**{**parts, "matrix": _matrix(document.matrix)})


def encode_plan(plan: Plan) -> bytes:
    """The plan as JSON."""
    return msgspec.json.encode(plan)


def decode_plan(text: bytes | str) -> Plan:
    """The plan in the JSON; only duties, rentals and unserved are required.

    Raises:
        InvalidProblem: not JSON, or a wrong type; with where it is.
    """
    return _decode(text, Plan)


def _decode(text: bytes | str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidProblem([str(error)]) from error


def _matrix(written: MatrixDocument) -> Matrix:
    toll_fen = None if written.toll_fen is None else _layer("toll_fen", written.toll_fen)
    return Matrix(
        _layer("seconds", written.seconds),
        _layer("metres", written.metres),
        written.version,
        toll_fen,
        written.percent_by_hour,
    )


def _layer(name: str, rows: list[list[int]]) -> NDArray[np.uint32]:
    if any(len(row) != len(rows) for row in rows):
        raise InvalidProblem([f"matrix: {name} is not square"])
    # Wider than it will be: the matrix refuses what is out of its bounds.
    try:
        wide: NDArray[np.generic] = np.array(rows, dtype=np.int64).reshape(len(rows), len(rows))
    except OverflowError:
        raise InvalidProblem([f"matrix: {name} has a value of more than 64 bits"]) from None
    return cast("NDArray[np.uint32]", wide)
