"""Like cars and like drivers of a plan change places, so that as much as can be stays; pure.

To a plan two cars of one kind at one place are the same, and which of them does what is
chance. To people it is not: of plans that are as good, the one is made that leaves most
requests with the car and the driver that they had.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

import optimizer

Wanted: TypeAlias = Mapping[int, tuple[int, int]]
"""Of each request the car and driver it had."""


def steadied(problem: optimizer.Problem, plan: optimizer.Plan, had: Wanted) -> optimizer.Plan:
    """The same plan with like cars, then like drivers, in each other's place.

    Like is who differs in nothing but the number, is fixed to nothing, and has nothing
    published on it. The checker finds the same costs.
    """
    bound = {t.fixed.vehicle for t in problem.tasks if t.fixed}
    bound |= {t.published.vehicle for t in problem.tasks if t.published}
    crews = {t.fixed.driver for t in problem.tasks if t.fixed}
    cars = _kinds((v.id, replace(v, id=0)) for v in problem.vehicles if v.id not in bound)
    people = _kinds((d.id, replace(d, id=0)) for d in problem.drivers if d.id not in crews)
    plan = _renamed(plan, cars, had, lambda duty: duty.vehicle, 0)
    return _renamed(plan, people, had, lambda duty: duty.driver, 1)


def had_in(plan: optimizer.Plan) -> dict[int, tuple[int, int]]:
    """The car and the driver of each request of a plan."""
    return {
        task: (duty.vehicle, duty.driver)
        for duty in plan.duties
        for stop in duty.stops
        for task in stop.tasks
    }


def _kinds(named: Iterable[tuple[int, Hashable]]) -> dict[int, int]:
    """Of each number the number of its kind."""
    kinds: dict[Hashable, int] = {}
    return {number: kinds.setdefault(kind, len(kinds)) for number, kind in named}


def _renamed(
    plan: optimizer.Plan,
    kind: Mapping[int, int],
    had: Wanted,
    who: Callable[[optimizer.Duty], int],
    which: int,
) -> optimizer.Plan:
    """Each goes where most of its kind's requests were its own, the clearest cases first."""
    meets: Counter[tuple[int, int]] = Counter()
    for duty in plan.duties:
        for task in (task for stop in duty.stops for task in stop.tasks):
            before = had[task][which] if task in had else None
            if before is not None and kind.get(before, -1) == kind.get(who(duty), -2):
                meets[who(duty), before] += 1
    name = _swaps(meets, kind)
    if which:
        crews = (replace(d, driver=name.get(d.driver, d.driver)) for d in plan.duties)
        return replace(plan, duties=tuple(crews))
    duties = (replace(d, vehicle=name.get(d.vehicle, d.vehicle)) for d in plan.duties)
    proofs = tuple(_proof(proof, name) for proof in plan.proofs)
    return replace(plan, duties=tuple(duties), proofs=proofs)


def _proof(proof: optimizer.RentalProof, name: Mapping[int, int]) -> optimizer.RentalProof:
    refused = (replace(one, vehicle=name.get(one.vehicle, one.vehicle)) for one in proof.refused)
    return replace(proof, refused=tuple(refused))


def _swaps(meets: Counter[tuple[int, int]], kind: Mapping[int, int]) -> dict[int, int]:
    """A permutation within the kinds, by the pairs that meet most often."""
    name: dict[int, int] = {}
    taken: set[int] = set()
    for (old, new), _ in sorted(meets.items(), key=lambda one: (-one[1], one[0])):
        if old not in name and new not in taken:
            name[old] = new
            taken.add(new)
    # Whoever lost its place takes one that was left in its kind.
    left = set(name) - taken
    for number in sorted(taken - name.keys()):
        name[number] = min(n for n in left if kind[n] == kind[number])
        left.remove(name[number])
    return name
