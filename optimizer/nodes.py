"""Nodes of the task graph: a task, or a shared ride, at one of its starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.plan import Call
from optimizer.pooling import Ride, RideStart, rides_of
from optimizer.problem import Problem, Task
from optimizer.runs import fixed_start

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Bools = NDArray[np.bool_]
NO_HEAD = -1


@dataclass(frozen=True, slots=True)
class Node:
    """What one node is: see `Nodes` for the units.

    Attributes:
        tasks: indices into `problem.tasks`, in order of getting on.
        on_s: when each of them gets on.
        calls: of a shared ride; empty: a task by itself.
        head_s, tail_s: driving before the first and after the last standing that is a break.
    """

    tasks: tuple[int, ...]
    on_s: tuple[int, ...]
    calls: tuple[Call, ...]
    start_s: int
    end_s: int
    origin: int
    destination: int
    loaded_m: int
    driving_s: int
    toll_fen: int
    passengers: int
    classes: tuple[str, ...]
    head_s: int = NO_HEAD
    tail_s: int = NO_HEAD
    overnight: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Nodes:
    """All nodes in order of start; arrays are (n,), `tasks_at` and `tasks_flat` a CSR."""

    items: tuple[Node, ...]

    def __len__(self) -> int:
        return len(self.items)

    def column(self, name: str) -> Ints:
        """One attribute of all nodes."""
        return np.array([getattr(item, name) for item in self.items], dtype=np.int64)

    @cached_property
    def start_s(self) -> Ints:
        """When each begins."""
        return self.column("start_s")

    @cached_property
    def end_s(self) -> Ints:
        """When each ends."""
        return self.column("end_s")

    @cached_property
    def fixed(self) -> Bools:
        """Decided before."""
        return np.array([item.fixed for item in self.items], dtype=bool)

    @cached_property
    def tasks_at(self) -> Ints:
        """(n + 1,) where a node's tasks begin in `tasks_flat`."""
        return np.cumsum([0, *(len(item.tasks) for item in self.items)], dtype=np.int64)

    @cached_property
    def tasks_flat(self) -> Ints:
        """Indices of tasks, node after node."""
        return np.array([j for item in self.items for j in item.tasks], dtype=np.int64)

    @cached_property
    def after(self) -> Ints:
        """(n,) the first node that starts when this one has ended."""
        return np.searchsorted(self.start_s, self.end_s, side="left").astype(np.int64)

    @cached_property
    def again_s(self) -> Ints:
        """(n,) the last start of any of its tasks: who is on after it could do one again."""
        latest: dict[int, int] = {}
        for item in self.items:
            for j in item.tasks:
                latest[j] = max(latest.get(j, 0), item.start_s)
        again = [max(latest[j] for j in item.tasks) for item in self.items]
        return np.array(again, dtype=np.int64)

    def total(self, of_task: Ints) -> Ints:
        """(n,) sums over each node's tasks."""
        sums = np.concatenate([[0], np.cumsum(of_task[self.tasks_flat])])
        return np.asarray(sums[self.tasks_at[1:]] - sums[self.tasks_at[:-1]], dtype=np.int64)


def starts_of(problem: Problem, task: Task) -> list[int]:
    """Every start a task may have."""
    if task.fixed is not None:
        return [fixed_start(task)]
    return list(range(task.earliest_s, task.latest_s + 1, problem.horizon.start_step_s))


def nodes_of(problem: Problem) -> Nodes:
    """Tasks at each start, and every shared ride at each of its."""
    found = [*_singles(problem), *_rides(problem)]
    return Nodes(tuple(sorted(found, key=lambda node: (node.start_s, node.tasks, node.end_s))))


def _singles(problem: Problem) -> Iterator[Node]:
    for i, task in enumerate(problem.tasks):
        split = task.head_driving_s is not None and task.tail_driving_s is not None
        for start_s in starts_of(problem, task):
            yield Node(
                tasks=(i,),
                on_s=(start_s,),
                calls=(),
                start_s=start_s,
                end_s=start_s + task.duration_s,
                origin=task.origin,
                destination=task.destination,
                loaded_m=task.loaded_m,
                driving_s=task.driving_s,
                toll_fen=task.toll_fen,
                passengers=task.passengers,
                classes=task.classes,
                head_s=(task.head_driving_s or 0) if split else NO_HEAD,
                tail_s=(task.tail_driving_s or 0) if split else NO_HEAD,
                overnight=task.overnight,
                fixed=task.fixed is not None,
            )


def _rides(problem: Problem) -> Iterator[Node]:
    index = {task.id: i for i, task in enumerate(problem.tasks)}
    rides: Sequence[Ride] = rides_of(problem)
    for ride in rides:
        tasks = tuple(index[id] for id in ride.tasks)
        overnight = any(problem.tasks[i].overnight for i in tasks)
        for start in ride.starts:
            yield _ride_node(ride, start, tasks, overnight=overnight)


def _ride_node(ride: Ride, start: RideStart, tasks: tuple[int, ...], *, overnight: bool) -> Node:
    return Node(
        tasks=tasks,
        on_s=start.on_s,
        calls=ride.calls,
        start_s=start.start_s,
        end_s=start.start_s + start.duration_s,
        origin=ride.origin,
        destination=ride.destination,
        loaded_m=ride.loaded_m,
        driving_s=start.driving_s,
        toll_fen=ride.toll_fen,
        passengers=ride.passengers,
        classes=ride.classes,
        overnight=overnight,
    )
