"""Which part of a plan to decide anew: what is dear or left over, and what is near it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from optimizer.baseline import Decisions
from optimizer.ground import Ints
from optimizer.lanes import starts_of
from optimizer.parts import Choice, Whole
from optimizer.plan import Duty

# Seconds of drive that a second between two starts counts as.
APART = 0.25
LOOSE_SHARE = 0.2
MOST_IDLE = 40
CHANCE_LOOSE = 0.45
CHANCE_DEAR = 0.35


@dataclass
class Taken:
    """What parts drawn before have: two parts of a plan never share any of it."""

    duties: set[int] = field(default_factory=set)
    loose: set[int] = field(default_factory=set)
    cars: set[int] = field(default_factory=set)
    drivers: set[int] = field(default_factory=set)


class Neighbourhoods:
    """Draws parts of a plan; has a life, since what was drawn often is drawn less."""

    def __init__(self, whole: Whole, seed: int) -> None:
        self.whole, problem = whole, whole.problem
        self._rng = np.random.default_rng(seed)
        self._row = {task.id: i for i, task in enumerate(problem.tasks)}
        self._seconds = problem.matrix.seconds.astype(np.int64)
        self._origin = np.array([t.origin for t in problem.tasks], dtype=np.int64)
        self._goal = np.array([t.destination for t in problem.tasks], dtype=np.int64)
        self._start_s = np.array([t.earliest_s for t in problem.tasks], dtype=np.int64)
        lasts = np.array([t.duration_s for t in problem.tasks], dtype=np.int64)
        self._end_s = self._start_s + lasts
        self.starts: Ints = np.array([len(starts_of(problem, t)) for t in problem.tasks], np.int64)
        self._drawn = np.zeros(len(problem.tasks), dtype=np.int64)
        self._known: dict[Duty, tuple[Ints, int]] = {}

    def draw(self, decisions: Decisions, size: int, taken: Taken) -> Choice | None:
        """A part of about `size` (task, start) pairs beside those taken; None: nothing is left."""
        groups = self._groups(decisions)
        loose = self._loose(decisions, taken)
        free = [g for g in groups if not g.within(decisions, taken)]
        seed = self._seed(free, loose)
        if seed is None:
            return None
        self._drawn[seed] += 1
        away = self._away(seed)
        near = self._nearest(loose, away, int(size * LOOSE_SHARE))
        room = size - int(self.starts[[self._row[j] for j in near]].sum())
        chosen: set[int] = set()
        spread = self._rng.uniform(0.5, 1.5, len(free))
        order = np.argsort([away[g.rows].min() * x for g, x in zip(free, spread, strict=True)])
        for k in order.tolist():
            size_k = int(self.starts[free[k].rows].sum())
            if size_k <= room:
                chosen |= set(free[k].duties)
                room -= size_k
        cars, drivers = self._idle(decisions, chosen, seed, taken)
        choice = Choice(frozenset(chosen), frozenset(near), cars, drivers, spare=not taken.duties)
        self._take(decisions, choice, taken)
        return choice

    def _take(self, decisions: Decisions, choice: Choice, taken: Taken) -> None:
        duties = [decisions.duties[i] for i in choice.duties]
        taken.duties |= choice.duties
        taken.loose |= choice.loose
        taken.cars |= choice.cars | {duty.vehicle for duty in duties}
        taken.drivers |= choice.drivers | {duty.driver for duty in duties}

    def _groups(self, decisions: Decisions) -> list["_Group"]:
        """Duties that only make sense together: of one car; of one driver when some are fixed."""
        root = list(range(len(decisions.duties)))

        def find(i: int) -> int:
            while root[i] != i:
                root[i] = root[root[i]]
                i = root[i]
            return i

        fixed = [any(t.fixed for t in self.whole.tasks_of(d)) for d in decisions.duties]
        bound = {d.driver for d, some in zip(decisions.duties, fixed, strict=True) if some}
        first: dict[tuple[str, int], int] = {}
        for i, duty in enumerate(decisions.duties):
            root[find(i)] = find(first.setdefault(("car", duty.vehicle), i))
            if duty.driver in bound:
                root[find(i)] = find(first.setdefault(("driver", duty.driver), i))
        members: dict[int, list[int]] = {}
        for i in range(len(root)):
            members.setdefault(find(i), []).append(i)
        return [self._group(decisions, duties) for duties in members.values()]

    def _group(self, decisions: Decisions, duties: Sequence[int]) -> "_Group":
        held = [self._look(decisions.duties[i]) for i in duties]
        rows = np.concatenate([rows for rows, _ in held])
        return _Group(tuple(duties), rows, sum(waste_s for _, waste_s in held))

    def _look(self, duty: Duty) -> tuple[Ints, int]:
        """Rows of a duty's tasks, and what it wastes, as seconds; remembered."""
        if duty in self._known:
            return self._known[duty]
        tasks, home = self.whole.tasks_of(duty), self.whole.cars[duty.vehicle].home
        wasted_s = int(self._seconds[home, tasks[0].origin])
        wasted_s += int(self._seconds[tasks[-1].destination, home])
        for a, b in pairwise(tasks):
            wasted_s += int(self._seconds[a.destination, b.origin])
            wasted_s += max(0, b.earliest_s - a.earliest_s - a.duration_s) // 8
        rows = np.array([self._row[task.id] for task in tasks], dtype=np.int64)
        self._known[duty] = rows, wasted_s
        return rows, wasted_s

    def _loose(self, decisions: Decisions, taken: Taken) -> list[int]:
        ids = [u.task for u in decisions.unserved] + [r.task for r in decisions.rentals]
        return [j for j in ids if j not in taken.loose]

    def _seed(self, groups: Sequence["_Group"], loose: Sequence[int]) -> int | None:
        """The row of a task to begin at: left over, in a wasteful duty, or any."""
        if not groups and not loose:
            return None
        chance = self._rng.random()
        if loose and (chance < CHANCE_LOOSE or not groups):
            return self._pick([self._row[j] for j in loose], None)
        rows = [int(r) for g in groups for r in g.rows]
        if chance < CHANCE_LOOSE + CHANCE_DEAR:
            waste = [g.waste_s / len(g.rows) + 1.0 for g in groups for _ in g.rows]
            return self._pick(rows, waste)
        return self._pick(rows, None)

    def _pick(self, rows: Sequence[int], weights: Sequence[float] | None) -> int:
        share = 1.0 / (1.0 + self._drawn[list(rows)]) ** 2
        if weights is not None:
            share = share * np.array(weights)
        return int(rows[int(self._rng.choice(len(rows), p=share / share.sum()))])

    def _away(self, i: int) -> "np.typing.NDArray[np.float64]":
        """(tasks,) how far each is from task i, as seconds of drive."""
        seconds, a, b = self._seconds, self._origin, self._goal
        beside = seconds[a[i], a] + seconds[b[i], b]
        onward = np.minimum(seconds[b[i], a], seconds[b, a[i]]) * 2
        apart = np.maximum(self._start_s - self._end_s[i], self._start_s[i] - self._end_s)
        apart = np.where(beside < onward, np.abs(self._start_s - self._start_s[i]), apart)
        far = np.minimum(beside, onward) + APART * np.maximum(apart, 0)
        return np.asarray(far + 60.0)

    def _nearest(
        self, loose: Sequence[int], away: "np.typing.NDArray[np.float64]", room: int
    ) -> list[int]:
        found: list[int] = []
        for j in sorted(loose, key=lambda j: (away[self._row[j]], j)):
            room -= int(self.starts[self._row[j]])
            if room < 0 and found:
                break
            found.append(j)
        return found

    def _idle(
        self, decisions: Decisions, chosen: Iterable[int], seed: int, taken: Taken
    ) -> tuple[frozenset[int], frozenset[int]]:
        """Cars and drivers with room left, of the pools that are in it, the nearest first."""
        problem = self.whole.problem
        own = [decisions.duties[i] for i in chosen]
        pools = {self.whole.cars[duty.vehicle].pool for duty in own}
        pools.add(problem.tasks[seed].pool)
        at = Counter(duty.vehicle for duty in decisions.duties)
        on = Counter(duty.driver for duty in decisions.duties)
        mine = {duty.vehicle for duty in own}, {duty.driver for duty in own}
        cars = [
            (int(self._seconds[v.home, self._origin[seed]]), v.id)
            for v in problem.vehicles
            if v.pool in pools and at[v.id] < len(v.windows)
            if v.id not in mine[0] and v.id not in taken.cars
        ]
        drivers = [
            (on[d.id], d.id)
            for d in problem.drivers
            if d.pool in pools and on[d.id] < len(d.windows)
            if d.id not in mine[1] and d.id not in taken.drivers
        ]
        return (
            frozenset(i for _, i in sorted(cars)[:MOST_IDLE]),
            frozenset(i for _, i in sorted(drivers)[:MOST_IDLE]),
        )


@dataclass(frozen=True, slots=True)
class _Group:
    duties: tuple[int, ...]
    rows: Ints
    waste_s: int

    def within(self, decisions: Decisions, taken: Taken) -> bool:
        """Whether any of it is taken."""
        held = [decisions.duties[i] for i in self.duties]
        cars = any(duty.vehicle in taken.cars for duty in held)
        return cars or any(duty.driver in taken.drivers for duty in held)
