"""Duties around fixed tasks that would use the room between them twice.

Two neighbouring runs of one car or driver may each be given more in between, as far as
the other leaves it. Lanes know nothing of this, so their bound holds; the choice does.
"""

from collections.abc import Sequence

from optimizer.lanes import Graph
from optimizer.moves import going_home, setting_out
from optimizer.paths import Column
from optimizer.slots import neighbours


def clashes(graph: Graph, columns: Sequence[Column]) -> list[list[int]]:
    """Groups of columns, by number, of which a plan can have one at most."""
    of_run: dict[int, list[int]] = {}
    for i, column in enumerate(columns):
        of_run.setdefault(graph.lanes[column.lane].run, []).append(i)
    found = []
    for a, b, rest_s in neighbours(graph.problem, graph.runs):
        ends, begins = of_run.get(a, []), of_run.get(b, [])
        before = [(home_s(graph, columns[i]), i) for i in ends if _on(graph, columns[i])]
        after = [(leave_s(graph, columns[i]), i) for i in begins if _ahead(graph, columns[i])]
        for moment in sorted({at_s for at_s, _ in after}):
            late = [i for at_s, i in before if at_s + rest_s > moment]
            if late:
                found.append([*late, *(i for at_s, i in after if at_s <= moment)])
    return found


def _on(graph: Graph, column: Column) -> bool:
    """It goes on after its last fixed task."""
    return not graph.nodes.fixed[column.nodes[-1]]


def _ahead(graph: Graph, column: Column) -> bool:
    """It begins before its first fixed task."""
    return not graph.nodes.fixed[column.nodes[0]]


def home_s(graph: Graph, column: Column) -> int:
    """When the duty is home."""
    last = column.nodes[-1]
    drive_s = going_home(graph.field, graph.lanes[column.lane].car, last)[3]
    return int(graph.nodes.end_s[last] + drive_s)


def leave_s(graph: Graph, column: Column) -> int:
    """When the duty leaves."""
    first, car = column.nodes[0], graph.lanes[column.lane].car
    drive_s = setting_out(graph.field, car, first, column.ways[0])[3]
    return int(graph.nodes.start_s[first]) - graph.field.buffer_s - drive_s
