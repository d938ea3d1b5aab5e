"""What a certificate proves, worked out again from the problem and its multipliers alone.

docs/optimizer.md has the formula. It holds for any multipliers: tampered ones prove less.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.costing import by_km, rent
from optimizer.day_rules import DAY_S, firm_fits, rental_days
from optimizer.plan import Bound, Certificate, Levels
from optimizer.problem import Problem, Task
from optimizer.proof_lanes import Pricing
from optimizer.proof_nodes import Patience, TooMuch
from optimizer.proof_rooms import Run, driver_rooms, runs_of

SCALE = 1000
MOST_MULTIPLIER = 1 << 42
MOST_WEIGHT = 1 << 40


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proven of fen x fen + rental x rentals + unserved x priority of any plan.

    Attributes:
        claimed: what the certificate says.
        least: what was proven; None: nothing, and `why` says why.
        why: "numbers": they are no certificate's; "size" or "time": too large to be checked.
        relaxed: what the checker's own pricing did not keep, by name.
    """

    fen: int
    rental: int
    unserved: int
    claimed: int
    least: int | None
    relaxed: tuple[str, ...] = ()
    why: str = ""

    @property
    def proven(self) -> bool:
        """The claim holds."""
        return self.least is not None and self.least >= self.claimed


def prove(problem: Problem, certificate: Certificate, *, seconds: float = 600.0) -> Proof:
    """Price every duty again; first relaxed as the certificate says, then exactly.

    After so many seconds it gives up.
    """
    claim = (certificate.fen, certificate.rental, certificate.unserved, certificate.bound)
    if not _sound(certificate):
        return Proof(*claim, None, why="numbers")
    relaxed = tuple(sorted(RELAXABLE & set(certificate.relaxed)))
    patience = Patience(time.monotonic() + seconds)
    try:
        proof = Proof(*claim, *_least(problem, certificate, relaxed, patience))
        if relaxed and not proof.proven:
            proof = Proof(*claim, *_least(problem, certificate, (), patience))
    except TooMuch as error:
        return Proof(*claim, None, why=error.what)
    return proof


