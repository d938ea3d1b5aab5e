"""Routing instances as planning problems: read right, and costed in their own terms."""

from pathlib import Path

import pytest

import optimizer as o
from tests.bench import anchor_li_lim as li_lim
from tests.bench import anchor_mdvrptw as mdvrptw
from tests.bench.anchor import anchor_of, reached

BENCH = Path(__file__).parents[3] / "shared" / "data" / "bench"
# Two pairs on a line: 1 to 2, and 3 to 4, which opens late.
PAIRS = """2 10 1
0 0 0 0 0 1000 0 0 0
1 10 0 6 0 50 5 0 2
2 20 0 -6 0 100 5 1 0
3 20 0 6 0 100 5 0 4
4 40 0 -6 200 300 5 3 0
"""


@pytest.fixture
def pairs(tmp_path):
    file = tmp_path / "lilim_two.txt"
    file.write_text(PAIRS)
    return file


def published(name):
    file = BENCH / name
    if not file.exists():
        pytest.skip("../shared/data/bench is not here")
    return file


def test_pairs_are_driven_one_after_the_other(pairs):
    it = reached(anchor_of(pairs), seconds=5.0)
    assert it.cost == 80
    assert it.bound == 80


def test_a_wait_at_the_delivery_is_part_of_the_task(pairs):
    problem = li_lim.problem_of(li_lim.read(pairs))
    (waits,) = [task for task in problem.tasks if task.origin == 3]
    assert waits.earliest_s == waits.latest_s == 100 * li_lim.UNIT_S
    assert waits.earliest_s + waits.duration_s == (200 + 5) * li_lim.UNIT_S


@pytest.mark.parametrize(
    ("routes", "wrong"),
    [([(1, 2)], None), ([(2, 1)], "late"), ([(1,)], "exactly once")],
    ids=["in time", "too late", "one missing"],
)
def test_routes_are_driven_under_the_published_rules(pairs, routes, wrong):
    it = li_lim.read(pairs)
    duties = tuple(o.Duty(1, 1, tuple(o.Stop(k, 0) for k in route)) for route in routes)
    plan = o.Plan(duties, (), ())
    if wrong is None:
        assert li_lim.cost_of(it, plan) == 80
    else:
        with pytest.raises(ValueError, match=wrong):
            li_lim.cost_of(it, plan)


@pytest.mark.parametrize("name", ["mdvrptw_PR11A", "mdvrptw_PR13A"])
def test_published_routes_are_as_long_as_published(name):
    file = published(f"{name}.vrp")
    cost, routes = mdvrptw.published(file)
    assert mdvrptw.length_of(mdvrptw.read(file), routes) == cost


def test_every_published_pair_is_a_task():
    anchor = anchor_of(published("lilim_lc101.txt"))
    assert (len(anchor.problem.tasks), len(anchor.problem.vehicles)) == (53, 25)
    assert anchor.best_known == 828.94
    assert len(anchor_of(published("mdvrptw_PR11A.vrp")).problem.tasks) == 360


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match="neither"):
        anchor_of(tmp_path / "other.txt")
