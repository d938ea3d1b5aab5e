"""Vehicle scheduling instances as planning problems: the same plans at the same cost."""

from itertools import permutations
from pathlib import Path

import pytest

import optimizer as o
from optimizer.check import judge
from tests.bench.anchor import anchor_of, reached, told
from tests.bench.anchor_mdvsp import cost_of, problem_of, read

BENCH = Path(__file__).parents[3] / "shared" / "data" / "bench"
# Trip 1 can be followed by 2 and 3, trip 2 by 3; one car at the first depot, two at the other.
SMALL = """2 3 1 2
-1 -1 50 60 70
-1 -1 55 52 75
50 55 -1 9 40
60 52 -1 -1 8
70 75 -1 -1 -1
"""


@pytest.fixture
def small(tmp_path):
    file = tmp_path / "small.inp"
    file.write_text(SMALL)
    return read(file)


def duty(vehicle, *trips, problem, via_home=False):
    starts = {t.id: t.earliest_s for t in problem.tasks}
    stops = tuple(o.Stop(trip, starts[trip], via_home and k > 0) for k, trip in enumerate(trips))
    return o.Duty(vehicle, vehicle, stops)


@pytest.mark.parametrize(
    ("chains", "cost"),
    [
        ([(1, 1, 2, 3)], 50 + 9 + 8 + 70),
        ([(2, 1, 2, 3)], 55 + 9 + 8 + 75),
        ([(1, 1, 3), (3, 2)], 50 + 40 + 70 + 52 + 52),
        ([(2, 1), (3, 2), (1, 3)], 55 + 55 + 52 + 52 + 70 + 70),
    ],
    ids=["one car", "from the other depot", "two chains", "each alone"],
)
def test_a_plan_costs_what_the_file_says(small, chains, cost):
    problem = problem_of(small)
    duties = [duty(*chain, problem=problem) for chain in chains]
    verdict = judge(problem, duties, (), ())
    assert verdict.violations == ()
    assert verdict.levels == o.Levels(0, 0, cost)
    plan = o.Plan(tuple(duties), (), ())
    assert cost_of(small, plan) == cost


@pytest.mark.parametrize("trips", [t for t in permutations((1, 2, 3)) if t != (1, 2, 3)])
def test_no_trip_is_followed_by_one_that_cannot_follow(small, trips):
    problem = problem_of(small)
    assert not judge(problem, [duty(1, *trips, problem=problem)], (), ()).valid


def test_no_car_passes_its_depot_between_two_trips(small):
    problem = problem_of(small)
    there = judge(problem, [duty(1, 1, 2, 3, problem=problem, via_home=True)], (), ())
    assert "too-late" in {v.rule for v in there.violations}


def test_the_best_plan_is_found_and_told(tmp_path):
    file = tmp_path / "small.inp"
    file.write_text(SMALL)
    (tmp_path / "mdvsp_bounds.txt").write_text("other 1 1\nsmall 100 130\n")
    anchor = anchor_of(file)
    it = reached(anchor, seconds=60.0)
    assert (it.cost, it.bound, anchor.best_known) == (137, 137, 130)
    assert it.gap == pytest.approx(137 / 130 - 1)
    assert told(anchor, it).startswith("small: cost 137.00, bound 137.00, best known 130.00")


def test_trips_of_a_published_instance_keep_their_order():
    if not BENCH.exists():
        pytest.skip("../shared/data/bench is not here")
    it = read(BENCH / "m4n500s0.inp")
    problem = problem_of(it)
    assert (len(problem.tasks), len(problem.vehicles), it.cars) == (500, 233, (62, 59, 56, 56))
    starts = [t.earliest_s for t in problem.tasks]
    for a in range(0, it.trips, 7):
        follows = it.costs[it.depots + a, it.depots :] >= 0
        for b in range(it.trips):
            away_s = int(problem.matrix.seconds[it.depots + a, it.depots + b])
            assert (starts[a] + 1 + away_s <= starts[b]) == follows[b] or a == b
