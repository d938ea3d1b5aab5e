"""Other platforms' requests in a plan's reasons: when they leave is told, which they are is not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import optimizer
from dispatch import requests
from dispatch.access import Principal
from dispatch.kernel.ids import PoolId, UnitId

TASK_FACTS = ("task", "after_task", "next_task")
"""Facts of a reason that name another request; -1 names none."""
Facts = dict[str, int | str]


@dataclass(frozen=True)
class Veil:
    """What an explanation speaks of, as a caller may know it.

    Attributes:
        stands: numbers below -1 for the requests that the caller may not read; the others
            keep their own.
    """

    stands: Mapping[int, int]

    def name(self, request_id: int) -> int:
        """What a request is called before the caller."""
        return self.stands.get(request_id, request_id)

    def over(self, found: optimizer.Explanation) -> optimizer.Explanation:
        """The same explanation, but for `forced`: see `moves`."""
        return replace(
            found,
            refused=tuple(replace(one, facts=self._facts(one.facts)) for one in found.refused),
            together=tuple(map(self.name, found.together)),
            alternatives=tuple(
                replace(one, shares=tuple(map(self.name, one.shares))) for one in found.alternatives
            ),
        )

    def moves(self, room: optimizer.Room) -> tuple[tuple[optimizer.Moves, ...], int]:
        """Moves of requests that the caller may read, and how many others there are."""
        mine = tuple(move for move in room.moves if move.task not in self.stands)
        return mine, len(room.moves) - len(mine)

    def _facts(self, facts: Facts) -> Facts:
        return {
            key: self.name(value) if key in TASK_FACTS and isinstance(value, int) else value
            for key, value in facts.items()
        }


def veil_for(
    problem: optimizer.Problem, named: set[int], who: Principal, payers: Mapping[int, int]
) -> Veil:
    """The veil over some requests of a plan's problem.

    Args:
        problem: of the plan.
        named: ids of requests.
        who: looks.
        payers: the platform of each request that goes by car: of those who share a ride with
            others, the problem has but one.
    """
    hidden = sorted(i for i in named if not _may_read(problem, i, who, payers))
    return Veil({request_id: -2 - n for n, request_id in enumerate(hidden)})


def named_in(found: optimizer.Explanation) -> set[int]:
    """The other requests that an explanation names, by their own ids."""
    facts = [one.facts for one in found.refused]
    in_the_way = {f[key] for f in facts for key in TASK_FACTS if key in f}
    moved = () if found.forced is None else (move.task for move in found.forced.moves)
    shared = (i for one in found.alternatives for i in one.shares)
    ids = {i for i in in_the_way if isinstance(i, int) and i >= 0}
    return ids | {*found.together, *moved, *shared}


def _may_read(
    problem: optimizer.Problem, request_id: int, who: Principal, payers: Mapping[int, int]
) -> bool:
    task = problem.task_of.get(request_id)
    pool = payers.get(request_id, None if task is None else task.pool)
    return pool is not None and requests.may(
        who,
        requests.READERS,
        pool_id=PoolId(pool),
        unit_id=None if task is None else UnitId(task.unit),
    )
