"""Bounds of what a duty can still do: never above what trying every duty finds."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.arcs import Arcs, arcs_of
from optimizer.best_ways import COLUMNS, fill
from optimizer.completions import Bounded, Completions, ways_between
from optimizer.forward import paths_below
from optimizer.labels import work_of
from optimizer.lanes import graph_of
from optimizer.paths import ways_of
from optimizer.pricing import Pricer
from optimizer.terrain import NEVER
from optimizer.warming import warm
from tests.bench.instances import day as city
from tests.bench.instances import full
from tests.tiny_days import car, drawn_rich, driver, task
from tests.tiny_days import day as a_day
from tests.tiny_plans import Tried, every_duty

seeds = st.integers(0, 10**9)
FAR = NEVER >> 4
POOL = ThreadPoolExecutor(2)
# Ways kept in tables; reckoned node by node; free completions found place by place.
KEPT, RECKONED, BY_PLACES = (1_000_000, 1.0), (0, float("inf")), (0, 0.0)
MANNERS = st.sampled_from([KEPT, RECKONED, BY_PLACES])
# Every label, and those that no other dominates.
EVERY, NEEDED = -1, 0


@pytest.fixture(autouse=True, scope="module")
def _warm():
    warm()


def exhausted(problem: o.Problem, seed: int) -> o.Problem:
    """The day with limits that one of its duties just keeps."""
    rng = np.random.default_rng([seed, 3])
    duties = every_duty(problem)
    if not duties:
        return problem
    most = max(len(tried.tasks) for tried in duties)
    duty = duties[int(rng.choice([k for k, d in enumerate(duties) if len(d.tasks) == most]))].duty
    for limited in rng.permutation([driven, out, unbroken, ranged])[: int(rng.integers(1, 4))]:
        low, high = 1, 400_000
        while low < high:
            half = (low + high) // 2
            tried = limited(problem, half, duty.vehicle)
            if o.judge(tried, (duty,), (), others(problem, duty)).violations:
                low = half + 1
            else:
                high = half
        problem = limited(problem, low, duty.vehicle)
    return problem


def others(problem: o.Problem, duty: o.Duty) -> tuple[o.Unserved, ...]:
    served = {i for stop in duty.stops for i in stop.tasks}
    return tuple(o.Unserved(t.id, "-") for t in problem.tasks if t.id not in served)


def driven(problem: o.Problem, most_s: int, _: int) -> o.Problem:
    return replace(
        problem, drivers=tuple(replace(d, max_driving_s=most_s) for d in problem.drivers)
    )


def out(problem: o.Problem, most_s: int, _: int) -> o.Problem:
    return replace(problem, hours=replace(problem.hours, span_s=most_s))


def unbroken(problem: o.Problem, most_s: int, _: int) -> o.Problem:
    rest_s = problem.hours.break_s if problem.hours.break_after_s is not None else 1_200
    return replace(problem, hours=replace(problem.hours, break_after_s=most_s, break_s=rest_s))


def ranged(problem: o.Problem, most_m: int, car: int) -> o.Problem:
    fleet = tuple(
        replace(v, range_m=most_m, charged_m=None) if v.id == car else v for v in problem.vehicles
    )
    return replace(problem, vehicles=fleet)


class Tiny:
    """A day with every rule likely, its lanes, and random multipliers."""

    def __init__(
        self, seed: int, manner: tuple[int, float] = KEPT, problem: o.Problem | None = None
    ) -> None:
        self.problem = problem or exhausted(drawn_rich(seed, chance=0.6), seed)
        self.arcs: Arcs = arcs_of(graph_of(self.problem))
        self.graph = self.arcs.graph
        rng = np.random.default_rng([seed, 2])
        self.weight = int(rng.choice([0, 1, 1000]))
        worth = int(rng.choice([10_000, 40_000, 200_000])) * max(1, self.weight)
        self.reward = rng.integers(-worth // 8, worth, len(self.problem.tasks))
        self.gain = self.graph.nodes.total(self.reward)
        self.completions = Completions(self.arcs, self.weight, POOL, *manner)
        matrix = self.problem.matrix
        self.idle_fen = sum(
            (int(matrix.metres[v.at, v.home]) * v.fen_per_km + 500) // 1000
            for v in self.problem.vehicles
        )

    def lanes_of(self, tried: Tried) -> list[int]:
        """The lanes that a duty could be of."""
        problem, duty = self.problem, tried.duty
        pool = problem.vehicle_of[duty.vehicle].pool
        lent = any(problem.task_of[i].pool != pool for i in tried.tasks)
        found = []
        for k, lane in enumerate(self.graph.lanes):
            cars, people = (
                self.graph.car_families[lane.cars],
                self.graph.driver_families[lane.drivers],
            )
            car = any(s.car.id == duty.vehicle and _inside(tried, s) for s in cars)
            driver = any(s.driver.id == duty.driver and _inside(tried, s) for s in people)
            if car and driver and (lane.lends or not lent):
                found.append(k)
        return found

    def cost(self, tried: Tried) -> int:
        """Reduced cost of a duty, by the checker's prices."""
        numbers = {t.id: k for k, t in enumerate(self.problem.tasks)}
        unmoved = sum(
            t.published.moved_fen
            for t in self.problem.tasks
            if t.published and t.id not in tried.tasks
        )
        earned = sum(int(self.reward[numbers[i]]) for i in tried.tasks)
        return (tried.fen - unmoved - self.idle_fen) * self.weight - earned

    def least(self) -> np.ndarray:
        """(lanes,) of every valid duty the least reduced cost; FAR: there is none."""
        found = np.full(len(self.graph.lanes), FAR)
        for tried in every_duty(self.problem):
            lanes = self.lanes_of(tried)
            found[lanes] = np.minimum(found[lanes], self.cost(tried))
        return found

    def bounded(self, shape: int, below: int = NEVER) -> Bounded:
        return self.completions.of(shape, self.gain, 0, below)

    def paths(self, it: Bounded, below: int, beam: int) -> dict[tuple, int]:
        """Complete paths that cost less than a threshold."""
        work = work_of(len(self.graph.nodes), 400_000, ways_between(self.arcs))
        car = self.graph.lanes[int(self.arcs.chosen[it.shape])].car
        many, _ = paths_below(self.graph.field, car, it.prices, work, below, 399_998, beam)
        assert many >= 0
        found = {}
        for k in range(many):
            path, label = [], int(work.done[k])
            while label >= 0:
                path.append((int(work.node[label]), int(work.way[label])))
                label = int(work.back[label])
            found[tuple(path[::-1])] = int(work.done_cost[k])
        return found


