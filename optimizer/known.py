"""What a board hands on to the next one."""

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.fleet import Fleet
from optimizer.ground import Ints
from optimizer.problem import Task
from optimizer.scan import Fleet as Duties
from optimizer.walk import Land


@dataclass(frozen=True, slots=True)
class Known:
    """What another board of the same cars has worked out already.

    Attributes:
        rows: (chains,) where each chain of the new board stands in its arrays; -1: nowhere.
        tasks: that lie on such chains.
        sharing: rows of chains that others may join.
    """

    land: Land
    fleet: Fleet
    rows: Ints
    arrays: Duties
    tasks: Mapping[int, Task]
    families: Mapping[tuple[object, ...], int]
    sharing: frozenset[int]
