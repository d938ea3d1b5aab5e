"""Plans the cars and drivers of several pools for a day; see docs/optimizer.md."""

from optimizer.board import Board, Way
from optimizer.carry import carried
from optimizer.certificate import Proof, prove
from optimizer.check import Verdict, check, judge
from optimizer.codec import decode_plan, decode_problem, encode_plan, encode_problem
from optimizer.difference import Difference, Moved, Where, difference
from optimizer.explain import Alternative, Explanation, as_data, explain
from optimizer.insert import Insertion, Option, insert
from optimizer.master import EngineFailed
from optimizer.plan import (
    Bound,
    Call,
    Certificate,
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
    Hours,
    InvalidProblem,
    Licence,
    Matrix,
    Problem,
    Published,
    Quota,
    Refusal,
    RentalFirm,
    Reserve,
    Settlement,
    Share,
    Task,
    Vehicle,
    Window,
)
from optimizer.progress import Progress
from optimizer.promise import Moves, Room, room_for
from optimizer.renew import Renewed, renewed
from optimizer.replan import Replan, replan
from optimizer.solve import greedy_plan, solve
from optimizer.timetable import Leg, Timetable, timetable
from optimizer.violations import Violation
from optimizer.worker import PlanningProcess, solve_apart

__all__ = [
    "LICENCE_RANK",
    "Alternative",
    "Board",
    "Bound",
    "Call",
    "Certificate",
    "Costs",
    "Difference",
    "Driver",
    "Duty",
    "EngineFailed",
    "Explanation",
    "Fixed",
    "Horizon",
    "Hours",
    "Insertion",
    "InvalidProblem",
    "Leg",
    "Levels",
    "Licence",
    "Matrix",
    "Moved",
    "Moves",
    "Option",
    "Plan",
    "PlanningProcess",
    "Problem",
    "Progress",
    "Proof",
    "Published",
    "Quota",
    "Refusal",
    "Refused",
    "Renewed",
    "Rental",
    "RentalFirm",
    "RentalProof",
    "Replan",
    "Reserve",
    "Room",
    "Settlement",
    "Share",
    "Stop",
    "Task",
    "Timetable",
    "Unserved",
    "Vehicle",
    "Verdict",
    "Violation",
    "Way",
    "Where",
    "Window",
    "as_data",
    "carried",
    "check",
    "decode_plan",
    "decode_problem",
    "difference",
    "encode_plan",
    "encode_problem",
    "explain",
    "greedy_plan",
    "insert",
    "judge",
    "prove",
    "renewed",
    "replan",
    "room_for",
    "solve",
    "solve_apart",
    "timetable",
]