def _inside(tried, slot) -> bool:
    return slot.from_s <= tried.leave_s and tried.home_s <= slot.until_s


@settings(max_examples=25, deadline=None)
@given(seeds, MANNERS)
def test_no_duty_costs_less_than_the_tables_say_and_the_labels_find_the_least(seed, manner):
    it = Tiny(seed, manner)
    least = it.least()
    for shape, lane in enumerate(it.arcs.chosen.tolist()):
        bounded = it.bounded(shape)
        every = it.paths(bounded, FAR, EVERY)
        found = min(every.values(), default=FAR)
        assert found == least[lane]
        if not every:
            continue
        assert bounded.bound <= found
        assert min(it.paths(bounded, FAR, NEEDED).values(), default=FAR) == found
        first = {
            int(j): int(x) for j, x in zip(bounded.prices.reach.nodes, bounded.least, strict=True)
        }
        for path, cost in every.items():
            assert bounded.prices.base + first[path[0][0]] <= cost


@pytest.mark.parametrize("manner", [KEPT, RECKONED, BY_PLACES])
def test_where_fen_count_nothing_nothing_is_earned_by_waiting(manner):
    arcs = arcs_of(graph_of(city(full(12, 40), 1)))
    completions, nothing = Completions(arcs, 0, POOL, *manner), np.zeros(len(arcs.graph.nodes), int)
    for shape in range(len(arcs.chosen)):
        it = completions.of(shape, nothing, 0, -1)
        assert it.bound >= -1
        assert len(it.prices.reach.nodes) == 0


@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0.0, 1.2), MANNERS)
def test_no_path_below_the_threshold_is_lost_with_the_nodes_that_are_left_out(seed, share, manner):
    it = Tiny(seed, manner)
    for shape in range(len(it.arcs.chosen)):
        every = it.paths(it.bounded(shape), FAR, EVERY)
        # At a share of all paths, that is just above the dearest of them.
        order = sorted(every.values())
        k = int(share * len(order))
        below = order[k] + 1 if k < len(order) else FAR
        bounded = it.bounded(shape, below)
        wanted = {path: cost for path, cost in every.items() if cost < below}
        assert it.paths(bounded, below, EVERY) == wanted
        assert bounded.bound <= min(every.values(), default=NEVER)


@settings(max_examples=25, deadline=None)
@example(42555, 0.5, (1_000_000, 1.0))
@given(seeds, st.floats(0.01, 1.0), MANNERS)
def test_of_the_cheapest_paths_only_none_is_dearer_than_its_share_nor_below_the_bound(
    seed, share, manner
):
    it = Tiny(seed, manner)
    for shape in range(len(it.arcs.chosen)):
        every = it.paths(it.bounded(shape), FAR, EVERY)
        near = it.completions.of(shape, it.gain, 0, -1, share)
        low = min(every.values(), default=NEVER)
        assert near.bound <= low
        found = it.paths(near, -1, EVERY)
        assert all(every[path] == cost for path, cost in found.items())
        assert {path for path, cost in every.items() if cost < near.below} <= set(found)
        # Without limits the cheapest costs no more than with them.
        assert near.below <= min(-1, share * min(0, low) + 1)


