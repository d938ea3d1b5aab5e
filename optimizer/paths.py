"""Paths as duties: their exact cost and what they use of range and driving time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from optimizer.ground import NEVER
from optimizer.plan import Stop
from optimizer.pricing import Weighted
from optimizer.roads import Roads


@dataclass(frozen=True, slots=True)
class Column:
    """A duty that some slot of a lane could have; fen is what it adds to the plan."""

    lane: int
    nodes: tuple[int, ...]
    by_home: tuple[bool, ...]
    fen: int


def stops_of(weighted: Weighted, column: Column) -> tuple[Stop, ...]:
    """The column as stops of a plan."""
    graph = weighted.arcs.graph
    return tuple(
        Stop(graph.problem.tasks[graph.nodes.task[i]].id, int(graph.nodes.start_s[i]), via)
        for i, via in zip(column.nodes, column.by_home, strict=True)
    )


def column_of(weighted: Weighted, roads: Roads, lane: int, nodes: Sequence[int]) -> Column | None:
    """Take the cheapest way of every part; None if the whole breaks a limit or repeats a task."""
    known, it = weighted.arcs.graph.nodes, weighted.arcs.graph.lanes[lane]
    home = roads.home(lane)
    fen = int(weighted.arcs.base[lane]) + int(home.fen[nodes[-1]])
    metres, driving_s = int(home.metres[nodes[-1]]), int(home.driving_s[nodes[-1]])
    by_home = []
    for i, j in pairwise((-1, *nodes)):
        ways = roads.cheapest(lane, i)
        k = j - ways.after
        by_home.append(ways.by_home[k])
        fen += ways.fen[k] + int(weighted.arcs.serve[lane, j])
        metres += ways.metres[k] + int(known.loaded_m[j])
        driving_s += ways.driving_s[k] + int(known.driving_s[j])
    too_much = metres > it.most_m or driving_s > it.most_driving_s
    if too_much and not weighted.own[lane, list(nodes)].all():
        return None
    if len(set(known.task[list(nodes)].tolist())) < len(nodes) or fen >= NEVER:
        return None
    return Column(lane, tuple(nodes), tuple(by_home), fen)
