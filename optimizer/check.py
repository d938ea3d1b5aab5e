"""The independent checker: validates and costs any plan from the problem alone.

It shares no rule and no cost code with the engines, so each is the other's witness.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from optimizer.certificate import Proof, prove, proven_bound
from optimizer.costing import costs
from optimizer.day_rules import between_duties, coverage, hired, quotas, reserves
from optimizer.duty_hours import worn
from optimizer.duty_rules import Read, broken, read
from optimizer.plan import Bound, Costs, Duty, Levels, Plan, Rental, Unserved
from optimizer.problem import Problem
from optimizer.violations import Facts, Violation


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that is wrong with a plan, and what it costs; costs hold if nothing is.

    Attributes:
        proofs: of the plan's certificates, if that was asked.
        bound: what they prove, of kind "certificate"; None: not asked.
    """

    violations: tuple[Violation, ...]
    costs: Costs
    levels: Levels
    proofs: tuple[Proof, ...] = ()
    bound: Bound | None = None

    @property
    def valid(self) -> bool:
        """Nothing is wrong."""
        return not self.violations


def check(problem: Problem, plan: Plan, *, proofs: bool = False) -> Verdict:
    """Judge a plan; what it says about its own cost is compared, not believed.

    `proofs`: prove its certificates again too, which prices every duty and takes its time.
    """
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
    if not proofs:
        return replace(verdict, violations=tuple(found))
    proven = tuple(prove(problem, certificate) for certificate in plan.certificates)
    found.extend(_unproven(proven))
    best = proven_bound(problem, verdict.levels, proven)
    return replace(verdict, violations=tuple(found), proofs=proven, bound=best)


def _unproven(proofs: tuple[Proof, ...]) -> Iterator[Violation]:
    for proof in proofs:
        if not proof.proven and proof.why in ("", "numbers"):
            least = "nothing" if proof.least is None else proof.least
            yield Violation("bound-not-proven", {"claimed": proof.claimed, "proven": least})


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
