"""The nodes that a lane may come to, and those of them on paths that may be cheap enough."""

from typing import NamedTuple

import numpy as np

from optimizer.compiled import lean
from optimizer.nodes import Ints
from optimizer.roads import Roads, least_way
from optimizer.terrain import NEVER, Field


class Reach(NamedTuple):
    """The nodes that a lane may come to, and the least ways between.

    Attributes:
        nodes: in order; begin: (n,) where in `nodes` those begin that can follow each node.
    """

    nodes: Ints
    begin: Ints
    roads: Roads

    @classmethod
    def of(cls, nodes: Ints, after: Ints, roads: Roads) -> "Reach":
        """Of nodes in order."""
        return cls(nodes, np.searchsorted(nodes, after).astype(np.int64), roads)


class Sifted(NamedTuple):
    """What paths cost at least without limits.

    Attributes:
        gone: (n,) from setting out until each node is served; free: from there on, with it.
        below: paths of this cost and more are not looked at.
    """

    gone: Ints
    free: Ints
    below: int


@lean
def fill_free(f: Field, reach: Reach, last: Ints, earned: Ints, ahead: Ints) -> None:
    """Fill in `ahead` (n,), the least cost of serving each node and going on, without limits.

    `last` and `earned` (n,) are of going home and serving. Nodes that are not in reach have
    no entries.
    """
    nodes = reach.nodes
    for x in range(len(nodes) - 1, -1, -1):
        i = nodes[x]
        best = last[i]
        for y in range(reach.begin[i], len(nodes)):
            j = nodes[y]
            best = min(best, least_way(f, reach.roads, i, j)[0] + ahead[j])
        ahead[i] = min(best + earned[i], NEVER)


@lean
def sift(
    f: Field,
    reach: Reach,
    first: Ints,
    earned: Ints,
    ahead: Ints,
    below: int,
    gone: Ints,
) -> int:
    """Leave in `reach.nodes` those on a path that may cost less than `below`; how many.

    `gone` (n,) is filled in with the least cost of setting out and serving each of them.
    """
    nodes = reach.nodes
    for j in nodes:
        gone[j] = first[j]
    many = 0
    for x in range(len(nodes)):
        i = nodes[x]
        if gone[i] >= NEVER or gone[i] + ahead[i] >= below:
            continue
        gone[i] += earned[i]
        for y in range(reach.begin[i], len(nodes)):
            j = nodes[y]
            gone[j] = min(gone[j], gone[i] + least_way(f, reach.roads, i, j)[0])
        nodes[many] = i
        many += 1
    return many
