"""The independent checker: validates and costs any plan from the problem alone.

It shares no rule and no cost code with the engines, so each is the other's witness.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from optimizer.costing import costs
from optimizer.day_rules import between_duties, coverage, hired, quotas, reserves
from optimizer.duty_hours import worn
from optimizer.duty_rules import Read, broken, read
from optimizer.plan import Costs, Duty, Levels, Plan, Rental, Unserved
from optimizer.problem import Problem
from optimizer.violations import Facts, Violation


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that is wrong with a plan, and what it costs; costs hold if nothing is."""

    violations: tuple[Violation, ...]
    costs: Costs
    levels: Levels

    @property
    def valid(self) -> bool:
        """Nothing is wrong."""
        return not self.violations


def check(problem: Problem, plan: Plan) -> Verdict:
    """Judge a plan; what it says about its own cost is compared, not believed."""
    verdict = judge(problem, plan.duties, plan.rentals, plan.unserved)
    found = list(verdict.violations)
    if plan.levels != verdict.levels:
        says: Facts = {"says": str(plan.levels), "is": str(verdict.levels)}
        found.append(Violation("levels-misstated", says))
    if plan.matrix_version != problem.matrix.version:
        versions: Facts = {"plan": plan.matrix_version, "problem": problem.matrix.version}
        found.append(Violation("other-matrix", versions))
    bound = plan.bound.fen
    if bound is not None and not found and verdict.levels.fen < bound:
        found.append(Violation("below-bound", {"fen": verdict.levels.fen, "bound": bound}))
    return Verdict(tuple(found), verdict.costs, verdict.levels)


def judge(
    problem: Problem,
    duties: Sequence[Duty],
    rentals: Sequence[Rental],
    unserved: Sequence[Unserved],
) -> Verdict:
    """The same for the decisions alone, also made by hand."""
    found: list[Violation] = []
    fine: list[Read] = []
    begun: set[int] = set()
    for duty in sorted(duties, key=_beginning):
        it = read(problem, duty, later=duty.vehicle in begun)
        begun.add(duty.vehicle)
        if isinstance(it, Violation):
            found.append(it)
        else:
            fine.append(it)
            found.extend(broken(problem, it))
            found.extend(worn(problem, it))
    found.extend(coverage(problem, duties, rentals, unserved))
    found.extend(between_duties(problem, fine))
    found.extend(reserves(problem, fine))
    found.extend(hired(problem, rentals))
    over, quota_fen = quotas(problem, (u.task for u in unserved))
    paid = replace(costs(problem, fine, rentals), quota_fen=quota_fen)
    tasks = problem.task_of
    missing = sum(tasks[u.task].priority for u in unserved if u.task in tasks)
    return Verdict((*found, *over), paid, Levels(missing, len(rentals), paid.fen))


def _beginning(duty: Duty) -> int:
    return duty.stops[0].start_s if duty.stops else 0
