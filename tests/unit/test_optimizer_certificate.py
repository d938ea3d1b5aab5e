"""Certificates are proven again by the checker's own pricing, and nothing else is believed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import optimizer as o
from optimizer.certificate import prove, proven_bound
from optimizer.costing import rent
from optimizer.day_rules import firm_fits, rental_days, runs
from tests.tiny_days import HOUR, car, day, drawn_rich, driver, task, with_fixed
from tests.tiny_plans import Tried, best_levels, every_duty

WEIGHTS = (1, 500_000, 1_000_000)
seeds = st.integers(0, 10**9)


def weighted(levels: o.Levels, weights=WEIGHTS) -> int:
    fen, rental, unserved = weights
    return fen * levels.fen + rental * levels.rentals + unserved * levels.unserved


class Rows:
    """The linear program over every valid duty, row by row; solved for its multipliers."""

    def __init__(self, problem: o.Problem) -> None:
        self.problem = problem
        self.of: dict[tuple, int] = {}
        self.right: list[float] = []
        self.columns: list[tuple[int, list[tuple[int, int]]]] = []
        self.run = {t.id: i for i, tasks in enumerate(runs(problem)) for t in tasks}
        for t in problem.tasks:
            self.row("run" if t.fixed else "task", t.id, right=1)
        for v in problem.vehicles:
            for w in v.windows:
                self.row("car", v.id, w.start_s, right=1)
        for d in problem.drivers:
            for w in d.windows:
                self.row("driver", d.id, w.start_s, right=1)
        for pool, most in problem.lending_limit.items():
            self.row("lending", pool, right=most)
        for q in problem.quotas:
            asked = [
                t for t in problem.tasks if (t.unit, t.earliest_s // 86_400) == (q.unit, q.day)
            ]
            fixed = sum(t.fixed is not None for t in asked)
            allowed = max(q.tasks, fixed) if q.over_fen is None else q.tasks
            self.row("quota", q.unit, q.day, right=allowed - len(asked))
            if q.over_fen is not None:
                self.columns.append((q.over_fen, [(self.of["quota", q.unit, q.day], -1)]))

    def row(self, *key, right: int) -> int:
        if key not in self.of:
            self.of[key] = len(self.right)
            self.right.append(right)
        return self.of[key]

    def otherwise(self, t: o.Task) -> None:
        moved = t.published.moved_fen if t.published else 0
        mine = [(self.of["task", t.id], 1)]
        quota = self.of.get(("quota", t.unit, t.earliest_s // 86_400))
        left = [] if quota is None else [(quota, -1)]
        self.columns.append((WEIGHTS[2] * t.priority + moved, mine + left))
        for firm in self.problem.firms:
            if t.rental and firm_fits(firm, t):
                days = [
                    (self.row("firm", firm.id, d, right=firm.vehicles), 1) for d in rental_days(t)
                ]
                price = rent(firm, t) + moved + WEIGHTS[1]
                self.columns.append((price, mine + days))

    def duty(self, tried: Tried, idle_fen: int) -> None:
        problem, duty = self.problem, tried.duty
        v, d = problem.vehicle_of[duty.vehicle], problem.driver_of[duty.driver]
        fixed = {i for i in tried.tasks if i in self.run}
        if len({self.run[i] for i in fixed}) > 1:
            return
        used = [(self.of["run" if i in fixed else "task", i], 1) for i in tried.tasks]
        # The windows that a run overlaps are no one else's.
        for name, owner in (("car", v), ("driver", d)) if not fixed else ():
            for w in owner.windows:
                if w.start_s < tried.home_s and tried.leave_s < w.end_s:
                    used.append((self.of[name, owner.id, w.start_s], 1))
        foreign = any(problem.task_of[i].pool != v.pool for i in tried.tasks)
        bound_to = any(problem.task_of[i].pool != v.pool for i in fixed)
        if foreign and not bound_to and v.pool in problem.lending_limit:
            used.append((self.of["lending", v.pool], 1))
        self.columns.append((tried.fen - idle_fen, used))

    def solved(self) -> tuple[float, o.Certificate]:
        rows = np.zeros((len(self.right), len(self.columns)))
        for k, (_, entries) in enumerate(self.columns):
            for row, times in entries:
                rows[row, k] += times
        equal = np.array([key[0] in ("task", "run") for key in self.of])
        right = np.array(self.right)
        cost = [fen for fen, _ in self.columns]
        lp = linprog(cost, rows[~equal], right[~equal], rows[equal], right[equal], method="highs")
        duals = np.empty(len(right))
        duals[equal], duals[~equal] = lp.eqlin.marginals, lp.ineqlin.marginals
        whole = np.rint(duals * 1000).astype(int).tolist()

        def named(kind: str) -> tuple:
            return tuple((*key[1:], whole[i]) for key, i in self.of.items() if key[0] == kind)

        certificate = o.Certificate(
            *WEIGHTS,
            bound=0,
            tasks=named("task"),
            cars=named("car"),
            drivers=named("driver"),
            lending=named("lending"),
            firms=named("firm"),
            quotas=named("quota"),
        )
        return lp.fun, certificate


def linear(problem: o.Problem) -> tuple[float, o.Certificate]:
    """The least of the linear program over all duties, and its multipliers."""
    rows = Rows(problem)
    matrix = problem.matrix
    idle = {
        v.id: (int(matrix.metres[v.at, v.home]) * v.fen_per_km + 500) // 1000
        for v in problem.vehicles
    }
    moved = sum(t.published.moved_fen for t in problem.tasks if t.published)
    for t in problem.tasks:
        if t.fixed is None:
            rows.otherwise(t)
    for tried in every_duty(problem):
        # What the duty leaves unkept is on the account of who serves it otherwise.
        others = sum(
            t.published.moved_fen for t in problem.tasks if t.published and t.id not in tried.tasks
        )
        idles = sum(idle.values()) - idle[tried.duty.vehicle]
        rows.duty(replace(tried, fen=tried.fen - others - idles), idle[tried.duty.vehicle])
    value, certificate = rows.solved()
    assert moved >= 0
    return value + sum(idle.values()), certificate


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_the_multipliers_of_the_linear_program_prove_its_value(seed):
    problem = drawn_rich(seed)
    value, certificate = linear(problem)
    proof = prove(problem, certificate)
    assert proof.relaxed == ()
    assert proof.least <= value + 1
    assert proof.least >= value - 2


@settings(max_examples=12, deadline=None)
@given(seeds)
def test_good_multipliers_around_what_is_fixed_prove_nothing_false(seed):
    problem = with_fixed(drawn_rich(seed), seed)
    _, certificate = linear(problem)
    assert prove(problem, certificate).least <= weighted(best_levels(problem))


@settings(max_examples=12, deadline=None)
@given(seeds, st.booleans())
def test_nothing_is_proven_that_a_plan_contradicts(seed, fixed):
    problem = drawn_rich(seed)
    if fixed:
        problem = with_fixed(problem, seed)
    rng = np.random.default_rng(seed)
    certificate = o.Certificate(
        *WEIGHTS,
        bound=0,
        tasks=tuple((t.id, int(rng.integers(0, 10**8))) for t in problem.tasks),
        drivers=tuple(
            (d.id, w.start_s, -int(rng.integers(0, 10**7)))
            for d in problem.drivers
            for w in d.windows
        ),
        lending=tuple((pool, -int(rng.integers(0, 10**7))) for pool in problem.pools),
        quotas=tuple((q.unit, q.day, -int(rng.integers(0, 10**7))) for q in problem.quotas),
        firms=tuple((f.id, 0, -int(rng.integers(0, 10**7))) for f in problem.firms),
    )
    assert prove(problem, certificate).least <= weighted(best_levels(problem))


ALONE = day([car(1)], [driver(1)], [task(1, 0, 1, 8 * HOUR)])


def test_one_duty_by_hand():
    # use 1,000 + loaded 2,000 + home 2,000; driver 250 + 3,000 + 833.
    certificate = o.Certificate(*WEIGHTS, bound=9_083, tasks=((1, 9_083_000),))
    proof = prove(ALONE, certificate)
    assert (proof.least, proof.proven) == (9_083, True)
    assert not prove(ALONE, replace(certificate, bound=9_084)).proven


@pytest.mark.parametrize("reward", [-1, 9_082_999, 9_084_000, 50_000_000, 1 << 42])
def test_a_tampered_multiplier_proves_less(reward):
    certificate = o.Certificate(*WEIGHTS, bound=9_083, tasks=((1, reward),))
    proof = prove(ALONE, certificate)
    assert proof.least <= 9_083
    assert proof.proven == (
        reward in (9_082_999, 9_084_000, 50_000_000, 1 << 42) and proof.least == 9_083
    )


@pytest.mark.parametrize(
    "change",
    [
        {"tasks": ((1, 1 << 60),)},
        {"fen": -1},
        {"fen": 10**9},
        {"rental": 1 << 60},
        {"drivers": ((1, 6 * HOUR, -(1 << 60)),)},
    ],
)
def test_what_cannot_be_counted_proves_nothing(change):
    certificate = replace(o.Certificate(*WEIGHTS, bound=0), **change)
    proof = prove(ALONE, certificate)
    assert (proof.least, proof.proven) == (None, False)


def test_an_at_most_row_cannot_earn():
    certificate = o.Certificate(*WEIGHTS, bound=1, drivers=((1, 6 * HOUR, 10**9),))
    assert prove(ALONE, certificate).least == 0


def planned(**more) -> o.Plan:
    plan = o.Plan(
        (o.Duty(1, 1, (o.Stop(1, 8 * HOUR),)),), (), (), levels=o.Levels(0, 0, 9_083), **more
    )
    return replace(plan, matrix_version="tiny")


def test_a_plan_is_checked_with_its_certificates():
    certificate = o.Certificate(*WEIGHTS, bound=9_083, tasks=((1, 9_083_000),))
    plan = planned(certificates=(certificate,))
    verdict = o.check(ALONE, plan, proofs=True)
    assert verdict.violations == ()
    assert verdict.bound == o.Bound("certificate", 0, 0, 9_083, 9_083)
    boasting = replace(plan, certificates=(replace(certificate, bound=9_084),))
    found = o.check(ALONE, boasting, proofs=True).violations
    assert [(v.rule, v.facts) for v in found] == [
        ("bound-not-proven", {"claimed": 9_084, "proven": 9_083})
    ]
    assert o.check(ALONE, boasting).violations == ()


def test_certificates_of_the_levels_prove_the_levels():
    # Two tasks at once and one car: one must be rented, and without a firm left out.
    two = [task(1, 0, 1, 8 * HOUR), task(2, 0, 1, 8 * HOUR)]
    problem = day([car(1)], [driver(1)], two)
    levels = o.Certificate(
        0, 1, 3, bound=1, tasks=((1, 1000), (2, 1000)), cars=((1, 6 * HOUR, -1000),)
    )
    proof = prove(problem, levels)
    assert proof.proven
    assert proven_bound(problem, o.Levels(0, 1, 0), [proof]) == o.Bound("certificate", 0, 1, None)
    none = replace(problem, firms=(o.RentalFirm(1, 0, 0, 0),))
    full = replace(levels, tasks=((1, 60_000), (2, 60_000)), firms=((1, 0, -60_000),), bound=60)
    proof = prove(none, full)
    assert proof.proven
    assert proven_bound(none, o.Levels(20, 0, 0), [proof]).unserved == 20


def test_a_what_if_says_what_is_elsewhere_and_what_it_costs():
    rented = o.Plan((), (o.Rental(1, 1),), ())
    told = o.difference(ALONE, planned(), rented)
    assert told.valid == (True, True)
    assert told.levels == o.Levels(0, -1, 9_083 - 36_000)
    assert told.fen["rental_fen"] == -36_000
    assert told.moved == (o.Moved(1, o.Where(1, 1, 8 * HOUR), o.Where(firm=1)),)
    assert o.difference(ALONE, rented, rented) == o.Difference(
        o.Levels(0, 0, 0), {}, (), (True, True)
    )


def test_what_takes_too_long_is_neither_proven_nor_refuted():
    certificate = o.Certificate(*WEIGHTS, bound=9_083, tasks=((1, 9_083_000),))
    proof = prove(ALONE, certificate, seconds=-1.0)
    assert (proof.least, proof.proven, proof.why) == (None, False, "time")


@settings(max_examples=12, deadline=None)
@given(seeds, st.booleans())
def test_what_the_engine_claims_is_proven_again(seed, fixed):
    problem = drawn_rich(seed, cars=5, drivers=4, tasks=8)
    problem = with_fixed(problem, seed) if fixed else problem
    plan = o.solve(problem, seconds=60)
    verdict = o.check(problem, plan, proofs=True)
    assert verdict.violations == ()
    assert all(proof.proven for proof in verdict.proofs)
    assert len(verdict.proofs) == len(plan.certificates) > 0 or plan.bound.kind in UNCLAIMED


UNCLAIMED = ("none", "nothing-to-decide")
