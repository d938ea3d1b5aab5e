"""Plans the cars and drivers of several pools for a day; see docs/optimizer.md."""

from optimizer.board import Board, Way
from optimizer.check import Verdict, check, judge
from optimizer.codec import decode_plan, decode_problem, encode_plan, encode_problem
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
from optimizer.worker import PlanningProcess, solve_apart

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
    "PlanningProcess",
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
    "decode_plan",
    "decode_problem",
    "encode_plan",
    "encode_problem",
    "greedy_plan",
    "insert",
    "judge",
    "solve",
    "solve_apart",
    "timetable",
]
