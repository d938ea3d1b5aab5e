"""Duties around fixed tasks that would use the room between them twice.

Two neighbouring runs of one car or driver may each be given more in between, as far as
the other leaves it. Lanes know nothing of this, so their bound holds; the choice does.
"""

from collections.abc import Sequence

from optimizer.lanes import Graph
from optimizer.paths import Column
from optimizer.slots import neighbours


def clashes(graph: Graph, columns: Sequence[Column]) -> list[list[int]]:
    """Groups of columns, by number, of which a plan can have one at most."""
    of_run: dict[int, list[int]] = {}
    for i, column in enumerate(columns):
        of_run.setdefault(graph.lanes[column.lane].run, []).append(i)
    found = []
    for a, b in neighbours(graph.runs):
        before = [
            (_home_s(graph, columns[i]), i) for i in of_run.get(a, []) if _on(graph, columns[i])
        ]
        after = [
            (_leave_s(graph, columns[i]), i) for i in of_run.get(b, []) if _ahead(graph, columns[i])
        ]
        for moment in sorted({leave_s for leave_s, _ in after}):
            late = [i for home_s, i in before if home_s > moment]
            if late:
                found.append([*late, *(i for leave_s, i in after if leave_s <= moment)])
    return found


def _on(graph: Graph, column: Column) -> bool:
    """It goes on after its last fixed task."""
    return not graph.nodes.fixed[column.nodes[-1]]


def _ahead(graph: Graph, column: Column) -> bool:
    """It begins before its first fixed task."""
    return not graph.nodes.fixed[column.nodes[0]]


def _home_s(graph: Graph, column: Column) -> int:
    last, home = column.nodes[-1], graph.lanes[column.lane].slot.car.home
    return int(graph.nodes.end_s[last] + graph.ground.seconds[graph.nodes.destination[last], home])


def _leave_s(graph: Graph, column: Column) -> int:
    first, slot, seconds = column.nodes[0], graph.lanes[column.lane].slot, graph.ground.seconds
    begins, drive_s = slot.place, 0
    if column.by_home[0]:
        begins, drive_s = slot.car.home, int(seconds[slot.place, slot.car.home])
    drive_s += int(seconds[begins, graph.nodes.origin[first]])
    return int(graph.nodes.start_s[first]) - graph.ground.buffer_s - drive_s
