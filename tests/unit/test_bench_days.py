"""The days that the optimizer's figures are taken on, and what happens on them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from tests.bench import __main__ as page
from tests.bench.beside import TERMS
from tests.bench.instances import Size, day, full, scarce
from tests.bench.lateness import lateness
from tests.bench.peers.reduced import Reduced
from tests.bench.repair import lasting, repaired
from tests.bench.running import Running
from tests.bench.upsets import drawn

PLAIN = Size(12, 18, drivers_a_car=1.0)


def test_a_day_is_drawn_the_same_again():
    assert o.encode_problem(day(full(30, 40), 3)) == o.encode_problem(day(full(30, 40), 3))


def test_a_full_day_has_every_constraint():
    problem = day(full(249, 217), 1)
    assert problem.hours.span_s
    assert problem.chargers
    assert problem.matrix.toll_fen is not None
    assert problem.matrix.percent_by_hour
    assert problem.quotas
    assert problem.reserves
    assert any(t.share for t in problem.tasks)
    assert any(t.latest_s > t.earliest_s for t in problem.tasks)
    assert any(v.charged_m != v.range_m for v in problem.vehicles)
    assert any(v.confidential for v in problem.vehicles)
    assert abs(len(problem.drivers) - 212) <= 1


def test_an_event_takes_its_cars_beside_the_requests():
    plain, event = day(full(249, 217), 1), day(full(249, 217, event=40), 1)
    assert len(event.tasks) == len(plain.tasks) + 40
    assert {t.earliest_s for t in event.tasks[217:]} == {30_600}


@settings(max_examples=15)
@given(seed=st.integers(1, 10_000), draw=st.randoms(use_true_random=False))
def test_a_route_of_a_peer_costs_what_the_checker_says(seed, draw):
    less = Reduced.of(day(scarce(10, 16, terms=TERMS), seed))
    free, routes, left = list(less.arcs.count), [], set(range(len(less.arcs.rent)))
    for family in range(len(free)):
        mine = less.arcs.parted([(family, draw.sample(sorted(left), min(6, len(left))))])
        routes += mine
        left -= {task for _, tasks in mine for task in tasks}
    fen = sum(less.arcs.route_fen(*route) for route in routes)
    assert less.judged(routes).levels == o.Levels(
        0, len(left), fen + sum(less.arcs.rent[k] for k in left)
    )


def test_more_cars_than_there_are_is_no_plan():
    less = Reduced.of(day(scarce(4, 6, terms=TERMS), 1))
    family = int(np.argmin(less.arcs.count))
    fits = np.flatnonzero(less.arcs.serve[family] >= 0)
    with pytest.raises(ValueError, match="more cars"):
        less.judged([(family, [int(fits[0])])] * (int(less.arcs.count[family]) + 1))


def test_what_still_holds_is_kept_and_the_rest_finds_another_car():
    problem = day(PLAIN, 1)
    plan = o.greedy_plan(problem)
    lost = max(plan.duties, key=lambda d: len(d.stops))
    without = replace(problem, vehicles=tuple(v for v in problem.vehicles if v.id != lost.vehicle))
    rest = tuple(d for d in plan.duties if d != lost)
    kept = repaired(without, rest, plan.rentals)
    verdict = o.judge(without, kept.duties, kept.rentals, kept.unserved)
    assert verdict.violations == ()
    before = {(d.vehicle, s.task) for d in rest for s in d.stops}
    assert before <= {(d.vehicle, s.task) for d in kept.duties for s in d.stops}


def test_a_duty_drops_no_more_than_it_must():
    problem = day(PLAIN, 1)
    duty = max(o.greedy_plan(problem).duties, key=lambda d: len(d.stops))
    assert lasting(problem, duty) == duty
    longer = problem.task_of[duty.stops[0].task]
    longer = replace(longer, duration_s=longer.duration_s + 4 * 3600)
    later = replace(problem, tasks=tuple(longer if t.id == longer.id else t for t in problem.tasks))
    left = lasting(later, duty)
    assert left is None or set(left.stops) < set(duty.stops)


def test_what_a_car_has_left_for_is_fixed_and_what_it_has_not_is_free():
    problem = day(PLAIN, 1)
    run = Running(problem, {t.id: t for t in problem.tasks})
    run.duties = o.greedy_plan(problem).duties
    run.go_on(10 * 3600)
    for duty in run.duties:
        for leg in o.timetable(problem, duty).legs:
            if leg.leave_s < run.now_s:
                assert run.fixed[leg.task].start_s == leg.start_s
            elif leg.via_home:
                assert leg.task not in run.fixed
    assert run.fixed
    assert len(run.fixed) < len(problem.tasks)


def test_upsets_of_a_day_are_of_its_tasks_and_come_before_them():
    problem = day(full(249, 217), 2)
    found = drawn(problem, 2)
    for upset in found.upsets:
        if upset.kind != "breakdown":
            assert upset.at_s < problem.task_of[upset.subject].earliest_s
    late = {u.subject for u in found.upsets if u.kind == "request"}
    assert late.isdisjoint(found.known)
    assert late | found.known == set(problem.task_of)
    assert 20 < len(late) < 70


def test_nobody_is_late_where_everything_goes_as_planned():
    problem = day(PLAIN, 1)
    exact = {t.id: (1.0, 1.0) for t in problem.tasks}
    for duty in o.greedy_plan(problem).duties:
        assert max(lateness(problem, duty, {}, exact)) == 0
        slow = dict.fromkeys(exact, (1.5, 1.0))
        assert min(lateness(problem, duty, {}, slow)) >= 0


def test_a_page_keeps_the_sections_that_have_no_result_here(tmp_path):
    (tmp_path / "b.json").write_text(
        '{"machine": "m", "commit": "c", "figures": [{"name": "new", "value": 1, "unit": "s",'
        ' "reference": null, "reach": null, "held": true}]}'
    )
    before = "# Benchmarks\n\nhead\n\n## a\n\nkept\n\n## b\n\nold\n"
    after = page.document(before, tmp_path)
    assert "## a\n\nkept\n" in after
    assert "| new | 1 | s | - | - | yes |" in after
    assert "old" not in after
    assert page.document(after, tmp_path) == after