def proven_bound(problem: Problem, levels: Levels, proofs: Iterable[Proof]) -> Bound:
    """What the proofs together say of any plan, and of fen at these levels."""
    unserved = rentals = 0
    fen: int | None = None
    rentable = sum(t.rental and t.fixed is None for t in problem.tasks)
    known = [(proof, proof.least) for proof in proofs if proof.least is not None]
    for it, least in known:
        if it.fen == 0 and it.unserved > 0:
            unserved = max(unserved, -(-(least - it.rental * rentable) // it.unserved))
    for it, least in known:
        # Fewer rentals would take a plan that serves less.
        if it.fen == 0 and it.rental > 0 and unserved == levels.unserved:
            rentals = max(rentals, -(-(least - it.unserved * unserved) // it.rental))
    for it, least in known:
        if it.fen > 0 and (unserved, rentals) == (levels.unserved, levels.rentals):
            rest = least - it.unserved * unserved - it.rental * rentals
            fen = max(fen or 0, -(-rest // it.fen))
    above = [
        least - it.unserved * levels.unserved - it.rental * levels.rentals
        for it, least in known
        if it.fen == 1
    ]
    return Bound("certificate", unserved, rentals, fen, max(above, default=None))


RELAXABLE = frozenset({"range", "driving", "break", "span"})


def _sound(it: Certificate) -> bool:
    lists = (it.tasks, it.cars, it.drivers, it.lending, it.firms, it.quotas)
    values = [row[-1] for rows in lists for row in rows]
    weights = (it.fen, it.rental, it.unserved)
    small = all(abs(value) <= MOST_MULTIPLIER for value in values)
    return small and 0 <= it.fen <= 100 and all(0 <= w <= MOST_WEIGHT for w in weights)


def _least(
    problem: Problem, it: Certificate, relaxed: tuple[str, ...], patience: Patience
) -> tuple[int, tuple[str, ...]]:
    """The bound, rounded up, and what was relaxed after all."""
    runs = runs_of(problem)
    pay = dict(it.tasks)
    total = sum(pay.get(t.id, 0) for t in problem.tasks if t.fixed is None)
    total += _idle(problem, runs) * it.fen * SCALE
    total += sum(_drivers(problem, it, runs)) + sum(_lending(problem, it, runs))
    firms = {f.id: f.vehicles for f in problem.firms}
    total += sum(y * firms.get(firm, 0) for (firm, _), y in _firm_prices(it).items())
    total += sum(_quotas(problem, it)) + sum(_otherwise(problem, it, pay))
    pricing = Pricing.of(problem, it, relaxed, runs, patience)
    total += pricing.windows() + pricing.runs()
    return -(-total // SCALE), pricing.relaxed


def _idle(problem: Problem, runs: list[Run]) -> int:
    used = {run.car.id for run in runs}
    metres = problem.matrix.metres
    idle = [v for v in problem.vehicles if v.id not in used]
    return sum(by_km(int(metres[v.at, v.home]), v.fen_per_km) for v in idle)


def _drivers(problem: Problem, it: Certificate, runs: list[Run]) -> Iterator[int]:
    charge = {(i, at): min(0, y) for i, at, y in it.drivers}
    for driver in problem.drivers:
        theirs = [run for run in runs if run.driver is driver]
        for start_s, _ in driver_rooms(problem, driver, theirs):
            yield charge.get((driver.id, start_s), 0)


def _lending(problem: Problem, it: Certificate, runs: list[Run]) -> Iterator[int]:
    bound_to = Counter(run.car.pool for run in runs if run.lent)
    for pool, y in dict(it.lending).items():
        if pool in problem.lending_limit:
            yield min(0, y) * max(0, problem.lending_limit[pool] - bound_to[pool])


def _quota_prices(it: Certificate) -> dict[tuple[int, int], int]:
    """Multiplier of each (unit, day)."""
    return {(unit, day): min(0, y) for unit, day, y in it.quotas}


def _quotas(problem: Problem, it: Certificate) -> Iterator[int]:
    y = _quota_prices(it)
    asked = Counter(_unit_day(task) for task in problem.tasks)
    fixed = Counter(_unit_day(task) for task in problem.tasks if task.fixed)
    for quota in problem.quotas:
        key = (quota.unit, quota.day)
        price, over_fen = y.get(key, 0), quota.over_fen
        allowed = max(quota.tasks, fixed[key]) if over_fen is None else quota.tasks
        yield price * (allowed - asked[key])
        if over_fen is not None:
            yield max(0, asked[key] - allowed) * min(0, SCALE * it.fen * over_fen + price)


def _firm_prices(it: Certificate) -> dict[tuple[int, int], int]:
    return {(firm, day): min(0, y) for firm, day, y in it.firms}


def _unit_day(task: Task) -> tuple[int, int]:
    return task.unit, task.earliest_s // DAY_S


def _otherwise(problem: Problem, it: Certificate, pay: dict[int, int]) -> Iterator[int]:
    """What renting a task or leaving it unserved can save."""
    known = {(q.unit, q.day) for q in problem.quotas}
    quota = {key: y for key, y in _quota_prices(it).items() if key in known}
    firm_day = _firm_prices(it)
    for task in problem.tasks:
        if task.fixed is not None:
            continue
        moved = it.fen * (task.published.moved_fen if task.published else 0)
        least = SCALE * (it.unserved * task.priority + moved) + quota.get(_unit_day(task), 0)
        for firm in problem.firms if task.rental else ():
            if firm_fits(firm, task):
                days = sum(firm_day.get((firm.id, day), 0) for day in rental_days(task))
                price = SCALE * (it.fen * rent(firm, task) + moved + it.rental)
                least = min(least, price - days)
        yield min(0, least - pay.get(task.id, 0))
