"""Plans the cars and drivers of several pools for a day; see docs/optimizer.md."""

from optimizer.board import Board, Way
from optimizer.check import Verdict, check, judge
from optimizer.duty_rules import Violation
from optimizer.insert import Insertion, Option, insert
from optimizer.master import EngineFailed
from optimizer.plan import (
    Bound,
    Costs,
    Duty,
    Levels,
    Plan,
    Refused,
    Rental,
    RentalProof,
    Stop,
    Unserved,
)
from optimizer.problem import (
    LICENCE_RANK,
    Driver,
    Fixed,
    Horizon,
    InvalidProblem,
    Licence,
    Matrix,
    Problem,
    Refusal,
    RentalFirm,
    Reserve,
    Settlement,
    Task,
    Vehicle,
    Window,
)
from optimizer.solve import greedy_plan, solve
from optimizer.timetable import Leg, Timetable, timetable

__all__ = [
    "LICENCE_RANK",
    "Board",
    "Bound",
    "Costs",
    "Driver",
    "Duty",
    "EngineFailed",
    "Fixed",
    "Horizon",
    "Insertion",
    "InvalidProblem",
    "Leg",
    "Levels",
    "Licence",
    "Matrix",
    "Option",
    "Plan",
    "Problem",
    "Refusal",
    "Refused",
    "Rental",
    "RentalFirm",
    "RentalProof",
    "Reserve",
    "Settlement",
    "Stop",
    "Task",
    "Timetable",
    "Unserved",
    "Vehicle",
    "Verdict",
    "Violation",
    "Way",
    "Window",
    "check",
    "greedy_plan",
    "insert",
    "judge",
    "solve",
    "timetable",
]
