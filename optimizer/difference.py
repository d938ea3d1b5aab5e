"""What another plan of the same problem would change: a what-if, told by the checker's costs."""

from dataclasses import dataclass, fields

from optimizer.check import judge
from optimizer.duty_rules import Read, read
from optimizer.plan import Costs, Levels, Plan
from optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class Where:
    """What becomes of a task: on a car, rented (`firm`), or none of it: unserved."""

    vehicle: int | None = None
    driver: int | None = None
    start_s: int | None = None
    firm: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A task that the two plans treat differently."""

    task: int
    here: Where
    there: Where


@dataclass(frozen=True, slots=True)
class Difference:
    """This plan less the other: fen by kind, levels, and the tasks that are elsewhere.

    Attributes:
        fen: of each kind of `Costs`, only where it differs.
        valid: whether this and the other keep all rules; costs mean little where not.
    """

    levels: Levels
    fen: dict[str, int]
    moved: tuple[Moved, ...]
    valid: tuple[bool, bool]


def difference(problem: Problem, plan: Plan, other: Plan) -> Difference:
    """Compare two plans, made by anyone."""
    here, there = (judge(problem, p.duties, p.rentals, p.unserved) for p in (plan, other))
    a, b = here.levels, there.levels
    delta = Levels(a.unserved - b.unserved, a.rentals - b.rentals, a.fen - b.fen)
    kinds = {
        f.name: getattr(here.costs, f.name) - getattr(there.costs, f.name) for f in fields(Costs)
    }
    mine, theirs = _places(problem, plan), _places(problem, other)
    moved = tuple(
        Moved(i, mine.get(i, Where()), theirs.get(i, Where()))
        for i in problem.task_of
        if mine.get(i) != theirs.get(i)
    )
    fen = {name: value for name, value in kinds.items() if value}
    return Difference(delta, fen, moved, (here.valid, there.valid))


def _places(problem: Problem, plan: Plan) -> dict[int, Where]:
    found = {rental.task: Where(firm=rental.firm) for rental in plan.rentals}
    for duty in plan.duties:
        it = read(problem, duty, later=False)
        for party in it.parties if isinstance(it, Read) else ():
            found[party.task.id] = Where(duty.vehicle, duty.driver, party.on_s)
    return found
