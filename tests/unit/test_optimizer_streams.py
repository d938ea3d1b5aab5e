"""Days on which nothing adds up along a duty: duties are any paths, and dives make plans."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.baseline import Decisions, greedy
from optimizer.bound import Duals
from optimizer.certificate import prove
from optimizer.dive import Dive, dives, links_of_duty
from optimizer.engine import Engine
from optimizer.links import unlimited
from optimizer.outset import Outset
from optimizer.paths import Column, column_of
from optimizer.streams import Streams
from optimizer.terrain import NEVER
from tests.bench.anchor_mdvsp import Schedule, problem_of
from tests.tiny_days import (
    HOUR,
    car,
    day,
    drawn,
    driver,
    task,
    with_hours_of_day,
    with_shifts,
    with_tolls,
)
from tests.tiny_plans import best_levels

seeds = st.integers(0, 10**9)


def plain(seed: int, *, cars: int = 3, drivers: int = 3, tasks: int = 5) -> o.Problem:
    """A random small day without limits along a duty, and with one start for each task."""
    problem = drawn(seed, cars=cars, drivers=drivers, tasks=tasks)
    rng = np.random.default_rng([seed, 2])
    for feature in (with_hours_of_day, with_tolls, with_shifts):
        if rng.random() < 0.4:
            problem = feature(problem, rng)
    return replace(
        problem,
        hours=o.Hours(),
        vehicles=tuple(replace(v, range_m=None) for v in problem.vehicles),
        drivers=tuple(replace(d, max_driving_s=24 * HOUR) for d in problem.drivers),
        tasks=tuple(replace(t, latest_s=t.earliest_s) for t in problem.tasks),
    )


def trips(seed: int, *, depots: int = 3, trips: int = 60) -> o.Problem:
    """Vehicle scheduling as in the published instances, smaller."""
    rng = np.random.default_rng(seed)
    begin = np.sort(rng.integers(0, 1000, trips))
    end = begin + rng.integers(20, 120, trips)
    places = rng.integers(0, 60, (depots + 2 * trips, 2))
    goals, origins = places[depots::2], places[depots + 1 :: 2]
    away = np.abs(goals[:, None] - origins[None]).sum(axis=2)
    costs = np.full((depots + trips, depots + trips), -1, dtype=np.int64)
    follows = end[:, None] + away <= begin[None]
    costs[depots:, depots:] = np.where(follows, 10 * away + 2 * (begin[None] - end[:, None]), -1)
    costs[:depots, depots:] = 5000 + 10 * np.abs(places[:depots, None] - origins).sum(axis=2)
    costs[depots:, :depots] = 5000 + 10 * np.abs(goals[:, None] - places[:depots]).sum(axis=2)
    return problem_of(Schedule("drawn", depots, (trips // depots,) * depots, costs))


def engine_of(problem: o.Problem) -> Engine:
    start = greedy(problem)
    return Engine(problem, start, judged(problem, start).levels, time.perf_counter() + 300)


def judged(problem: o.Problem, decisions: Decisions) -> o.Verdict:
    return o.judge(problem, decisions.duties, decisions.rentals, decisions.unserved)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_small_days_have_their_best_plan_and_a_bound_that_the_checker_proves(seed):
    problem = plain(seed)
    assert unlimited(problem)
    plan, best = o.solve(problem, seconds=30), best_levels(problem)
    assert o.check(problem, plan).violations == ()
    assert plan.levels == best
    assert plan.bound.fen is None or plan.bound.fen <= best.fen
    assert all(prove(problem, certificate).proven for certificate in plan.certificates)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_duties_of_a_lane_cost_what_they_cost_share_no_task_and_are_worth_it(seed):
    problem = trips(seed, trips=25)
    engine = engine_of(problem)
    streams, rows = engine.generator, engine.rows
    assert isinstance(streams, Streams)
    rng = np.random.default_rng([seed, 1])
    values = np.where(rows.equal, rng.integers(0, 9000, len(rows.right)), 0) * 1000
    priced, _ = streams.price(Duals(values))
    seen: set[tuple[int, int]] = set()
    for it in priced.columns:
        assert column_of(engine.arcs, it.lane, it.nodes, it.ways) == it
        gain = values[rows.of_task[[engine.arcs.graph.nodes.items[i].tasks[0] for i in it.nodes]]]
        assert 1000 * it.fen < gain.sum()
        assert 1000 * it.fen - gain.sum() >= priced.least[it.lane]
        here = {(it.lane, i) for i in it.nodes}
        assert not here & seen
        seen |= here
    lanes = range(len(engine.arcs.graph.lanes))
    costs = {lane: [] for lane in lanes}
    for it in priced.columns:
        tasks = [engine.arcs.graph.nodes.items[i].tasks[0] for i in it.nodes]
        costs[it.lane].append(1000 * it.fen - int(values[rows.of_task[tasks]].sum()))
    assert all(min(costs[lane], default=0) == priced.least[lane] for lane in lanes)


@pytest.mark.parametrize("seed", [1, 2])
def test_dives_come_near_a_bound_that_the_engine_for_any_day_finds_too(seed):
    problem = trips(seed)
    engine = engine_of(problem)
    generated = engine.generate(500, 1.0)
    assert generated.converged
    found = [judged(problem, it) for it in dives(engine, engine.generator)]
    assert all(it.violations == () for it in found)
    best = min(it.levels for it in found)
    assert (best.unserved, best.rentals) == (0, 0)
    fen = best.fen
    bound = engine.fen_bound(generated, best)
    assert bound <= fen <= 1.002 * bound
    assert prove(problem, engine.certificates[0]).proven
    # A limit that no duty reaches leaves the day to the engine for any.
    other = replace(problem, hours=o.Hours(span_s=problem.horizon.length_s))
    same = engine_of(other)
    assert not isinstance(same.generator, Streams)
    assert abs(same.generate(2000, 1.0).bound - generated.bound) <= 1


def test_a_dive_that_must_beat_the_bound_gives_up_and_one_that_need_not_lands():
    problem = trips(3)
    engine = engine_of(problem)
    generated = engine.generate(500, 1.0)
    streams = engine.generator
    dive = Dive(streams, engine.pool.columns)
    assert dive.down(0.9, 2, generated.bound, lambda: True) is None
    dive = Dive(streams, engine.pool.columns)
    landed = dive.down(0.9, 2, float("inf"), lambda: True)
    assert landed is not None
    assert landed.value == pytest.approx(sum(it.fen for it in landed.columns))
    links = [link for it in landed.columns for link in links_of_duty(it)]
    nodes = [a for a, _ in links if a >= 0]
    assert sorted(nodes) == list(range(len(problem.tasks)))


def test_a_fixed_link_is_kept_by_old_duties_and_new_ones_and_in_no_other_dive():
    engine = engine_of(trips(6))
    engine.generate(500, 1.0)
    dive = Dive(engine.generator, engine.pool.columns)
    dive.streams.settle(20)
    used = {link for it in dive._used() for link in links_of_duty(it)}
    follow = engine.generator.tables.follow[0]
    inner = [(a, b) for a, b in used if a >= 0 and b >= 0]
    # What may follow, yet nothing does in the LP's solution: between the ends of two such links.
    link = next(
        (a, d)
        for a, _ in sorted(inner)
        for _, d in sorted(inner)
        if follow[a, d] < NEVER and (a, d) not in used
    )
    last = next((a, b) for a, b in sorted(used) if b < 0 and a not in link)
    lane = next(x for x in range(len(engine.arcs.graph.lanes)) if ~x != last[1])
    before = [table.copy() for table in engine.generator.tables]
    dive._fix([link, (last[0], ~lane)])
    assert all(map(np.array_equal, before, engine.generator.tables))
    dive.streams.settle(20)
    now = {pair for it in dive._used() for pair in links_of_duty(it)}
    assert [pair for pair in now if pair[0] == link[0] or pair[1] == link[1]] == [link]
    assert [pair for pair in now if pair[0] == last[0]] == [(last[0], ~lane)]


def test_balance_comes_near_the_bound_before_any_lp():
    engine = engine_of(trips(5, trips=150))
    streams, rows = engine.generator, engine.rows
    first = Duals(np.zeros_like(rows.right))
    still = Outset(engine.arcs, rows, engine.weights, first)
    still.climb(engine.pool.columns, lambda duals: (streams.price(duals)[0].columns, 0), go_on)
    assert still.duals == first
    greedy_duties = list(engine.pool.columns)
    generated = engine.generate(500, 1.0)
    assert generated.converged
    worth = Duals(np.where(rows.equal, generated.duals.rows // 2, 0))
    outset = Outset(engine.arcs, rows, engine.weights, worth)
    outset.climb(greedy_duties, lambda duals: priced(streams, duals), go_on)
    assert 0.95 * generated.bound <= outset.bound <= generated.bound
    assert outset.bound == streams.price(outset.duals)[1]
    duties = outset.columns()
    assert len(duties) == len(set(duties)) <= 6 * 150 + len(greedy_duties)


def priced(streams: Streams, duals: Duals) -> tuple[tuple[Column, ...], int]:
    found, bound = streams.price(duals)
    return found.columns, bound


def go_on() -> bool:
    return True


def base() -> o.Problem:
    people = [driver(1, max_driving_s=16 * HOUR)]
    return day([car(1)], people, [task(1, 0, 1, 8 * HOUR)])


@pytest.mark.parametrize(
    ("change", "plainly"),
    [
        (lambda p: p, True),
        (lambda p: replace(p, hours=o.Hours(between_s=10 * HOUR)), True),
        (lambda p: replace(p, hours=o.Hours(break_after_s=4 * HOUR)), False),
        (lambda p: replace(p, hours=o.Hours(span_s=12 * HOUR)), False),
        (lambda p: replace(p, vehicles=(car(1, range_m=300_000),)), False),
        (lambda p: replace(p, drivers=(driver(1, max_driving_s=16 * HOUR - 1),)), False),
        (lambda p: replace(p, tasks=(task(1, 0, 1, 8 * HOUR, latest_s=9 * HOUR),)), False),
        (lambda p: replace(p, tasks=(task(1, 0, 1, 8 * HOUR, share=o.Share(HOUR)),)), False),
        (lambda p: replace(p, tasks=(task(1, 0, 1, 8 * HOUR, fixed=o.Fixed(1, 1, 0)),)), False),
        (lambda p: replace(p, tasks=()), False),
    ],
    ids=[
        "none",
        "rest",
        "break",
        "span",
        "range",
        "driving",
        "starts",
        "shared",
        "fixed",
        "empty",
    ],
)
def test_what_adds_up_along_a_duty_is_known(change, plainly):
    assert unlimited(change(base())) is plainly
