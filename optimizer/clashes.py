"""Duties around fixed tasks that would use the room between them twice, or leave too short a rest.

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
        ends = [(home_s(graph, columns[i]), i) for i in of_run.get(a, [])]
        begins = [(leave_s(graph, columns[i]), i) for i in of_run.get(b, [])]
        on, ahead = (_more, _more) if rest_s else (_on, _ahead)
        late = [(at_s + rest_s, i) for at_s, i in ends if on(graph, columns[i])]
        early = [(at_s - rest_s, i) for at_s, i in begins if ahead(graph, columns[i])]
        found += [*_groups(late, begins), *_groups(ends, early)]
    return found


def _groups(ends: Sequence[tuple[int, int]], begins: Sequence[tuple[int, int]]) -> list[list[int]]:
    """For each beginning all that end after it, and all that begin no later."""
    found = []
    for moment in sorted({at_s for at_s, _ in begins}):
        late = [i for at_s, i in ends if at_s > moment]
        if late:
            found.append([*late, *(i for at_s, i in begins if at_s <= moment)])
    return found


def _more(graph: Graph, column: Column) -> bool:
    """It has more than its fixed tasks."""
    return not graph.nodes.fixed[list(column.nodes)].all()


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