def movable(seed: int) -> o.Problem:
    """A car and short tasks that may start at many moments: they could be done again and again."""
    rng = np.random.default_rng([seed, 3])
    tasks = []
    for k in range(5):
        start_s, later = 8 * 3_600 + 1_800 * int(rng.integers(0, 5)), int(rng.integers(-4, 6))
        places = rng.integers(0, 2, 2).tolist()
        times = {"latest_s": start_s + 1_800 * max(0, later), "duration_s": 900, "driving_s": 600}
        tasks.append(task(k, *places, start_s, **times))
    horizon = o.Horizon(epoch=0, length_s=24 * 3_600, buffer_s=300, start_step_s=1_800)
    hours = o.Hours(break_after_s=1_200 * int(rng.integers(2, 6)), break_s=900)
    return a_day([car(1)], [driver(1)], tasks, horizon=horizon, hours=hours)


@pytest.mark.parametrize(
    ("break_after_s", "range_m", "both"),
    [(2_200, None, True), (2_199, None, False), (None, 60_000, True), (None, 59_999, False)],
)
def test_a_way_that_uses_a_limit_to_the_last_is_kept(break_after_s, range_m, both):
    # 600 s and 20 km with the first, 1,000 s and 20 km to the second without a pause, the same.
    end_s = 8 * 3_600 + 900
    first = task(1, 0, 1, 8 * 3_600, duration_s=900, driving_s=600)
    second = task(2, 2, 0, end_s + 1_300, duration_s=900, driving_s=600)
    hours = o.Hours(break_after_s=break_after_s, break_s=1_200)
    problem = a_day([car(1, range_m=range_m)], [driver(1)], [first, second], hours=hours)
    it = Tiny(1, problem=problem)
    found = [
        len(path)
        for s in range(len(it.arcs.chosen))
        for path in it.paths(it.bounded(s), FAR, EVERY)
    ]
    assert (max(found) == 2) == both


@settings(max_examples=150, deadline=None)
@given(seeds)
def test_of_labels_that_others_stand_for_none_is_missed_where_tasks_could_come_again(seed):
    it = Tiny(seed, problem=movable(seed))
    for shape in range(len(it.arcs.chosen)):
        bounded = it.bounded(shape)
        every, needed = (it.paths(bounded, FAR, beam) for beam in (EVERY, NEEDED))
        assert set(needed.items()) <= set(every.items())
        assert min(needed.values(), default=FAR) == min(every.values(), default=FAR)
        for path in needed:
            done = [j for node, _ in path for j in it.graph.nodes.items[node].tasks]
            assert len(done) == len(set(done))


@settings(max_examples=150, deadline=None)
@given(seeds, st.integers(0, 60))
def test_with_few_labels_a_round_still_says_no_more_than_the_cheapest_duty_costs(seed, most):
    it = Tiny(seed, problem=movable(seed))
    pricer, charge = Pricer(it.arcs, it.weight), np.zeros(len(it.graph.lanes), dtype=np.int64)
    priced = pricer.price(it.reward, charge, a_lane=4, most=most)
    for shape, lane in enumerate(it.arcs.chosen.tolist()):
        least = min(it.paths(it.bounded(shape), FAR, EVERY).values(), default=0)
        assert priced.least[lane] <= min(0, least)
        if priced.whole and most:
            assert priced.least[lane] >= min(least, pricer.worth)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_what_is_left_out_beforehand_is_in_no_valid_duty(seed):
    it = Tiny(seed)
    arcs, nodes = it.arcs, it.graph.nodes.items
    number = {(n.tasks[0], n.start_s, n.calls): k for k, n in enumerate(nodes)}
    of_task = {t.id: k for k, t in enumerate(it.problem.tasks)}
    row = np.empty(COLUMNS, dtype=np.int64)
    for tried in every_duty(it.problem):
        stops = tried.duty.stops
        path = [number.get((of_task[s.task], s.start_s, s.ride)) for s in stops]
        # Of rides alike only the best is a node.
        if None in path:
            continue
        for lane in it.lanes_of(tried):
            assert (arcs.serve[lane, path] < NEVER).all()
            assert arcs.ends.cost[arcs.shape[lane], 0, path[0]] < NEVER
            assert arcs.ends.cost[arcs.shape[lane], 1, path[-1]] < NEVER
            car = it.graph.lanes[lane].car
            for i, j, way in zip(path[:-1], path[1:], ways_of(arcs, stops)[1:], strict=True):
                assert fill(it.graph.field, car, i, j, way, row)
